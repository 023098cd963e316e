"""Tests of access92.sources.gtfs."""

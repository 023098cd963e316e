"""Tests of what a run writes."""

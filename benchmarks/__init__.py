"""Measures beside other engines: agreement and timings. Nothing here is part of the package."""

"""People as demand points.

A grid, polygons or points enter, one row per inhabited place leaves, in whole persons.
"""

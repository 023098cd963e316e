"""Population as demand points.

A grid, polygons or points enter (``read``, ``cells``). Their population is spread over residential streets
(``residences``, ``spread``) and scaled to whole persons (``apportion``). The demand table leaves, one row per inhabited
place: ``demand.read_population``, which gives a ``demand.PopulationRead``.
"""

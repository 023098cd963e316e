"""Streets of any file.

OSM (``osm``), Overpass (``overpass``), GraphML (``graphml``) or GeoParquet (``geoparquet``) enters; ways (``ways``) are
split where streets meet (``split``); one table of edges with their tags leaves: ``read.read_streets``. ``download``
fetches and pins (``fetch_streets``), ``cache`` keeps what was read.
"""

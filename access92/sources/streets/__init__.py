"""Streets of any file.

OSM, Overpass, GraphML or GeoParquet enters, one table of directed edges with their tags leaves.
"""

"""The tables of a run as files.

CSV, Parquet, GeoPackage with its styles, spreadsheets, data package.
"""

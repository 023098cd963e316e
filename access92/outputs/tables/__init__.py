"""The tables of a run as files: ``Results`` enter, CSV, Parquet, GeoPackage, QGIS styles and a data package leave.

Codes and full precision in ``files``; words and rounded numbers in ``spreadsheet``, for a French spreadsheet.
"""

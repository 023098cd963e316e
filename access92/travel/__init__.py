"""Travel times.

A network and places enter; matrices in whole milliseconds, time grids and isochrones leave.
"""

"""The demonstration streets.

Communes, the Seine and its bridges enter, an invented and calibrated street table leaves.
"""

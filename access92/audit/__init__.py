"""Finished runs read back.

Compared with one another, or verified against their seal and made again.
"""

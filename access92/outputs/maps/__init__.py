"""The maps of a run as self-contained pages.

One per scenario and mode, the differences, the page of the whole run.
"""

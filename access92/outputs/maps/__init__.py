"""The maps of a run as self-contained pages: ``Results`` enter, HTML files leave.

``single`` (a page per scenario and mode), ``difference`` (what a scenario changes), ``run_map`` (the whole run in one
page). They share a backdrop packed once (``backdrop``), one encoding, one frame (``page``) and one set of scripts.
"""

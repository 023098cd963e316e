"""What is fetched from the network and pinned: extracts of OpenStreetMap, squares of INSEE.

An address of the table ``providers.toml`` and the study's extent enter; one file beside the study leaves, with a note
of where it comes from, of what date, and of its SHA-256. Nothing here is called by a run.
"""

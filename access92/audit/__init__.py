"""Finished runs read back: folders enter, what differs and whether it can be made again leaves.

``finished`` is the one reader of a run's folder; ``compare`` explains two runs, ``verify`` makes one again,
``publication`` writes one into a database.
"""

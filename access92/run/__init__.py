"""The order of the steps: a study enters, its :class:`~access92.run.results.Results` leave.

``study_inputs`` reads and checks, ``pipeline`` computes, ``omissions`` and ``notices`` say what did not count,
``inputs`` fingerprints the files, ``sites`` searches places for new services. Nothing here is imported before it is
asked for: ``access92 --help`` must not wait.
"""

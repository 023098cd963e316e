"""The documentation, and the command that makes its pictures (``python -m docs.pictures``)."""

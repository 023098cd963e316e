"""The pictures of the documentation, made from a finished run; see ``__main__.py``."""

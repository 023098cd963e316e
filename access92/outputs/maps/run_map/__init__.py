"""The page of a whole run, ``map.html``: every scenario, mode, public, threshold and kind; what-if in the browser."""

RUN_MAP = "map.html"
"""The file name of the page; here, so that who only names it imports nothing of what makes it."""

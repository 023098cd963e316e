"""The page of a whole run, ``map.html``: every scenario, mode, public, threshold and kind; what-if in the browser."""

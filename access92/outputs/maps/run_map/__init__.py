"""The page of a whole run, ``map.html``: every scenario, mode, public, threshold and kind; what-if in the browser."""

from access92.outputs.maps.run_map.page import RUN_MAP, write_run_map

__all__ = ["RUN_MAP", "write_run_map"]

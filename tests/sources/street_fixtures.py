"""Where the street fixtures lie, and the extent they cover."""

from __future__ import annotations

from pathlib import Path

import shapely

STREET_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "streets"
SHARED_NETWORKS = Path(__file__).resolve().parents[2].parent / "shared" / "networks"
NANTERRE = shapely.box(2.19, 48.88, 2.21, 48.90)

"""The real figures that the demonstration is calibrated on, measured anew from the extract of the Hauts-de-Seine.

Run by hand when the reader of streets or the extract changes; it rewrites the figures in
``access92/sources/demo/calibration.csv`` and ``communes.csv``, and leaves the factors of the communes as they are::

    python -m docs.demo_calibration hauts-de-seine_2021-08.osm.pbf
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import shapely

from access92.sources.areas import read_areas
from access92.sources.demo.calibration import measure_strata
from access92.sources.demo.communes import REAL_FILE, measure_communes, read_communes
from access92.sources.demo.streets import seine_polygon
from access92.sources.streets.read import read_streets
from access92.sources.study_streets import read_frame, study_extent
from access92.study.read import read_study

ROOM = Path("access92/sources/demo")
SOURCE = "OpenStreetMap (ODbL 1.0), Hauts-de-Seine, août 2021"


def main() -> None:
    """Measure and write."""
    study = read_study("data/studies/sosms.toml")
    areas = read_areas(study)
    streets = read_streets(Path(sys.argv[1]), extent=study_extent(study, areas), crs=areas.crs).streets
    water = seine_polygon(read_frame(study, areas))
    land = shapely.difference(areas.geometry.union_all(), water)

    # the three strata: the rows of this file replace those of before, the other files stay
    rows = [
        {
            "file": REAL_FILE, "stratum": stratum, "network": network, "indicator": name, "value": round(value, 4),
            "source": SOURCE,
        }
        for (stratum, network), figures in measure_strata(streets, land).items()
        for name, value in asdict(figures).items()
        if name != "detour_pairs"
    ]  # fmt: skip
    before = pd.read_csv(ROOM / "calibration.csv")
    table = pd.concat([pd.DataFrame(rows), before[before["file"] != REAL_FILE]])
    table.to_csv(ROOM / "calibration.csv", index=False)

    # each commune: figures measured anew, factors kept
    measured = measure_communes(streets, areas, water=water).round(4)
    factors = read_communes()[["area_id", "block_factor", "path_factor", "steps_factor", "green_factor"]]
    measured.merge(factors, on="area_id").to_csv(ROOM / "communes.csv", index=False)
    print(measured.describe().round(2).to_string())


if __name__ == "__main__":
    main()

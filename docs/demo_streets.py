"""The demonstration streets of the shipped study, grown once and kept in ``data/demo/streets.parquet``.

Run by hand when the generator or what it grows from has changed (a test says so); what it writes is committed::

    python -m docs.demo_streets
"""

from __future__ import annotations

from access92.sources.areas import read_areas
from access92.sources.demo.shipped_streets import FILE, streets_key, write_grown
from access92.sources.demo.streets import make_demo_streets
from access92.sources.study_streets import read_frame
from access92.study.read import read_study
from access92.study.shipped import shipped_data

STUDY = "sosms"


def main() -> None:
    """Grow the streets of the shipped study and write them with their key."""
    study = read_study(shipped_data() / "studies" / f"{STUDY}.toml")
    frame, settings = read_frame(study, read_areas(study)), study.streets
    seed, margin_m = settings.demo_seed, settings.margin_m
    path = shipped_data() / FILE
    write_grown(
        make_demo_streets(frame, seed=seed, margin_m=margin_m), path, streets_key(frame, seed=seed, margin_m=margin_m)
    )


if __name__ == "__main__":
    main()

"""The files that a study reads: areas, services, population and streets, and how each is laid out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from access92.study.types import Seed, StudyPart


class AreasInput(StudyPart):
    """Where people are counted: polygons, and their legal population where known."""

    file: Path
    id_column: str = "insee"
    name_column: str = "name"
    population_file: Path | None = None  # CSV keyed by id_column
    population_column: str = "population"
    source: str = ""
    licence: str = ""
    vintage: str = ""


class ServicesInput(StudyPart):
    """The table of services (CSV with lon/lat, GPKG, GeoJSON, GeoParquet)."""

    file: Path
    source: str = ""
    licence: str = ""
    vintage: str = ""


class PopulationInput(StudyPart):
    """The people: a 1 km grid spread over streets, points, or polygons.

    ``grid``: CSV of square cells (``x_column``, ``y_column`` = lower-left corner in ``grid_crs``).
    ``points``: one row a place, used as it is. ``polygons``: spread over the streets inside each.
    ``rescale``: make each area sum to its legal population (areas.population_file), to the person.
    """

    method: Literal["grid", "points", "polygons"]
    file: Path
    population_column: str = "population"
    id_column: str | None = None
    age_columns: tuple[str, ...] = ()
    x_column: str = "x_3035"
    y_column: str = "y_3035"
    grid_crs: str = "EPSG:3035"
    cell_m: Annotated[float, Field(ge=1, le=100_000)] = 1000.0
    rescale: bool = True
    source: str = ""
    licence: str = ""
    vintage: str = ""


class StreetsInput(StudyPart):
    """The streets: a local file, or the demonstration streets of the Hauts-de-Seine (``demo = true``).

    The ``demo_*`` files are the real frame of the demonstration: population grid, Seine, bridges, and, where the study
    names them, main roads, woods and parks.
    """

    file: Path | None = None
    demo: bool = False
    demo_seed: Seed = 92
    demo_grid_file: Path = Path("../population/grid_1km_2021.csv")
    demo_seine_file: Path = Path("../demo/seine.csv")
    demo_bridges_file: Path = Path("../demo/seine_bridges.csv")
    demo_roads_file: Path | None = None
    demo_green_file: Path | None = None
    margin_m: Annotated[float, Field(ge=0, le=100_000)] = 3000.0
    graphml_direction: Literal["auto", "two_way", "from_tags"] = "auto"
    source: str = ""
    licence: str = ""
    vintage: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.demo == (self.file is not None):
            message = 'donner soit file = "…", soit demo = true'
            raise ValueError(message)
        return self

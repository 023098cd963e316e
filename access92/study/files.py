"""The files that a study reads: areas, services, population and streets, and how each is laid out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from access92.study.databases import DatabaseInput
from access92.study.types import Seed, StudyPart


class AreasInput(DatabaseInput):
    """Where people are counted: polygons, and their legal population where known.

    ``whole_name``: all areas together, as a button of the maps calls them.
    """

    layer: str | None = None  # of a file of several layers or sheets
    whole_name: str = "toute l'étude"
    id_column: str = "insee"
    name_column: str = "name"
    population_file: Path | None = None  # CSV keyed by id_column
    population_column: str = "population"
    source: str = ""
    licence: str = ""
    vintage: str = ""


class ServicesInput(DatabaseInput):
    """The table of services (CSV, XLSX, ODS with coordinates, GPKG, GeoJSON, GeoParquet, table of a database).

    ``columns``: by column of access92 the heading of the file that means it, where its name does not say so; ``kind``:
    that of all services, whatever the file says; ``crs``: that of its eastings and northings.
    """

    layer: str | None = None  # of a file of several layers or sheets
    columns: dict[str, str] = Field(default_factory=dict)
    kind: str | None = None
    _crs_of_files: ClassVar[bool] = True
    source: str = ""
    licence: str = ""
    vintage: str = ""


class PopulationInput(DatabaseInput):
    """The people: square cells spread over streets, points, or polygons.

    ``grid``: square cells (``x_column``, ``y_column`` = lower-left corner in ``grid_crs``, or their INSPIRE names).
    ``points``: one row a place, used as it is. ``polygons``: spread over the streets inside each.
    Without ``method``, and for each key that is not written, the names of the columns say it where they are those of
    INSEE (:mod:`access92.sources.population.layout`).
    ``publics_file``: larger square cells (side ``publics_cell_m``) whose publics go to the cells of ``file`` inside
    each, in proportion to its persons.
    ``rescale``: make each area sum to its legal population (areas.population_file), to the person.
    ``place_on``: what the people of a square or polygon are put on; without it, buildings where ``buildings_file`` or
    the streets file has them, else streets. ``buildings_file``: footprints (BD TOPO, BDNB, RNB). ``merge_m``: doors of
    one square on one street within so many metres are one place (0: each part of a building is one).
    """

    method: Literal["grid", "points", "polygons"] | None = None
    layer: str | None = None  # of a file of several layers or sheets
    population_column: str = "population"
    id_column: str | None = None
    age_columns: tuple[str, ...] = ()
    x_column: str = "x_3035"
    y_column: str = "y_3035"
    grid_crs: str = "EPSG:3035"
    cell_m: Annotated[float, Field(ge=1, le=100_000)] = 1000.0
    publics_file: Path | None = None
    publics_cell_m: Annotated[float, Field(ge=1, le=100_000)] = 1000.0
    rescale: bool = True
    place_on: Literal["buildings", "streets", "centres"] | None = None
    buildings_file: Path | None = None
    merge_m: Annotated[float, Field(ge=0, le=1000)] = 50.0  # Hypothèse access92
    source: str = ""
    licence: str = ""
    vintage: str = ""

    @model_validator(mode="after")
    def _placed_once(self) -> Self:
        on_buildings = self.place_on in {None, "buildings"}
        written = [name for name in ("place_on", "buildings_file", "merge_m") if name in self.model_fields_set]
        if self.method == "points" and written:
            message = f'{written[0]} ne sert à rien avec method = "points" : chaque ligne est à sa place'
            raise ValueError(message)
        without_use = [name for name in written if name != "place_on"]
        if not on_buildings and without_use:
            message = f'{without_use[0]} ne sert à rien avec place_on = "{self.place_on}"'
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _squares_for_publics(self) -> Self:
        if self.publics_file is not None and self.method not in (None, "grid"):
            message = f'publics_file ne sert qu\'avec method = "grid", pas « {self.method} »'
            raise ValueError(message)
        if self.publics_file is None and "publics_cell_m" in self.model_fields_set:
            message = "publics_cell_m ne sert qu'avec publics_file"
            raise ValueError(message)
        return self

    @property
    def follows_legal(self) -> bool:
        """Whether areas that have a legal population sum to it: points only where ``rescale = true`` is written."""
        return self.rescale and (self.method != "points" or "rescale" in self.model_fields_set)


class StreetsInput(StudyPart):
    """The streets: a local file, or the demonstration streets of the Hauts-de-Seine (``demo = true``).

    The ``demo_*`` files are the real frame of the demonstration: population grid, Seine, bridges, and, where the study
    names them, main roads, woods and parks, stations.
    """

    file: Path | None = None
    demo: bool = False
    demo_seed: Seed = 92
    demo_grid_file: Path = Path("../population/grid_1km_2021.csv")
    demo_seine_file: Path = Path("../demo/seine.csv")
    demo_bridges_file: Path = Path("../demo/seine_bridges.csv")
    demo_roads_file: Path | None = None
    demo_green_file: Path | None = None
    demo_stations_file: Path | None = None
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


class ElevationInput(StudyPart):
    """Heights of the ground: one raster, or several tiles of which the first that has a height counts."""

    file: Path | Annotated[tuple[Path, ...], Field(min_length=1, max_length=2000)]
    source: str = ""
    licence: str = ""
    vintage: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        """The rasters, one or several."""
        return self.file if isinstance(self.file, tuple) else (self.file,)

"""A new study from a newcomer's files: what they hold, chosen and checked, before anything is written."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import shapely

from access92.errors import InputError, input_error, nearest_word, some_values
from access92.sources.areas import choose_crs
from access92.sources.geocoding.address_rows import MARKS_COLUMN, MATCH_COLUMNS, PLACE_COLUMNS
from access92.sources.office.meanings import match_columns, plain_words, twin_columns
from access92.sources.office.service_columns import ServiceColumns, service_columns, ways_to_name
from access92.sources.places import WGS84, project
from access92.sources.population.layout import resolved_layout
from access92.sources.table_heads import read_head
from access92.sources.tables import read_table, read_text
from access92.study.files import PopulationInput, ServicesInput
from access92.study.kinds import KINDS, Kind
from access92.study.schemas import ANY, EVERYBODY

SHIPPED = Path("areas/communes.geojson")
SHIPPED_ORIGIN: Mapping[str, str] = MappingProxyType(
    {
        "source": "IGN Admin Express COG (france-geojson), INSEE populations de référence 2023",
        "licence": "Licence Ouverte",
        "vintage": "limites 2018, population 2023",
    }
)
"""What the reports print of the shipped areas (data/README.md, and the shipped study)."""

MOST_KINDS = 40
_LAMBERT_93 = 2154
_MOBILE = next(kind.name for kind in KINDS if kind.mobile)
_CLOCKS = (
    ((-5.4, 41.2, 9.7, 51.3), "Europe/Paris", "FR"),
    ((55.1, -21.5, 55.9, -20.8), "Indian/Reunion", "FR-974"),
    ((44.9, -13.1, 45.4, -12.5), "Indian/Mayotte", "FR-976"),
    ((-61.9, 15.7, -60.9, 16.6), "America/Guadeloupe", "FR-971"),
    ((-61.3, 14.3, -60.7, 15.0), "America/Martinique", "FR-972"),
    ((-54.7, 2.0, -51.5, 6.0), "America/Cayenne", "FR-973"),
)
"""Degrees (west, south, east, north), the clocks and the bank holidays of the French territories, roughly."""


@dataclass(frozen=True, slots=True, eq=False)
class Territory:
    """The areas that a study counts people in, chosen from a file.

    ``codes``: as asked for, () for the whole file; ``shapes``: id, name and polygon of those chosen (WGS 84);
    ``unread``: columns that may mean what one of the three does, and say something else.
    """

    file: Path
    layer: str | None
    id_column: str
    name_column: str
    population_column: str | None
    codes: tuple[str, ...]
    shapes: gpd.GeoDataFrame
    unread: tuple[str, ...] = ()

    @property
    def area_km2(self) -> float:
        """Their surface."""
        return float(self.shapes.to_crs(choose_crs(self.shapes)).area.sum()) / 1e6


@dataclass(frozen=True, slots=True, eq=False)
class ServicesFile:
    """A table of services as it was understood.

    ``read``: with the names of the contract; ``headings``: of the file; ``kinds``: those that the study must list, ()
    where the shipped ones do; ``kind``: of all services, '' where the file says it.
    """

    file: Path
    layer: str | None
    headings: tuple[str, ...]
    read: ServiceColumns
    kinds: tuple[Kind, ...]
    kind: str
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def used_kinds(self) -> tuple[str, ...]:
        """The kinds of the file, in the order of the study."""
        present = {self.kind} if self.kind else set(read_text(self.read.table["kind"]))
        return tuple(kind.name for kind in (self.kinds or KINDS) if kind.name in present)

    @property
    def has_places(self) -> bool:
        """Whether its rows can have coordinates."""
        table = self.read.table
        is_placed = isinstance(table, gpd.GeoDataFrame) or {"lon", "lat"} <= {str(name) for name in table.columns}
        return is_placed or bool(self.read.crs)


def shipped_data() -> Path | None:
    """The folder of the shipped data, where this copy of access92 has it."""
    package = Path(__file__).resolve().parents[1]
    return next(
        (folder for folder in (package / "data", package.parent / "data") if (folder / SHIPPED).is_file()), None
    )


def read_territory(
    file: Path,
    codes: Sequence[str],
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Territory:
    """The areas of a file with these codes: of a département, of communes, or their names; all without codes.

    Raises
    ------
    InputError
        No polygon, no column of ids or names, a code that no area has.

    Examples
    --------
    >>> chosen = read_territory(Path("data/areas/communes.geojson"), ["92049", "Malakoff"])
    >>> chosen.shapes["name"].tolist(), chosen.id_column
    (['Malakoff', 'Montrouge'], 'insee')
    """
    where = file.name
    raw = read_table(file, where=where, layer=layer)
    if not isinstance(raw, gpd.GeoDataFrame):
        raise input_error("Le fichier des zones n'a pas de polygones.", where, "Donner un GeoJSON, GPKG ou GeoParquet.")
    headings = [str(name) for name in raw.columns if name != "geometry"]
    matched = match_columns(headings, "areas", written=columns, where=where)
    matched.setdefault("name", matched.get("area_id", ""))
    if "area_id" not in matched:
        raise input_error(
            "Le fichier des zones n'a pas de colonne de codes.", f"{where}, colonnes {some_values(headings, most=12)}",
            "Dire laquelle : --area-id COLONNE.",
        )  # fmt: skip
    unread = tuple(dict.fromkeys(
        other for column, other, _ in twin_columns(headings, "areas", matched)
        if column != "name" and not raw[other].astype(str).equals(raw[matched[column]].astype(str))
    ))  # fmt: skip
    ids = read_text(raw[matched["area_id"]])
    names = read_text(raw[matched["name"]])
    chosen = _chosen(ids, names, codes, where)
    shapes = gpd.GeoDataFrame(
        {"area_id": ids[chosen].to_numpy(), "name": names[chosen].to_numpy()},
        geometry=raw.geometry[chosen].force_2d().to_numpy(), crs=raw.crs,
    )  # fmt: skip
    shapes = project(shapes, WGS84, where=where).sort_values("area_id", kind="stable", ignore_index=True)
    population = matched.get("population")
    return Territory(file, layer, matched["area_id"], matched["name"], population, tuple(codes), shapes, unread)


def _chosen(ids: pd.Series, names: pd.Series, codes: Sequence[str], where: str) -> pd.Series:
    """Which areas (bool) some codes ask for."""
    if not codes:
        return pd.Series(data=True, index=ids.index)
    chosen = pd.Series(data=False, index=ids.index)
    plain = names.map(plain_words)
    for code in codes:
        own = ids.eq(code) | plain.eq(plain_words(code))
        own = own if own.any() else ids.str.startswith(code) & ids.str.len().gt(len(code))
        if not own.any():
            hint = nearest_word(code, [*ids.head(2000), *names.head(2000)]) if not code.isdigit() else ""
            raise input_error(
                f"Aucune zone n'a le code « {code} », ni ne commence par lui.",
                f"{where}, codes {some_values(ids)}",
                f"Donner un code de département ou de commune, ou un autre fichier (--areas). {hint}".strip(),
            )
        chosen |= own
    return chosen


def clocks_of(territory: Territory) -> tuple[str, str] | None:
    """The time zone and the region of bank holidays of the middle of the areas; None outside France.

    >>> clocks_of(read_territory(Path("data/areas/communes.geojson"), []))
    ('Europe/Paris', 'FR')
    """
    west, south, east, north = territory.shapes.total_bounds
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    for box, zone, holidays in _CLOCKS:
        if shapely.box(*box).contains(middle) and (
            zone != "Europe/Paris" or choose_crs(territory.shapes).to_epsg() == _LAMBERT_93
        ):
            return zone, holidays
    return None


def read_services_file(
    file: Path,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    kind: str = "",
    near: gpd.GeoDataFrame,
) -> ServicesFile:
    """A table of services, with the columns that were recognised and the kinds that it needs.

    Kinds are the shipped ones where they name all that the file has; else one for each that it names.

    Parameters
    ----------
    columns
        What the user says of headings.
    kind
        The label of the kind of all services, whatever the file says.

    Raises
    ------
    InputError
        A file that cannot be read or is empty; no name; no kind and none given; more kinds than MOST_KINDS.
    """
    where = file.name
    raw = read_table(file, where=where, layer=layer)
    if raw.empty:
        raise input_error("La table des services est vide.", where, "Fournir au moins un service.")
    settings = ServicesInput(file=file, layer=layer, columns=dict(columns or {}))
    headings = tuple(str(name) for name in raw.columns if name != "geometry")
    matched = match_columns(headings, "services", written=settings.columns, where=where)
    if "name" not in matched:
        of_program = {*PLACE_COLUMNS, *MATCH_COLUMNS, MARKS_COLUMN}
        others = [heading for heading in headings if heading not in of_program]
        likely = _likely_name(raw, [heading for heading in others if heading not in matched.values()])
        raise input_error(
            "Aucune colonne n'est reconnue comme le nom des services.",
            f"{where}, colonnes {some_values(others, most=12)}",
            f"Dire laquelle : --column {shlex.quote(f'name={likely}') if likely else 'name=TITRE'}.",
        )
    kinds: tuple[Kind, ...] = ()
    name = ""
    if "kind" in matched and not kind:
        kinds = _kinds_of(read_text(raw[matched["kind"]]), matched["kind"], where)
    elif kind:
        name = ways_to_name(KINDS).get(plain_words(kind), "")
        if not name:
            kinds = (_kind(kind, set()),)
            name = kinds[0].name
        if "kind" in matched:  # what the user says holds for all
            raw = raw.drop(columns=matched["kind"])
    else:
        raise input_error(
            "Aucune colonne n'est reconnue comme la catégorie des services.",
            f"{where}, colonnes {some_values(headings, most=12)}",
            'Dire laquelle (--column kind=TITRE), ou donner celle de tous les services (--kind "Centre social").',
        )
    read = service_columns(
        raw, settings.model_copy(update={"kind": name or None}), kinds or KINDS, near=near, where=where
    )
    return ServicesFile(file, layer, headings, read, kinds, name, dict(columns or {}))


def _likely_name(table: pd.DataFrame, headings: Sequence[str]) -> str:
    """The first of some columns whose cells are words, each its own; '' for none.

    >>> _likely_name(pd.DataFrame({"Tél": ["01", "02"], "Mairie": ["Mairie A", "Mairie B"]}), ["Tél", "Mairie"])
    'Mairie'
    """
    for heading in headings:
        texts = read_text(table[heading])
        words = texts[texts.str.contains("[^\\W\\d_]{2}", regex=True)]
        if len(words) == len(texts) and words.is_unique:
            return heading
    return ""


def _kinds_of(texts: pd.Series, heading: str, where: str) -> tuple[Kind, ...]:
    """The kinds that a column names: () where the shipped ones have a name for each, else one for each."""
    ways = {words: name for words, name in ways_to_name(KINDS).items() if name != _MOBILE}
    labels: dict[str, str] = {}
    for text in texts[texts != ""]:
        labels.setdefault(plain_words(text), text)
    if all(words in ways for words in labels):
        return ()
    if not labels or len(labels) > MOST_KINDS:
        raise input_error(
            f"La colonne « {heading} » n'est pas une colonne de catégories : elle a {len(labels)} valeurs différentes.",
            f"{where}, valeurs {some_values(labels.values())}",
            "Dire laquelle l'est (--column kind=TITRE), ou donner une catégorie à tous les services (--kind).",
        )
    taken: set[str] = set()
    return tuple(_kind(label, taken) for label in labels.values())


def _kind(label: str, taken: set[str]) -> Kind:
    """A kind of this label, under a name that no other has."""
    slug = re.sub(r"[^a-z0-9]+", "_", plain_words(label)).strip("_")[:40] or "categorie"
    while slug in taken or slug in (ANY, EVERYBODY, _MOBILE):
        slug += "_2"
    taken.add(slug)
    return Kind(name=slug, label=" ".join(label.split())[:300])


def population_keys(file: Path, *, layer: str | None = None, column: str | None = None) -> dict[str, object]:
    """The keys of ``[population]`` that a file needs beside its name: none where its columns say all.

    Raises
    ------
    InputError
        A file that cannot be read; no column of population, no place.
    """
    where = file.name
    head = read_head(file, where=where, layer=layer)
    if head is None:
        head = read_table(file, where=where, layer=layer)
    written: dict[str, object] = {} if column is None else {"population_column": column}
    try:
        resolved_layout(PopulationInput.model_validate({"file": file, **written}), head, where=where)
    except InputError:
        # a column that people call otherwise (« Habitants »), else the reader's own words
        headings = [str(name) for name in head.columns if name != "geometry"]
        other = match_columns(headings, "areas", wanted=("population",), where=where).get("population")
        if other is None or written:
            raise
        written["population_column"] = other
        resolved_layout(PopulationInput.model_validate({"file": file, **written}), head, where=where)
    return written


def path_from(folder: Path, file: Path) -> str:
    """The path of a file as a study in this folder names it."""
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive of Windows
        return file.resolve().as_posix()

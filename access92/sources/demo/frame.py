"""The real frame of the demonstration streets: communes, the Seine, its bridges, the population grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy import ndimage

from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.csv_files import read_csv
from access92.sources.places import project
from access92.sources.tables import check_columns, read_numbers, read_table

CRS_M = 2154
SEINE_HALF_WIDTH_M = 65.0
PIXEL_M = 100.0
FULLY_BUILT_PER_KM2 = 7500.0  # people/km² from which a whole cell is taken as built up
LEAST_BUILT_SHARE = 0.04  # of a cell that holds anybody at all
NOISE_M = 250.0


@dataclass(frozen=True, slots=True)
class DemoFrame:
    """What is real in the demonstration streets. Geometries in EPSG:2154.

    ``communes`` has area_id and name; ``bridges`` has name and modes (a frozenset of walk, bike,
    car) and points; ``grid`` has x_m and y_m (lower-left corners, in ``grid_crs``) and population. ``roads`` are
    straight links of main roads with ``name``, ``highway`` and the coordinates of both ends (x0, y0, x1, y1); ``green``
    is where nobody lives: woods, parks, cemeteries (``kind`` and ``name``); ``stations`` (``name``, ``kind``) are for
    maps. Without them main roads are drawn at random, and towns grow everywhere.
    """

    communes: gpd.GeoDataFrame
    seine: shapely.LineString
    bridges: gpd.GeoDataFrame
    grid: pd.DataFrame
    grid_crs: str
    cell_m: float
    roads: pd.DataFrame | None = None
    green: gpd.GeoDataFrame | None = None
    stations: gpd.GeoDataFrame | None = None


@dataclass(frozen=True, slots=True)
class BuiltUp:
    """Where streets for homes are to be: a raster of ``PIXEL_M``, row 0 at the south.

    ``summed`` is the summed-area table of ``mask``, one row and one column larger. ``commune`` is the row of the
    nearest commune in the frame.
    """

    west_m: float
    south_m: float
    mask: NDArray[np.bool_]
    density_per_km2: NDArray[np.float64]
    summed: NDArray[np.int64]
    commune: NDArray[np.int64]


def read_demo_frame(  # noqa: PLR0913 - a file and a column are named each
    areas: gpd.GeoDataFrame,
    *,
    grid_file: str | Path,
    seine_file: str | Path,
    bridges_file: str | Path,
    roads_file: str | Path | None = None,
    green_file: str | Path | None = None,
    stations_file: str | Path | None = None,
    x_column: str = "x_3035",
    y_column: str = "y_3035",
    population_column: str = "population",
    grid_crs: str = "EPSG:3035",
    cell_m: float = 1000.0,
) -> DemoFrame:
    r"""The frame read from its three CSV files and the table of areas (contract ``tables.AREAS``).

    Raises
    ------
    InputError
        A file is missing, unreadable, empty, or lacks a column.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "seine.csv").write_text("seq,lon,lat\n0,2.20,48.80\n1,2.21,48.80\n", encoding="utf-8")
    >>> _ = (folder / "bridges.csv").write_text("name,lon,lat,modes\nPont,2.205,48.8,walk bike\n", encoding="utf-8")
    >>> _ = (folder / "grid.csv").write_text("x_3035,y_3035,population\n3750000,2880000,10\n", encoding="utf-8")
    >>> areas = gpd.GeoDataFrame(
    ...     {"area_id": ["a"], "name": ["A"]}, geometry=[shapely.box(2.19, 48.79, 2.22, 48.81)], crs=4326)
    >>> frame = read_demo_frame(
    ...     areas, grid_file=folder / "grid.csv", seine_file=folder / "seine.csv", bridges_file=folder / "bridges.csv")
    >>> round(frame.seine.length), sorted(frame.bridges["modes"].iloc[0])
    (735, ['bike', 'walk'])
    """
    # coordinates and numbers are checked on reading: nothing downstream looks at them again
    measured = (x_column, y_column, population_column)
    grid = _read_rows(grid_file, measured, measured)
    seine = _read_rows(seine_file, ("seq", "lon", "lat"), ("seq", "lon", "lat")).sort_values("seq", kind="stable")
    bridges = _read_rows(bridges_file, ("name", "lon", "lat", "modes"), ("lon", "lat"))

    # a river of one point, or thousands of kilometres long, would keep the generator busy for ever
    line = _to_metres(seine, str(seine_file))
    if len(np.unique(line, axis=0)) < 2:  # noqa: PLR2004 - a line has two ends
        what = "L'axe de la Seine n'a pas deux points."
        raise input_error(what, str(seine_file), "Donner au moins deux points, dans l'ordre.")
    _check_frame(areas, shapely.LineString(line), str(seine_file))
    points = gpd.points_from_xy(*_to_metres(bridges, str(bridges_file)).T)
    return DemoFrame(
        communes=areas[["area_id", "name", "geometry"]].to_crs(CRS_M).sort_values("area_id").reset_index(drop=True),
        seine=shapely.LineString(line),
        bridges=gpd.GeoDataFrame(
            {"name": bridges["name"], "modes": [frozenset(str(modes).split()) for modes in bridges["modes"]]},
            geometry=points,
            crs=CRS_M,
        ),
        grid=pd.DataFrame(
            {
                "x_m": grid[x_column].astype(float),
                "y_m": grid[y_column].astype(float),
                "population": grid[population_column].astype(float),
            },
        ),
        grid_crs=grid_crs,
        cell_m=cell_m,
        roads=None if roads_file is None else _read_roads(roads_file),
        green=None if green_file is None else _read_green(green_file),
        stations=None if stations_file is None else _read_stations(stations_file),
    )


_ROAD_ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")


def _read_roads(path: str | Path) -> pd.DataFrame:
    """The links of the main roads, in metres."""
    table = _read_rows(path, ("name", "highway", *_ROAD_ENDS), _ROAD_ENDS)
    ends = [
        _to_metres(table.rename(columns={f"{end}_lon": "lon", f"{end}_lat": "lat"})[["lon", "lat"]], str(path))
        for end in ("from", "to")
    ]
    coordinates = dict(zip(("x0", "y0", "x1", "y1"), np.hstack(ends).T, strict=True))
    return pd.DataFrame({"name": table["name"].fillna(""), "highway": table["highway"].astype(str), **coordinates})


def _read_green(path: str | Path) -> gpd.GeoDataFrame:
    """Where nobody lives, in EPSG:2154: ``name``, ``kind`` and polygons."""
    table = read_table(Path(path), where=str(path))
    if not isinstance(table, gpd.GeoDataFrame):
        raise input_error("Le fichier des bois et parcs n'a pas de polygones.", str(path), "Donner un GeoJSON.")
    check_columns(table, ("name", "kind"), where=str(path))
    green = project(table, CRS_M, where=str(path))
    polygons = shapely.make_valid(green.geometry.to_numpy())
    return gpd.GeoDataFrame({"name": green["name"].fillna(""), "kind": green["kind"]}, geometry=polygons, crs=CRS_M)


def _read_stations(path: str | Path) -> gpd.GeoDataFrame:
    """The stations, each name once, in EPSG:2154: ``name``, ``kind`` (train or metro) and points."""
    table = _read_rows(path, ("name", "mode", "lon", "lat"), ("lon", "lat"))
    kind = np.where(table["mode"].isin(["METRO", "TRAMWAY"]), "metro", "train")
    points = gpd.points_from_xy(*_to_metres(table, str(path)).T)
    stations = gpd.GeoDataFrame({"name": table["name"].astype(str), "kind": kind}, geometry=points, crs=CRS_M)
    return (
        stations.sort_values(["name", "kind"], ascending=[True, False]).drop_duplicates("name").reset_index(drop=True)
    )


WIDEST_M = 100_000.0
"""Of the demonstration, from end to end: the Hauts-de-Seine are 25 km long."""

_SHORTEST_RIVER_M = 200.0


def _check_frame(areas: gpd.GeoDataFrame, seine: shapely.LineString, seine_file: str) -> None:
    """Refuse areas wider than a département, and a river that is none: a point, or far longer than they are wide."""
    west, south, east, north = areas.to_crs(CRS_M).total_bounds
    if max(east - west, north - south) > WIDEST_M:
        raise input_error(
            "Les zones sont trop étendues pour les rues de démonstration.",
            f"{max(east - west, north - south) / 1000:.0f} km, au plus {WIDEST_M / 1000:.0f} km",
            "Donner un fichier de rues (streets.file).",
        )
    if not _SHORTEST_RIVER_M <= seine.length <= 10 * WIDEST_M:
        raise input_error(
            "L'axe de la Seine n'a pas la longueur d'une rivière.",
            f"{seine_file}, {seine.length:.0f} m",
            "Corriger les coordonnées de ses points.",
        )


def _read_rows(path: str | Path, columns: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    """The rows of a file of the frame: columns that are there, numbers that are finite numbers on every row."""
    where = str(path)
    table = read_csv(Path(path), where=where)
    check_columns(table, columns, where=where)
    if table.empty:
        raise input_error("Un fichier du cadre de démonstration est vide.", where, "Fournir au moins une ligne.")
    faults: list[Fault] = []
    for name in numbers:
        values, wrong = read_numbers(table[name], where=where)
        faults += wrong
        blank = np.isnan(values)
        if blank.any() and not wrong:
            rows = some_values(table.index[blank])
            faults.append(
                Fault(f"La colonne « {name} » a des valeurs vides.", f"{where}, lignes {rows}", "Les remplir.")
            )
        table[name] = values
    if faults:
        raise InputError(faults)
    return table


def _to_metres(table: pd.DataFrame, where: str) -> NDArray[np.float64]:
    """The places of the rows in EPSG:2154, (n, 2)."""
    degrees = gpd.GeoDataFrame(geometry=gpd.points_from_xy(table["lon"], table["lat"]), index=table.index, crs=4326)
    return np.asarray(shapely.get_coordinates(project(degrees, CRS_M, where=where).geometry.to_numpy()))


def seine_polygon(frame: DemoFrame, *, half_width_m: float = SEINE_HALF_WIDTH_M) -> shapely.Polygon:
    """The water of the Seine, in EPSG:2154: the centre line widened by 65 m on each side, flat ends.

    Islands are not drawn. The real width between quays runs from about 100 to 200 m.

    Examples
    --------
    >>> frame = DemoFrame(None, shapely.LineString([(0, 0), (1000, 0)]), None, None, "EPSG:3035", 1000.0)
    >>> seine_polygon(frame).area
    130000.0
    """
    return shapely.buffer(frame.seine, half_width_m, cap_style="flat", join_style="mitre", mitre_limit=2.0)


def built_up(frame: DemoFrame, extent: shapely.Geometry, random: np.random.Generator) -> BuiltUp:
    """The pixels of the extent where homes stand, guessed from the 1 km grid.

    In each piece of cell (cell × commune) the share of built-up pixels grows with its density, up
    to the whole cell from 7,500 people/km²; the pixels nearest to denser neighbours go first.
    A cell inside the communes that the grid does not list holds nobody; outside, the nearest
    known cell is taken.
    """
    west_m, south_m, east_m, north_m = shapely.bounds(extent)
    columns, rows = int(np.ceil((east_m - west_m) / PIXEL_M)), int(np.ceil((north_m - south_m) / PIXEL_M))
    x_m, y_m = np.meshgrid(west_m + (np.arange(columns) + 0.5) * PIXEL_M, south_m + (np.arange(rows) + 0.5) * PIXEL_M)
    grid_x_m, grid_y_m = Transformer.from_crs(CRS_M, frame.grid_crs, always_xy=True).transform(x_m, y_m)

    # the commune of each pixel: a cell that several share is shared out between them
    commune = np.full(x_m.shape, -1)
    for number, polygon in enumerate(frame.communes.geometry):
        shapely.prepare(polygon)
        commune[shapely.contains_xy(polygon, x_m, y_m)] = number

    # persons per km² of each cell: none inside the communes where the grid lists none, the nearest known outside
    column = np.floor(grid_x_m / frame.cell_m).astype(int)
    row = np.floor(grid_y_m / frame.cell_m).astype(int)
    first_column, first_row = column.min() - 1, row.min() - 1
    cells = np.full((row.max() - first_row + 2, column.max() - first_column + 2), np.nan)
    home = commune >= 0
    cells[row[home] - first_row, column[home] - first_column] = 0.0
    listed = np.floor(frame.grid[["y_m", "x_m"]].to_numpy() / frame.cell_m).astype(int) - [first_row, first_column]
    fits = ((listed >= 0) & (listed < cells.shape)).all(axis=1)
    cells[listed[fits, 0], listed[fits, 1]] = frame.grid["population"].to_numpy()[fits] / (frame.cell_m / 1000) ** 2
    nearest = ndimage.distance_transform_edt(np.isnan(cells), return_distances=False, return_indices=True)
    cells = cells[tuple(nearest)]
    per_km2 = cells[row - first_row, column - first_column]

    # towns grow together: pixels beside denser cells are built first, with some noise so that no edge is straight
    smooth = ndimage.map_coordinates(
        cells,
        [grid_y_m / frame.cell_m - 0.5 - first_row, grid_x_m / frame.cell_m - 0.5 - first_column],
        order=1,
        mode="nearest",
    )
    noise = ndimage.gaussian_filter(random.standard_normal(x_m.shape), NOISE_M / PIXEL_M)
    rank = np.log1p(smooth) + noise / noise.std() * 0.5

    share = np.where(per_km2 > 0, np.clip(per_km2 / FULLY_BUILT_PER_KM2, LEAST_BUILT_SHARE, 1.0), 0.0)
    mask = _best_pixels(rank, share, (commune + 1) * 10_000_000 + row * 10_000 + column)
    if frame.green is not None:
        green = frame.green.geometry.union_all()
        shapely.prepare(green)
        mask &= ~shapely.contains_xy(green, x_m, y_m)
    summed = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    summed[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    nearest = ndimage.distance_transform_edt(commune < 0, return_distances=False, return_indices=True)
    return BuiltUp(west_m, south_m, mask, smooth, summed, commune[tuple(nearest)])


def _best_pixels(rank: NDArray[np.float64], share: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """In each group, its ``share`` of pixels of highest rank, rounded up."""
    order = np.lexsort((-rank.ravel(), group.ravel()))
    sorted_group = group.ravel()[order]
    _, start, size = np.unique(sorted_group, return_index=True, return_counts=True)
    place_in_group = np.arange(len(order)) - np.repeat(start, size)
    pixels = np.ceil(np.repeat(size, size) * share.ravel()[order] - 1e-9)
    mask = np.zeros(rank.size, dtype=bool)
    mask[order] = place_in_group < pixels
    return mask.reshape(rank.shape)

"""Heights along streets, in metres, from rasters of the ground: RGE ALTI, SRTM, Copernicus, any that rasterio reads."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import rasterio
import shapely
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.fill import fillnodata
from rasterio.windows import Window
from scipy import ndimage
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from access92.errors import Fault, InputError, input_error
from access92.sources.height_profiles import HeightProfiles
from access92.sources.written_numbers import written

PIECE_M = 25.0
"""Streets are cut into equal pieces of at most this length, each of one slope (Hypothèse access92); rasters with finer
cells are averaged to it first, so that kerbs, walls and noise make no slopes."""

MOST_HOLE_M = 100.0
"""A hole of a raster up to so wide is interpolated from its edges (Hypothèse access92); beyond, streets in it
are refused."""

_LOWEST_M, _HIGHEST_M = -500.0, 9000.0  # what is beyond is a missing value that the file does not declare
_METRES_PER_DEGREE = 111_320.0
_AT_GROUND = frozenset({"", "no", "building_passage", "culvert"})
"""Values of ``bridge`` and ``tunnel`` of a street that lies on the ground all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class _Heights:
    """One raster, averaged to cells of about 25 m: heights (NaN: none), its holes that were filled, its transform."""

    height_m: np.ndarray
    filled: np.ndarray
    transform: rasterio.Affine
    crs: pyproj.CRS

    def at(self, x: np.ndarray, y: np.ndarray, *, beyond_cells: float) -> tuple[np.ndarray, np.ndarray]:
        """Bilinear heights (NaN: none) of points in its CRS, and whether they lie in filled holes.

        ``beyond_cells``: how far outside the centres of its outer cells a point still takes their heights.
        """
        column, row = _cells(self.transform, x, y)
        column, row = column - 0.5, row - 0.5  # from corners of cells to their centres
        rows, columns = self.height_m.shape
        near = (column >= -beyond_cells) & (column <= columns - 1 + beyond_cells)
        near &= (row >= -beyond_cells) & (row <= rows - 1 + beyond_cells)
        column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
        left, top = np.minimum(column.astype(int), max(columns - 2, 0)), np.minimum(row.astype(int), max(rows - 2, 0))
        right, below = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        east, south = column - left, row - top
        values = np.zeros(len(x))
        in_hole = np.zeros(len(x), dtype=bool)
        for i, j, weight in (
            (top, left, (1 - south) * (1 - east)), (top, right, (1 - south) * east),
            (below, left, south * (1 - east)), (below, right, south * east),
        ):  # fmt: skip
            used = weight > 0  # a missing cell of no weight is no reason to miss the height
            values[used] += weight[used] * self.height_m[i[used], j[used]]
            in_hole |= used & self.filled[i, j]
        return np.where(near, values, np.nan), in_hole & near


def read_heights(paths: Sequence[Path], streets: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> HeightProfiles:
    """Heights along each street, from the first raster that has them; bridges and tunnels lie straight between ends.

    Streets and areas in one CRS (metres); each raster in its own. Between the cells heights are bilinear. Edges that
    are bridges or tunnels (``bridge``, ``tunnel``) and touch one another are one structure: where it meets the ground
    it has the height of the ground, and between these points heights change evenly with the length.

    Raises
    ------
    InputError
        A file that is no raster of heights, or without CRS; streets that no raster covers, or that lie in a hole wider
        than :data:`MOST_HOLE_M`: by area how much of their length.
    """
    # equally spaced points, so that a piece is a whole share of its street
    lines, length_m = streets.geometry.to_numpy(), streets["length_m"].to_numpy(float)
    pieces = np.maximum(1, np.ceil(length_m / PIECE_M - 1e-9)).astype(np.int64)
    first = np.append(0, np.cumsum(pieces + 1))
    share = (np.arange(first[-1]) - np.repeat(first[:-1], pieces + 1)) / np.repeat(pieces, pieces + 1)
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(np.repeat(lines, pieces + 1), share, normalized=True)
    )

    # strictly inside a tile first, so that of two neighbours the one that holds a point is asked, and not the other
    height_m = np.full(len(points), np.nan)
    in_hole = np.zeros(len(points), dtype=bool)
    rasters = [_read_raster(path, points, pyproj.CRS(streets.crs)) for path in paths]
    for beyond_cells in (0.0, 1.0):
        for raster in filter(None, rasters):
            missing = np.flatnonzero(np.isnan(height_m))
            to_raster = pyproj.Transformer.from_crs(streets.crs, raster.crs, always_xy=True)
            x, y = to_raster.transform(points[missing, 0], points[missing, 1])
            height_m[missing], in_hole[missing] = raster.at(
                np.asarray(x, dtype=float), np.asarray(y, dtype=float), beyond_cells=beyond_cells
            )

    # structures are above or below the ground that the raster has: only their ends need heights
    aloft = _is_aloft(streets)
    ends = np.concatenate([first[:-1], first[1:] - 1])
    node = np.unique(np.concatenate([streets["from_node"], streets["to_node"]]), return_inverse=True)[1]
    node_height_m = np.full(int(node.max(initial=-1)) + 1, np.nan)
    node_height_m[node] = height_m[ends]
    start, end = node.reshape(2, -1)
    structure_m = _structure_heights(start, end, length_m, aloft, node_height_m)
    of_street = np.repeat(np.arange(len(streets)), pieces + 1)
    on_structure = aloft[of_street]
    rise_m = structure_m[end] - structure_m[start]
    height_m[on_structure] = (structure_m[start][of_street] + rise_m[of_street] * share)[on_structure]

    _check_covered(height_m, of_street, streets, areas, paths)
    in_hole[on_structure] = False
    filled = np.bincount(of_street[in_hole], minlength=len(streets)) > 0
    return HeightProfiles(height_m, first, float(length_m[filled].sum() / 1000))


def filled_notices(profiles: HeightProfiles) -> tuple[str, ...]:
    """The notice of the streets in holes that were filled; none where there are none.

    >>> filled_notices(HeightProfiles(np.empty(0), np.zeros(1, dtype=np.int64), 0.0))
    ()
    """
    if not profiles.filled_km:
        return ()
    told = written(profiles.filled_km, decimals=1)
    return (
        f"Relief : {told} km de rues passent par des trous du raster (au plus {MOST_HOLE_M:.0f} m), comblés "
        "depuis leurs bords.",
    )


def raster_files(path: Path) -> tuple[Path, ...]:
    """The files whose bytes a raster is made of: itself, and the tiles of a virtual one (.vrt)."""
    if path.suffix.lower() != ".vrt" or not path.is_file():
        return (path,)
    with _opened(path) as source:
        return tuple(dict.fromkeys([path, *(Path(name).resolve() for name in source.files)]))


def _opened(path: Path) -> rasterio.DatasetReader:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused below, in words
            return rasterio.open(path)
    except RasterioError as error:
        raise input_error(
            f"Le fichier de relief n'est pas un raster lisible : {path.name}.",
            str(path),
            "Donner un GeoTIFF (.tif), une grille .asc ou un .vrt d'altitudes (RGE ALTI, SRTM, Copernicus).",
        ) from error


def _cells(transform: rasterio.Affine, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows (with decimals, from the corner of the raster) of points.

    >>> transform = rasterio.Affine(10.0, 0.0, 100.0, 0.0, -10.0, 200.0)
    >>> columns, rows = _cells(transform, np.array([115.0]), np.array([190.0]))
    >>> columns.tolist(), rows.tolist()
    ([1.5], [1.0])
    """
    a, b, c, d, e, f = (~transform)[:6]
    return a * x + b * y + c, d * x + e * y + f


def _read_raster(path: Path, points: np.ndarray, crs: pyproj.CRS) -> _Heights | None:
    """The part of a raster around points, averaged to cells of at most 25 m; None where it is all elsewhere."""
    with _opened(path) as source:
        if source.crs is None or source.count != 1:
            what = "n'a pas de système de coordonnées" if source.crs is None else f"a {source.count} bandes, pas une"
            raise input_error(
                f"Le raster de relief {what} : {path.name}.",
                str(path),
                "Donner un modèle de terrain à une bande, avec son système de coordonnées (gdal_translate -a_srs).",
            )
        own_crs = pyproj.CRS.from_user_input(source.crs.to_wkt())

        # whole blocks of cells, counted from the corner of the file: the same heights whatever part of it is read
        per_m = _METRES_PER_DEGREE if own_crs.is_geographic else 1.0
        cell_m = np.hypot(source.transform.e, source.transform.b) * per_m
        block = max(1, int(PIECE_M / cell_m + 1e-9))
        x, y = pyproj.Transformer.from_crs(crs, own_crs, always_xy=True).transform(points[:, 0], points[:, 1])
        column, row = _cells(source.transform, np.asarray(x), np.asarray(y))
        around = block + int(MOST_HOLE_M / cell_m) + 1
        spans = []
        for cells, size in ((row, source.height), (column, source.width)):
            low = max(
                0, int(np.floor(np.min(cells, initial=np.inf, where=np.isfinite(cells)) - around) // block * block)
            )
            high = np.max(cells, initial=-np.inf, where=np.isfinite(cells)) + around
            high = min(size // block * block, int(np.ceil(high / block) * block))
            if high <= low:
                return None
            spans.append((low, high))
        (top, bottom), (left, right) = spans
        read = source.read(
            1,
            window=Window(left, top, right - left, bottom - top),
            out_shape=((bottom - top) // block, (right - left) // block),
            masked=True,
            resampling=Resampling.average if block > 1 else Resampling.nearest,
            out_dtype="float64",
        )
        height_m = np.ma.filled(read, np.nan) * source.scales[0] + source.offsets[0]
        a, b, c, d, e, f = source.transform[:6]
        transform = rasterio.Affine(
            a * block, b * block, c + a * left + b * top, d * block, e * block, f + d * left + e * top
        )

    # holes up to the stated size take heights from their edges
    height_m[~((height_m > _LOWEST_M) & (height_m < _HIGHEST_M))] = np.nan
    missing = np.isnan(height_m)
    reach = MOST_HOLE_M / 2 / (cell_m * block)
    if missing.any() and not missing.all() and reach >= 1:
        patched = fillnodata(
            np.where(missing, 0, height_m).astype(np.float32),
            mask=(~missing).astype(np.uint8),
            max_search_distance=reach,
        )
        distance_ok = _within_cells(missing, reach)
        height_m = np.where(missing & distance_ok, patched, height_m)
    return _Heights(height_m, missing & ~np.isnan(height_m), transform, own_crs)


def _within_cells(missing: np.ndarray, reach: float) -> np.ndarray:
    """Whether a cell with a height lies at most ``reach`` cells away.

    >>> _within_cells(np.array([[False, True, True, True]]), 2.0).tolist()
    [[True, True, True, False]]
    """
    near: np.ndarray = ndimage.distance_transform_edt(missing) <= reach
    return near


def _is_aloft(streets: gpd.GeoDataFrame) -> np.ndarray:
    """Which streets are bridges or tunnels."""
    aloft = np.zeros(len(streets), dtype=bool)
    for name in ("bridge", "tunnel"):
        if name in streets.columns:
            aloft |= ~streets[name].astype(str).str.strip().str.lower().isin(_AT_GROUND).to_numpy()
    return aloft


def _structure_heights(
    start: np.ndarray, end: np.ndarray, length_m: np.ndarray, aloft: np.ndarray, ground_m: np.ndarray
) -> np.ndarray:
    """Heights of all nodes: of the ground where a street on it ends, between such nodes along structures elsewhere.

    Along a chain of edges heights change evenly; where structures branch, as currents do in wires of these lengths. A
    structure that meets the ground nowhere lies on it.
    """
    count = len(ground_m)
    on_ground = np.zeros(count, dtype=bool)
    on_ground[start[~aloft]] = on_ground[end[~aloft]] = True
    ends = (start[aloft], end[aloft])
    links = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(count, count))
    _, structure = connected_components(links, directed=False)
    is_held = np.bincount(structure[on_ground], minlength=count)[structure] > 0
    free = np.flatnonzero(~on_ground & is_held)
    heights = ground_m.copy()
    if len(free):
        weight = 1 / np.maximum(length_m[aloft], 0.01)
        both = (np.concatenate(ends), np.concatenate(ends[::-1]))
        pull = csr_array(coo_array((np.tile(weight, 2), both), shape=(count, count)))
        total = diags_array(np.asarray(pull.sum(axis=1)).ravel())
        fixed_m = np.where(on_ground, np.nan_to_num(ground_m), 0.0)
        system = (total - pull).tocsr()[free][:, free].tocsc()
        heights[free] = spsolve(system, (pull @ fixed_m)[free])
    return heights


def _check_covered(
    height_m: np.ndarray,
    of_street: np.ndarray,
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    paths: Sequence[Path],
) -> None:
    """Refuse streets without heights: by area the share of their length."""
    bare = np.bincount(of_street[np.isnan(height_m)], minlength=len(streets)) > 0
    if not bare.any():
        return
    length_m = streets["length_m"].to_numpy(float)
    middles = shapely.line_interpolate_point(streets.geometry.to_numpy(), 0.5, normalized=True)
    row, area = shapely.STRtree(areas.geometry.to_numpy()).query(middles, predicate="intersects")
    whole_m = np.bincount(area, weights=length_m[row], minlength=len(areas))
    bare_m = np.bincount(area, weights=length_m[row] * bare[row], minlength=len(areas))
    shares = bare_m / np.maximum(whole_m, 1e-9)
    worst = np.argsort(-shares, kind="stable")
    named = [f"{areas['name'].iloc[i]} ({100 * shares[i]:.0f} %)" for i in worst if shares[i] > 0]
    outside_km = (length_m[bare].sum() - bare_m.sum()) / 1000
    told = [f"{', '.join(named[:5])}{f' et {len(named) - 5} autres' if len(named) > 5 else ''}"] if named else []  # noqa: PLR2004
    if outside_km > 0.05:  # noqa: PLR2004
        told.append(f"{outside_km:.1f} km hors des zones de l'étude".replace(".", ","))
    share = 100 * length_m[bare].sum() / length_m.sum()
    raise InputError(
        [
            Fault(
                f"Le relief ne couvre pas toutes les rues : {share:.1f} % de leur longueur n'a pas d'altitude "
                f"(raster absent, ou trou de plus de {MOST_HOLE_M:.0f} m) : ".replace(".", ",")
                + " ; ".join(told)
                + ".",
                ", ".join(path.name for path in paths),
                'Ajouter les dalles qui manquent ([elevation] file = ["a.tif", "b.tif"]), ou réduire streets.margin_m.',
            )
        ]
    )

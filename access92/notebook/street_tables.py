"""Streets of an analyst, checked and brought to metres: a table of one's own, or that of a file with its changes."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from access92.errors import input_error, some_values
from access92.network.permissions import ONEWAY_VALUES
from access92.network.street_tags import tag_text
from access92.sources.areas import choose_crs
from access92.sources.places import TRUEST_SCALE, WGS84, check_places, project, scale_range
from access92.study.schemas import STREETS, check_table
from access92.study.street_checks import check_streets

_SAME_LENGTH = 1e-3
_MEASURED_SHARE = 0.5


def metric_streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The streets, checked, in a projected CRS where a metre is a metre: their own where it is one.

    Raises
    ------
    InputError
        What :func:`access92.study.street_checks.check_streets` refuses; lengths that were measured in a projection
        whose metres are none.
    """
    if not isinstance(streets, gpd.GeoDataFrame):
        raise input_error(
            "Ce n'est pas une table de rues.", f"streets : {type(streets).__name__}",
            "Lire les rues d'un fichier : read_streets(\"….osm.pbf\").",
        )  # fmt: skip
    check_places(check_table(streets, STREETS, where="streets"), where="streets")
    crs, degrees = CRS.from_user_input(streets.crs), project(streets, WGS84, where="streets")
    if not crs.is_projected:
        return check_streets(project(streets, choose_crs(degrees), where="streets"), where="streets")

    # Web Mercator counts 1.52 metres for one at Paris, a zone of UTM far away as much; feet are no metres either
    west, south, east, north = (float(value) for value in degrees.total_bounds)
    least, greatest = scale_range(crs, (west, south, east, north))
    in_metres = all(axis.unit_name == "metre" for axis in crs.axis_info)
    if in_metres and least >= 1 - TRUEST_SCALE and greatest <= 1 + TRUEST_SCALE:
        return check_streets(streets, where="streets")
    metric = project(streets, choose_crs(degrees), where="streets")
    _check_measured(streets, metric)
    return check_streets(metric, where="streets")


def _check_measured(streets: gpd.GeoDataFrame, metric: gpd.GeoDataFrame) -> None:
    """Refuse lengths that are those of the lines in a projection whose metres are none on the ground."""
    length_m = pd.to_numeric(streets["length_m"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    drawn, ground_m = streets.geometry.length.to_numpy(), metric.geometry.length.to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        as_drawn = np.abs(length_m / drawn - 1) < _SAME_LENGTH
        is_wrong = as_drawn & (np.abs(drawn / ground_m - 1) > TRUEST_SCALE)
    if is_wrong.mean() > _MEASURED_SHARE:
        crs = CRS.from_user_input(streets.crs)
        row = int(np.flatnonzero(is_wrong)[0])
        raise input_error(
            "Les longueurs (length_m) sont mesurées dans une projection dont le mètre n'en est pas un ici.",
            f"streets (CRS : {crs.name}), rue {streets['edge_id'].iloc[row]} : {length_m[row]:.1f} "
            f"pour {ground_m[row]:.1f} m sur le terrain",
            'Les mesurer en mètres : streets["length_m"] = streets.to_crs(streets.estimate_utm_crs()).length',
        )  # fmt: skip


def check_oneway(streets: gpd.GeoDataFrame, *, of_file: Iterable[object] = ()) -> None:
    """Refuse values of ``oneway`` that no rule knows, and which would open a street both ways in silence.

    ``of_file``: the values in the file of the streets, which a run counts among what it does not understand.

    >>> check_oneway(gpd.GeoDataFrame({"edge_id": ["a", "b"], "oneway": [True, None]}))
    """
    known = ONEWAY_VALUES | {tag_text(value) for value in of_file}
    codes, values = pd.factorize(streets["oneway"], use_na_sentinel=False)
    is_unknown = np.array([tag_text(value) not in known for value in values], dtype=bool)[codes]
    if is_unknown.any():
        raise input_error(
            "Le sens d'une rue (oneway) n'est pas compris.",
            f"streets, rues {some_values(streets['edge_id'][is_unknown])}, "
            f"valeurs {some_values(streets['oneway'][is_unknown].unique())}",
            "Écrire « yes » (sens du tracé), « -1 » (sens inverse), « no » ou rien (les deux sens) ; "
            f"connus : {', '.join(sorted(ONEWAY_VALUES - {''}))}.",
        )

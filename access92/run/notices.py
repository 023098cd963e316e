"""What a run survived: places not linked, streets cut off, a margin too narrow; rows for the report, in French."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from access92.network.modes import Mode
from access92.travel.cached_times import NetworkSummary
from access92.travel.matrix import TravelTimes

NOTICE_COLUMNS = ("topic", "subject", "detail", "population")


def collect_notices(  # noqa: PLR0913
    *,
    read: Iterable[tuple[str, str]],
    unlocated: pd.DataFrame,
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    modes: Mapping[str, Mode],
    networks: Mapping[str, NetworkSummary],
    travel_times: Mapping[str, TravelTimes],
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    threshold_min: float,
    max_snap_m: float,
) -> pd.DataFrame:
    """One row a thing: topic, subject, detail (French), population (people concerned; NaN where none are).

    ``read``: (topic, sentence) told by the readers of inputs.
    """
    rows: list[tuple[str, str, str, float]] = [(topic, "", sentence, float("nan")) for topic, sentence in read]
    rows += [
        ("Service non compté", f"{name} ({service_id})", reason, float("nan"))
        for service_id, name, reason in zip(
            unlocated["service_id"], unlocated["name"], unlocated["reason"], strict=True
        )
    ]
    for mode, times in travel_times.items():
        label = modes[mode].label
        far = times.service_snaps["edge_id"].isna()
        rows += [
            (
                "Service non relié aux rues",
                f"{services['name'].iloc[row]} ({services['service_id'].iloc[row]}), {label.lower()}",
                f"aucune rue utilisable à moins de {max_snap_m:.0f} m (la plus proche : {distance:.0f} m)",
                float("nan"),
            )
            for row, distance in zip(far[far].index, times.service_snaps.loc[far, "snap_m"], strict=True)
        ]
        people = demand["population"].to_numpy(float)[times.demand_snaps["edge_id"].isna().to_numpy()]
        if len(people):
            rows.append(
                (
                    "Habitants non reliés aux rues",
                    label,
                    f"{len(people)} points de population à plus de {max_snap_m:.0f} m d'une rue utilisable ; "
                    "ils restent au dénominateur et comptent comme non couverts",
                    float(people.sum()),
                ),
            )
    margin_m = _margin_m(areas, streets)
    rows += [_cut_off(network, modes[network.mode].label) for network in networks.values() if network.cut_off_nodes]
    rows += [
        (
            "Marge des rues",
            mode.label,
            f"les rues vont jusqu'à {_distance(margin_m)} hors de la zone ; en {threshold_min:.0f} min on parcourt "
            f"jusqu'à {_distance(reach_m)} : un trajet qui sortirait plus loin est ignoré",
            float("nan"),
        )
        for mode in modes.values()
        if (reach_m := _reach_m(mode, threshold_min)) > margin_m
    ]
    return pd.DataFrame(rows, columns=list(NOTICE_COLUMNS))


def _margin_m(areas: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> float:
    """How far the streets go beyond the areas, on the side where they go least far (metres, at least 0)."""
    inner, outer = areas.total_bounds, streets.total_bounds
    return max(0.0, float(min(*(inner[:2] - outer[:2]), *(outer[2:] - inner[2:]))))


def _reach_m(mode: Mode, threshold_min: float) -> float:
    """Metres that the mode can cover within the threshold at its fastest."""
    return mode.speed_kmh / mode.time_factor * 1000 / 60 * max(0.0, threshold_min - mode.parking_min)


def _cut_off(network: NetworkSummary, label: str) -> tuple[str, str, str, float]:
    return (
        "Rues isolées",
        label,
        f"{network.cut_off_nodes} carrefours et {network.cut_off_length_km:.1f} km de rues sans aller-retour possible "
        f"avec le reste du réseau ({network.nodes} carrefours, {network.length_km:.0f} km) sont laissés de côté",
        float("nan"),
    )


def _distance(metres: float) -> str:
    """A distance in words: kilometres from one kilometre on, metres below.

    >>> _distance(3040.0), _distance(420.0)
    ('3 km', '420 m')
    """
    return f"{metres / 1000:.0f} km" if metres >= 1000 else f"{metres:.0f} m"  # noqa: PLR2004 - a kilometre

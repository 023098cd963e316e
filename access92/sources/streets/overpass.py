"""An Overpass API answer (JSON): ways with their nodes or their geometry (``out geom``), rules of nodes and turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from access92._limits import parse_json
from access92.errors import input_error
from access92.sources.streets.extract import OsmExtract
from access92.sources.streets.traffic_collector import TrafficCollector
from access92.sources.streets.ways import (
    COORDINATE_SCALE,
    MISSING,
    NOT_STREETS,
    Bounds,
    OnProgress,
    WayCollector,
)

Answer = Mapping[str, Any]
_NOWHERE = (MISSING, MISSING)


def read_overpass(path: Path, *, bounds: Bounds | None = None, on_progress: OnProgress | None = None) -> OsmExtract:
    """The streets of an Overpass answer in a file, whose box touches ``bounds`` (all where None), and their rules.

    Raises
    ------
    InputError
        The file is cut off, is not an Overpass answer, or carries the server's error.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "one_street.json"
    >>> _ = file.write_text('{"elements": [{"type": "node", "id": 1, "lat": 48.8, "lon": 2.2}, '
    ...     '{"type": "node", "id": 2, "lat": 48.8, "lon": 2.3}, '
    ...     '{"type": "way", "id": 7, "nodes": [1, 2], "tags": {"highway": "path"}}]}')
    >>> read_overpass(file).ways.way_id.tolist()
    [7]
    """
    try:
        answer = parse_json(path.read_bytes())
    except (ValueError, OSError) as error:
        raise input_error(
            "La réponse Overpass est tronquée ou n'est pas du JSON.",
            f"{path} ({error})",
            "Télécharger la réponse de nouveau, en entier.",
        ) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        raise input_error(
            "Le fichier JSON n'est pas une réponse Overpass : il n'a pas de liste « elements ».",
            str(path),
            "Donner une réponse d'Overpass demandée avec [out:json].",
        )

    # a server that stops half way says so in its answer, which is else well formed
    remark = str(answer.get("remark", ""))
    if "error" in remark.lower():
        raise input_error(
            "La réponse Overpass est incomplète : le serveur s'est arrêté en route.",
            f"{path} (« {remark} »)",
            "Recommencer la requête, sur une zone plus petite ou avec un délai plus long.",
        )
    try:
        return extract_of_answers([answer], bounds=bounds, on_progress=on_progress)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise input_error(
            "Un élément de la réponse Overpass est mal formé.",
            f"{path} ({type(error).__name__} : {error})",
            "Télécharger la réponse de nouveau.",
        ) from error


def extract_of_answers(
    answers: Iterable[Answer],
    *,
    bounds: Bounds | None = None,
    on_progress: OnProgress | None = None,
) -> OsmExtract:
    """The streets of one or several Overpass answers and their rules; a way in two of them counts once.

    Examples
    --------
    >>> point = {"type": "way", "id": 7, "nodes": [1, 2], "tags": {"highway": "path"},
    ...          "geometry": [{"lat": 48.8, "lon": 2.2}, {"lat": 48.8, "lon": 2.3}]}
    >>> len(extract_of_answers([{"elements": [point]}, {"elements": [point]}]).ways)
    1
    """
    collector, traffic = WayCollector(bounds, on_progress), TrafficCollector(bounds)
    without_position = segments = 0
    elements = [element for answer in answers for element in answer["elements"]]
    places = {
        element["id"]: (_fixed(element["lon"]), _fixed(element["lat"]))
        for element in elements
        if element["type"] == "node"
    }
    for element in elements:
        tags = element.get("tags", {})
        if element["type"] == "node" and tags:
            traffic.add_node(element["id"], tags.items(), *places[element["id"]])
        elif element["type"] == "relation":
            members = element.get("members", ())
            traffic.add_relation(
                element["id"], tags, [(item["type"][0], item["ref"], item["role"]) for item in members]
            )
        if element["type"] != "way" or tags.get("highway", "no") in NOT_STREETS:
            continue
        refs = element["nodes"]
        if "geometry" in element:
            points = [_NOWHERE if p is None else (_fixed(p["lon"]), _fixed(p["lat"])) for p in element["geometry"]]
            nodes = [(ref, *point) for ref, point in zip(refs, points, strict=True)]
        else:
            nodes = [(ref, *places.get(ref, _NOWHERE)) for ref in refs]
        if nodes and all(x == MISSING for _, x, _ in nodes):
            without_position, segments = without_position + 1, segments + len(nodes) - 1
        collector.add(element["id"], tags.items(), nodes)
    return OsmExtract(collector.finish(), traffic.finish(), without_position, segments)


def _fixed(degrees: float) -> int:
    fixed = round(degrees * COORDINATE_SCALE)
    if abs(fixed) > MISSING:
        raise ValueError(f"coordonnée {degrees:g}")
    return fixed

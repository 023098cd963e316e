"""Which extract of OpenStreetMap covers a study: the providers' indexes and the outlines of their extracts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from access92.errors import DataSourceError, Fault, input_error, nearest_word, some_values
from access92.sources.download.providers import Provider
from access92.sources.download.transfer import PATIENCE, Patience, fetch_bytes

WHOLE_SHARE = 0.9999
"""Of the extent: outlines of extracts and of communes are drawn with different pens."""


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """An extract that a provider offers. ``covered_share`` (0–1): of the study's extent, by its outline."""

    name: str
    url: str
    covered_share: float


def choose_extract(
    provider: Provider, extent: BaseGeometry, *, name: str | None = None, patience: Patience = PATIENCE
) -> Extract:
    """The smallest extract of a provider that covers the extent (WGS 84); the one of that ``name`` where given.

    Raises
    ------
    DataSourceError
        The provider's index cannot be had, or makes no sense.
    InputError
        No extract covers the extent, or there is none of that name; the named one lies elsewhere.
    """
    offered = _indexed if "index" in provider.settings else _listed
    smallest: tuple[float, Extract] | None = None
    names, best = [], Extract("", "", 0.0)
    for extract, area in offered(provider, extent, name, patience):
        names.append(extract.name)
        if extract.name == name and extract.covered_share > 0:
            return extract
        best = max(best, extract, key=lambda item: item.covered_share)
        if name is None and extract.covered_share >= WHOLE_SHARE and (smallest is None or area < smallest[0]):
            smallest = area, extract
    if smallest is not None:
        return smallest[1]
    raise _no_extract(provider, name, names, best)


def _no_extract(provider: Provider, name: str | None, names: list[str], best: Extract) -> Exception:
    if name is not None and name not in names:
        fix = f"Corriger --extract. {nearest_word(name, names)}"
        return input_error(f"{provider.label} n'a pas d'extrait de ce nom.", f"--extract {name}", fix)
    if name is not None:
        fix = "Nommer un extrait qui contient la zone, ou laisser access92 le choisir (sans --extract)."
        return input_error("Cet extrait ne touche pas la zone de l'étude.", f"--extract {name}", fix)
    where = provider.label
    if best.name:
        where += f" ; le plus proche, « {best.name} », en couvre {best.covered_share:.0%}"
    fix = "Choisir un autre fournisseur (--provider), ou nommer un extrait (--extract) et vérifier ce qui manquera."
    return input_error("Aucun extrait ne couvre la zone de l'étude et sa marge.", where, fix)


def _indexed(
    provider: Provider, extent: BaseGeometry, _name: str | None, patience: Patience
) -> Iterator[tuple[Extract, float]]:
    """The extracts of an index in GeoJSON (Geofabrik's index-v1.json), with the area of their outlines."""
    url = provider.address(provider.text("index"))
    body = fetch_bytes(url, patience=patience)
    try:
        features = list(json.loads(body or b"")["features"])
    except (ValueError, KeyError, TypeError) as error:
        raise _bad_index(url, error) from error
    for feature in features:
        try:
            properties, geometry = feature["properties"], feature.get("geometry")
            address = properties.get("urls", {}).get("pbf")
            if address is None or geometry is None:
                continue
            outline = shapely.make_valid(shapely.from_geojson(json.dumps(geometry)))
        except (KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as error:
            raise _bad_index(url, error) from error
        # addresses of the index are those of the public server: a mirror keeps their paths
        path = address.split("://", 1)[-1].split("/", 1)[-1]
        yield Extract(str(properties["id"]), provider.address(path), _share(extent, outline)), outline.area


def _listed(
    provider: Provider, extent: BaseGeometry, name: str | None, patience: Patience
) -> Iterator[tuple[Extract, float]]:
    """The extracts of our own list, each with the outline that the provider publishes for it."""
    ids = provider.settings["ids"] if name is None else [name]
    if not isinstance(ids, (list, tuple)):
        raise TypeError(provider.name)
    for identifier in ids:
        url = provider.address(provider.text("polygon").format(id=identifier))
        body = fetch_bytes(url, patience=patience)
        if body is None:
            continue
        try:
            outline = parse_poly(body.decode("utf-8"))
        except (ValueError, shapely.errors.GEOSException) as error:
            raise _bad_index(url, error) from error
        address = provider.address(provider.text("extract").format(id=identifier))
        yield Extract(identifier, address, _share(extent, outline)), outline.area


def parse_poly(text: str) -> BaseGeometry:
    r"""The polygon of a file of Osmosis (.poly): rings, those that begin with « ! » being holes.

    Raises
    ------
    ValueError
        The text is no such file.

    Examples
    --------
    >>> parse_poly("square\n1\n 0 0\n 2 0\n 2 2\n 0 2\nEND\nEND").area
    4.0
    """
    rings: list[tuple[bool, list[tuple[float, float]]]] = []
    is_open = False
    for line in text.splitlines()[1:]:
        words = line.split()
        if not words:
            continue
        if words[0] == "END":
            is_open = False
        elif not is_open:
            rings.append((words[0].startswith("!"), []))
            is_open = True
        else:
            longitude, latitude = (float(word) for word in words[:2])
            rings[-1][1].append((longitude, latitude))
    if not rings:
        raise ValueError("no ring")
    filled = shapely.union_all([shapely.Polygon(points) for is_hole, points in rings if not is_hole])
    holes = shapely.union_all([shapely.Polygon(points) for is_hole, points in rings if is_hole])
    return shapely.difference(shapely.make_valid(filled), shapely.make_valid(holes))


def _share(extent: BaseGeometry, outline: BaseGeometry) -> float:
    """The share of the extent inside an outline; areas in square degrees, over so little the same."""
    if not shapely.intersects(shapely.box(*extent.bounds), shapely.box(*outline.bounds)):
        return 0.0
    return float(shapely.area(shapely.intersection(extent, outline)) / shapely.area(extent))


def _bad_index(url: str, error: object) -> DataSourceError:
    what = "La liste des extraits de ce fournisseur est absente ou illisible."
    fix = f"Recommencer plus tard, ou choisir un autre fournisseur ({some_values(['--provider'])})."
    return DataSourceError(Fault(what, f"{url} ({str(error)[:200]})", fix))

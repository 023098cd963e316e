"""Addresses asked of the State's batch service: a small table goes, the same table with places comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from access92.errors import DataSourceError, Fault, some_values
from access92.sources.download.transfer import PATIENCE, Patience, post_file
from access92.sources.geocoding.address_words import LEAST_SCORE, read_address, town_words_of, words_likeness
from access92.sources.geocoding.matching import Found, NotFound

ROWS_AT_ONCE = 500
"""Rows of one request: the service answers one by one, and a server that breaks off loses few."""

LEAST_ONLINE_SCORE = 0.5
"""Below, the service's own guide advises to look at a place before using it. Hypothèse access92."""

_SENT = ("rang", "adresse", "code_postal", "code_insee", "commune")
_NEEDED = ("rang", "latitude", "longitude", "result_label", "result_score", "result_type")
_UNCERTAINTY_M = {"housenumber": 20.0, "interpolation": 50.0, "street": 300.0, "locality": 500.0}
_KINDS = {
    "housenumber": "numéro",
    "interpolation": "numéro interpolé",
    "street": "rue, sans son numéro",
    "locality": "lieu-dit",
}


@dataclass(frozen=True, slots=True)
class AskedAddress:
    """What is sent of one row; each may be '' but not all."""

    address: str
    postcode: str = ""
    citycode: str = ""
    town: str = ""


def geocode_online(
    url: str,
    addresses: Sequence[AskedAddress],
    *,
    on_rows: Callable[[int, int], None] | None = None,
    patience: Patience = PATIENCE,
) -> list[Found | NotFound]:
    """The places that the service knows, in the order asked for.

    A place that is only that of a commune, of too low a score, or of another commune than asked for is not found.

    Raises
    ------
    DataSourceError
        The server cannot be reached, stays busy, refuses, breaks off, or answers with another table.
    """
    found: list[Found | NotFound] = []
    for start in range(0, len(addresses), ROWS_AT_ONCE):
        batch = addresses[start : start + ROWS_AT_ONCE]
        found += _answers(url, batch, patience)
        if on_rows is not None:
            on_rows(len(found), len(addresses))
    return found


def _answers(url: str, batch: Sequence[AskedAddress], patience: Patience) -> list[Found | NotFound]:
    """The answers of one request."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_SENT)
    for at, row in enumerate(batch):
        writer.writerow((at, row.address, row.postcode, row.citycode, row.town))
    fields = [("columns", "adresse"), ("columns", "commune")]
    fields += [("postcode", "code_postal")] if any(row.postcode for row in batch) else []
    fields += [("citycode", "code_insee")] if any(row.citycode for row in batch) else []
    body = post_file(url, ("adresses.csv", table.getvalue().encode()), fields, patience=patience)

    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _other_table(url, str(error)) from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise _other_table(url, f"colonnes manquantes : {some_values(missing, most=6)}")
    rows = list(reader)
    if [row["rang"] for row in rows] != [str(at) for at in range(len(batch))]:
        raise _other_table(url, f"{len(rows)} lignes pour {len(batch)} demandées, ou dans un autre ordre")
    return [_found(row, asked, url) for row, asked in zip(rows, batch, strict=True)]


def _found(row: dict[str, str], asked: AskedAddress, url: str) -> Found | NotFound:
    """One answer as a place, or why it is none."""
    status = row.get("result_status") or "ok"
    if status not in ("ok", "skipped") or not row["latitude"] or not row["longitude"]:
        return NotFound("adresse inconnue du service")
    try:
        lon, lat, score = (float(row[name]) for name in ("longitude", "latitude", "result_score"))
    except ValueError as error:
        raise _other_table(url, str(error)) from error
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - degrees
        raise _other_table(url, f"longitude {lon}, latitude {lat}")
    kind, label = row["result_type"], row["result_label"]
    if kind not in _KINDS:
        return NotFound(f"seule la commune est connue (« {label} »)")
    if score < LEAST_ONLINE_SCORE:
        return NotFound(f"trop peu ressemblante (« {label} », score {score:.2f})".replace(".", ","))
    is_other, differing = _other_place(row, asked)
    if is_other:
        return NotFound(f"le service répond une autre commune (« {label} », score {score:.2f})".replace(".", ","))
    number = read_address(asked.address).number
    found_number = (row.get("result_housenumber") or "").split(" ")[0]
    words, uncertainty_m = _KINDS[kind], _UNCERTAINTY_M[kind]
    if kind == "housenumber" and number is not None and found_number.isdigit() and int(found_number) != number:
        words, uncertainty_m = f"numéro le plus proche, le {found_number}", _UNCERTAINTY_M["interpolation"]
    elif kind == "street" and number is None:
        words = "rue, sans numéro demandé"
    if differing:
        words = f"{words}, à vérifier : {differing}"
    return Found(lon, lat, label, words, round(score, 3), uncertainty_m)


def _other_place(row: Mapping[str, str], asked: AskedAddress) -> tuple[bool, str]:
    """Whether an answer lies in another commune than asked for; and what of it differs though it does not.

    Of the commune's name, its postcode and its code, those that both sides have are compared: one that agrees is enough
    (a commune that was taken in, a postcode of the post's own), unless the départements differ.
    """
    wanted = read_address(asked.address, postcode=asked.postcode, town=asked.town, citycode=asked.citycode)
    label = read_address(row["result_label"])
    postcode = row.get("result_postcode") or label.postcode
    names = [town_words_of(row.get(name) or "") for name in ("result_city", "result_oldcity")]
    names = [name for name in names if name] or [label.town] * bool(label.town)
    pairs = {"code postal": (wanted.postcode, postcode), "code INSEE": (wanted.citycode, row.get("result_citycode"))}
    agrees = {what: one == other for what, (one, other) in pairs.items() if one and other}
    if wanted.town and names and not _is_nearly_one(wanted.town, names):
        agrees["commune"] = any(_is_one_town(wanted.town, name) for name in names)
    others = [f"autre {what}" for what, same in agrees.items() if not same]
    if wanted.town and names and "commune" not in agrees:
        others.append(f"commune {row.get('result_city') or label.town.title()}")
    differing = ", ".join(others)
    is_far = not agrees.get("code INSEE", False) and wanted.postcode[:2] != postcode[:2]
    if agrees and (not any(agrees.values()) or (is_far and "code postal" in agrees)):
        return True, differing
    # the post's own codes are of no commune; those of communes that were taken in have both others
    alone = [what for what, same in agrees.items() if not same]
    return False, "" if len(agrees) > 1 and alone == ["code postal"] and agrees.get("commune") else differing


def _is_one_town(one: str, other: str) -> bool:
    """Whether two names in plain words are of one commune: « paris » is « paris 12e arrondissement »."""
    short, long = sorted((one, other), key=len)
    return one == other or (long.startswith(f"{short} ") and long[len(short) + 1].isdigit())


def _is_nearly_one(town: str, names: Sequence[str]) -> bool:
    """Whether a name may be a slip of one of some: neither the same commune for sure, nor another."""
    return any(words_likeness(town.split(), name.split()) >= LEAST_SCORE for name in names) and not any(
        _is_one_town(town, name) for name in names
    )


def _other_table(url: str, detail: str) -> DataSourceError:
    return DataSourceError(
        Fault(
            "Le service de géocodage a répondu autre chose que le tableau attendu.",
            f"{url} ({detail})",
            "Recommencer plus tard, ou géocoder d'après un fichier de la BAN (--ban adresses-92.csv.gz).",
        )
    )

"""The addresses of a file of the Base Adresse Nationale, by commune, street and number; built once a file."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from access92._limits import check_unpacked_size, readable_file
from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import file_state
from access92.cache.tables import read_cached_frame, write_cached_frame
from access92.errors import input_error, nearest_word, some_values
from access92.sources.geocoding.address_words import street_words, town_words_of

_COLUMNS = {
    "numero": ("numero",),
    "rep": ("rep", "suffixe"),
    "nom_voie": ("nom_voie", "voie_nom"),
    "code_postal": ("code_postal",),
    "code_insee": ("code_insee", "commune_insee"),
    "nom_commune": ("nom_commune", "commune_nom"),
    "nom_ancienne_commune": ("nom_ancienne_commune", "commune_deleguee_nom"),
    "libelle_acheminement": ("libelle_acheminement",),
    "lon": ("lon", "long"),
    "lat": ("lat",),
    "type_position": ("type_position", "position"),
}
"""By name in the BAN's CSV (schema « adresses-csv », adresse.data.gouv.fr) this, and that of a base adresse locale."""

_NEEDED = ("numero", "nom_voie", "code_insee", "nom_commune", "lon", "lat")
_MOST_HEADING = 1 << 16
_STREET_KEYS = ("code_insee", "nom_voie", "code_postal", "old_town")
_WITHOUT_NUMBER = 9999
"""The highest number of a house. In a base adresse locale 99999 stands for a place without a number."""


@dataclass(frozen=True, slots=True)
class Street:
    """One street of one commune: how it is written, its type and the words of its name, and where its numbers are.

    Streets of one name in communes that became one are told apart by ``postcode`` and ``old_town`` (its plain words).
    ``first``, ``last``: its rows in the numbers of the index, sorted by number and repetition.
    """

    name: str
    type: str
    words: tuple[str, ...]
    citycode: str
    town: str
    postcode: str
    old_town: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class AddressIndex:
    """Streets by commune and by postcode, and the numbers of all (int32; -1 for none), with degrees and position."""

    streets: tuple[Street, ...]
    by_city: Mapping[str, Sequence[int]]
    by_postcode: Mapping[str, Sequence[int]]
    cities: Mapping[str, tuple[str, ...]]  # by plain words of a name the codes of the communes that bear it
    numbers: np.ndarray
    repetitions: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        """How many addresses there are."""
        return len(self.numbers)


def read_address_index(path: Path, *, cache_folder: Path | None, where: str) -> AddressIndex:
    r"""The index of a file of addresses (CSV, plain or gzip), from the cache where the same file was read before.

    Raises
    ------
    InputError
        Missing or damaged file, columns that are not those of the BAN, no address with coordinates.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "ban.csv"
    >>> _ = file.write_text(
    ...     "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat\n"
    ...     "a;12;bis;Rue Hoche;92240;92046;Malakoff;2.3;48.8\n", encoding="utf-8")
    >>> index = read_address_index(file, cache_folder=None, where="ban.csv")
    >>> index.streets[0].words, index.numbers.tolist(), index.cities
    (('hoche',), [12], {'malakoff': ('92046',)})
    """
    state = file_state(readable_file(path, where=where))
    kept = None
    if cache_folder is not None and state is not None:
        kept = cache_folder / f"addresses-{state.sha256[:32]}{code_fingerprint(__name__)[:32]}.arrow"
        frame = read_cached_frame(kept)
        if frame is not None:
            return _index_of(frame)
    frame = _sorted_rows(_read_rows(path, where), where)
    if kept is not None:
        write_cached_frame(frame, kept)
    return _index_of(frame)


def _read_rows(path: Path, where: str) -> pd.DataFrame:
    """The columns that count, as text, under the names of the BAN."""
    check_unpacked_size(path, where=where)
    compression: Literal["gzip"] | None = "gzip" if path.suffix.lower() == ".gz" else None
    opened = gzip.open if compression else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            heading = stream.readline(_MOST_HEADING)
        separator = max(";,", key=heading.count)
        present = [name.strip() for name in next(csv.reader([heading], delimiter=separator), [])]
        names = {name: next((other for other in others if other in present), None) for name, others in _COLUMNS.items()}
        missing = [name for name in _NEEDED if names[name] is None]
        if missing:
            raise input_error(
                f"Ce fichier n'est pas une Base Adresse Nationale : il manque {some_values(missing, most=6)}.",
                f"{where}, colonnes {some_values(present, most=12)}",
                "Donner le CSV d'un département, « adresses-92.csv.gz » par exemple (adresse.data.gouv.fr). "
                + nearest_word(missing[0], present),
            )
        rows = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, compression=compression, encoding="utf-8-sig",
            usecols=[name for name in names.values() if name is not None],
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, UnicodeDecodeError, EOFError, zlib.error,
            OSError, ValueError) as error:  # fmt: skip
        raise input_error(
            "Le fichier d'adresses est illisible.", f"{where} : {error}", "Le télécharger de nouveau."
        ) from error
    rows = rows.rename(columns={other: name for name, other in names.items() if other is not None})
    return rows.assign(**{name: "" for name in _COLUMNS if name not in rows.columns})


def _sorted_rows(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows with a place, streets together, numbers in their order; one for each commune, street and number."""
    numbers = pd.to_numeric(rows["numero"], errors="coerce").fillna(-1).astype("int32")
    lon, lat = (pd.to_numeric(rows[name].str.replace(",", "."), errors="coerce") for name in ("lon", "lat"))
    table = pd.DataFrame(
        {
            "code_insee": rows["code_insee"].str.strip(),
            "nom_voie": rows["nom_voie"].str.strip(),
            "code_postal": rows["code_postal"].str.strip(),
            "nom_commune": rows["nom_commune"].str.strip(),
            "old_town": rows["nom_ancienne_commune"].str.strip(),
            "other_names": rows["nom_ancienne_commune"].str.strip() + "|" + rows["libelle_acheminement"].str.strip(),
            "number": numbers.where(numbers <= _WITHOUT_NUMBER, -1),
            "rep": rows["rep"].str.strip().str.lower(),
            "lon": lon,
            "lat": lat,
            "position": rows["type_position"].str.strip().str.lower(),
        }
    )
    placed = table["lon"].between(-180, 180) & table["lat"].between(-90, 90) & table["nom_voie"].ne("")
    table = table[placed]
    if table.empty:
        raise input_error("Aucune adresse du fichier n'a de coordonnées.", where, "Donner le CSV entier de la BAN.")
    keys = [*_STREET_KEYS, "number", "rep"]
    order = [*keys, "position", "lon", "lat"]
    return table.sort_values(order, kind="stable").drop_duplicates(keys, ignore_index=True)


def _index_of(frame: pd.DataFrame) -> AddressIndex:
    """The index over rows that are sorted by commune and street."""
    codes, names = frame["code_insee"].to_numpy(dtype=object), frame["nom_voie"].to_numpy(dtype=object)
    changes = np.zeros(len(frame) - 1, dtype=bool)
    for key in _STREET_KEYS:
        column = frame[key].to_numpy(dtype=object)
        changes |= column[1:] != column[:-1]
    starts = np.flatnonzero(np.concatenate([[True], changes]))
    ends = np.append(starts[1:], len(frame))
    postcodes, towns = frame["code_postal"].to_numpy(dtype=object), frame["nom_commune"].to_numpy(dtype=object)
    old_towns = frame["old_town"].to_numpy(dtype=object)
    streets: list[Street] = []
    by_city, by_postcode = dict[str, list[int]](), dict[str, list[int]]()
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        kind, words = street_words(names[first])
        at = len(streets)
        place = (codes[first], towns[first], postcodes[first], town_words_of(old_towns[first]))
        streets.append(Street(names[first], kind, words, *place, first, last))
        by_city.setdefault(codes[first], []).append(at)
        by_postcode.setdefault(postcodes[first], []).append(at)

    # a commune by its name, by that of the post and by those of communes that it has taken in
    cities: dict[str, set[str]] = {}
    names_of = frame[["code_insee", "nom_commune", "other_names"]].drop_duplicates()
    for code, town, others in names_of.itertuples(index=False):
        for name in (town, *str(others).split("|")):
            if plain := town_words_of(str(name)):
                cities.setdefault(plain, set()).add(code)
    return AddressIndex(
        streets=tuple(streets),
        by_city=by_city,
        by_postcode=by_postcode,
        cities={name: tuple(sorted(found)) for name, found in sorted(cities.items())},
        numbers=frame["number"].to_numpy(dtype=np.int32),
        repetitions=frame["rep"].to_numpy(dtype=object),
        lon=frame["lon"].to_numpy(dtype=float),
        lat=frame["lat"].to_numpy(dtype=float),
        positions=frame["position"].to_numpy(dtype=object),
    )

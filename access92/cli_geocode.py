"""The command ``access92 geocode``: addresses of a table become places, in a file that a person can correct."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from access92.cache.folder import default_cache_folder
from access92.cli_answers import in_words_of_options
from access92.errors import input_error
from access92.terminal import shown_progress

if TYPE_CHECKING:
    from access92.progress import Progress
    from access92.sources.geocoding.geocoded_table import Geocoded, Geocoder
    from access92.sources.geocoding.matching import Found, NotFound
    from access92.sources.geocoding.online import AskedAddress

SUFFIX = "_geocode"


def geocode(
    table: Annotated[Path, typer.Argument(metavar="FICHIER", help="Tableau d'adresses : CSV, XLSX, ODS.")],
    ban: Annotated[
        Path | None,
        typer.Option(metavar="FICHIER", help="Base Adresse Nationale du département : adresses-92.csv ou .csv.gz."),
    ] = None,
    online: Annotated[
        bool,
        typer.Option("--online", help="Demander au service de l'État (internet) : les adresses lui sont envoyées."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FICHIER", help="Fichier .csv à écrire ; ses corrections sont gardées."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLONNE=TITRE", help="Le titre d'une colonne : address=Lieu, postcode=CP… (répétable)."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NOM", help="Feuille du classeur, s'il en a plusieurs.")] = None,
    provider_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Autre adresse du service (miroir, intranet).")
    ] = None,
) -> None:
    """Situer les adresses d'un tableau qui n'ont pas de coordonnées, et dire comment chacune a été trouvée."""
    from access92.outputs.words.geocoding import geocoded_lines

    with in_words_of_options():
        done = geocode_file(
            table, ban=ban, online=online, output=output, columns=read_columns(column or ()), sheet=sheet,
            provider_url=provider_url,
        )  # fmt: skip
    for line in geocoded_lines(done):
        typer.echo(line)


def geocode_file(
    table: Path,
    *,
    ban: Path | None,
    online: bool,
    columns: Mapping[str, str],
    sheet: str | None,
    output: Path | None = None,
    provider_url: str | None = None,
) -> Geocoded:
    """Find the addresses of a table and write them beside it."""
    from access92.sources.geocoding.geocoded_table import geocode_table

    if (ban is None) != online:
        raise typer.BadParameter("donner --ban FICHIER ou --online, l'un des deux", param_hint="--ban, --online")
    target = output or geocoded_file(table)
    if target.suffix.lower() != ".csv":
        raise input_error("Le résultat s'écrit en CSV.", str(target), "Donner un nom en .csv.")
    with shown_progress() as on_progress:
        geocoder, source = _geocoder(ban, provider_url, on_progress)
        return geocode_table(table, target, geocoder, columns=columns, layer=sheet, source_name=source)


def geocode_command(
    table: Path, *, ban: Path | None, online: bool, columns: Mapping[str, str], sheet: str | None
) -> str:
    """What to type to find the addresses of a table again, with these options.

    >>> geocode_command(Path("a.xlsx"), ban=Path("b.csv"), online=False, columns={"address": "Voie"}, sheet="Feuil 1")
    "access92 geocode a.xlsx --ban b.csv --sheet 'Feuil 1' --column address=Voie"
    """
    words = ["access92", "geocode", str(table)]
    words += ["--online"] if online else ["--ban", str(ban)]
    words += ["--sheet", sheet] if sheet else []
    for name, heading in columns.items():
        words += ["--column", f"{name}={heading}"]
    return shlex.join(words)


def geocoded_file(table: Path) -> Path:
    """The file beside a table that its places are written to; the table itself where it is such a file.

    >>> geocoded_file(Path("a/services.xlsx")).as_posix(), geocoded_file(Path("services_geocode.csv")).name
    ('a/services_geocode.csv', 'services_geocode.csv')
    """
    return table.with_name(f"{table.stem.removesuffix(SUFFIX)}{SUFFIX}.csv")


def read_columns(texts: Sequence[str]) -> dict[str, str]:
    """What is typed of columns: by column of access92 the heading of the file.

    >>> read_columns(["address=Lieu d'accueil"])
    {'address': "Lieu d'accueil"}
    """
    pairs = [text.partition("=") for text in texts]
    if wrong := [
        text for text, (name, sign, heading) in zip(texts, pairs, strict=True) if not (name and sign and heading)
    ]:
        raise typer.BadParameter(f"« {wrong[0]} » : écrire COLONNE=TITRE, comme name=Libellé", param_hint="--column")
    return {name.strip(): heading.strip() for name, _, heading in pairs}


def _geocoder(ban: Path | None, provider_url: str | None, on_progress: Progress) -> tuple[Geocoder, str]:
    """What finds places, and how ``position_basis`` names it."""
    from access92.progress import of_step
    from access92.sources.download.providers import read_providers
    from access92.sources.geocoding.address_words import read_address
    from access92.sources.geocoding.ban_index import read_address_index
    from access92.sources.geocoding.matching import find_address
    from access92.sources.geocoding.online import geocode_online

    if ban is None:
        provider = read_providers()["ban"].mirrored(provider_url)
        url = provider.address(provider.text("batch"))

        def ask(addresses: Sequence[AskedAddress]) -> Sequence[Found | NotFound]:
            return geocode_online(
                url, addresses, on_rows=of_step(on_progress, "Adresses demandées au service de l'État")
            )

        return ask, "service de géocodage de l'État"
    on_progress("Lecture du fichier d'adresses")
    index = read_address_index(ban, cache_folder=default_cache_folder(), where=ban.name)

    def look_up(addresses: Sequence[AskedAddress]) -> Sequence[Found | NotFound]:
        on_progress("Recherche des adresses")
        return [
            find_address(index, read_address(row.address, postcode=row.postcode, town=row.town, citycode=row.citycode))
            for row in addresses
        ]

    return look_up, f"adresse, {ban.name}"

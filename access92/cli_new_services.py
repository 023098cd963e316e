"""The services of ``access92 new``: how their table is understood is shown, corrected, agreed to; addresses placed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from access92.cli_answers import Answers, existing_file, in_words_of_options
from access92.cli_geocode import geocode_command, geocode_file, read_columns
from access92.errors import InputError, input_error

if TYPE_CHECKING:
    import geopandas as gpd

    from access92.run.new_study import ServicesFile

_CORRECTIONS = """Écrire ce qui ne va pas :
  name=Titre de la colonne    (ou kind=, lon=, lat=, address=, postcode=, commune=, valid_from=…)
  catégorie: Centre social    (tous les services en sont)
  feuille: Nom de la feuille"""


@dataclass(slots=True)
class AskedServices:
    """The file of services and what the options, then the answers, say of it."""

    file: Path
    sheet: str | None
    columns: dict[str, str]
    kind: str
    ban: Path | None
    online: bool

    def correct(self, text: str) -> None:
        """Take a correction as it is typed (``_CORRECTIONS``)."""
        word, _, rest = text.partition(":")
        if word.strip() in ("categorie", "catégorie"):
            self.kind = rest.strip()
        elif word.strip() == "feuille":
            self.sheet = rest.strip()
        else:
            try:
                self.columns |= read_columns([text])
            except typer.BadParameter as error:
                typer.echo(str(error))


def placed_services(answers: Answers, asked: AskedServices, near: gpd.GeoDataFrame) -> ServicesFile:
    """The table of services that the user agrees to, its addresses placed where it has no coordinates."""
    from access92.run.new_study import read_services_file

    is_geocoded = asked.ban is not None or asked.online
    if is_geocoded:
        file = _geocoded(answers, asked)
        answers.add("--sheet", asked.sheet)
        answers.add("--ban", asked.ban)
        answers.options += ["--online"] if asked.online else []
        asked.file, asked.sheet = file, None
    table = _agreed_services(answers, asked, near)
    answers.add("--sheet", asked.sheet)
    if not table.has_places and not is_geocoded and not answers.yes:
        typer.echo("Ces services n'ont pas de coordonnées : leurs adresses sont à situer.")
        asked.ban = answers.read(
            "Base Adresse Nationale du département (adresses-92.csv.gz ; vide : s'arrêter)", None, "--ban",
            existing_file,
        )  # fmt: skip
        if asked.ban is not None:
            file = _geocoded(answers, asked)
            table = read_services_file(file, columns=asked.columns, kind=asked.kind, near=near)
    answers.add("--kind", asked.kind)
    for name, heading in asked.columns.items():
        answers.add("--column", f"{name}={heading}")
    if not table.has_places:
        raise input_error(
            "Les services n'ont pas de coordonnées.",
            f"{table.file.name}, colonnes {', '.join(table.headings)}",
            "Situer leurs adresses : --ban adresses-92.csv.gz (Base Adresse Nationale du département), ou --online.",
        )
    return table


def _geocoded(answers: Answers, asked: AskedServices) -> Path:
    """The file of the places of the services' addresses, its columns asked for where they are not recognised."""
    from access92.outputs.words.geocoding import geocoded_lines

    while True:
        try:
            with in_words_of_options():
                done = geocode_file(
                    asked.file, ban=asked.ban, online=asked.online, columns=asked.columns, sheet=asked.sheet
                )
        except InputError as error:
            if answers.yes:
                raise
            typer.echo(str(error))
            typer.echo(f"{_CORRECTIONS}\n  (rien : s'arrêter)")
            text = str(typer.prompt("Correction", default="", show_default=False)).strip()
            if not text:
                raise
            asked.correct(text)
        else:
            again = geocode_command(
                asked.file, ban=asked.ban, online=asked.online, columns=asked.columns, sheet=asked.sheet
            )
            for line in geocoded_lines(done, again=again):
                typer.echo(line)
            return done.file


def _agreed_services(answers: Answers, asked: AskedServices, near: gpd.GeoDataFrame) -> ServicesFile:
    """The table of services, its matching shown until the user agrees."""
    from access92.outputs.words.new_study import matching_lines
    from access92.run.new_study import read_services_file

    while True:
        try:
            with in_words_of_options():
                table = read_services_file(
                    asked.file, layer=asked.sheet, columns=asked.columns, kind=asked.kind, near=near
                )
        except InputError as error:
            if answers.yes:
                raise
            typer.echo(str(error))
        else:
            for line in (*matching_lines(table), *(f"À vérifier : {text}" for text in table.read.doubts)):
                typer.echo(line)
            if answers.agreed("Est-ce juste ?"):
                return table
        typer.echo(_CORRECTIONS)
        asked.correct(str(typer.prompt("Correction")).strip())

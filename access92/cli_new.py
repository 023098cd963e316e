"""The command ``access92 new``: a commented study from a newcomer's files, asked for or given as options."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from access92._glyphs import has_command
from access92.cache.folder import default_cache_folder
from access92.cli_answers import Answers, existing_file, in_words_of_options, typed_path
from access92.cli_geocode import read_columns
from access92.cli_new_services import AskedServices, placed_services
from access92.errors import InputError, input_error
from access92.terminal import shown_progress

if TYPE_CHECKING:
    from access92.run.new_study import Territory

STUDY_FILE = "etude.toml"
SMALL_KM2 = 25.0
"""As ``access92 fetch streets``: Overpass for a small area, else an extract."""


def new(  # noqa: PLR0913, PLR0917 - one argument an option
    folder: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Dossier de l'étude, à créer.", show_default=False)],
    territory: Annotated[
        str | None,
        typer.Option(metavar="CODES", help="Département ou communes : 92, ou 92049,92046 ; sinon tout le fichier."),
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(metavar="FICHIER", help="Contours des communes ; sinon ceux des Hauts-de-Seine.")
    ] = None,
    area_id: Annotated[str | None, typer.Option(metavar="COLONNE", help="Colonne des codes de --areas.")] = None,
    area_name: Annotated[str | None, typer.Option(metavar="COLONNE", help="Colonne des noms de --areas.")] = None,
    services: Annotated[
        str | None,
        typer.Option(metavar="FICHIER", help="Tableau des services : CSV, XLSX, ODS, ou fichier géographique."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NOM", help="Feuille (ou couche) des services.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLONNE=TITRE", help="Le titre d'une colonne : name=Site, kind=Type… (répétable)."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="LIBELLÉ", help="Catégorie de tous les services, même si une colonne en dit.")
    ] = None,
    ban: Annotated[
        Path | None, typer.Option(metavar="FICHIER", help="Situer d'abord les adresses avec ce fichier de la BAN.")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Situer d'abord les adresses par le service de l'État.")
    ] = False,
    population: Annotated[
        str | None, typer.Option(metavar="FICHIER", help="Habitants : carreaux de l'INSEE, points ou polygones.")
    ] = None,
    population_column: Annotated[
        str | None, typer.Option(metavar="COLONNE", help="Colonne des habitants de --population, si rien ne la dit.")
    ] = None,
    streets: Annotated[
        str | None, typer.Option(metavar="FICHIER", help="Rues (.osm.pbf…) ; sinon à télécharger ensuite.")
    ] = None,
    modes: Annotated[str | None, typer.Option(metavar="MODES", help="Modes : walk, ou walk,bike,car.")] = None,
    threshold: Annotated[float, typer.Option(metavar="MINUTES", min=1, max=240, help="Seuil, en minutes.")] = 20,
    date: Annotated[
        str | None, typer.Option(metavar="AAAA-MM-JJ", help="Jour où les services comptés sont ouverts.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TITRE", help="Titre, sur les cartes et le rapport.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(metavar="NOM", help="Fuseau (Europe/Lisbon) ; connu pour la France.")
    ] = None,
    holidays: Annotated[
        str | None, typer.Option(metavar="CODE", help="Jours fériés (FR-974, PT…) ; connus pour la France.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ne rien demander : options, et valeurs par défaut.")
    ] = False,
) -> None:
    """Écrire une étude commentée d'après vos fichiers : ce qui est compris est montré, puis vérifié."""
    from access92.outputs.words.new_study import NewStudy, study_text
    from access92.run.new_study import SHIPPED_ORIGIN, clocks_of, path_from, read_territory, shipped_data

    target = folder / STUDY_FILE
    if target.exists():
        raise input_error("Une étude est déjà là.", str(target), "Choisir un autre dossier, ou retirer ce fichier.")
    if folder.exists() and not folder.is_dir():
        raise input_error("Un fichier porte le nom du dossier.", str(folder), "Choisir un autre dossier.")
    answers = Answers(yes=yes)

    # the areas: those of the Hauts-de-Seine where no other file is given
    shipped = shipped_data()
    own_areas = _areas_file(answers, areas, shipped)
    names = {"area_id": area_id, "name": area_name}
    columns = {key: name for key, name in names.items() if name is not None}

    def chosen_of(text: str) -> Territory:
        with in_words_of_options(areas=True):
            return read_territory(
                own_areas, [code.strip() for code in text.split(",") if code.strip()], columns=columns
            )

    if territory is None and not yes:  # a file that cannot be read is no fault of the codes
        chosen_of("")
    chosen = answers.read(
        "Code du département ou des communes (vide : tout le fichier)", territory, "--territory", chosen_of
    )
    codes = chosen.codes
    answers.add("--area-id", area_id)
    answers.add("--area-name", area_name)
    for line in _areas_lines(chosen):
        typer.echo(line)
    is_shipped = areas is None and shipped is not None and own_areas.is_relative_to(shipped)

    # the services: understood, shown, agreed to
    file = answers.read("Fichier des services (CSV, XLSX, ODS)", services, "--services", existing_file, is_needed=True)
    with in_words_of_options():
        asked = AskedServices(file or Path(), sheet, read_columns(column or ()), kind or "", ban, online)
        table = placed_services(answers, asked, chosen.shapes)

    # people, streets, and what is computed
    keys = _population(answers, population, population_column, chosen, shipped if is_shipped else None, folder)
    short = _slug(folder)
    street_keys = _streets(answers, streets, chosen, shipped if is_shipped else None, folder, short)
    chosen_modes = [mode.strip() for mode in answers.needed("Modes", modes, "--modes", default="walk").split(",")]
    today = f"{dt.datetime.now().astimezone():%Y-%m-%d}"
    day = answers.read("Jour de référence", date, "--date", _day, default=today, is_needed=True)
    clocks = clocks_of(chosen) or (None, None)
    zone = answers.needed("Fuseau horaire (Europe/Lisbon…)", time_zone or clocks[0], "--time-zone")
    region = clocks[1] if holidays is None else holidays
    region = answers.text("Jours fériés (PT, BE… ; vide : aucun)", region, "--holidays")
    answers.options += [] if region else ["--holidays ''"]
    heading = answers.needed("Titre", title, "--title", default=_title(chosen))
    if has_command(heading):
        raise input_error(
            "Le titre porte des caractères de commande, que rien ne peut afficher.", "option --title", "Le retaper."
        )
    answers.options += [f"--threshold {threshold:g}"] if threshold != 20 else []  # noqa: PLR2004 - the option's default

    # a part of a file is kept beside the study; a whole file stays where it is
    zones = folder / "zones.geojson"
    study = NewStudy(
        name=short, title=heading, folder=folder, territory=chosen,
        areas_file=zones.name if codes else path_from(folder, own_areas), areas_of_source=not codes,
        legal=_legal(chosen, shipped if is_shipped else None, folder), services=table, population=keys,
        streets=street_keys, modes=chosen_modes, threshold_min=threshold, reference_date=day, time_zone=zone,
        holidays=region, origin=SHIPPED_ORIGIN if is_shipped else {},
        command=f"access92 new {shlex.quote(folder.resolve().name)} {answers.options_from(folder.parent)} --yes",
    )  # fmt: skip
    with _kept_if_sound(folder, answers) as created, in_words_of_options(study=target):
        if codes:
            _write_zones(chosen, zones, created)
        created(target).write_text(study_text(study), encoding="utf-8")
        for line in _checked_lines(target):
            typer.echo(line)


def _areas_lines(chosen: Territory) -> Iterator[str]:
    """The areas that are chosen, and how the columns of their file are read."""
    most = 5
    more = "…" if len(chosen.shapes) > most else ""
    yield f"Zones : {len(chosen.shapes)} ({', '.join(chosen.shapes['name'].head(most))}{more})."
    columns = {"codes": chosen.id_column, "noms": chosen.name_column, "habitants": chosen.population_column}
    others = f" (et non {', '.join(f'« {name} »' for name in chosen.unread)})" if chosen.unread else ""
    yield f"  colonnes : {', '.join(f'{role} « {name} »' for role, name in columns.items() if name)}{others}"


def _areas_file(answers: Answers, given: Path | None, shipped: Path | None) -> Path:
    """The file of areas: given, asked for, or the shipped one."""
    from access92.run.new_study import SHIPPED

    default = None if shipped is None else shipped / SHIPPED
    if given is None and default is not None:
        question = "Contours des zones (vide : communes des Hauts-de-Seine)"
        return answers.read(question, "" if answers.yes else None, "--areas", existing_file) or default
    text = None if given is None else str(given)
    file = answers.read("Contours des zones (GeoJSON, GPKG)", text, "--areas", existing_file, is_needed=True)
    return file or Path()


def _population(
    answers: Answers, given: str | None, column: str | None, chosen: Territory, shipped: Path | None, folder: Path
) -> dict[str, object]:
    """The keys of ``[population]``: a file, INSEE's squares of the Hauts-de-Seine, or the population of the areas."""
    from access92.run.new_study import path_from, population_keys

    fallback = ""
    if shipped is not None:
        fallback = " (vide : carreaux de 200 m de l'INSEE, livrés)"
    elif chosen.population_column is not None:
        fallback = f" (vide : colonne « {chosen.population_column} » des zones, le long des rues)"

    def keys_of(text: str) -> dict[str, object]:
        if not text:
            return {}
        with in_words_of_options(areas=True):
            file = typed_path(text)
            return {"file": path_from(folder, file), **population_keys(file, column=column)}

    keys = answers.read(f"Fichier des habitants{fallback}", given, "--population", keys_of)
    if keys:
        answers.add("--population-column", column)
        return {**keys, "source": Path(str(keys["file"])).name}
    if shipped is not None:
        squares = shipped / "population/population_200m_2021.csv"
        return {
            "method": "grid", "file": path_from(folder, squares), "cell_m": 200,
            "source": "INSEE, Filosofi 2021", "licence": "Licence Ouverte", "vintage": "2021",
        }  # fmt: skip
    if chosen.population_column is None:
        raise input_error(
            "Les habitants manquent : les zones n'ont pas de colonne de population.", chosen.file.name,
            "Donner --population : carreaux de l'INSEE, points ou polygones.",
        )  # fmt: skip
    file = folder / "zones.geojson" if chosen.codes else chosen.file
    return {
        "method": "polygons", "file": path_from(folder, file), "population_column": chosen.population_column,
        "id_column": chosen.id_column, "source": chosen.file.name,
    }  # fmt: skip


def _legal(chosen: Territory, shipped: Path | None, folder: Path) -> dict[str, object]:
    """The keys of ``[areas]`` for the legal population; none where nobody knows it."""
    from access92.run.new_study import path_from

    if shipped is not None:
        legal = path_from(folder, shipped / "population/communes.csv")
        return {"population_file": legal, "population_column": "population_2023"}
    if chosen.population_column is None:
        return {}
    file = folder / "zones.geojson" if chosen.codes else chosen.file
    return {"population_file": path_from(folder, file), "population_column": chosen.population_column}


def _streets(
    answers: Answers, given: str | None, chosen: Territory, shipped: Path | None, folder: Path, name: str
) -> dict[str, object]:
    """The keys of ``[streets]``: a file, the demonstration of the Hauts-de-Seine, or a file to be downloaded."""
    from access92.run.new_study import path_from

    fallback = "de démonstration" if shipped is not None else "à télécharger ensuite"
    file = answers.read(f"Fichier des rues (vide : {fallback})", given, "--streets", existing_file)
    if file is not None:
        return {"file": path_from(folder, file), "margin_m": 3000, "source": file.name}
    if shipped is None:
        is_small = chosen.area_km2 <= SMALL_KM2
        return {"file": f"rues_{name}.{'parquet' if is_small else 'osm.pbf'}", "margin_m": 3000}
    demo = {
        "demo_grid_file": "population/grid_1km_2021.csv", "demo_seine_file": "demo/seine.csv",
        "demo_bridges_file": "demo/seine_bridges.csv", "demo_roads_file": "demo/main_roads.csv",
        "demo_green_file": "demo/green.geojson", "demo_stations_file": "demo/stations.csv",
    }  # fmt: skip
    return {"demo": True, **{key: path_from(folder, shipped / file) for key, file in demo.items()}, "margin_m": 3000}


def _slug(folder: Path) -> str:
    """The name of a study in this folder."""
    from access92.sources.office.meanings import plain_words

    return plain_words(folder.resolve().name).replace(" ", "-")[:60] or "etude"


def _title(chosen: Territory) -> str:
    names = list(chosen.shapes["name"])
    where = names[0] if len(names) == 1 else f"{len(names)} communes, dont {names[0]}"
    return f"Accès aux services : {where}"


def _day(text: str) -> dt.date:
    """A day as it is typed, in ISO or in French."""
    import pandas as pd

    from access92.sources.written_numbers import parse_days

    day = parse_days(pd.Series([text])).iloc[0]
    if pd.isna(day):
        raise input_error("Le jour est illisible.", f"--date {text}", "L'écrire AAAA-MM-JJ ou JJ/MM/AAAA.")
    return day.date()  # type: ignore[no-any-return]


def _write_zones(chosen: Territory, zones: Path, created: Callable[[Path], Path]) -> None:
    """The areas that were chosen, with their codes, names and population, beside the study."""
    from access92.sources.tables import read_table, read_text

    raw: Any = read_table(chosen.file, where=chosen.file.name, layer=chosen.layer)
    columns = [chosen.id_column, chosen.name_column, chosen.population_column, "geometry"]
    kept = raw.loc[
        read_text(raw[chosen.id_column]).isin(chosen.shapes["area_id"]),
        list(dict.fromkeys(name for name in columns if name is not None)),
    ].to_crs(4326)
    created(zones).write_text(kept.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")


@contextmanager
def _kept_if_sound(folder: Path, answers: Answers) -> Iterator[Callable[[Path], Path]]:
    """Remove what was written where the study is refused, and say how to ask for it again without typing all anew."""
    had_folder = folder.exists()
    written: list[Path] = []

    def created(path: Path) -> Path:
        if path.exists():
            raise input_error("Un fichier de ce nom est déjà là.", str(path), "Choisir un autre dossier.")
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(path)
        return path

    try:
        yield created
    except BaseException as error:
        for path in written:
            path.unlink(missing_ok=True)
        if not had_folder and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if isinstance(error, InputError) and not answers.yes:
            typer.echo(
                "Rien n'a été écrit. Une fois les fichiers corrigés, la même commande, sans questions :", err=True
            )
            typer.echo(f"  access92 new {shlex.quote(str(folder))} {' '.join(answers.options)} --yes", err=True)
        raise


def _checked_lines(target: Path) -> list[str]:
    """What the study works with, and what to type next; its streets may still have to come."""
    from access92.outputs.words.headlines import not_counted_lines, reading_lines
    from access92.outputs.words.typography import count
    from access92.run.check import check_study
    from access92.sources.areas import read_areas
    from access92.sources.services import read_services
    from access92.study.read import read_study

    study = read_study(target)
    shown = shlex.quote(target.as_posix())
    if study.streets.file is not None and not study.locate(study.streets.file).exists():
        areas = read_areas(study)
        found = read_services(study, crs=areas.crs, near=areas)
        counted = f"{count(len(areas), 'zone')}, {count(len(found), 'service')}"
        return [
            f"Étude écrite : {shown} ({counted}). Il lui manque ses rues :",
            f"  access92 fetch streets --study {shown}", f"  access92 check {shown}", f"  access92 run {shown}",
        ]  # fmt: skip
    with shown_progress() as on_progress:
        checked = check_study(study, cache_folder=default_cache_folder(), on_progress=on_progress)
    counts = ", ".join(f"{label} : {number}" for label, number in list(checked.counts.items())[:5])
    return [
        f"Étude écrite et vérifiée : {shown}", f"  {counts}",
        *reading_lines(checked.readings),
        *not_counted_lines(study, checked.omissions, checked.modes),
        f"Pour la calculer : access92 run {shown}",
    ]  # fmt: skip

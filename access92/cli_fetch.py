"""The commands that use the network: ``access92 fetch streets``, ``population`` and ``timetable``."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from access92.cli_words import FrenchCommand, FrenchGroup
from access92.errors import input_error
from access92.progress import of_step
from access92.terminal import publishable_path, shown_progress

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from access92.sources.download.providers import Provider
    from access92.study.model import Study

OVERPASS_KM2 = 25.0
"""The largest area of a study for which Overpass is asked by default: a few answers, where an extract is 300 MB."""

_STREETS_KEYS = frozenset(
    {
        "demo", "demo_seed", "demo_grid_file", "demo_seine_file", "demo_bridges_file", "graphml_direction", "source",
        "licence", "vintage",
    }
)  # fmt: skip
"""Keys of ``[streets]`` that say something of the file before."""

_POPULATION_KEYS = frozenset(
    {
        "method", "population_column", "id_column", "age_columns", "x_column", "y_column", "grid_crs", "cell_m",
        "layer", "table", "query", "crs", "source", "licence", "vintage",
    }
)  # fmt: skip
"""Keys of ``[population]`` that say something of the file before: INSEE's columns are recognised by their names."""

_TRANSIT_KEYS = frozenset({"demo", "demo_folder", "source", "licence", "vintage"})
"""Keys of ``[transit]`` that say something of the timetable before."""

fetch_app = typer.Typer(
    cls=FrenchGroup,
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
    help="Télécharger et figer des données (seules commandes qui utilisent internet).",
    no_args_is_help=True,
)
StudyOption = Annotated[Path, typer.Option("--study", "-s", metavar="ETUDE", help="Étude qui dit la zone.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Remplacer le fichier s'il existe.")]
Keep = Annotated[bool, typer.Option("--keep", help="Garder le fichier entier après la découpe.")]
ProviderUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="Autre adresse du fournisseur (miroir, intranet).")
]


class StreetsProvider(StrEnum):
    """Who provides streets; « auto »: Overpass for a small area, else an extract of Geofabrik."""

    AUTO = "auto"
    GEOFABRIK = "geofabrik"
    OPENSTREETMAP_FR = "openstreetmap_fr"
    OVERPASS = "overpass"


@fetch_app.command("streets", cls=FrenchCommand)
def fetch_streets_command(
    study_file: StudyOption,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FICHIER", help="Fichier .osm.pbf à écrire.")
    ] = None,
    provider: Annotated[
        StreetsProvider,
        typer.Option(help="Qui fournit les rues ; « auto » : Overpass pour une petite zone, sinon Geofabrik."),
    ] = StreetsProvider.AUTO,
    extract: Annotated[
        str | None, typer.Option(metavar="NOM", help="Extrait à prendre ; sinon le plus petit qui couvre la zone.")
    ] = None,
    provider_url: ProviderUrl = None,
    keep: Keep = False,
    overwrite: Overwrite = False,
) -> None:
    """Télécharger les rues d'OpenStreetMap (zone de l'étude et sa marge), les vérifier et les figer dans un fichier."""
    from access92.sources.areas import read_areas
    from access92.sources.download.providers import read_providers
    from access92.sources.study_streets import study_extent
    from access92.study.read import read_study

    study = read_study(study_file)
    extent = study_extent(study, areas := read_areas(study))
    if provider is StreetsProvider.AUTO:
        is_small = extract is None and areas.geometry.union_all().area / 1e6 <= OVERPASS_KM2
        provider = StreetsProvider.OVERPASS if is_small else StreetsProvider.GEOFABRIK
    if provider is StreetsProvider.OVERPASS:
        target = _new_file(output or study.file.parent / f"rues_{study.name}.parquet", overwrite=overwrite)
        _fetch_by_overpass(extent, target, provider_url)
    else:
        target = _new_file(output or study.file.parent / f"rues_{study.name}.osm.pbf", overwrite=overwrite)
        source = read_providers()[provider.value].mirrored(provider_url)
        _fetch_extract(source, extent, target, extract, keep=keep)
    _write_copy(study, "streets", target, dropped=_STREETS_KEYS, suffix="osm")


def _fetch_by_overpass(extent: BaseGeometry, target: Path, url: str | None) -> None:
    """Pin what Overpass answers, and say so."""
    from access92.sources.streets.download import fetch_streets

    with shown_progress() as on_progress:
        on_progress("Téléchargement des rues (OpenStreetMap, Overpass)")
        answers = of_step(on_progress, "Téléchargement des rues, réponses reçues")
        fetch_streets(extent, target, overpass_url=url, on_progress=answers)
    typer.echo(f"Rues écrites dans {target} (Overpass).")


def _fetch_extract(provider: Provider, extent: BaseGeometry, target: Path, name: str | None, *, keep: bool) -> None:
    """Pin what of a provider's extract touches the extent, and say what vouches for it and what it lacks."""
    from access92.sources.download.extracts import WHOLE_SHARE
    from access92.sources.download.pinned import fetch_extract

    with shown_progress() as on_progress:
        pinned = fetch_extract(provider, extent, target, name=name, keep=keep, on_progress=on_progress)
    checked = f"MD5 {pinned.md5} vérifié" if pinned.md5 else "le fournisseur ne publie pas de somme de contrôle"
    typer.echo(f"Extrait « {pinned.extract.name} » de {provider.label} : {checked}.")
    if pinned.extract.covered_share < WHOLE_SHARE:
        missing = f"{1 - pinned.extract.covered_share:.1%}".replace(".", ",")
        typer.echo(f"Attention : il manque à cet extrait {missing} de la zone de l'étude et de sa marge.", err=True)
    dated = f", état d'OpenStreetMap : {pinned.osm_base}" if pinned.osm_base else ""
    typer.echo(f"Rues écrites dans {target}{dated}.")


@fetch_app.command("population", cls=FrenchCommand)
def fetch_population_command(
    study_file: StudyOption,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FICHIER", help="Fichier .csv à écrire.")
    ] = None,
    provider_url: ProviderUrl = None,
    keep: Keep = False,
    overwrite: Overwrite = False,
) -> None:
    """Télécharger les carreaux de 200 m de l'INSEE (Filosofi) et figer ceux qui touchent les zones de l'étude."""
    from access92.sources.areas import read_areas
    from access92.sources.download.population import fetch_squares
    from access92.sources.download.providers import read_providers
    from access92.study.read import read_study

    study = read_study(study_file)
    target = _new_file(output or study.file.parent / f"population_{study.name}.csv", overwrite=overwrite)
    provider = read_providers()["insee"].mirrored(provider_url)
    with shown_progress() as on_progress:
        pinned = fetch_squares(provider, read_areas(study), target, keep=keep, on_progress=on_progress)
    typer.echo(
        f"{pinned.squares} carreaux sur {pinned.squares_read} écrits dans {target} "
        f"({provider.text('filosofi_200m_vintage')}, {provider.label}, {provider.licence})."
    )
    _write_copy(study, "population", target, dropped=_POPULATION_KEYS, suffix="insee")


@fetch_app.command("timetable", cls=FrenchCommand)
def fetch_timetable_command(
    study_file: StudyOption,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FICHIER", help="Fichier .zip à écrire.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Adresse d'un autre GTFS ; sinon celui d'Île-de-France Mobilités.")
    ] = None,
    provider_url: ProviderUrl = None,
    overwrite: Overwrite = False,
) -> None:
    """Télécharger les horaires des transports en commun (GTFS), les vérifier et les figer dans un fichier."""
    from urllib.parse import urlsplit

    from access92.outputs.words import typography
    from access92.outputs.words.moments import full_day
    from access92.sources.download.providers import Provider, read_providers
    from access92.sources.download.timetable import fetch_gtfs
    from access92.study.read import read_study

    study = read_study(study_file)
    target = _new_file(output or study.file.parent / f"horaires_{study.name}.zip", overwrite=overwrite)
    provider = read_providers()["idfm"].mirrored(provider_url)
    address = provider.address(provider.text("gtfs"))
    if url is not None:
        provider, address = Provider("url", urlsplit(url).netloc, url, licence=""), url
    asked = study.service_day
    with shown_progress() as on_progress:
        pinned = fetch_gtfs(provider, address, target, day=asked, on_progress=on_progress)

    # a calendar of next month does not hold the study's day: the copy says which of its days stands for it
    span = f"du {typography.day(pinned.first_day)} au {typography.day(pinned.last_day)}"
    typer.echo(f"Horaires écrits dans {target} ({provider.label}), valables {span}.")
    name = _from_study(study, target)
    feed: dict[str, object] = {"file": name, "source": provider.label, "licence": provider.licence, "vintage": span}
    line = f'feeds = [{{ file = "{name}" }}]'
    if pinned.day != asked:
        typer.echo(f"Leur calendrier n'a pas le {full_day(asked)} : le {full_day(pinned.day)} en tient lieu.")
        feed["day"] = pinned.day
        line = line.replace(" }", f", day = {pinned.day} }}")
    typer.echo(f"Courses ce jour-là, dans tout le fichier : {typography.number(pinned.trips)}.")
    top = {} if _rides(study) else {"modes": [*study.modes, "transit"]}
    _copy(study, "transit", {"feeds": [feed]}, line, dropped=_TRANSIT_KEYS, suffix="gtfs", top=top)


def _rides(study: Study) -> bool:
    """Whether a mode of the study takes the vehicles of a timetable."""
    from access92.network.modes import study_modes

    modes = study_modes(study.modes, study.mode_settings, where=f"« {study.name} »")
    return any(mode.rides for mode in modes.values())


def _new_file(target: Path, *, overwrite: bool) -> Path:
    """The file to write; refused where it is there already."""
    if target.exists() and not overwrite:
        raise input_error("Le fichier existe déjà.", str(target), "Ajouter --overwrite ou choisir un autre --output.")
    return target


def _write_copy(study: Study, part: str, target: Path, *, dropped: Collection[str], suffix: str) -> None:
    """Write a copy of the study that reads the new file, or say what to write in the study."""
    name = _from_study(study, target)
    if str(getattr(study, part).file) == name:  # a new study names the file before it is there
        typer.echo(f"L'étude les lit : access92 run {publishable_path(study.file).as_posix()}")
        return
    _copy(study, part, {"file": name}, f'file = "{name}"', dropped=dropped, suffix=suffix)


def _copy(
    study: Study, part: str, values: Mapping[str, object], line: str, *, dropped: Collection[str], suffix: str,
    top: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Write a copy of the study with these values in a part, or say which line to write in the study."""
    from access92.sources.download.study_copy import copy_study

    copy = copy_study(study, part, values, dropped=dropped, suffix=suffix, top=top or {})
    if copy is None:
        typer.echo(f"{study.file.stem}_{suffix}.toml est déjà là. Dans l'étude, partie [{part}], écrire :")
        typer.echo(f"  {line}")
    else:
        here = Path.cwd()
        shown = copy.relative_to(here) if copy.is_relative_to(here) else copy  # a command to type again from here
        typer.echo(f"Une copie de l'étude les lit : access92 run {shown} --output maps/{study.name}-{suffix}")


def _from_study(study: Study, target: Path) -> str:
    """The path of a file as a study names it."""
    return Path(os.path.relpath(target.resolve(), study.file.parent)).as_posix()

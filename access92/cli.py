"""The command line: arguments in, exit code out. Heavy imports wait inside the commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from access92._process import configure_process
from access92.cache.folder import default_cache_folder as cache_folder
from access92.cli_cache import cache_app
from access92.cli_fetch import fetch_app
from access92.cli_geocode import geocode
from access92.cli_new import new
from access92.cli_publish import publish
from access92.cli_run import advise, run
from access92.cli_words import (
    PROCESSES,
    STUDY_HELP,
    USAGE,
    USAGE_ERRORS,
    FrenchCommand,
    FrenchGroup,
    Processes,
    StudyFile,
    path_fault,
    read_clock,
    read_lon_lat,
    show_version,
    usage_fault,
)  # fmt: skip
from access92.errors import Access92Error
from access92.progress import of_step
from access92.terminal import configure_logs, shown_progress

BUG = 1
REFUSED = 3

app = typer.Typer(
    cls=FrenchGroup,
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
    help="Qui atteint un service de solidarité en moins de 20 minutes, et qui n'y arrive pas ?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(fetch_app, name="fetch")
app.command("new", cls=FrenchCommand)(new)
app.command("geocode", cls=FrenchCommand)(geocode)
app.command("publish", cls=FrenchCommand)(publish)

app.add_typer(cache_app, name="cache")


@app.callback()
def access92(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Afficher la version.")
    ] = False,
) -> None:
    """Qui atteint un service de solidarité en moins de 20 minutes, et qui n'y arrive pas ?"""  # noqa: D400 - a question


@app.command(cls=FrenchCommand)
def check(study_file: StudyFile) -> None:
    """Vérifier une étude et ses données, et dire ce qui ne compterait pas ; rien n'est écrit."""
    from access92.outputs.words.headlines import not_counted_lines, reading_lines
    from access92.outputs.words.timetables import sheet_lines
    from access92.run.check import check_study
    from access92.study.read import read_study

    study = read_study(study_file)
    advise(study)
    with shown_progress() as on_progress:
        checked = check_study(study, cache_folder=cache_folder(), on_progress=on_progress)
    typer.echo(f"Étude « {study.name} » : aucune erreur.")
    for label, count in checked.counts.items():
        typer.echo(f"  {label} : {count}")
    for sheet in checked.sheets:
        for line in sheet_lines(sheet):
            typer.echo(f"  {line}")
    for line in (
        *reading_lines(checked.readings),
        *not_counted_lines(study, checked.omissions, checked.modes),
    ):
        typer.echo(line)


app.command("run", cls=FrenchCommand)(run)


@app.command(cls=FrenchCommand)
def sites(
    study_file: StudyFile,
    scenario: Annotated[str, typer.Option(metavar="NOM", help="Scénario à compléter.", show_default=False)],
    count: Annotated[int, typer.Option(min=1, metavar="N", help="Nombre de lieux.")] = 3,
    apart_m: Annotated[float, typer.Option(min=0, metavar="MÈTRES", help="Distance minimale entre deux lieux.")] = 3000,
    cell_m: Annotated[
        float, typer.Option(min=50, metavar="MÈTRES", help="Un lieu essayé par maille habitée de ce côté.")
    ] = 300,
    kind: Annotated[
        str | None,
        typer.Option(metavar="CATÉGORIE", help="Catégorie du service à ouvrir ; celle des secteurs par défaut."),
    ] = None,
    mode: Annotated[
        str | None, typer.Option(metavar="MODE", help="Mode de l'étude ; le mode principal par défaut.")
    ] = None,
) -> None:
    """Chercher où un service de plus rapprocherait le plus d'habitants : lieux, et scénarios à coller dans l'étude."""
    from access92.outputs.words.sites import sites_text
    from access92.run.pipeline import run_study
    from access92.run.sites import find_sites, site_kind, site_mode
    from access92.study.read import read_study

    study = read_study(study_file)
    study.choose([scenario])
    site_kind(study, kind)  # refused before anything is computed
    site_mode(study, mode)
    quick = study.model_copy(update={"sensitivity": None})
    with shown_progress() as on_progress:
        results = run_study(quick, scenarios=[scenario], cache_folder=cache_folder(), on_progress=on_progress)
        search = find_sites(
            results, scenario=scenario, mode=mode, count=count, apart_m=apart_m, cell_m=cell_m,
            on_progress=of_step(on_progress, "Lieux essayés"),
        )  # fmt: skip
    typer.echo(sites_text(search, service_kind=kind), nl=False)


@app.command(cls=FrenchCommand)
def itinerary(
    study_file: StudyFile,
    place: Annotated[
        str, typer.Option("--from", metavar="LON,LAT", help="D'où l'on part, par exemple --from 2.256,48.823.")
    ],
    at: Annotated[
        str | None,
        typer.Option(metavar="HH:MM", help="Minute de départ ; sinon la première qui a le temps publié."),
    ] = None,
    mode: Annotated[
        str | None, typer.Option(metavar="MODE", help="Mode ; sinon les transports en commun de l'étude, s'il y en a.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(metavar="NOM", help="Scénario ; sinon le premier de l'étude.")] = None,
) -> None:
    """Dire le trajet d'un lieu au service le plus proche, étape par étape ; rien n'est écrit."""
    from access92.outputs.words.itineraries import itinerary_text
    from access92.run.itinerary import find_itinerary
    from access92.study.read import read_study

    lon_lat, minute = read_lon_lat(place), None if at is None else read_clock(at)
    study = read_study(study_file)
    with shown_progress() as on_progress:
        found = find_itinerary(
            study, lon_lat, mode=mode, scenario=scenario, at=minute, cache_folder=cache_folder(),
            on_progress=on_progress,
        )  # fmt: skip
    typer.echo(itinerary_text(found))


@app.command(cls=FrenchCommand)
def lines(
    study_file: StudyFile,
    line: Annotated[
        str | None, typer.Option(metavar="LIGNE", help="Une seule ligne : son nom, ou son route_id.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(metavar="NOM", help="Scénario ; sinon le premier de l'étude.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="En CSV, pour un tableur ou un programme.")] = False,
) -> None:
    """Lister les lignes des horaires d'une étude et leurs intervalles, sens par sens ; rien n'est écrit."""
    from access92.outputs.words.lines import lines_text
    from access92.run.lines import study_lines
    from access92.study.read import read_study

    found = study_lines(read_study(study_file), scenario=scenario, line=line)
    typer.echo(found.table.to_csv(index=False, lineterminator="\n") if as_csv else lines_text(found), nl=False)


@app.command(cls=FrenchCommand)
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="CALCUL_A", help="Dossier du premier calcul.", show_default=False)],
    run_b: Annotated[Path, typer.Argument(metavar="CALCUL_B", help="Dossier du second calcul.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Toutes les différences, en JSON.")] = False,
) -> None:
    """Expliquer deux calculs, chiffre par chiffre : ce qui diffère, et d'où cela vient (code 0 dans les deux cas)."""
    from access92.audit.compare import compare_runs, comparison_dict, comparison_text

    comparison = compare_runs(run_a, run_b)
    if as_json:
        typer.echo(json.dumps(comparison_dict(comparison), ensure_ascii=False, indent=2))
        return
    typer.echo(comparison_text(comparison))


@app.command(cls=FrenchCommand)
def verify(
    run_folder: Annotated[Path, typer.Argument(metavar="CALCUL", help="Dossier du calcul.", show_default=False)],
    study_file: Annotated[
        Path | None,
        typer.Option("--study", "-s", metavar="ETUDE", help="Son étude ; sinon cherchée autour du dossier."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Vérifier les empreintes, sans refaire le calcul.")] = False,
    processes: Processes = PROCESSES,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Détailler les étapes.")] = False,
) -> None:
    """Vérifier un calcul : le refaire d'après son manifeste et le comparer, fichier par fichier (code 3 si diffère)."""
    configure_logs(verbose=verbose)
    from access92.outputs import second_process

    with shown_progress(verbose=verbose) as on_progress, second_process(enabled=processes > 1 and not quick) as helper:
        from access92.audit.verify import verification_text, verify_run

        verification = verify_run(
            run_folder, study_file=study_file, quick=quick, helper=helper, on_progress=on_progress
        )
    typer.echo(verification_text(verification))


@app.command(cls=FrenchCommand)
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FICHIER", help="Écrire le schéma dans un fichier.")
    ] = None,
) -> None:
    """Donner le JSON Schema d'une étude : un éditeur de texte complète les clés et souligne les fautes."""
    from access92.outputs.words.study_keys import study_schema

    text = json.dumps(study_schema(), ensure_ascii=False, indent=2) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    typer.echo(f"Schéma écrit dans {output} ; en tête de l'étude, une ligne « #:schema {output.name} » le fait lire.")


@app.command(cls=FrenchCommand)
def modes() -> None:
    """Lister les modes de déplacement, leurs vitesses et leurs sources."""
    from access92.network.modes import read_modes
    from access92.network.slopes import read_slope_rules
    from access92.outputs.words.labels import SLOPE_LABELS

    for mode in read_modes().values():
        typer.echo(f"{mode.name} — {mode.label}")
        typer.echo(f"    vitesse {mode.speed_kmh:g} km/h, approche {mode.access_speed_kmh:g} km/h")
        if mode.time_factor != 1 or mode.parking_min:
            typer.echo(f"    facteur de congestion {mode.time_factor:g}, stationnement {mode.parking_min:g} min")
        if (access := mode.access_mode) is not None:
            typer.echo(
                f"    jusqu'à l'arrêt : {access.speed_kmh:g} km/h, stationnement {access.parking_min:g} min "
                "([transit] bike_parking_min)"
            )
        for period, factors in mode.congestion.items():
            typer.echo(f"    facteur de {period} : {', '.join(f'{name} {value:g}' for name, value in factors.items())}")
        if mode.elevator_s:
            typer.echo(f"    ascenseur {mode.elevator_s:g} s")
        if mode.signal_s:
            typer.echo(f"    attente à un carrefour à feux {mode.signal_s:g} s (comptée si [analysis] signals = true)")
        for field, source in mode.sources.items():
            typer.echo(f"    {field} : {source}")
    typer.echo("Pentes, où l'étude donne un relief ([elevation])")
    for mover, rule in read_slope_rules().items():
        typer.echo(f"    {SLOPE_LABELS[mover].lower()} : {rule.source}")


@app.command(cls=FrenchCommand)
def demo(
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Comparer les rues de démonstration aux rues réelles.")
    ] = False,
    study_file: Annotated[Path, typer.Option("--study", "-s", metavar="ETUDE", help=STUDY_HELP)] = Path("sosms"),
    copy: Annotated[
        Path | None,
        typer.Option("--copy", metavar="DOSSIER", help="Copier l'étude livrée et ses données dans un dossier nouveau."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FICHIER", help="Écrire les rues (GeoParquet).")
    ] = None,
) -> None:
    """Faire les rues de démonstration : les compter, les comparer aux vraies, les écrire ; ou copier l'étude livrée."""
    from access92.sources.areas import read_areas
    from access92.sources.demo.calibration import calibration_text
    from access92.sources.streets.geoparquet import write_streets
    from access92.sources.study_streets import read_study_streets
    from access92.study.read import read_study
    from access92.study.shipped import copy_shipped

    if copy is not None:
        first = copy_shipped(copy)
        typer.echo(f"Étude livrée et données copiées dans {copy} (sources : README.md). access92 run {first}")
        return
    study = read_study(study_file)
    areas = read_areas(study)
    with shown_progress() as on_progress:
        on_progress("Rues de démonstration")
        streets = read_study_streets(study, areas, cache_folder=cache_folder())
    typer.echo(
        f"{len(streets.table)} rues, {streets.table['length_m'].sum() / 1000:.0f} km ({streets.origin.vintage})."
    )
    if calibration:
        typer.echo(calibration_text(streets.table, areas, water=streets.water))
    if output is not None:
        write_streets(streets.table, output, metadata={"origin": streets.origin.label})
        typer.echo(f"Rues écrites dans {output}.")


def main() -> None:
    """The ``access92`` command: exit code 0 done, 1 bug, 2 usage, 3 refused, 4 source unreachable, 130 interrupted."""
    configure_process()
    try:
        sys.exit(app(prog_name="access92", standalone_mode=False))
    except Access92Error as error:
        for fault in error.faults:
            typer.echo(f"Erreur : {fault}", err=True)
        sys.exit(error.exit_code)
    except USAGE_ERRORS as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(str(error), err=True)
        else:
            typer.echo(f"Erreur : {usage_fault(error)}", err=True)
        sys.exit(USAGE)
    except typer.Abort:
        typer.echo("Abandonné.", err=True)
        sys.exit(BUG)
    except OSError as error:
        if error.filename is None:  # of no path that somebody typed: a bug
            raise
        typer.echo(f"Erreur : {path_fault(error)}", err=True)
        sys.exit(REFUSED)

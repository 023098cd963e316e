"""The closing chapters of the report: what was counted, how to run it again; the sentence on the competent SST."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from access92.network.modes import modes_at
from access92.outputs import manifest
from access92.outputs.figures import area_rows, headline
from access92.outputs.manifest import versions
from access92.outputs.report import make_dossier
from access92.outputs.report.brief import limits_page
from access92.outputs.report.content import Bullets, Code, Paragraph, only, words_of
from access92.outputs.report.method import method_chapter, parameters, reproduce_chapter
from access92.outputs.report.sectors import sector_sentence
from access92.outputs.slides.difference import left_out_words
from access92.outputs.words.typography import percent
from access92.run.results import Results
from access92.study.files import ElevationInput
from access92.study.notices import Notice

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def plain(words: str) -> str:
    """With ordinary spaces."""
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def command(results: Results, study_path: Path | None) -> tuple[str, str]:
    """What is said before the command, and the command."""
    before, typed, *_ = only(reproduce_chapter(results, study_path).blocks, Paragraph)
    assert isinstance(typed.parts[0], Code)
    return words_of(before.parts), words_of(typed.parts)


def test_only_services_of_a_scenario_are_counted_and_halts_are_told_apart(results: Results) -> None:
    services = results.services.copy()
    services["scenarios"] = ["", "", *["aujourdhui"] * (len(services) - 2)]
    services["kind"] = ["mobile", "sst", *services["kind"].iloc[2:]]
    told = dict(parameters(replace(results, services=services)))
    assert told["Services comptés dans au moins un scénario"] == str(len(services) - 2)
    assert told["Lieux de halte d'unités mobiles (heures de présence, jamais une couverture)"] == "1"


def test_a_study_without_mobile_units_has_no_line_for_halts(results: Results) -> None:
    services = results.services.assign(kind="sst", scenarios="aujourdhui")
    assert not any("halte" in term for term, _ in parameters(replace(results, services=services)))


def test_the_command_is_the_one_that_works_a_second_time(results: Results) -> None:
    assert command(results, Path("data/studies/ville.toml")) == (
        "Depuis le dossier auquel ce chemin se rapporte :",
        "access92 run data/studies/ville.toml --output maps/ville --overwrite",
    )


def test_an_absolute_path_is_cut_to_its_name_and_the_folder_is_said(results: Results) -> None:
    absolute = Path("ville.toml").absolute()
    assert command(results, absolute) == (
        "Depuis le dossier de l'étude :", "access92 run ville.toml --output maps/ville --overwrite",
    )  # fmt: skip


def test_a_margin_below_a_kilometre_is_in_metres(results: Results) -> None:
    streets = results.study.streets.model_copy(update={"margin_m": 400.0})
    small = replace(results, study=results.study.model_copy(update={"streets": streets}))
    assert "les rues et services jusqu'à 400 m au-delà servent" in method_words(small)


def method_words(results: Results) -> str:
    """The bullets of the method sheet, with ordinary spaces."""
    lists = only((*method_chapter(results).blocks, *limits_page(results).blocks), Bullets)
    return plain(" ".join(words_of(item) for block in lists for item in block.items))


def test_the_method_says_whether_this_study_counts_signals_and_slopes(results: Results) -> None:
    without = method_words(results)
    assert "L'attente aux carrefours à feux n'est pas comptée à part dans cette étude." in without
    assert "Sans relevé d'altitudes dans cette étude, les pentes ne changent aucune vitesse." in without
    read = results.study.model_copy(update={"elevation": ElevationInput(file=Path("relief.tif"))})
    waited = {
        name: replace(mode, signal_s=20.0 if mode.family == "foot" else 0.0) for name, mode in results.modes.items()
    }
    modes = modes_at(waited, "08:30", signals=True)
    told = method_words(replace(results, study=read, modes=modes))
    assert "Cette étude compte une attente à chaque carrefour à feux : à pied (adulte)" in told
    assert "ne changent aucune vitesse" not in told
    assert "L'altitude est lue le long des rues" in told
    assert "n'est pas comptée" not in told
    assert "Aucun temps d'attente" not in without + told


def test_a_share_is_of_households_or_dwellings_for_the_publics_that_count_them(results: Results) -> None:
    assert "une part est une part d'habitants, ou de ménages ou de logements" in method_words(results)


@pytest.mark.usefixtures("blank_pictures")
def test_the_method_says_by_which_unit_people_come_to_their_places(results: Results) -> None:
    placed = Notice("population_placed", ("grid", "buildings"), {"cell_m": 200.0, "rescaled": 1.0})
    run = replace(results, notices=(*results.notices, placed))
    told = method_words(run)
    assert "placée par carreau de 200 m, aux portes des bâtiments" in plain(
        dict(make_dossier(run).cover.facts)["Population"]
    )
    assert "dans son carreau de 200 m de côté, aux portes des bâtiments habitables" in told
    assert "répartie dans chaque commune" not in told


def test_access92_run_from_its_sources_still_knows_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    monkeypatch.setattr(manifest, "_version", manifest._version.__wrapped__)  # nothing known since before
    told = versions()
    assert told["access92"] == tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    assert told["numpy"] == "non installé"


def test_the_brief_says_how_many_reach_the_service_that_receives_them(changed: Results) -> None:
    competence = changed.changes.competence.assign(
        population=1000.0, population_left_out=200.0, population_competent_under=400.0, population_nearest_under=600.0
    )
    told = replace(changed, changes=replace(changed.changes, competence=competence))
    words = plain(sector_sentence(told))
    assert words.startswith("sur 800 habitants dont le SST est connu, ")
    assert "50,0 % l'atteignent en moins de 20 minutes, à pied (adulte), et 75,0 % atteignent" in words
    page = plain(" ".join(words_of(item.parts) for item in only(limits_page(told).blocks, Paragraph)))
    assert f"{words[0].upper()}{words[1:]}" in page


def test_a_share_of_the_known_above_everybodys_says_that_those_left_aside_are_less_served(changed: Results) -> None:
    first, mode = changed.scenarios[0].name, changed.study.analysis.headline_mode
    everyone = headline(changed, first, mode).share
    worst = min(area_rows(changed, first, mode), key=lambda row: row.share)
    assert worst.share < everyone
    table = changed.changes.competence.assign(
        population=1000.0, population_left_out=0.0, population_competent_under=990.0, population_nearest_under=999.0
    )

    def told(left_out: str) -> str:
        own = table.assign(population_left_out=(table["area_id"] == left_out) * 1000.0)
        return plain(sector_sentence(replace(changed, changes=replace(changed.changes, competence=own))))

    assert f"moins bien desservies ({plain(percent(worst.share))})" in told(worst.area_id)
    assert "desservies" not in told("")


def test_tables_without_those_columns_say_nothing_of_it(changed: Results) -> None:
    competence = changed.changes.competence.drop(
        columns=["population_competent_under", "population_nearest_under"], errors="ignore"
    )
    assert sector_sentence(replace(changed, changes=replace(changed.changes, competence=competence))) == ""


def test_a_slide_counts_all_who_are_not_covered_after_the_change() -> None:
    words = left_out_words({"population_still_uncovered": 868347.0, "population_lost": 94456.0})
    assert plain(words) == "962 803 ne sont pas couverts, dont 868 347 qui ne l'étaient déjà pas."
    assert plain(left_out_words({"population_still_uncovered": 12.0, "population_lost": 0.0})) == (
        "12 restent non couverts."
    )

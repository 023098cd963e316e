"""What the dossier holds before it is a page: every figure says of whom it is, and an empty chapter is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from access92.measures.sensitivity import SensitivityTables
from access92.measures.sensitivity.order import RANKING_COLUMNS
from access92.outputs.report import make_dossier
from access92.outputs.report.basis import of_people
from access92.outputs.report.brief import limits_page
from access92.outputs.report.brief_changes import changes_page
from access92.outputs.report.certainty import tied_lines
from access92.outputs.report.columns import TEXT_WIDTH_PT, column_widths_pt, height_pt
from access92.outputs.report.communes import by_area
from access92.outputs.report.content import (
    Bullets,
    Columns,
    Dossier,
    KeyFigures,
    Paragraph,
    Picture,
    Section,
    Table,
    blocks_of,
    only,
    words_of,
)
from access92.outputs.report.margins import ranking_clause
from access92.run.results import Results
from tests.outputs.sensitivity_tables import NEAR, make_sensitivity
from tests.outputs.synthetic import make_results

FIGURE = re.compile(r"\d[\s\u202f]?%|\d\s(?:habitants|points?)\b")
BASIS = {
    "denominator": re.compile(r"\d habitants?|les habitants|celui que nomme"),
    "public": re.compile(r"toute la population|public : "),
    "vintage": re.compile(r"population légale 2023"),
    "mode": re.compile(r"à pied|à vélo|en voiture|modes? : |par le mode", re.IGNORECASE),
    "threshold": re.compile(r"moins de \d+ min|seuil"),
}
OF_THE_STUDY = ("Rattachement aux rues", "Population", "Sensibilité : ")


def plain(words: str) -> str:
    """With ordinary spaces."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", words)


def sentences(dossier: Dossier) -> Iterator[str]:
    """The sentences of paragraphs, lists and key figures; a line of a list after the one that announces it by « : ».

    Such an announcement may say once, for all its lines, of whom and by which rule their figures are.
    """
    announced = ""
    for block in blocks_of(dossier):
        words = ""
        match block:
            case Paragraph():
                words = plain(words_of(block.parts))
                yield from re.split(r"(?<=[.!?]) (?=[A-ZÀÉ«])", words)
            case Bullets():
                yield from (f"{announced}{plain(words_of(item))}" for item in block.items)
            case KeyFigures():
                yield from (plain(f"{item.value} {item.words}") for item in block.items)
        announced = f"{words} " if words.endswith(" :") else ""


def missing(words: str, frame: str = "") -> list[str]:
    """What neither the words nor the frame of the page say of their figures."""
    return [name for name, pattern in BASIS.items() if not pattern.search(f"{words} {frame}")]


@pytest.fixture(scope="module")
def whole(changed: Results) -> Results:
    return replace(changed, sensitivity=make_sensitivity(changed))


@pytest.fixture(scope="module")
def dossier(whole: Results) -> Dossier:
    return make_dossier(whole)


def test_the_frame_of_each_page_says_denominator_public_vintage_mode_and_threshold(dossier: Dossier) -> None:
    assert missing(plain(dossier.frame)) == []
    assert "rues de démonstration" in dossier.frame
    assert "services tenus pour ouverts le" in dossier.frame


def test_no_sentence_table_or_picture_says_again_what_the_frame_says(dossier: Dossier) -> None:
    told = " ".join(sentences(dossier)) + " ".join(
        plain(f"{block.caption} {block.basis}") for block in blocks_of(dossier) if isinstance(block, Table | Picture)
    )
    people = re.search(r"[\d ]+habitants", plain(dossier.frame))
    assert people is not None
    assert told.count("population légale 2023") <= 1  # what the population is, among the data
    assert people[0].strip() not in told
    assert "toute la population" not in told.lower()


def test_the_check_of_sentences_catches_one_that_does_not() -> None:
    assert missing("Par le mode à pied, 41,3 % des gens.") == ["denominator", "public", "vintage", "threshold"]


@pytest.mark.slow
def test_each_table_of_shares_and_each_picture_says_with_the_frame_of_whom_it_is(dossier: Dossier) -> None:
    found = 0
    for block in blocks_of(dossier):
        cells = plain(" ".join(" ".join(row) for row in block.rows)) if isinstance(block, Table) else ""
        if isinstance(block, Picture) or (isinstance(block, Table) and re.search(r"\d %", cells)):
            if isinstance(block, Table) and block.header[0] in {"Paramètre", "Grandeur"}:
                continue
            found += 1
            assert missing(plain(block.basis), plain(dossier.frame)) == [], block.caption
    assert found > 30


def test_chapters_come_in_the_order_of_reading(dossier: Dossier) -> None:
    assert [item.anchor for item in dossier.pages] == ["reponse", "ou", "ce-qui-changerait", "fourchettes-limites"]
    assert [item.anchor for item in dossier.chapters] == [
        "resultats", "engagements", "communes", "absents", "changements", "seuls", "horaires", "competent",
        "douteux", "sensibilite", "methode", "donnees", "parametres", "refaire",
    ]  # fmt: skip


def test_the_first_page_has_an_answer_the_two_sides_and_one_map(dossier: Dossier) -> None:
    blocks = list(blocks_of(replace(dossier, pages=dossier.pages[:1], chapters=())))
    assert isinstance(blocks[0], Paragraph)
    assert [len(block.items) for block in blocks if isinstance(block, KeyFigures)] == [2]
    assert len([block for block in blocks if isinstance(block, Picture)]) == 1


@pytest.mark.usefixtures("blank_pictures")
def test_optional_chapters_are_not_there_without_their_tables() -> None:
    results = make_results()
    changes = replace(
        results.changes,
        ledger=pd.DataFrame(), sole=pd.DataFrame(), next_nearest=results.changes.next_nearest.iloc[:0],
        competence=pd.DataFrame(), commitment_summary=pd.DataFrame(),
    )  # fmt: skip
    bare = replace(results, changes=changes, pockets=results.pockets.iloc[:0], water=None)
    anchors = [item.anchor for item in make_dossier(bare).chapters]
    assert anchors == ["resultats", "communes", "absents", "changements", "douteux", "sensibilite", "methode",
                       "donnees", "parametres", "refaire"]  # fmt: skip


@pytest.mark.usefixtures("blank_pictures")
def test_a_study_of_one_mode_and_one_scenario_has_one_commune_map(results: Results) -> None:
    first = results.scenarios[0].name
    one = replace(
        results,
        modes={"walk": results.modes["walk"]},
        networks={"walk": results.networks["walk"]},
        scenarios=results.scenarios[:1],
        access_records=tuple(item for item in results.access_records if (item.scenario, item.mode) == (first, "walk")),
        changes=replace(results.changes, ledger=pd.DataFrame(), changed=results.changes.changed.iloc[:0]),
    )
    names = [block.name for block in blocks_of(make_dossier(one)) if isinstance(block, Picture)]
    assert names == ["answer", "communes", "curves", "times", "ranking", "uncovered"]


def test_tables_and_pictures_are_numbered_in_the_order_of_reading(dossier: Dossier) -> None:
    for kind, word in ((Table, "Tableau"), (Picture, "Figure")):
        captions = [block.caption for block in blocks_of(dossier) if isinstance(block, kind)]
        numbers = [int(re.match(rf"{word} (\d+)\.", caption)[1]) for caption in captions]  # type: ignore[index]
        assert numbers == list(range(1, len(numbers) + 1))


def test_no_two_pictures_share_a_name(dossier: Dossier) -> None:
    names = [block.name for block in blocks_of(dossier) if isinstance(block, Picture)]
    assert len(set(names)) == len(names)


def test_every_row_is_as_wide_as_its_header(dossier: Dossier) -> None:
    for block in blocks_of(dossier):
        if isinstance(block, Table):
            assert {len(row) for row in block.rows} <= {len(block.header)}, block.caption
            assert not block.groups or sum(width for _, width in block.groups) == len(block.header)
            assert not block.shades or {len(row) for row in block.shades} == {len(block.header) - 1}


def test_no_table_is_wider_than_the_page(dossier: Dossier) -> None:
    for block in blocks_of(dossier):
        if isinstance(block, Table):
            widths = column_widths_pt(block)
            assert sum(widths) <= TEXT_WIDTH_PT + 1, block.caption
            assert min(widths) > 8
            assert height_pt(block, widths) > 0


def test_sections_and_columns_are_never_empty(dossier: Dossier) -> None:
    for block in blocks_of(dossier):
        if isinstance(block, Section):
            assert block.blocks, block.title
        if isinstance(block, Columns):
            assert block.left
            assert block.right


def lines(dossier: Dossier) -> str:
    """Every line of the lists, in order."""
    return "\n".join(
        plain(words_of(item)) for block in blocks_of(dossier) if isinstance(block, Bullets) for item in block.items
    )


def with_pair(results: Results, lowest: float, difference: float, highest: float, outcome: str) -> Results:
    """The same, what is known of the two near scenarios being this, of 100,000 people; the others are left out."""
    ranking = results.sensitivity.ranking
    is_near = (ranking["scenario_a"] == NEAR[0]) & (ranking["scenario_b"] == NEAR[1])
    spread = {"lowest_": lowest, "": difference, "highest_": highest}
    near = ranking[is_near].assign(
        outcome=outcome,
        ahead="" if outcome != "ranked" else "b" if difference > 0 else "a",
        **{f"{name}difference_share": value for name, value in spread.items()},
        **{f"{name}difference_population": 100_000 * value for name, value in spread.items()},
    )
    return replace(results, sensitivity=replace(results.sensitivity, ranking=near))


@pytest.mark.usefixtures("blank_pictures")
def test_a_scenario_ahead_in_every_variant_is_ranked_with_the_band_of_its_difference(whole: Results) -> None:
    dossier = make_dossier(with_pair(whole, 0.037, 0.051, 0.059, "ranked"))
    assert (
        "« Un SST de plus » couvre de 3,7 à 5,9 points de plus, soit de 3 700 à 5 900 habitants (hypothèses de "
        "l’étude : 5,1 points, 5 100 habitants)." in lines(dossier)
    )
    told = " ".join(sentences(dossier))
    assert "Sur 1 paire de scénarios, 1 est classée" in told
    assert "Du plus au moins d’habitants couverts : « Un SST de plus » ; puis « Maillage d’aujourd’hui »." in told
    pages = lines(replace(dossier, pages=dossier.pages[:1], chapters=()))
    assert "« Un SST de plus » : dans chaque variante du calcul, de 3,7 à 5,9 points de plus." in pages
    margins = " ".join(sentences(replace(dossier, pages=dossier.pages[3:], chapters=())))
    assert "son écart avec l’autre scénario garde son sens dans chaque variante" in margins
    assert "« Un SST de plus » : de 3,7 à 5,9 points de plus (voir Sensibilité, dans report.pdf)" in margins
    assert cells_of(dossier)[0] == [
        "Maillage d’aujourd’hui", "Un SST de plus", "B devant A", "+5,1", "+3,7", "+5,9", "+5 100", "+3 700", "+5 900",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_scenario_behind_in_every_variant_is_said_to_cover_less(whole: Results) -> None:
    dossier = make_dossier(with_pair(whole, -0.0172, -0.016, -0.0168, "ranked"))
    assert "« Un SST de plus » couvre 1,7 point de moins, soit de 1 680 à 1 720 habitants" in lines(dossier)
    assert "« Maillage d’aujourd’hui » ; puis « Un SST de plus »." in " ".join(sentences(dossier))
    assert cells_of(dossier)[0][2] == "A devant B"


def test_the_first_page_names_the_change_that_gains_most_and_the_one_that_loses_most(whole: Results) -> None:
    spreads = {"sst-seuls": -0.3, "neuf": 0.02, "neuf-bis": 0.05, "sans": -0.04}
    titles = {name: f"Scénario {name}" for name in spreads}
    first = whole.scenarios[0]
    more = tuple(
        first.model_copy(update={"name": name, "title": title, "based_on": None if name == "sst-seuls" else first.name})
        for name, title in titles.items()
    )
    rows = [
        (first.name, name, "walk", "b" if share > 0 else "a", "ranked", *(share, share - 0.01, share + 0.01) * 2)
        for name, share in spreads.items()
    ]
    ranking = pd.DataFrame(rows, columns=list(RANKING_COLUMNS))
    results = replace(whole, scenarios=(first, *more), sensitivity=replace(whole.sensitivity, ranking=ranking))
    assert ranking_clause(results) == (
        "son écart avec les 4 autres scénarios garde son sens dans chaque variante : « Scénario neuf-bis "
        "» : de 4,0 à 6,0\u00a0points de plus, « Scénario sans » : de 3,0 à 5,0\u00a0points de moins"
    )


@pytest.mark.parametrize("outcome", ["undecided", "ranked", "chain"])
def test_scenarios_that_gain_most_are_said_to_be_even_where_the_variants_do_not_tell_them_apart(
    whole: Results, outcome: str
) -> None:
    first = whole.scenarios[0]
    names = ("Un", "Deux", "Trois")
    more = tuple(first.model_copy(update={"name": name, "title": name, "based_on": first.name}) for name in names)
    gains = {"Un": 0.06, "Deux": 0.05, "Trois": 0.02}
    rows = [
        (first.name, name, "walk", "b", "ranked", *(gain, gain - 0.01, gain + 0.01) * 2) for name, gain in gains.items()
    ]
    outcomes = {
        "undecided": ("undecided", "ranked"), "ranked": ("ranked", "ranked"), "chain": ("undecided", "undecided"),
    }[outcome]  # fmt: skip
    pairs = [("Un", "Deux", outcomes[0]), ("Deux", "Trois", outcomes[1]), ("Un", "Trois", "ranked")]
    rows += [(a, b, "walk", "a" if said == "ranked" else "", said, *(-0.01, -0.02, 0.01) * 2) for a, b, said in pairs]
    ranking = pd.DataFrame(rows, columns=list(RANKING_COLUMNS))
    results = replace(whole, scenarios=(first, *more), sensitivity=replace(whole.sensitivity, ranking=ranking))
    assert (
        tied_lines(results)
        == {
            "undecided": ["Les variantes ne départagent pas « Un » et « Deux »."],
            "ranked": [],
            "chain": ["Les variantes ne départagent pas toujours « Un », « Deux » et « Trois »."],
        }[outcome]
    )


def test_pages_three_and_four_say_which_scenarios_the_variants_do_not_tell_apart(whole: Results) -> None:
    first = whole.scenarios[0]
    losses = {"Un": -0.02, "Deux": -0.03, "Trois": -0.05}
    names = (*losses, "Même", "Presque")
    more = tuple(first.model_copy(update={"name": name, "title": name, "based_on": first.name}) for name in names)
    rows = [
        (first.name, name, "walk", "a", "ranked", *(loss, loss - 0.01, loss + 0.01) * 2)
        for name, loss in losses.items()
    ]
    rows += [
        (first.name, "Même", "walk", "", "identical", *(0.0,) * 6),
        (first.name, "Presque", "walk", "", "undecided", *(0.0, -0.0001, 0.0) * 2),
        ("Un", "Deux", "walk", "", "undecided", *(-0.01, -0.02, 0.01) * 2),
        ("Un", "Trois", "walk", "a", "ranked", *(-0.03, -0.04, -0.02) * 2),
        ("Deux", "Trois", "walk", "a", "ranked", *(-0.02, -0.03, -0.01) * 2),
    ]
    ranking = pd.DataFrame(rows, columns=list(RANKING_COLUMNS))
    access = whole.access(first.name, "walk")
    results = replace(
        whole, scenarios=(first, *more), sensitivity=replace(whole.sensitivity, ranking=ranking),
        changes=replace(whole.changes, ledger=whole.changes.ledger.iloc[:0]),
        access_records=(*whole.access_records, *(replace(access, scenario=name) for name in names)),
        coverage=pd.concat(
            [whole.coverage, *(whole.coverage[whole.coverage["scenario"] == first.name].assign(scenario=name)
                               for name in names)]
        ),
    )  # fmt: skip
    for page in (changes_page(results), limits_page(results)):
        words = plain(" ".join(words_of(item.parts) for item in only(page.blocks, Paragraph)))
        assert "Les variantes ne départagent pas « Un » et « Deux »." in words
        assert "Ne se distinguent pas du premier : « Même » et « Presque »." in words


@pytest.mark.parametrize(("even", "said"), [(1, "toujours nul avec « Neutre 0 »"), (3, "toujours nul avec 3 autres")])
def test_scenarios_that_change_nothing_are_named_where_few_and_counted_where_many(
    whole: Results, even: int, said: str
) -> None:
    first = whole.scenarios[0]
    kinds = {"Gain": ("ranked", 0.05, 0.04, 0.06), **{f"Neutre {i}": ("identical", 0.0, 0.0, 0.0) for i in range(even)}}
    kinds["Presque"] = ("undecided", 0.01, 0.0, 0.02)
    more = tuple(first.model_copy(update={"name": name, "title": name, "based_on": first.name}) for name in kinds)
    rows = [(first.name, name, "walk", "b", kind, *shares, *shares) for name, (kind, *shares) in kinds.items()]
    ranking = pd.DataFrame(rows, columns=list(RANKING_COLUMNS))
    results = replace(whole, scenarios=(first, *more), sensitivity=replace(whole.sensitivity, ranking=ranking))
    assert f"({said}, nul dans une variante au moins avec « Presque »)" in ranking_clause(results)


@pytest.mark.usefixtures("blank_pictures")
def test_scenarios_whose_order_changes_are_said_to_be_undecided_with_both_ends(whole: Results) -> None:
    dossier = make_dossier(with_pair(whole, -0.007, 0.003, 0.013, "undecided"))
    assert (
        "« Un SST de plus » couvre de 0,7 point de moins à 1,3 point de plus (hypothèses de l’étude : 0,3 point de "
        "plus, 300 habitants) : l’ordre dépend de la variante." in lines(dossier)
    )
    told = " ".join(sentences(dossier))
    assert "Sur 1 paire de scénarios, 1 reste indécidable" in told
    assert "son écart avec l’autre scénario ne garde pas son sens dans toutes les variantes" in told
    assert "« Maillage d’aujourd’hui » et « Un SST de plus », entre lesquels les variantes ne tranchent pas." in told
    assert cells_of(dossier)[0][2] == "indécidable"


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_scenarios_that_are_even_in_a_variant_are_undecided_and_it_is_said(whole: Results) -> None:
    words = lines(make_dossier(with_pair(whole, 0.0, 0.003, 0.013, "undecided")))
    assert "couvre autant d’habitants ou jusqu’à 1,3 point de plus (hypothèses" in words
    assert "à égalité dans une variante au moins" in words


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_identical_scenarios_are_said_to_cover_the_same_people_only_where_they_do(whole: Results) -> None:
    as_today = {item.mode: item for item in whole.access_records if item.scenario == NEAR[0]}
    same = tuple(
        replace(item, travel_time_min=as_today[item.mode].travel_time_min) if item.scenario == NEAR[1] else item
        for item in whole.access_records
    )
    even = with_pair(whole, 0.0, 0.0, 0.0, "identical")
    twins = make_dossier(replace(even, access_records=same))
    assert "« Un SST de plus » couvre les mêmes habitants, et autant dans toutes les variantes." in lines(twins)
    assert "couvre autant d’habitants dans toutes les variantes, mais pas les mêmes." in lines(make_dossier(even))
    assert "« Maillage d’aujourd’hui » et « Un SST de plus », identiques." in " ".join(sentences(twins))
    assert cells_of(twins)[0][2:] == ["identiques", *["0,0"] * 3, *["0"] * 3]


def test_no_two_bands_of_figures_are_compared(dossier: Dossier) -> None:
    told = " ".join(
        [*sentences(dossier), *(block.caption for block in blocks_of(dossier) if isinstance(block, Picture))]
    )
    assert "dépassent la fourchette" not in told
    assert "se classent pas avec certitude" not in plain(told)
    assert "gardent leur ordre aux trois seuils" in plain(told)


def cells_of(dossier: Dossier) -> list[list[str]]:
    """The rows of the table of differences, with ordinary spaces."""
    tables = [block for block in blocks_of(dossier) if isinstance(block, Table) and "deux à deux" in block.caption]
    return [[plain(cell) for cell in row] for row in tables[0].rows]


@pytest.mark.usefixtures("blank_pictures")
def test_speed_and_threshold_are_said_to_be_one_question_where_they_are(whole: Results, dossier: Dossier) -> None:
    words = "deux façons de poser une même question"
    assert words not in " ".join(sentences(dossier))  # their bands differ here
    bands = whole.sensitivity.bands.copy()
    speed, threshold = ((bands["source"] == name).to_numpy() for name in ("speed", "threshold"))
    columns = ["low_share", "central_share", "high_share"]
    bands.loc[threshold, columns] = bands.loc[speed, columns].to_numpy()
    twins = replace(whole, sensitivity=replace(whole.sensitivity, bands=bands))
    assert words in " ".join(sentences(make_dossier(twins)))


@pytest.mark.usefixtures("blank_pictures")
def test_a_study_that_did_not_ask_for_sensitivity_says_so(results: Results) -> None:
    assert len(results.sensitivity.bands) == 0
    assert "Non demandée dans l’étude" in " ".join(sentences(make_dossier(results)))


@pytest.mark.usefixtures("blank_pictures")
def test_bands_of_one_scenario_need_no_ranking(whole: Results) -> None:
    first = whole.scenarios[0].name
    tables = whole.sensitivity
    alone = SensitivityTables(
        bands=tables.bands[tables.bands["scenario"] == first],
        borderline=tables.borderline[tables.borderline["scenario"] == first],
    )
    told = " ".join(sentences(make_dossier(replace(whole, sensitivity=alone))))
    assert "à la limite" in told
    assert "classer" not in told
    assert "paires de scénarios" not in told


@pytest.mark.usefixtures("blank_pictures")
def test_an_area_without_inhabitants_is_left_white_and_unranked(results: Results) -> None:
    coverage = results.coverage.copy()
    empty = coverage["area_id"] == "92001"
    coverage.loc[empty, ["population", "population_covered"]] = 0.0
    coverage.loc[empty, "coverage_share"] = np.nan
    ranking = [
        block for block in blocks_of(make_dossier(replace(results, coverage=coverage)))
        if isinstance(block, Picture) and block.name == "ranking"
    ]  # fmt: skip
    assert "Aulnes" not in ranking[0].alt


def test_an_area_without_inhabitants_has_no_median(results: Results) -> None:
    coverage = results.coverage.copy()
    coverage.loc[coverage["area_id"] == "92001", ["population", "population_covered"]] = 0.0
    coverage.loc[coverage["area_id"] == "92001", "coverage_share"] = np.nan
    summary = results.summary.copy()
    summary.loc[summary["area_id"] == "92001", ["median_min", "p90_min"]] = np.nan
    table = by_area(replace(results, coverage=coverage, summary=summary), "walk")
    assert [row[2:] for row in table.rows if "Aulnes" in row[0]] == [("—", "0", "—", "—")]


def test_a_single_inhabitant_is_in_the_singular(results: Results) -> None:
    assert plain(of_people(results, population=1.0)) == "de 1 habitant"
    assert plain(of_people(results, population=2.0)) == "des 2 habitants"

"""What the report says of vehicles: how often one is taken, and how the share covered follows the departure."""

from __future__ import annotations

from datetime import date

import numpy as np

from access92.outputs.figures import area_rows, headline
from access92.outputs.report.basis import basis_line, under
from access92.outputs.report.content import Section, Table, paragraph, present
from access92.outputs.words import labels, typography
from access92.outputs.words.moments import full_day
from access92.outputs.words.names import lower_mode, scenario_title
from access92.outputs.words.transit import percentile_words, service_day
from access92.run.results import Results
from access92.study.schemas import EVERYBODY, TOTAL

_BY_DEPARTURE = ("population_covered_p75", "population_covered", "population_covered_p25")


def ride_sentence(results: Results, scenario: str, mode: str) -> str:
    """How often a vehicle is taken, in a sentence that follows another; '' of a mode that rides nowhere."""
    rides = results.rides
    if not len(rides):
        return ""
    row = rides[
        (rides["scenario"] == scenario)
        & (rides["mode"] == mode)
        & (rides["public"] == EVERYBODY)
        & (rides["area_id"] == TOTAL)
    ]
    if not len(row) or not np.isfinite(row["ride_minutes_share"].iloc[0]):
        return ""
    share = typography.percent(float(row["ride_minutes_share"].iloc[0]))
    if row["population_riding"].iloc[0] <= 0:
        return " Personne n'y gagne à prendre un véhicule : ces temps sont ceux de la marche."
    riding = typography.number(float(row["population_riding"].iloc[0]))
    farthest = typography.plain(results.study.searched_min)
    reaching = typography.number(float(row["population_within_cutoff"].iloc[0]))
    return (
        f" Des {reaching} habitants qui atteignent un service en {farthest} min au plus, {share} des minutes de départ "
        "utilisent un véhicule ; les autres sont une marche de bout en bout, ou sans trajet dans ce temps. "
        f"{riding} d'entre eux ont au moins une minute où le véhicule est plus rapide."
    )


def departures_section(results: Results) -> Section | None:
    """The share covered at the quartiles of the departures, by scenario, each on its day; None without rides."""
    rides = results.rides
    if not len(rides) or results.study.transit is None:
        return None
    totals = rides[
        (rides["public"] == EVERYBODY) & (rides["area_id"] == TOTAL) & rides["mode"].isin(list(results.study_modes))
    ]
    rows = []
    for row in totals.to_dict("records"):
        shares = (
            typography.percent(row[name] / row["population"]) if row["population"] > 0 else "—"
            for name in _BY_DEPARTURE
        )
        day: date = service_day(results, row["scenario"])
        title = scenario_title(results, row["scenario"])
        rows.append((title, full_day(day), lower_mode(results, row["mode"]), *shares))
    central = percentile_words(results.study.transit.percentile)
    table = Table(
        f"Part des habitants à {under(results)} d'un service, selon l'heure de départ",
        ("Scénario", "Jour", "Mode", "75e percentile", central, "25e percentile"),
        tuple(rows),
        text_columns=3,
        basis=basis_line(results, modes="celui de la ligne"),
    )
    words = paragraph(
        "Le temps en transports en commun dépend de la minute à laquelle on part. La part au 75e percentile est tenue "
        "pour trois départs sur quatre de la fenêtre, celle au 25e pour le meilleur quart : entre les deux, la moitié "
        "des départs. Un scénario d'un autre jour (shift_service_day) a sa ligne."
    )
    return Section("La fourchette des heures de départ", present(words, table, _other_days(results)))


def ride_communes(results: Results, mode: str) -> Table | None:
    """Of every area, in the first scenario, the share covered by a mode that rides beside the headline mode.

    With the shares at the quartiles of the departures, and how often a vehicle is taken; None of a mode that does not
    ride, and where all modes do. Where the headline mode rides, another one stands beside.
    """
    beside = [name for name, item in results.study_modes.items() if not item.rides]
    if not results.modes[mode].rides or not beside:
        return None
    headline_mode = results.study.analysis.headline_mode
    walk_mode = headline_mode if headline_mode in beside else beside[0]
    first, rides = results.scenarios[0].name, results.rides
    of_mode = rides[(rides["scenario"] == first) & (rides["mode"] == mode) & (rides["public"] == EVERYBODY)]
    by_area = dict(zip(of_mode["area_id"].astype(str), of_mode.to_dict("records"), strict=True))
    walked = [*area_rows(results, first, walk_mode), headline(results, first, walk_mode)]
    rows = []
    for walk in walked:
        ride = by_area[walk.area_id]
        shares = [_share(float(ride[name]), walk.population) for name in _BY_DEPARTURE]
        gained = 100 * (shares[1] - walk.share)
        rows.append((
            walk.name, typography.number(walk.population), typography.percent(walk.share),
            typography.percent(shares[1]), _points(gained), typography.percent(shares[0]),
            typography.percent(shares[2]), typography.percent(float(ride["ride_minutes_share"])),
        ))  # fmt: skip
    return Table(
        f"{labels.mode_phrase(results.modes[mode])} : part des habitants à {under(results)} d'un service, commune par "
        f"commune ({scenario_title(results, first)})",
        (
            "Commune", "habitants", lower_mode(results, walk_mode), "en véhicule ou à pied", "écart, points",
            "75e percentile", "25e percentile", "minutes en véhicule",
        ),
        tuple(rows),
        basis=basis_line(
            results, modes="celui de la colonne", population_words="les habitants de chaque commune",
            more="75e percentile : tenu pour trois départs sur quatre ; 25e : pour le meilleur quart. Minutes en "
            "véhicule : la part des minutes de départ où un véhicule est plus rapide que la marche",
        ),
        has_total=True,
    )  # fmt: skip


def _share(covered: float, population: float) -> float:
    return covered / population if population > 0 else float("nan")


def _points(value: float) -> str:
    return typography.signed(value, decimals=1) if np.isfinite(value) else "—"


def _other_days(results: Results) -> Table | None:
    """The share covered on each of the other days that the study asks for; None where it asks for none."""
    rows = [
        (
            scenario_title(results, item.scenario), full_day(item.day), lower_mode(results, item.mode),
            typography.percent(item.coverage_share), typography.signed(100 * gap, decimals=1),
        )
        for item in results.sensitivity.other_days
        for gap in [item.coverage_share - _central_share(results, item.scenario, item.mode)]
    ]  # fmt: skip
    if not rows:
        return None
    return Table(
        f"Part des habitants à {under(results)} d'un service, aux horaires d'un autre jour",
        ("Scénario", "Jour", "Mode", "part", "écart avec le jour du scénario, en points"),
        tuple(rows),
        text_columns=3,
        basis=basis_line(results, modes="celui de la ligne", more=_fixed_days(results)),
    )


def _fixed_days(results: Results) -> str:
    """The feeds that keep a day of their own, whatever day is asked."""
    own = () if results.timetable is None else results.timetable.own_days
    said = [f"« {name} » reste au {full_day(date.fromisoformat(day))}" for name, day in own]
    return f"Horaires à leur propre jour : {' ; '.join(said)}" if said else ""


def _central_share(results: Results, scenario: str, mode: str) -> float:
    """The share covered on the scenario's own day."""
    bands = results.sensitivity.riding
    rows = bands[(bands["scenario"] == scenario) & (bands["mode"] == mode)]
    return float(rows["central_share"].iloc[0])

"""The answer in a sentence, and the contrast that decides: the choice of the study that moves the answer most."""

from __future__ import annotations

from dataclasses import dataclass

from access92.outputs.figures import Figure, figures, headline, standalone_scenarios
from access92.outputs.words import labels, typography
from access92.outputs.words.maps import mode_note
from access92.outputs.words.names import lower_mode, scenario_title
from access92.outputs.words.sensitivity import points, widest_band
from access92.run.results import Results
from access92.study.schemas import TOTAL


@dataclass(frozen=True, slots=True)
class Side:
    """One answer of the contrast: its share (0-1), the inhabitants covered, and what it stands on, in words."""

    share: float
    covered: float
    words: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two answers to the question of a study, and the choice between them: « compter aussi … », a scenario, a mode."""

    first: Side
    other: Side
    choice: str

    @property
    def moved_share(self) -> float:
        """How far the choice moves the answer (0-1)."""
        return abs(self.other.share - self.first.share)


def answer_sentence(results: Results) -> str:
    """The answer to the question of the study in a sentence; the frame of the page says who the inhabitants are."""
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    total = headline(results, first, mode)
    left_out = (
        "personne n'en est exclu"
        if total.uncovered <= 0
        else f"{typography.number(total.uncovered)} n'y parviennent pas"
    )
    return (
        f"« {results.scenarios[0].title} ». "
        f"{labels.mode_phrase(results.modes[mode])}, {typography.percent(total.share)} des habitants atteignent un "
        f"service en moins de {typography.plain(_threshold(results))} minutes{mode_note(results, mode, first)} ; "
        f"{left_out}."
    )


def contrast_of(results: Results) -> Contrast | None:
    """The choice that moves the headline most: services, else changes, else modes, else thresholds; None without any.

    A scenario that makes its own choice of services comes before one that changes another: it asks another question of
    the same present. Ties: the first in the order of the study.
    """
    own = {item.name for item in standalone_scenarios(results)[1:]}
    derived = {item.name for item in results.scenarios[1:]} - own
    for names in (own, derived):
        contrast = _widest([_of_scenario(results, item.name) for item in results.scenarios if item.name in names])
        if contrast is not None:
            return contrast
    modes = [name for name in results.study_modes if name != results.study.analysis.headline_mode]
    thresholds = [value for value in results.study.analysis.thresholds_min if value != _threshold(results)]
    return _widest([_of_mode(results, name) for name in modes]) or _widest(
        [_of_threshold(results, value) for value in thresholds]
    )


def contrast_words(results: Results, contrast: Contrast) -> str:
    """The choice in two sentences: by how much it moves the answer, and how far the hypotheses of the run do."""
    people = typography.count(abs(contrast.other.covered - contrast.first.covered), "habitant")
    words = f"{contrast.choice} : l'écart est de {points(contrast.moved_share)}, soit {people}."
    band = widest_band(results, results.scenarios[0].name)
    if band is None:
        return words
    low, high = band
    compared = "c'est plus que" if contrast.moved_share > high - low else "c'est moins que"
    return (
        f"{words} À lui seul, {compared} toute l'étendue des hypothèses du calcul (de {typography.percent(low)} à "
        f"{typography.percent(high)})."
    )


def counted_kinds(results: Results, scenario: str) -> list[str]:
    """The kinds of which the scenario counts a service, as a sentence names them, in the order of the study."""
    rows = results.access(scenario, results.study.analysis.headline_mode).service_rows
    present = set(results.services["kind"].iloc[rows])
    return [item.spoken for item in results.study.kinds if item.name in present]


def service_count(results: Results, scenario: str) -> int:
    """How many services the scenario counts, by the headline mode."""
    return len(results.access(scenario, results.study.analysis.headline_mode).service_rows)


def _of_scenario(results: Results, name: str) -> Contrast:
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    before, after = counted_kinds(results, first), counted_kinds(results, name)
    services = (_services_words(results, first), _services_words(results, name))
    more = [kind for kind in after if kind not in before]
    # what differs is told by the kinds where the kinds differ, else by the titles
    if before and more and set(before) <= set(after):
        words = (f"si l'on compte : {', '.join(before)} ({services[0]})",
                 f"si l'on compte aussi : {', '.join(more)} ({services[1]} en tout)")  # fmt: skip
        choice = f"Tout dépend de ce que l'on compte, avec ou sans : {', '.join(more)}"
    else:
        words = tuple(
            f"« {scenario_title(results, item)} » ({count})"
            for item, count in zip((first, name), services, strict=True)
        )  # type: ignore[assignment]
        choice = f"Le scénario qui déplace le plus la réponse est « {scenario_title(results, name)} »"
    return _contrast((headline(results, first, mode), headline(results, name, mode)), words, choice)


def _of_mode(results: Results, mode: str) -> Contrast:
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    return _contrast(
        (headline(results, first, own), headline(results, first, mode)),
        (lower_mode(results, own), lower_mode(results, mode)),
        f"Tout dépend de la façon d'aller, {lower_mode(results, own)} ou {lower_mode(results, mode)}",
    )


def _of_threshold(results: Results, threshold_min: float) -> Contrast:
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    other = figures(results, first, mode, threshold_min=threshold_min)[TOTAL]
    minutes = [typography.plain(value) for value in (_threshold(results), threshold_min)]
    return _contrast(
        (headline(results, first, mode), other),
        (f"en moins de {minutes[0]} min", f"en moins de {minutes[1]} min"),
        f"Tout dépend du seuil, {minutes[0]} ou {minutes[1]} minutes",
    )


def _contrast(pair: tuple[Figure, Figure], words: tuple[str, str], choice: str) -> Contrast:
    first, other = (Side(item.share, item.covered, of_what) for item, of_what in zip(pair, words, strict=True))
    return Contrast(first, other, choice)


def _widest(contrasts: list[Contrast]) -> Contrast | None:
    moving = [item for item in contrasts if item.moved_share > 0]
    return max(moving, key=lambda item: item.moved_share) if moving else None


def _services_words(results: Results, scenario: str) -> str:
    return typography.count(service_count(results, scenario), "service")


def _threshold(results: Results) -> float:
    return results.study.analysis.threshold_min

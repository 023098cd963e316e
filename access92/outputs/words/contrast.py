"""The answer in a sentence, and the contrast that decides: the choice of the study that moves the answer most."""

from __future__ import annotations

from dataclasses import dataclass

from access92._space import place_numbers
from access92.outputs.figures import Figure, figures, headline, standalone_scenarios
from access92.outputs.words import labels, typography
from access92.outputs.words.maps import mode_note, short_mode_note
from access92.outputs.words.names import lower_mode, plain_mode, scenario_title
from access92.outputs.words.sensitivity import points, widest_band
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.model import Study
from access92.study.schemas import TOTAL


@dataclass(frozen=True, slots=True)
class Side:
    """One answer of the contrast: its share (0-1), the inhabitants covered and not, and what it stands on, in words."""

    share: float
    covered: float
    uncovered: float
    words: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two answers to the question of a study, and the choice between them: « compter aussi … », a scenario, a mode.

    ``choice`` announces the two; ``otherwise`` begins a sentence on the other: « En comptant aussi les PMI ».
    ``scenario``, ``mode``: the names of the other's; '' where the choice is another one.
    """

    first: Side
    other: Side
    choice: str
    otherwise: str
    scenario: str = ""
    mode: str = ""

    @property
    def moved_share(self) -> float:
        """How far the choice moves the answer (0-1)."""
        return abs(self.other.share - self.first.share)


def question(results: Results) -> str:
    """What the study asks: whether the promise is kept where it names one, else who is near a service."""
    minutes = typography.plain(_threshold(results))
    if results.study.commitments:
        return f"La promesse (moins de {minutes} minutes) est-elle tenue ?"
    return f"Les habitants sont-ils à moins de {minutes} minutes d'un service ?"


def promise_of(study: Study) -> Commitment | None:
    """The promise that :func:`question` asks about: the first with a step at the study's threshold; None without."""
    threshold = study.analysis.threshold_min
    at_threshold = (item for item in study.commitments if any(step.under_min == threshold for step in item.any_of))
    return next(at_threshold, None)


def answer_sentence(results: Results) -> str:
    """The answer to :func:`question`: yes or no, for how many inhabitants, by the headline mode, counting what."""
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    total = headline(results, first, mode)
    how = f"{plain_mode(results, mode)}{mode_note(results, mode, first)}"
    near = f"à moins de {typography.plain(_threshold(results))} minutes d'un service"
    people = typography.count(total.population, "habitant")
    counted = plural_kinds(counted_kinds(results, first))
    among = f" ({counted})" if counted else ""
    if total.population <= 0:
        return "Sans réponse : aucun habitant n'est compté."
    if total.uncovered <= 0:
        whole = f"les {people} sont tous" if round(total.population) > 1 else f"{people} est"
        return f"Oui : {how}, {whole} {near}{among}."
    if total.covered <= 0:
        return f"Non : {how}, personne n'est {near}{among} ; {people} en tout."
    verb = "est" if round(total.covered) <= 1 else "sont"
    left = "ne l'est pas" if round(total.uncovered) <= 1 else "ne le sont pas"
    return (
        f"Non, pas pour tous : {how}, {typography.number(total.covered)} habitants sur "
        f"{typography.number(total.population)} ({typography.percent(total.share)}) {verb} {near}{among} ; "
        f"{typography.number(total.uncovered)} {left}."
    )


def otherwise_sentence(contrast: Contrast) -> str:
    """What the answer would be by the other side of the contrast."""
    share, left = typography.percent(contrast.other.share), contrast.other.uncovered
    # another mode or threshold is as true as the first; another scenario is not there
    be, is_one = ("seraient", "serait") if contrast.scenario else ("sont", "est")
    if left <= 0:
        return f"{contrast.otherwise}, ils le {be} tous."
    verb = is_one if round(left) <= 1 else be
    return f"{contrast.otherwise}, {share} le {be} ; {typography.number(left)} ne {_elided(verb)} pas."


def _elided(verb: str) -> str:
    return f"l'{verb}" if verb.startswith("e") else f"le {verb}"


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
    thresholds = [value for value in results.study.analysis.thresholds_min if value != _threshold(results)]
    return _widest(_other_modes(results)) or _widest([_of_threshold(results, value) for value in thresholds])


def contrast_words(results: Results, contrast: Contrast) -> str:
    """The choices, each with how much it moves the answer, and how far one hypothesis of the run does.

    Another way to go is told beside another choice of services: a promise that names neither leaves both open.
    """
    people = typography.count(abs(contrast.other.covered - contrast.first.covered), "habitant")
    words = f"{contrast.choice} : l'écart est de {points(contrast.moved_share)}, soit {people}."
    moves = [contrast.moved_share]
    by_mode = None if contrast.mode else _widest(_other_modes(results))
    if by_mode is not None:
        moves.append(by_mode.moved_share)
        words += (
            f" La façon d'aller compte aussi : {lower_mode(results, by_mode.mode)}, l'écart est de "
            f"{points(by_mode.moved_share)}."
        )
    band = widest_band(results, results.scenarios[0].name)
    if band is None:
        return words
    low, high = band
    is_more = [moved > high - low for moved in moves]
    if len(moves) == 1:
        compared = "C'est plus que ce que fait" if is_more[0] else "C'est moins que ce que fait"
    elif len(set(is_more)) == 1:
        compared = f"L'un et l'autre font {'plus' if is_more[0] else 'moins'} que"
    else:
        compared = f"Seul le {'premier' if is_more[0] else 'second'} fait plus que"
    return (
        f"{words} {compared} la plus forte des hypothèses du calcul, changée seule : la part va alors de "
        f"{typography.percent(low)} à {typography.percent(high)}."
    )


def counted_kinds(results: Results, scenario: str) -> list[str]:
    """The kinds of which the scenario counts a service, as a sentence names them, in the order of the study."""
    rows = results.access(scenario, results.study.analysis.headline_mode).service_rows
    present = set(results.services["kind"].iloc[rows])
    return [item.spoken for item in results.study.kinds if item.name in present]


def plural_kinds(kinds: list[str], *, most: int = 6) -> str:
    """Kinds as a sentence names them, in the plural: « SST et pôles sociaux »; '' where there are none."""
    named = [labels.plural(item) for item in kinds]
    return typography.listed([*named[:most], "autres"] if len(named) > most else named)


def spelled_kinds(results: Results, kinds: list[str]) -> str:
    """What the abbreviations among these kinds stand for: « SST : service des solidarités territoriales »."""
    labelled = {item.spoken: item.label for item in results.study.kinds}
    spelled = [
        f"{kind} : {full[:1].lower()}{full[1:]}"
        for kind in kinds
        if labelled[kind].endswith(f" ({kind})")
        for full in [labelled[kind].removesuffix(f" ({kind})")]
    ]
    return f"{' ; '.join(spelled)}." if spelled else ""


def services_words(results: Results, scenario: str) -> str:
    """How many services the scenario counts, by the headline mode, and in how many places: they may share one."""
    rows = results.access(scenario, results.study.analysis.headline_mode).service_rows
    counted = results.services.geometry.iloc[rows]
    places = (
        len(set(place_numbers(counted, same_place_m=results.study.analysis.same_place_m).tolist())) if len(rows) else 0
    )
    words = typography.count(len(rows), "service")
    return words if places == len(rows) else f"{words} en {typography.count(places, 'lieu', 'lieux')}"


def _of_scenario(results: Results, name: str) -> Contrast:
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    before, after = counted_kinds(results, first), counted_kinds(results, name)
    services = (services_words(results, first), services_words(results, name))
    more = [kind for kind in after if kind not in before]
    # what differs is told by the kinds where the kinds differ, else by the titles
    if before and more and set(before) <= set(after):
        named, added = plural_kinds(before), plural_kinds(more)
        words = (f"services comptés : {named} ({services[0]})", f"avec aussi : {added} ({services[1]} en tout)")
        choice = "La réponse dépend de ce que l'on compte comme service"
        otherwise = f"En comptant aussi les {added}"
    elif after and set(after) < set(before):
        named, left = plural_kinds(before), plural_kinds(after)
        words = (f"services comptés : {named} ({services[0]})", f"services comptés : {left} ({services[1]})")
        choice = "La réponse dépend de ce que l'on compte comme service"
        otherwise = f"En ne comptant que les {left}"
    else:
        words = tuple(
            f"« {scenario_title(results, item)} » ({count})"
            for item, count in zip((first, name), services, strict=True)
        )  # type: ignore[assignment]
        choice = f"Le scénario qui déplace le plus la réponse est « {scenario_title(results, name)} »"
        otherwise = f"Avec « {scenario_title(results, name)} »"
    pair = (headline(results, first, mode), headline(results, name, mode))
    return _contrast(pair, words, choice, otherwise, scenario=name)


def _other_modes(results: Results) -> list[Contrast]:
    own = results.study.analysis.headline_mode
    return [_of_mode(results, name) for name in results.study_modes if name != own]


def _of_mode(results: Results, mode: str) -> Contrast:
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    return _contrast(
        (headline(results, first, own), headline(results, first, mode)),
        (lower_mode(results, own), lower_mode(results, mode)),
        f"La réponse dépend de la façon d'aller, {lower_mode(results, own)} ou {lower_mode(results, mode)}",
        _first_upper(f"{lower_mode(results, mode)}{short_mode_note(results, mode, first)}"),
        mode=mode,
    )


def _of_threshold(results: Results, threshold_min: float) -> Contrast:
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    other = figures(results, first, mode, threshold_min=threshold_min)[TOTAL]
    minutes = [typography.plain(value) for value in (_threshold(results), threshold_min)]
    return _contrast(
        (headline(results, first, mode), other),
        (f"en moins de {minutes[0]} min", f"en moins de {minutes[1]} min"),
        f"La réponse dépend du seuil, {minutes[0]} ou {minutes[1]} minutes",
        f"En moins de {minutes[1]} minutes",
    )


def _contrast(
    pair: tuple[Figure, Figure],
    words: tuple[str, str],
    choice: str,
    otherwise: str,
    *,
    scenario: str = "",
    mode: str = "",
) -> Contrast:
    first, other = (
        Side(item.share, item.covered, item.uncovered, of_what) for item, of_what in zip(pair, words, strict=True)
    )
    return Contrast(first, other, choice, otherwise, scenario, mode)


def _widest(contrasts: list[Contrast]) -> Contrast | None:
    moving = [item for item in contrasts if item.moved_share > 0]
    return max(moving, key=lambda item: item.moved_share) if moving else None


def _first_upper(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _threshold(results: Results) -> float:
    return results.study.analysis.threshold_min

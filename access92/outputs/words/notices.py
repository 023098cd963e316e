"""What a run survived or assumed, in French: a row for each notice, the same in the table, the report, the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from access92.network.modes import Mode
from access92.outputs.words import population_notices as population
from access92.outputs.words import sector_notices as sectors
from access92.outputs.words import typography
from access92.outputs.words.commitments import step_text
from access92.outputs.words.labels import Noun, noun_of
from access92.outputs.words.omissions import reason_text
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.kinds import KINDS, Kind
from access92.study.model import Scenario
from access92.study.notices import Notice
from access92.study.omissions import reasons_from_texts

NOTICE_COLUMNS = ("topic", "subject", "detail", "population")


@dataclass(frozen=True, slots=True)
class NoticeNames:
    """What the ids of a notice are called: modes and commitments by name, titles of scenarios, names of areas.

    ``kinds``: of the study; ``competent``: the noun of the kind whose sectors are compared.
    """

    modes: Mapping[str, Mode]
    commitments: Mapping[str, Commitment]
    scenarios: Mapping[str, str]
    areas: Mapping[str, str]
    kinds: Sequence[Kind] = KINDS
    competent: Noun = field(default_factory=lambda: noun_of(KINDS[0]))


def notices_table(results: Results) -> pd.DataFrame:
    """One row a notice, in the order of the run: NOTICE_COLUMNS; population: people concerned, NaN where none are."""
    names = notice_names(results)
    rows = [
        (*notice_words(notice, names), float("nan") if notice.population is None else notice.population)
        for notice in results.notices
    ]
    return pd.DataFrame(rows, columns=list(NOTICE_COLUMNS))


def notice_names(results: Results) -> NoticeNames:
    """What the ids of the notices of a run are called."""
    study, areas = results.study, results.areas
    return NoticeNames(
        modes=results.modes,
        commitments={item.name: item for item in study.commitments},
        scenarios={item.name: item.title for item in study.scenarios},
        areas=dict(zip(areas["area_id"].astype(str), areas["name"].astype(str), strict=True)),
        kinds=study.kinds,
        competent=noun_of(study.competent_kind),
    )


def notice_words(notice: Notice, names: NoticeNames) -> tuple[str, str, str]:
    """Topic, subject and detail of a notice, in French.

    >>> closed = Notice("streets_closed", ("pont",), {"streets": 1})
    >>> notice_words(closed, NoticeNames({}, {}, {"pont": "Sans le pont"}, {}))
    ('Scénario', '', 'Sans le pont : 1 tronçon de rue fermé à tous les modes.')
    """
    topic, words = _WORDS[notice.code]
    topic = topic.format(noun=names.competent.bare, e=names.competent.e)
    return (f"{topic[:1].upper()}{topic[1:]}", *words(notice, names))


Words = tuple[str, str]
"""Subject and detail."""


def _sentence(notice: Notice, names: NoticeNames) -> Words:
    """The sentence of a reader of inputs, as it wrote it."""
    del names
    return "", notice.subject[0]


def password_sentence(notice: Notice) -> str:
    """What a notice ``password_in_study`` says, on the console and among the others; its subject: parts of the study.

    >>> password_sentence(Notice("password_in_study", ("services",))).partition(".")[0]
    "Le fichier d'étude porte le mot de passe d'une base à [services]"
    """
    parts = ", ".join(f"[{part}]" for part in notice.subject)
    return (
        f"Le fichier d'étude porte le mot de passe d'une base à {parts}. Aucun résultat ne le montre ; mieux vaut l'en "
        "ôter : variable PGPASSWORD, fichier .pgpass, ou « $VARIABLE » dans l'adresse."
    )


def advice_sentence(notice: Notice) -> str:
    """What the console says of a notice of :func:`access92.run.notices.advice_notices`.

    >>> advice_sentence(Notice("candidates_unused")).partition(" de")[0]
    'La clé [map] candidates_m'
    """
    return password_sentence(notice) if notice.code == "password_in_study" else _UNUSED_CANDIDATES


def _password_in_study(notice: Notice, names: NoticeNames) -> Words:
    del names
    return "", password_sentence(notice)


def _streets_closed(notice: Notice, names: NoticeNames) -> Words:
    count = int(notice.numbers["streets"])
    closed = "tronçon de rue fermé" if count == 1 else "tronçons de rue fermés"
    return "", f"{names.scenarios[notice.subject[0]]} : {typography.number(count)} {closed} à tous les modes."


def choice_sentence(notice: Notice, titles: Mapping[str, str]) -> str:
    """What a notice ``chosen_on_demo`` says; ``titles``: of the scenarios by name.

    >>> choice_sentence(Notice("chosen_on_demo", ("a",)), {"a": "Site A"}).partition(",")[0]
    '« Site A » : lieu choisi sur les rues de démonstration'
    """
    named = typography.listed([f"« {titles.get(name, name)} »" for name in notice.subject])
    if len(notice.subject) == 1:
        return (
            f"{named} : lieu choisi sur les rues de démonstration, compté ici sur d'autres rues. Son gain vaut pour "
            "celles-ci, son choix non : un autre lieu y gagnerait peut-être davantage (« access92 sites » le cherche)."
        )
    return (
        f"{named} : lieux choisis sur les rues de démonstration, comptés ici sur d'autres rues. Leurs gains valent "
        "pour celles-ci, leur choix non : d'autres lieux y gagneraient peut-être davantage (« access92 sites » les "
        "cherche)."
    )


def choice_sentences(results: Results) -> tuple[str, ...]:
    """That places were chosen on other streets, for where their gains are told; nothing where none were."""
    titles = {item.name: item.title for item in results.study.scenarios}
    return tuple(choice_sentence(item, titles) for item in results.notices if item.code == "chosen_on_demo")


def description_words(results: Results, scenario: Scenario) -> str:
    """What a study says of a scenario, and that its places were chosen on other streets where they were."""
    elsewhere = {name for item in results.notices if item.code == "chosen_on_demo" for name in item.subject}
    said = "Lieu choisi sur les rues de démonstration, non sur celles de ce calcul." * (scenario.name in elsewhere)
    description = scenario.description.strip()
    if description and said and description[-1] not in ".!?…":
        description += "."
    return f"{description} {said}".strip()


def _chosen_on_demo(notice: Notice, names: NoticeNames) -> Words:
    return "", choice_sentence(notice, names.scenarios)


def _partial_weeks(notice: Notice, names: NoticeNames) -> Words:
    del names
    return "", (
        f"Le calendrier couvre {notice.numbers['days']:.0f} jours, ce qui n'est pas un nombre entier de semaines : les "
        "heures par semaine penchent vers les jours qu'il contient le plus. Choisir des semaines entières (first_day, "
        "last_day)."
    )


def _hours_unknown(notice: Notice, names: NoticeNames) -> Words:
    del names
    scenario, hours = notice.subject
    unknown, fixed = (typography.number(notice.numbers[name]) for name in ("services", "fixed_services"))
    assumed = f"supposés ouverts « {hours} »" if hours else "tenus pour fermés"
    return "", f"« {scenario} » : horaires inconnus pour {unknown} services fixes sur {fixed}, {assumed}."


def _ride_hours_unknown(notice: Notice, names: NoticeNames) -> Words:
    scenario, mode = notice.subject
    counted, unknown = (typography.number(notice.numbers[key]) for key in ("person_hours", "person_hours_unknown"))
    return "", (
        f"« {names.scenarios[scenario]} », {names.modes[mode].label.lower()} : pendant "
        f"{typography.number(notice.numbers['hours'])} heures du calendrier un service est ouvert et les véhicules ne "
        f"sont pas connus. Il y est compté qui marche, et personne d'autre : {counted} heures-personnes au moins, et "
        f"{unknown} de plus au plus."
    )


def _demo_mornings(notice: Notice, names: NoticeNames) -> Words:
    del names
    numbers = notice.numbers
    return "", (
        f"L'horaire de démonstration est celui d'une matinée de semaine ({numbers['first_h']:.0f} h à "
        f"{numbers['last_h']:.0f} h) : il vaut pour {numbers['days']:.0f} des {numbers['of']:.0f} jours d'ouverture du "
        "calendrier. L'après-midi, le samedi, le dimanche et les jours fériés ne sont pas connus."
    )


def _service_days_unknown(notice: Notice, names: NoticeNames) -> Words:
    del names
    return "", (
        f"Jours d'ouverture du calendrier sans jour semblable dans les horaires des transports, donc pas connus : "
        f"{notice.numbers['days']:.0f} sur {notice.numbers['of']:.0f} ({', '.join(notice.subject)}…)."
    )


def _service_day_stands_in(notice: Notice, names: NoticeNames) -> Words:
    del names
    feed, *days = notice.subject
    pairs = ", ".join(f"{other} pour le {day}" for day, other in zip(days[::2], days[1::2], strict=True))
    return feed, (
        f"Jours d'ouverture hors de ces horaires : {notice.numbers['days']:.0f} sur {notice.numbers['of']:.0f} ; y "
        f"vaut le même jour de la semaine le plus proche où il circule autant de courses que d'habitude ({pairs}…)."
    )


def _ages_at_everybodys_pace(notice: Notice, names: NoticeNames) -> Words:
    walk, *columns = notice.subject
    mode = names.modes[walk]
    pace = f"{mode.speed_kmh:g}".replace(".", ",")
    return "", (
        f"Les tranches d'âge ({', '.join(columns)}) sont comptées au pas de tout le monde : {mode.label}, {pace} km/h. "
        "Pour qu'un public ait son propre pas, le décrire : [[public]], walk_mode."
    )


def _service_uncounted(notice: Notice, names: NoticeNames) -> Words:
    del names
    service_id, name, *texts = notice.subject
    return f"{name} ({service_id})", reason_text(reasons_from_texts(texts))


def _service_unsnapped(notice: Notice, names: NoticeNames) -> Words:
    service_id, name, mode = notice.subject
    max_snap_m, snap_m = (typography.number(notice.numbers[key]) for key in ("max_snap_m", "snap_m"))
    return (
        f"{name} ({service_id}), {names.modes[mode].label.lower()}",
        f"aucune rue utilisable à moins de {max_snap_m} m (la plus proche : {snap_m} m)",
    )


def _demand_unsnapped(notice: Notice, names: NoticeNames) -> Words:
    points, max_snap_m = (typography.number(notice.numbers[key]) for key in ("points", "max_snap_m"))
    return names.modes[notice.subject[0]].label, (
        f"{points} points de population à plus de {max_snap_m} m d'une rue utilisable ; "
        "ils restent au dénominateur et comptent comme non couverts"
    )


def _streets_cut_off(notice: Notice, names: NoticeNames) -> Words:
    numbers = {name: typography.number(value) for name, value in notice.numbers.items()}
    cut_off_km = typography.number(notice.numbers["cut_off_length_km"], decimals=1)
    return names.modes[notice.subject[0]].label, (
        f"{numbers['cut_off_nodes']} carrefours et {cut_off_km} km de rues d'où l'on "
        f"n'atteint pas le reste du réseau, et que l'on n'en atteint pas ({numbers['nodes']} carrefours, "
        f"{numbers['length_km']} km), sont laissés de côté"
    )


def _margin_too_narrow(notice: Notice, names: NoticeNames) -> Words:
    numbers = notice.numbers
    return names.modes[notice.subject[0]].label, (
        f"les rues vont jusqu'à {_distance(numbers['margin_m'])} hors de la zone ; en {numbers['threshold_min']:.0f} "
        f"min on parcourt jusqu'à {_distance(numbers['reach_m'])} : un trajet qui sortirait plus loin est ignoré"
    )


def _distance(metres: float) -> str:
    """A distance in words: kilometres from one kilometre on, metres below.

    >>> _distance(3040.0), _distance(420.0)
    ('3 km', '420 m')
    """
    return f"{metres / 1000:.0f} km" if metres >= 1000 else f"{metres:.0f} m"  # noqa: PLR2004 - a kilometre


def _empty_step(notice: Notice, names: NoticeNames) -> Words:
    scenario, name = notice.subject
    commitment, number = names.commitments[name], int(notice.numbers["step"])
    step = step_text(
        commitment.any_of[number - 1], {mode: item.label for mode, item in names.modes.items()}, names.kinds
    )
    return commitment.title, (
        f"Scénario « {scenario} », engagement « {name} », étape {number} ({step}) : "
        "le scénario n'a aucun service de ces catégories, l'étape ne couvre personne."
    )


def _shared_closure(notice: Notice, names: NoticeNames) -> Words:
    scenario, closed, remains = notice.subject
    return closed, (
        f"« {names.scenarios[scenario]} » : {remains} reste au même lieu ; les habitants comptés ici perdraient leur "
        "couverture si tout le lieu fermait"
    )


def _candidates_unused(notice: Notice, names: NoticeNames) -> Words:
    del notice, names
    return "candidates_m", _UNUSED_CANDIDATES


_UNUSED_CANDIDATES = (
    "La clé [map] candidates_m de l'étude ne fait plus rien : la carte calcule un service nouveau partout. La retirer."
)


_WORDS: Mapping[str, tuple[str, Callable[[Notice, NoticeNames], Words]]] = MappingProxyType(
    {
        "password_in_study": ("Base de données", _password_in_study),
        "areas_read": ("Zones", _sentence),
        "tables_read": ("Tableaux lus", _sentence),
        "streets_read": ("Rues", _sentence),
        "population_read": ("Population", _sentence),
        "population_layout": ("Population", population.population_layout),
        "population_placed": ("Population", population.population_placed),
        "squares_imputed": ("Carreaux imputés", population.squares_imputed),
        "square_too_dense": ("Carreau hors norme", population.square_too_dense),
        "squares_without_publics": ("Publics", population.squares_without_publics),
        "public_total": ("Total d'un public", population.public_total),
        "streets_closed": ("Scénario", _streets_closed),
        "chosen_on_demo": ("Scénario", _chosen_on_demo),
        "candidates_unused": ("Carte", _candidates_unused),
        "partial_weeks": ("Horaires", _partial_weeks),
        "hours_unknown": ("Horaires", _hours_unknown),
        "ride_hours_unknown": ("Horaires", _ride_hours_unknown),
        "demo_mornings": ("Horaires", _demo_mornings),
        "service_days_unknown": ("Horaires", _service_days_unknown),
        "service_day_stands_in": ("Horaires", _service_day_stands_in),
        "ages_at_everybodys_pace": ("Publics", _ages_at_everybodys_pace),
        "service_uncounted": ("Service non compté", _service_uncounted),
        "service_unsnapped": ("Service non relié aux rues", _service_unsnapped),
        "demand_unsnapped": ("Habitants non reliés aux rues", _demand_unsnapped),
        "streets_cut_off": ("Rues isolées", _streets_cut_off),
        "margin_too_narrow": ("Marge des rues", _margin_too_narrow),
        "empty_step": ("Engagement", _empty_step),
        "shared_closure": ("Fermeture à un lieu partagé", _shared_closure),
        "sector_unknown": ("{noun} compétent{e} inconnu{e}", sectors.sector_unknown),
        "area_disputed": ("Commune réclamée par plusieurs {noun}", sectors.area_disputed),
        "commune_unknown": ("Commune inconnue dans communes_served", sectors.commune_unknown),
        "commune_ambiguous": ("Commune ambiguë dans communes_served", sectors.commune_ambiguous),
        "service_without_sector": ("{noun} sans secteur connu", sectors.service_without_sector),
        "sector_incomplete": ("Secteur de {noun} incomplet", sectors.sector_incomplete),
    }
)
"""By code the topic (``{noun}`` and ``{e}``: of the competent kind), and what makes the subject and the detail."""

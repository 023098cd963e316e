"""The closing chapters: method sheet, data and licences, parameters, how to run it again."""

from __future__ import annotations

from pathlib import Path

from access92.network.modes import SIGNALS_LABEL, Mode
from access92.network.slopes import read_slope_rules
from access92.outputs.figures import headline, sources
from access92.outputs.manifest import versions
from access92.outputs.report.content import Bullets, Chapter, Code, Inline, Link, Section, Strong, Table, paragraph
from access92.outputs.report.publics import counted_publics
from access92.outputs.words import labels, typography
from access92.outputs.words.labels import SLOPE_LABELS
from access92.outputs.words.modes import group_factors
from access92.outputs.words.notices import notice_names, notice_words
from access92.outputs.words.population_notices import POPULATION_NOTICES
from access92.outputs.words.transit import cycling_words, riding_words
from access92.run.results import Results


def method_chapter(results: Results) -> Chapter:
    """The method sheet: what is measured, and how; what is not is :func:`limit_lines`."""
    study = results.study
    max_snap = typography.plain(study.analysis.max_snap_m)
    radius = typography.plain(study.analysis.link_radius_m)
    # what a reviewer checks first: what counts, from where to where, over which denominator
    measured: list[tuple[Inline, ...]] = [
        (
            Strong("Temps. "),
            "Un temps de trajet va de la porte au service : accès à la rue, trajet par les rues, sortie vers le "
            "service. Il est calculé dans le sens du déplacement vers le service ; les sens uniques comptent.",
        ),
        (
            Strong("Rattachement. "),
            "Chaque lieu est rattaché au point le plus proche de chaque rue voisine praticable par le mode (au plus "
            f"{radius} m de plus que la plus proche), et le trajet le plus court compte ; la marche hors rue "
            "compte au pas. Voies rapides, tunnels et passages souterrains n'ont pas de porte : on ne s'y rattache que "
            f"s'il n'y a rien d'autre. Au-delà de {max_snap} m, le lieu n'est pas rattaché : ses habitants restent au "
            "dénominateur et ne sont pas couverts.",
        ),
        (
            Strong("Limites de la zone. "),
            "Seuls les habitants de la zone sont comptés ; les rues et services jusqu'à "
            f"{typography.distance(study.streets.margin_m)} au-delà servent : un trajet peut sortir et revenir.",
        ),
        (
            Strong("Couverture. "),
            "La couverture est calculée sur les lieux d'habitation, jamais sur les isochrones, qui ne servent qu'à "
            "illustrer. Les seuils sont stricts ; une part est une part d'habitants, "
            "ou de ménages ou de logements pour les publics qui les comptent.",
        ),
    ]
    measured.append((Strong("Feux. "), signal_words(results)))
    if results.study.transit is not None:
        measured.append((Strong("Transports en commun. "), transit_words(results)))
    # slopes count where the study has heights
    if study.elevation is None:
        measured.append(
            (Strong("Pentes. "), "Sans relevé d'altitudes dans cette étude, les pentes ne changent aucune vitesse.")
        )
    if study.elevation is not None:
        rules = read_slope_rules()
        measured.append(
            (
                Strong("Pentes. "),
                "L'altitude est lue le long des rues (tous les 25 m au plus), ponts et tunnels tirés droit entre leurs "
                "bouts ; le temps est compté morceau par morceau, dans chaque sens. La voiture ne change pas. ",
                *(f"{label} : {rules[mover].source} " for mover, label in SLOPE_LABELS.items()),
            )
        )
    return Chapter("methode", "Fiche méthode", (Bullets(tuple(measured)),))


def limit_lines(results: Results) -> list[tuple[Inline, ...]]:
    """What the figures leave out, so that nobody reads them as more than they are: a line each."""
    has_hours = results.study.calendar is not None and len(results.hour_tables.hours)
    hours = (
        "les horaires ne comptent que dans « Unités mobiles et horaires » de report.pdf"
        if has_hours
        else "aucun horaire ne compte"
    )
    limits: list[tuple[Inline, ...]] = []
    if results.origin.is_demo:
        limits.append((Strong("Les rues sont de démonstration : aucun chiffre de ce dossier ne décrit le terrain."),))
    limits += [
        (
            f"Aucune attente à l'accueil, aucune saturation ; {hours} : « atteindre » veut dire arriver devant le "
            "service, pas y être reçu.",
        ),
        (*place_words(results),),
        (
            "Les vitesses sont des moyennes ; un enfant, une personne âgée ou handicapée met plus de temps"
            + (" (« Chacun à son pas », dans « Où, et qui »)." if counted_publics(results) else "."),
        ),
    ]
    first = results.scenarios[0].name
    for name, mode in results.study_modes.items():
        if mode.family == "car" and not mode.rides:
            limits.append(
                (
                    f"{labels.mode_phrase(mode)}, {typography.percent(headline(results, first, name).share)} des "
                    "habitants sont couverts : ce chiffre ne se lit qu'à côté de la marche, et ne vaut que pour qui "
                    "dispose d'une voiture.",
                )
            )
    return limits


def place_words(results: Results) -> tuple[str, ...]:
    """How people come to their places, as the run recorded it: one or more sentences."""
    names = notice_names(results)
    told = [notice_words(item, names)[2] for item in results.notices if item.code == "population_placed"]
    return tuple(told) or ("Les lieux d'habitation sont estimés : l'adresse exacte de chacun n'est pas connue.",)


def transit_words(results: Results) -> str:
    """How a time by public transport is counted; '' where the study has no timetable."""
    transit = results.study.transit
    if transit is None:
        return ""
    limits_min = (transit.max_access_min, transit.max_transfer_min, transit.max_egress_min)
    walks = [typography.plain(item) for item in limits_min]
    words = riding_words(results)
    return (
        "De porte à porte, pour chaque minute de départ : marche par les rues jusqu'à l'arrêt "
        f"({walks[0]} min au plus), {transit.boarding_slack_s} s au moins à l'arrêt, attente, "
        f"{typography.count(transit.max_rides, 'véhicule')} au plus, correspondances à pied ({walks[1]} min au plus), "
        f"marche jusqu'au service ({walks[2]} min au plus). Quand marcher d'un bout à l'autre est aussi court, c'est "
        "ce qui compte : une part des temps « en transports en commun » est une marche. "
        f"{words[:1].upper()}{words[1:]}. {cycling_words(results)}"
    ).rstrip()


def signal_words(results: Results) -> str:
    """For which modes the run counts waits at traffic signals: one sentence or two."""
    waiting = [
        mode.label.removesuffix(SIGNALS_LABEL).lower()
        for mode in results.modes.values()
        if mode.waits_at_signals and mode.signal_s > 0
    ]
    has_car = any(mode.family == "car" for mode in results.modes.values())
    car = " En voiture, elle est comprise dans le facteur de temps." if has_car else ""
    if not waiting:
        return f"L'attente aux carrefours à feux n'est pas comptée à part dans cette étude.{car}"
    return f"Cette étude compte une attente à chaque carrefour à feux : {typography.listed(waiting)}.{car}"


def data_chapter(results: Results) -> Chapter:
    """The sources, with licence and vintage."""
    lines: list[tuple[Inline, ...]] = [(Strong(item.role), f" : {item.words}") for item in sources(results)]
    lines.append((Strong("Cartes"), " : Leaflet 1.9.4 (BSD-2-Clause)"))
    return Chapter("donnees", "Données et licences", (Bullets(tuple(lines)), *_population_basis(results)))


def _population_basis(results: Results) -> tuple[Section, ...]:
    """What the population rests on: how its file was read, imputed and doubtful squares, totals in their units."""
    names = notice_names(results)
    lines = [notice_words(item, names) for item in results.notices if item.code in POPULATION_NOTICES]
    if not lines:
        return ()
    bullets = tuple(
        (Strong(f"{topic}{f' : {subject}' if subject else ''}. "), f"{detail[:1].upper()}{detail[1:]}")
        for topic, subject, detail in lines
    )
    return (Section("Ce que vaut la population", (Bullets(bullets),)),)


def parameters_chapter(results: Results) -> Chapter:
    """The parameters of the study and of each mode, with the source of each value."""
    return Chapter(
        "parametres",
        "Paramètres",
        (
            Table("Étude", ("Paramètre", "Valeur"), parameters(results), text_columns=2),
            *(_mode(mode) for mode in results.modes.values()),
        ),
    )


def parameters(results: Results) -> tuple[tuple[str, str], ...]:
    """The parameters of the study: (term, value)."""
    study = results.study
    analysis = study.analysis
    thresholds = typography.listed([typography.plain(value) for value in analysis.thresholds_min])
    is_counted = results.services["scenarios"].fillna("") != ""
    rows = [
        ("Seuil principal", f"moins de {typography.plain(analysis.threshold_min)}\u00a0min (strict)"),
        ("Seuils", f"{thresholds}\u00a0min"),
        ("Durée maximale retenue", f"{typography.plain(analysis.cutoff_min)}\u00a0min"),
        ("Temps cherchés jusqu'à", f"{typography.plain(study.searched_min)}\u00a0min"),
        ("Même lieu", f"à {typography.plain(analysis.same_place_m)}\u00a0m au plus, de proche en proche"),
        (
            "Rattachement aux rues",
            f"à {typography.plain(analysis.max_snap_m)}\u00a0m au plus, à toutes celles qui ne sont pas à plus de "
            f"{typography.plain(analysis.link_radius_m)}\u00a0m de plus que la plus proche",
        ),
        ("Marge autour de la zone", typography.distance(study.streets.margin_m)),
        ("Services ouverts le", typography.day(analysis.reference_date)),
        ("Heure de référence", f"{analysis.reference_hour} (restrictions horaires, congestion)"),
        ("Attente aux feux", "comptée" if analysis.signals else "non comptée (voir la sensibilité)"),
        ("Mode principal", results.modes[analysis.headline_mode].label),
        ("Lieux d'habitation", typography.number(len(results.demand))),
        ("Services comptés dans au moins un scénario", typography.number(int(is_counted.sum()))),
    ]
    visit_places = int((~is_counted & (results.services["kind"] == results.study.mobile_kind)).sum())
    if visit_places:
        rows.append(
            (
                "Lieux de halte d'unités mobiles (heures de présence, jamais une couverture)",
                typography.number(visit_places),
            )
        )
    options = study.sensitivity
    if options is not None:
        snaps = typography.listed([typography.plain(value) for value in options.max_snap_m])
        radii = typography.listed([typography.plain(value) for value in options.link_radius_m])
        rows += [
            ("Sensibilité : vitesse", f"± {typography.percent(options.speed_share, decimals=0)}"),
            ("Sensibilité : seuil", f"± {typography.plain(options.threshold_min)}\u00a0min"),
            ("Sensibilité : rattachement aux rues", f"{snaps}\u00a0m"),
            ("Sensibilité : rayon de rattachement", f"{radii}\u00a0m"),
            ("Sensibilité : tirages des positions", f"{options.draws}, graine {options.seed}"),
        ]
    return tuple(rows)


def _mode(mode: Mode) -> Table:
    """A mode as the reader sees it: its values and where each comes from."""
    speed = "Vitesse maximale" if mode.family == "car" else "Vitesse"
    steps = "exclus" if mode.steps_speed_kmh is None else f"{typography.plain(mode.steps_speed_kmh)}\u00a0km/h"
    factor = "Facteur de temps, à défaut d'un facteur par heure" if mode.class_time_factor else "Facteur de temps"
    values = [
        (speed, f"{typography.plain(mode.speed_kmh)}\u00a0km/h", "speed_kmh"),
        ("Vitesse hors réseau", f"{typography.plain(mode.access_speed_kmh)}\u00a0km/h", "access_speed_kmh"),
        ("Escaliers", steps, "steps_speed_kmh"),
        (factor, f"× {typography.plain(mode.time_factor)}", "time_factor"),
        ("Attente à un carrefour à feux", _wait(mode), "signal_s"),
        ("Stationnement", f"{typography.plain(mode.parking_min)}\u00a0min", "parking_min"),
    ]
    values += _access_values(mode.access_mode)
    if mode.pushing_speed_kmh is not None:
        values.append(
            ("Vitesse à la main", f"{typography.plain(mode.pushing_speed_kmh)}\u00a0km/h", "pushing_speed_kmh")
        )
    if mode.class_speed_kmh:
        speeds = " ; ".join(f"{name} {typography.plain(speed)}" for name, speed in mode.class_speed_kmh.items())
        values.append(("Vitesse par type de voie (km/h)", speeds, "class_speed_kmh"))
    if mode.class_time_factor:
        values.append(("Facteur de temps à l'heure de référence", group_factors(mode), "congestion"))
    if mode.blocked_by:
        values.append(("Barrières qui arrêtent", ", ".join(mode.blocked_by), "blocked_by"))
    if mode.barrier_s:
        seconds = " ; ".join(f"{name} {typography.plain(value)}" for name, value in mode.barrier_s.items())
        values.append(("Barrières qui prennent un temps (s)", seconds, "barrier_s"))
    if mode.elevator_s:
        values.append(("Ascenseur, attente et trajet", f"{typography.plain(mode.elevator_s)}\u00a0s", "elevator_s"))
    if mode.width_m is not None:
        values.append(("Largeur", f"{typography.plain(mode.width_m)}\u00a0m", "width_m"))
    if mode.max_incline_share is not None:
        slope = typography.percent(mode.max_incline_share, decimals=0)
        values.append(("Pente au plus, sans relevé d'altitudes", slope, "max_incline_share"))
    if mode.family == "bicycle":
        allowed = "oui" if mode.contraflow_in_zone_30 else "non"
        values.append(("Contresens supposé à 30\u00a0km/h", allowed, "contraflow_in_zone_30"))
    return Table(
        mode.label,
        ("Grandeur", "Valeur", "Source"),
        tuple((term, value, _source(mode, name)) for term, value, name in values),
        text_columns=3,
    )


_TO_THE_STOP = "access_mode."
"""What the name of a value begins with that is of the way to the stop."""


def _access_values(access: Mode | None) -> list[tuple[str, str, str]]:
    """What decides the way to the stop of those who do not walk there: (term, value, name of its source)."""
    if access is None:
        return []
    return [
        ("Jusqu'à l'arrêt : vitesse", f"{typography.plain(access.speed_kmh)}\u00a0km/h", f"{_TO_THE_STOP}speed_kmh"),
        (
            "Jusqu'à l'arrêt : stationnement",
            f"{typography.plain(access.parking_min)}\u00a0min",
            f"{_TO_THE_STOP}parking_min",
        ),
    ]


def _source(mode: Mode, name: str) -> str:
    """Where a value comes from, in the words of the mode, or of the one by which it comes to the stop."""
    access = mode.access_mode
    if name.startswith(_TO_THE_STOP) and access is not None:
        return access.sources.get(name.removeprefix(_TO_THE_STOP), "—")
    return mode.sources.get(name, "—")


def _wait(mode: Mode) -> str:
    """How long the mode waits at a junction with signals, and whether that is counted."""
    seconds = f"{typography.plain(mode.signal_s)}\u00a0s"
    return seconds if mode.waits_at_signals or mode.signal_s == 0 else f"{seconds}, non comptée"


def reproduce_chapter(results: Results, study_path: Path | None) -> Chapter:
    """The command, the fingerprints of the inputs, the versions."""
    inputs = Table(
        "Fichiers d'entrée",
        ("Rôle", "Fichier", "SHA-256", "Octets"),
        tuple((item.role, item.path, item.sha256, typography.number(item.size_bytes)) for item in results.inputs),
        text_columns=3,
        code_columns=(1, 2),
    )
    used = ", ".join(f"{name} {version}" for name, version in versions().items())
    return Chapter(
        "refaire",
        "Refaire ce calcul",
        (
            paragraph(_where(results, study_path)),
            paragraph(Code(_command(results, study_path))),
            paragraph(
                "Les mêmes entrées donnent les mêmes fichiers, octet pour octet, à la date du calcul près (dans ",
                Link("manifest.json", "manifest.json"),
                ").",
            ),
            inputs,
            paragraph("Versions : ", Code(used), "."),
        ),
    )


def _publishable_study(results: Results, study_path: Path | None) -> Path:
    """The study as it was named, without the folders of a machine: its name alone where its path is absolute."""
    path = results.study.file if study_path is None else study_path
    return Path(path.name) if path.is_absolute() else path


def _where(results: Results, study_path: Path | None) -> str:
    return (
        "Depuis le dossier de l'étude :"
        if len(_publishable_study(results, study_path).parts) == 1
        else "Depuis le dossier auquel ce chemin se rapporte :"
    )


def _command(results: Results, study_path: Path | None) -> str:
    study = _publishable_study(results, study_path).as_posix()
    return f"access92 run {study} --output maps/{results.study.name} --overwrite"

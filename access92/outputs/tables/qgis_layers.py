"""The styles of each layer of ``results.gpkg``: one per scenario and mode, in the colours and the words of the maps."""

from __future__ import annotations

from collections.abc import Iterator

from access92.outputs.maps.difference import CHANGE_WORDS, changing_scenarios
from access92.outputs.palette import CHANGE_COLOURS, GREEN_COLOURS, WATER_COLOUR, kind_signs, time_classes
from access92.outputs.tables.qgis_styles import Condition, Label, Rule, Style, tip_text
from access92.outputs.words import labels, typography
from access92.run.results import Results
from access92.scenarios.chain import original_id, resolve_scenario
from access92.study.changes import AddService, MoveService
from access92.study.schemas import ANY
from access92.travel.time_limits import bound_for_doubles

_SHARES = (
    (None, 0.2, "#f7f4f9"), (0.2, 0.4, "#d0d9ec"), (0.4, 0.6, "#92b5dc"), (0.6, 0.8, "#4a85c0"), (0.8, 1.0, "#1f5a9e"),
    (1.0, None, "#08306b"),
)  # fmt: skip


def layer_styles(results: Results) -> Iterator[Style]:
    """Every style, layer by layer, the default of each first."""
    yield services_style(results)
    for scenario in results.scenarios:
        yield services_style(results, scenario.name)
    for make in (demand_style, areas_style, isochrones_style):
        for item in results.access_records:
            yield make(results, item.scenario, item.mode)
    yield from surroundings_styles()
    for number, (scenario, mode) in enumerate(changing_scenarios(results)):
        yield changes_style(results, scenario.name, mode, scenario.title, is_default=number == 0)


def services_style(results: Results, scenario: str = "") -> Style:
    """All the services by kind; those that one scenario counts where it is named."""
    kinds = set(results.services["kind"])
    shared: tuple[Condition, ...] = (("scenarios", "among", scenario),) if scenario else ()
    supposed = supposed_services(results, scenario)
    real: tuple[Condition, ...] = (("service_id", "not in", supposed),) if supposed else ()
    rules = [
        Rule(
            (*shared, *real, ("kind", "=", kind)),
            labels.kind_label(kind, results.study.kinds),
            colour,
            size_mm=4.2,
            stroke="#ffffff",
            letter=sign,
        )
        for kind, (sign, colour) in kind_signs(results.study.kinds).items()
        if kind in kinds
    ]
    # what only a scenario opens or moves is drawn as what it is: an outline
    supposed_kinds = set(results.services["kind"][results.services["service_id"].astype(str).isin(supposed)])
    rules += [
        Rule(
            (*shared, ("service_id", "in", supposed), ("kind", "=", kind)),
            typography.typeset(f"Hypothèse : {_lower_first(labels.kind_label(kind, results.study.kinds))}"),
            colour,
            size_mm=4.2,
            stroke=colour,
            letter=sign,
            is_hollow=True,
        )
        for kind, (sign, colour) in kind_signs(results.study.kinds).items()
        if kind in supposed_kinds
    ]
    title = next((item.title for item in results.scenarios if item.name == scenario), "")
    return Style(
        "services", f"Services de : {title}" if scenario else "Tous les services", tuple(rules),
        is_default=not scenario, description="Une lettre et une couleur par catégorie", preview='"name"',
        tip="<br>".join(tip_text(column) for column in ("name", "address") if column in results.services.columns),
        label=Label('"name"', size=8, placement=1, largest_scale=25_000),
    )  # fmt: skip


def supposed_services(results: Results, scenario: str = "") -> tuple[str, ...]:
    """The ids of the services that a scenario of the run opens or moves: they do not exist where they are drawn.

    ``scenario``: only those that it counts.
    """
    changes = [change for item in results.scenarios for change in resolve_scenario(results.study, item).changes]
    opened = {change.service_id for change in changes if isinstance(change, AddService)}
    moved = {change.service_id for change in changes if isinstance(change, MoveService)}

    def is_supposed(service_id: str) -> bool:
        original = original_id(service_id, results.study)
        return service_id in opened or (original != service_id and original in opened | moved)

    counted = results.services["scenarios"].map(lambda names: not scenario or scenario in str(names).split(";"))
    return tuple(item for item in results.services["service_id"][counted].astype(str) if is_supposed(item))


def outline_style(results: Results) -> Style:
    """The areas as outlines with their names, over other layers."""
    rule = Rule((), "Limites", "#4a4a4a", symbol="fill", stroke="#4a4a4a", is_hollow=True)
    return Style(
        "areas", "Limites et noms", (rule,), is_default=False, description="Limites des communes", preview='"name"',
        tip=f"<b>{tip_text('name')}</b>", label=Label('"name"', size=8),
        names=_access_aliases(results, "share_", "Part : {words}"),
    )  # fmt: skip


def surroundings_styles() -> Iterator[Style]:
    """Water and green, as the maps draw them; only the layers that a file has are written."""
    yield Style(
        "water", "Eau", (Rule((), "Eau", WATER_COLOUR, symbol="fill"),), is_default=True,
        description="Eau : nul ne la traverse, et elle arrête les isochrones", preview="'Eau'", tip="",
    )  # fmt: skip
    rules = tuple(
        Rule((("green_kind", "=", kind),), words, GREEN_COLOURS[kind], symbol="fill")
        for kind, words in (("wood", "Bois et forêts"), ("park", "Parcs et jardins"), ("cemetery", "Cimetières"))
    )
    yield Style(
        "green", "Bois, parcs, cimetières", rules, is_default=True,
        description="Fond de carte : bois, parcs, cimetières", preview='"green_kind"', tip="",
    )  # fmt: skip


def _access_words(results: Results, scenario: str, mode: str) -> tuple[str, bool]:
    title = next(item.title for item in results.scenarios if item.name == scenario)
    default = (scenario, mode) == (results.access_records[0].scenario, results.study.analysis.headline_mode)
    return f"{title}, {_lower_first(results.modes[mode].label)}", default


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]


def demand_style(results: Results, scenario: str, mode: str) -> Style:
    """The places by travel time in a scenario by a mode."""
    words, default = _access_words(results, scenario, mode)
    analysis, column = results.study.analysis, f"min_{scenario}_{mode}"
    rules = []
    classes = time_classes(analysis.thresholds_min, headline_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min)
    for item in classes:  # a time at the cut-off itself is in the last class, as on the maps
        from_min = bound_for_doubles(item.from_min)
        bounds: list[Condition] = [(column, ">=", from_min)] if item.from_min > 0 else []
        if item.to_min is None:
            bounds = [(column, "null or >=", from_min)]
        else:
            bounds.append((column, "<", bound_for_doubles(item.to_min)))
        rules.append(
            Rule(tuple(bounds), typography.typeset(item.label), item.colour, size_mm=1.2 if item.is_covered else 1.5)
        )
    return Style(
        "demand", words, tuple(rules), default, f"Temps de trajet : {words}", '"demand_id"',
        f'[% round("population") %] habitants<br>[% coalesce(format_number("{column}", 1) || \' min\', '
        f"'plus de {typography.plain(analysis.cutoff_min)} min') %]",
        names=_access_aliases(results, "min_", "Minutes : {words} (min)"),
    )  # fmt: skip


def _access_aliases(results: Results, start: str, heading: str) -> dict[str, str]:
    return {
        f"{start}{item.scenario}_{item.mode}": heading.format(words=_access_words(results, item.scenario, item.mode)[0])
        for item in results.access_records
    }


def areas_style(results: Results, scenario: str, mode: str) -> Style:
    """The areas by the share of people covered in a scenario by a mode."""
    words, default = _access_words(results, scenario, mode)
    column = f"share_{scenario}_{mode}"
    whole_percent = f'if("{column}" < 1, min(round(100 * "{column}"), 99), 100)'  # 100 only where it is exactly that
    threshold = typography.plain(results.study.analysis.threshold_min)
    rules = [
        Rule(
            tuple(
                condition
                for condition in ((column, ">=", low), (column, "<", high))
                if condition[2] is not None
            ),
            _share_words(low, high), colour, symbol="fill", stroke="#4a4a4a", opacity=0.85,
        )
        for low, high, colour in _SHARES
    ]  # fmt: skip
    return Style(
        "areas", words, tuple(rules), default, f"Part des habitants à moins de {threshold} min : {words}", '"name"',
        f'<b>{tip_text("name")}</b><br>[% format_number(100 * "{column}", 1) %] % à moins de {threshold} min',
        label=Label(f"\"name\" || '\\n' || {whole_percent} || ' %'", size=8),
        names=_access_aliases(results, "share_", f"Part à moins de {threshold} min : {{words}}"),
    )  # fmt: skip


def _share_words(low: float | None, high: float | None) -> str:
    if high is None:
        return typography.typeset("100 % des habitants")
    if low is None:
        return typography.typeset(f"moins de {100 * high:.0f} % des habitants")
    return typography.typeset(f"{100 * low:.0f} à moins de {100 * high:.0f} %")


def isochrones_style(results: Results, scenario: str, mode: str) -> Style:
    """The isochrones of all the services of a scenario together by a mode."""
    words, default = _access_words(results, scenario, mode)
    analysis = results.study.analysis
    classes = {
        item.to_min: item.colour
        for item in time_classes(
            analysis.thresholds_min, headline_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min
        )
    }
    shared: tuple[Condition, ...] = (
        ("scenarios", "among", scenario), ("mode", "=", mode), ("rule", "=", ANY), ("service_id", "=", ""),
    )  # fmt: skip
    widest_first = sorted(analysis.thresholds_min, reverse=True)
    rules = [
        Rule(
            (*shared, ("threshold_min", "=", threshold)),
            typography.typeset(f"moins de {typography.plain(threshold)} min"), classes[threshold], symbol="fill",
            stroke="#08306b" if threshold == analysis.threshold_min else classes[threshold], opacity=0.55, level=level,
        )
        for level, threshold in enumerate(widest_first)
    ]  # fmt: skip
    return Style(
        "isochrones", words, tuple(reversed(rules)), default, f"Isochrones de tous les services ensemble : {words}",
        '"threshold_min"', f'{tip_text("mode")}, moins de [% "threshold_min" %] min',
    )  # fmt: skip


def changes_style(results: Results, scenario: str, mode: str, title: str, *, is_default: bool) -> Style:
    """The places whose travel time a scenario changes by a mode."""
    shared: tuple[Condition, ...] = (("scenario", "=", scenario), ("mode", "=", mode), ("rule", "=", ANY))
    rules = [
        Rule(
            (*shared, ("change", "=", change)), typography.typeset(CHANGE_WORDS[change]), colour,
            shape="cross2" if change in ("lost", "slower") else "circle",
            size_mm=2.0 if change in ("gained", "lost") else 1.4, level=int(change in ("gained", "lost")),
        )
        for change, colour in CHANGE_COLOURS.items()
    ]  # fmt: skip
    reference = results.scenarios[0].title
    words = f"{title}, {_lower_first(results.modes[mode].label)}"
    return Style(
        "changes", words, tuple(rules), is_default, f"Ce que change « {title} » par rapport à « {reference} »",
        '"demand_id"', '[% "minutes_before" %] min → [% "minutes_after" %] min',
    )  # fmt: skip

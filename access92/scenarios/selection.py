"""A scenario applied to the table of services: which rows count, and which known services cannot."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import Fault, InputError, input_error, nearest_word, some_values
from access92.scenarios.countable import uncountable_fault, uncountable_reasons
from access92.study.model import Scenario
from access92.study.omissions import UncountedReason
from access92.study.schemas import ANY


def scenario_services(
    services: gpd.GeoDataFrame,
    scenario: Scenario,
    *,
    reference_date: date,
    changed: Collection[str] = (),
    closed: Collection[str] = (),
) -> np.ndarray:
    """The rows (int32, increasing) of the services that the scenario counts at that date.

    A service counts when its ``kind`` or one of its ``also_kinds`` is among the scenario's, or its id is in
    ``include`` or ``changed``; is not in ``exclude``; is open, located, and valid on that day (both ends inclusive).

    Parameters
    ----------
    changed
        Ids of the services that a change of the scenario, or of one that it is based on, opens, moves or gives another
        kind: they count whatever their kind.
    closed
        Ids of the services that such a change closes: no longer in ``services``, they may still be in ``include`` or
        ``exclude``.

    Raises
    ------
    InputError
        An id of ``include`` or ``exclude`` that no service has, an included service that cannot count
        (planned, without position, not valid that day), or no service at all.

    Examples
    --------
    >>> from shapely import Point
    >>> services = gpd.GeoDataFrame(
    ...     {"service_id": ["A", "B"], "name": ["SST A", "PMI B"], "kind": ["sst", "pmi"]},
    ...     geometry=[Point(0, 0), Point(1, 1)], crs=2154)
    >>> scenario = Scenario(name="sst", title="SST", kinds=("sst",))
    >>> scenario_services(services, scenario, reference_date=date(2024, 10, 18)).tolist()
    [0]
    >>> scenario_services(services, scenario, reference_date=date(2024, 10, 18), changed=["B"]).tolist()
    [0, 1]
    """
    # a service that a change closed is known: a later scenario may still name it
    ids = services["service_id"].astype(str)
    known = {*ids, *closed}
    faults = [*_unknown_ids(scenario, "include", known), *_unknown_ids(scenario, "exclude", known)]
    # a service of a kind is passed over in silence (the report lists it); one included by its id must count
    reasons = uncountable_reasons(services, reference_date)
    can_count = ~reasons.astype(bool).to_numpy()
    included = ids.isin(scenario.include).to_numpy()
    faults += [
        uncountable_fault(
            "Le scénario inclut un service qui ne peut pas compter : ",
            reasons.iloc[row],
            ".",
            f"scénario « {scenario.name} », include, service {ids.iloc[row]} « {services['name'].iloc[row]} »",
            "Compléter ce service dans la table, ou le retirer de include.",
        )
        for row in np.flatnonzero(included & ~can_count & ~ids.isin(scenario.exclude).to_numpy())
    ]
    if faults:
        raise InputError(faults)
    # a scenario without any service would cover nobody, and its figures look like a result
    rows = np.flatnonzero(is_chosen(services, scenario, changed=changed) & can_count)
    if len(rows) == 0:
        raise input_error(
            f"Le scénario ne compte aucun service ouvert et situé au {reference_date:%d/%m/%Y}.",
            f"scénario « {scenario.name} », catégories {some_values(scenario.kinds) or 'aucune'}",
            "Choisir d'autres catégories (kinds), d'autres services (include) ou une autre reference_date.",
        )
    return rows.astype(np.int32)


def is_chosen(services: pd.DataFrame, scenario: Scenario, *, changed: Collection[str] = ()) -> np.ndarray:
    """Which services (bool) the scenario chooses by kind, ``include`` or ``changed``, less ``exclude``.

    Whether they can count on a day is another matter: :func:`access92.scenarios.countable.uncountable_reasons`.

    >>> services = pd.DataFrame({"service_id": ["A", "B"], "kind": ["sst", "pmi"]})
    >>> is_chosen(services, Scenario(name="s", title="S", kinds=("pmi",), exclude=("B",)), changed=["A"]).tolist()
    [True, False]
    """
    ids = services["service_id"].astype(str)
    chosen = is_of_kinds(services, scenario.kinds) | ids.isin([*scenario.include, *changed]).to_numpy()
    remaining: np.ndarray = chosen & ~ids.isin(scenario.exclude).to_numpy()
    return remaining


def is_of_kinds(services: pd.DataFrame, kinds: Collection[str]) -> np.ndarray:
    """Which services (bool) have their ``kind``, or one of their ``also_kinds``, among ``kinds``.

    >>> services = pd.DataFrame({"kind": ["pmi", "sst"], "also_kinds": ["css", None]})
    >>> is_of_kinds(services, ["css"]).tolist()
    [True, False]
    """
    # in Python: services are few, most have one kind, and a run asks some hundred times
    is_member = [kind in kinds for kind in services["kind"].to_numpy()]
    if "also_kinds" in services.columns:
        for row, words in enumerate(services["also_kinds"].to_numpy()):
            if not is_member[row] and isinstance(words, str) and words:
                is_member[row] = any(word.strip() in kinds for word in words.split(";"))
    return np.array(is_member, dtype=bool)


def services_of_kinds(services: pd.DataFrame, rows: np.ndarray, kinds: Collection[str]) -> np.ndarray:
    """Those of the rows (int32, in their order) whose ``kind``, or one of whose ``also_kinds``, is among ``kinds``.

    >>> services = pd.DataFrame({"kind": ["pmi", "sst"], "also_kinds": ["css", None]})
    >>> services_of_kinds(services, np.array([0, 1]), ["css"]).tolist()
    [0]
    """
    rows = np.asarray(rows, dtype=np.int32)
    chosen: np.ndarray = rows[is_of_kinds(services, kinds)[rows]]
    return chosen


def rules_of(services: pd.DataFrame, rows: np.ndarray, kinds: Collection[str] = ()) -> dict[str, np.ndarray]:
    """The rules of a scenario and the rows that serve each: ``any``, then each kind of ``kinds``, in its order.

    ``kinds`` are those of the scenario: a service chosen as a PMI that is also a CSS makes no rule « css » where the
    scenario does not choose CSS, since the other CSS would be missing. Empty: every kind present, in the order of the
    rows. A service with further kinds (``also_kinds``) serves the rule of each of them.

    >>> services = pd.DataFrame({"kind": ["pmi", "sst"], "also_kinds": ["css", ""]})
    >>> {rule: rows.tolist() for rule, rows in rules_of(services, np.array([0, 1])).items()}
    {'any': [0, 1], 'pmi': [0], 'css': [0], 'sst': [1]}
    >>> list(rules_of(services, np.array([0, 1]), kinds=["sst", "pmi", "mdph"]))
    ['any', 'sst', 'pmi']
    """
    rules = {ANY: rows}
    for kind in kinds or _kinds_present(services.iloc[rows]):
        members = services_of_kinds(services, rows, (kind,))
        if len(members):
            rules[kind] = members
    return rules


def _kinds_present(services: pd.DataFrame) -> list[str]:
    """Each kind of the services, further ones included, in their order."""
    further = services["also_kinds"] if "also_kinds" in services.columns else [""] * len(services)
    words = [
        word.strip()
        for kind, more in zip(services["kind"], further, strict=True)
        for word in (str(kind), *(more.split(";") if isinstance(more, str) else ()))
    ]
    return [word for word in dict.fromkeys(words) if word]


def unlocated_services(
    services: gpd.GeoDataFrame, reference_date: date, *, counted: Collection[str] | None = None
) -> pd.DataFrame:
    """The services known but counted by no scenario at that date: service_id, name, kind, reasons.

    Rows in the order of ``services``; ``reasons``: tuples of :class:`access92.study.omissions.UncountedReason`.
    ``counted``: the ids that some scenario counts, a service that a change moved (« id@… ») included: of the others,
    those that could count are not asked for. By default only those that cannot count are listed.

    >>> from shapely import Point
    >>> services = gpd.GeoDataFrame(
    ...     {"service_id": ["A"], "name": ["SST A"], "kind": ["sst"]}, geometry=[None], crs=2154)
    >>> unlocated_services(services, date(2024, 10, 18))["reasons"].item()
    (UncountedReason(code='without_position', day=None),)
    >>> unlocated_services(services.set_geometry([Point(0, 0)]), date(2024, 10, 18), counted=[])["reasons"].item()
    (UncountedReason(code='not_asked', day=None),)
    """
    table = pd.DataFrame(services[["service_id", "name", "kind"]])
    table["reasons"] = uncountable_reasons(services, reference_date)
    if counted is not None:
        # a service that a change moved counts under an id of its own: the study's row is not left out for that
        asked = {name for label in counted for name in (str(label), str(label).rsplit("@", 1)[0])}
        is_asked = table["service_id"].astype(str).isin(asked)
        reasons = [
            why or (() if asks else (UncountedReason("not_asked"),))
            for why, asks in zip(table["reasons"], is_asked, strict=True)
        ]
        table["reasons"] = pd.Series(reasons, index=table.index, dtype=object)
    return table.loc[table["reasons"].astype(bool)].reset_index(drop=True)


def _unknown_ids(scenario: Scenario, key: str, known: Collection[str]) -> list[Fault]:
    service_ids: tuple[str, ...] = getattr(scenario, key)
    return [
        Fault(
            f"Le scénario nomme un service inconnu : « {word} ».",
            f"scénario « {scenario.name} », clé {key}",
            _closest(word, known),
        )
        for word in service_ids
        if word not in known
    ]


def _closest(word: str, ids: Collection[str]) -> str:
    """The nearest id; the first few where none is near, not the whole table."""
    hint = nearest_word(word, ids)
    return hint if hint.startswith("Vouliez") else f"Identifiants connus : {some_values(sorted(ids), most=6)}."

"""Who publishes a feed, in which time zone its clocks stand, and what it holds that is not read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from access92._clock import time_zone_fault
from access92.errors import input_error, some_values
from access92.sources.gtfs.feed import Feed, read_table, row_count, row_error
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import date_of

NOT_READ = (("pathways.txt", "gtfs_pathways"), ("location_groups.txt", "gtfs_flex_zones"))
"""Tables that change who gets where, and that the reader ignores."""


def time_zone(feed: Feed) -> str:
    """The one time zone of a feed's agencies.

    Raises
    ------
    InputError
        No agency, a zone that is none, or two of them.
    """
    table = read_table(feed, "agency.txt", required=["agency_timezone"])
    zones = table["agency_timezone"]
    for row, zone in zones.items():
        if not zone or time_zone_fault(zone):
            what = f"agency_timezone : {time_zone_fault(zone) if zone else 'vide'}"
            raise row_error(feed, "agency.txt", row, what, "Écrire le fuseau horaire, par exemple Europe/Paris.")
    if not len(zones):
        raise input_error(
            "La table n'a aucun exploitant.", feed.where("agency.txt"), "Donner une ligne par exploitant."
        )
    if zones.nunique() > 1:
        raise input_error(
            "Les exploitants sont de fuseaux horaires différents.",
            f"{feed.where('agency.txt')} : {some_values(sorted(zones.unique()))}",
            "Donner un GTFS par fuseau ; un calcul n'en lit qu'un.",
        )
    return str(zones.iloc[0])


def check_one_zone(feeds: Sequence[Feed], zones: Sequence[str]) -> str:
    """The time zone that all feeds share.

    Raises
    ------
    InputError
        They are of two.
    """
    if len(set(zones)) > 1:
        where = " ; ".join(f"{feed.path.name} : {zone}" for feed, zone in zip(feeds, zones, strict=True))
        raise input_error(
            "Les GTFS sont de fuseaux horaires différents.", where, "Ne réunir que ceux d'un seul fuseau."
        )
    return zones[0]


def publishers(feed: Feed) -> tuple[str, ...]:
    """Whom to name: the attributions of the feed, else its publisher, else its agencies."""
    for table, column in (
        ("attributions.txt", "organization_name"),
        ("feed_info.txt", "feed_publisher_name"),
        ("agency.txt", "agency_name"),
    ):
        if feed.has(table):
            names = read_table(feed, table, optional=[column])[column]
            if (names != "").any():
                return tuple(dict.fromkeys(names[names != ""]))
    return ()


def note_unread(feed: Feed, tally: Tally, day: dt.date) -> None:
    """Count what the feed holds that is not read, and whether its publisher still vouches for the day."""
    for table, code in NOT_READ:
        if feed.has(table):
            rows = row_count(feed, table)
            tally.add(code, rows, rows, [table])
    if feed.has("feed_info.txt"):
        info = read_table(feed, "feed_info.txt", optional=["feed_start_date", "feed_end_date"])
        for start, end in zip(info["feed_start_date"], info["feed_end_date"], strict=True):
            first, last = date_of(start), date_of(end)
            if (first and day < first) or (last and day > last):
                tally.add("gtfs_beyond_feed_info", 1, 1, [f"{start or '…'}-{end or '…'}"])

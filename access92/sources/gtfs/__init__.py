"""The GTFS reader: one or several feeds, one service day, one :class:`~access92.sources.timetable.Timetable`."""

from access92.sources.gtfs.read import FeedDay, read_gtfs
from access92.sources.gtfs.sheet import FeedSheet, feed_sheet

__all__ = ["FeedDay", "FeedSheet", "feed_sheet", "read_gtfs"]

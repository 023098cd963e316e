"""Files enter, checked tables leave: areas, services, visits of mobile units, opening hours, population, streets.

Each reader stands in the module of its noun, imported by who needs it (osmium and networkx are slow to import):
``areas.read_areas``, ``services.read_services``, ``visits.read_calendar``, ``opening_hours.opening_intervals``,
``study_population.read_study_population`` and ``study_streets.read_study_streets``. Below them ``tables``,
``csv_files`` and ``parquet`` read any table, ``written_numbers`` its cells, ``places`` checks its coordinates;
``icalendar_files`` and ``recurrences`` read calendars of events.
"""

"""People and travel times enter; the tables of a run, and notices of what they leave unsaid, leave.

``areas`` sums by area; ``access`` has coverage and typical times, ``tables`` all that compares scenarios
(``commitments``, ``ledger``, ``providers``, ``sectors``), ``calendars`` and ``hours`` what opening hours give,
``sensitivity`` how sure it is.
"""

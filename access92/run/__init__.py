"""The order of the steps.

A study enters, its :class:`Results` leave.
"""

"""What a user asks for.

A study file or its Python twin enters, a checked, frozen :class:`Study` leaves, with the contracts of all tables.
"""

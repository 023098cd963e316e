"""Addresses become places: against a local file of the Base Adresse Nationale, or by the State's service.

A table of addresses enters; a table leaves that a person can check and correct: lon, lat, how sure they are, the
address that was found. ``address_words`` reads an address, ``ban_index`` the file (once), ``matching`` finds one in the
other, ``online`` asks the service, ``corrections`` keeps what a person wrote. What is not found has no place.
"""

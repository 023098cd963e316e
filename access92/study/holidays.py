"""Bank holidays: the countries and subdivisions that the library ``holidays`` knows."""

from __future__ import annotations

from access92.errors import nearest_word


def split_region(code: str) -> tuple[str, str | None]:
    """The country and the subdivision of a region as a study names it.

    >>> split_region("FR"), split_region("FR-974")
    (('FR', None), ('FR', '974'))
    """
    country, _, subdivision = code.partition("-")
    return country, subdivision or None


def holidays_fault(code: str) -> str:
    """Why a region of bank holidays is refused (French), '' where it is known or empty (no bank holidays).

    >>> holidays_fault("FR-974"), holidays_fault("")
    ('', '')
    >>> holidays_fault("France")[:52]
    'holidays : pays inconnu, « France ». Valeurs connues'
    """
    if code in ("", "FR"):
        return ""
    from holidays import list_supported_countries  # noqa: PLC0415 - a second of imports that most studies do not need

    country, subdivision = split_region(code)
    known = list_supported_countries()
    if country not in known:
        return f"holidays : pays inconnu, « {country} ». {nearest_word(country, known)}"
    if subdivision is not None and subdivision not in known[country]:
        hint = nearest_word(subdivision, known[country])
        return f"holidays : subdivision inconnue de {country}, « {subdivision} ». {hint}"
    return ""

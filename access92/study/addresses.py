"""Texts that are the address of a database, or nearly: they may hold a password, so no message quotes them."""

from __future__ import annotations

import re

SERVER = re.compile(r"(?i:postgres(?:ql)?(?:\+\w+)?)://")  # with the driver, as SQLAlchemy writes it
_NEAR_ADDRESS = re.compile(
    r"\s*(?:"
    r"(?i:jdbc|pg|postg\w*|redshift|cockroachdb|my\w*sql)[^\s:/]*:"  # postgresql:/…, PG:…, jdbc:postgresql://…
    r"|\w+\+\w+:/"
    r"|(?![A-Za-z]:[/\\])(?://)?[^\s/\\@]*:[^@]*@"  # planif:secret@serveur/sig
    r"|[^\s:@]{2,}:[^@]*@"  # a drive of Windows has one letter
    r"|(?i:host|hostaddr|port|dbname|user|service|server|uid|driver|data source|pwd|(?:ssl)?password|sslmode)\s*=.*=)",
    re.DOTALL,
)
SPELLING = "postgresql://utilisateur@serveur:5432/base"


def is_server_address(text: str) -> bool:
    """Whether a text is the address of a PostgreSQL database.

    >>> is_server_address("postgres://serveur/sig"), is_server_address("services.csv")
    (True, False)
    >>> is_server_address("postgresql+psycopg://serveur/sig")
    True
    """
    return SERVER.match(text) is not None


def is_near_address(text: str) -> bool:
    """Whether a text that is no address looks like one badly written; it may hold a password.

    >>> [is_near_address(text) for text in ("postgres:/u:x@h/sig", "host=h password=x", "u:x@h/sig", "C:/a@b.csv")]
    [True, True, True, False]
    """
    return not is_server_address(text) and _NEAR_ADDRESS.match(text) is not None

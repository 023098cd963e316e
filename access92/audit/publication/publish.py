"""``access92 publish``: a finished run into a database, all of it or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from access92.audit.publication.content import Publication, read_publication
from access92.audit.publication.duckdb_file import publish_duckdb
from access92.audit.publication.postgis import publish_postgis
from access92.errors import input_error
from access92.outputs.words.typography import number
from access92.progress import Progress, silent
from access92.study.addresses import SPELLING, is_near_address, is_server_address
from access92.study.databases import DUCKDB_ENDING, ServerAddress

SCHEMA = "access92"
_SCHEMA = re.compile(r"([?&])schema=([^&]*)(&|$)")


@dataclass(frozen=True, slots=True)
class PublicationTarget:
    """Where a run is published: a database and a schema of it."""

    database: ServerAddress | Path
    schema: str

    def __str__(self) -> str:
        return f"{self.database}, schéma « {self.schema} »"


def publication_target(text: str) -> PublicationTarget:
    """The database and the schema that an address names: « postgresql://…?schema=… » or « ….duckdb?schema=… ».

    Raises
    ------
    InputError
        It is neither.

    Examples
    --------
    >>> print(publication_target("postgresql://planif@serveur/sig?schema=essai&sslmode=require"))
    postgresql://planif@serveur/sig?sslmode=require, schéma « essai »
    >>> print(publication_target("resultats.duckdb"))
    resultats.duckdb, schéma « access92 »
    """
    schema = unquote(match[2]) if (match := _SCHEMA.search(text)) else SCHEMA
    rest = _SCHEMA.sub(lambda found: found[1] if found[3] else "", text)
    if not schema:
        raise input_error("Le schéma n'a pas de nom.", "--to", "L'écrire : ?schema=nom.")
    if is_server_address(rest):
        try:
            return PublicationTarget(ServerAddress(rest), schema)
        except ValueError as error:
            raise input_error(f"{str(error)[:1].upper()}{str(error)[1:]}.", "--to", "Corriger l'adresse.") from error
    if Path(rest).suffix.lower() == DUCKDB_ENDING and not is_near_address(rest):
        return PublicationTarget(Path(rest), schema)
    raise input_error(
        "Ce n'est pas l'adresse d'une base de données.",
        "--to" if is_near_address(rest) else f"--to {text}",  # which may hold a password
        f"Donner {SPELLING} ou un fichier .duckdb.",
    )


def publish_run(
    folder: Path, target: PublicationTarget, *, overwrite: bool = False, on_progress: Progress | None = None
) -> Publication:
    """Publish a finished run, in one transaction; what was published.

    Raises
    ------
    InputError
        No sound finished run; whatever the database refuses. Nothing is published then.
    """
    tell = on_progress or silent
    tell("Lecture du calcul")
    publication = read_publication(folder)
    tell("Publication")
    if isinstance(target.database, ServerAddress):
        publish_postgis(publication, target.database, target.schema, overwrite=overwrite)
    else:
        publish_duckdb(publication, target.database, target.schema, overwrite=overwrite)
    return publication


def publication_text(publication: Publication, target: PublicationTarget) -> str:
    """What was published, in French."""
    layers = sum(bool(table.shape) for table in publication.tables)
    tables = len(publication.tables) - layers
    return f"{number(tables)} tables et {number(layers)} couches publiées dans {target}."

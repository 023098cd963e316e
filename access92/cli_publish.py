"""``access92 publish``: the results of a run in a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from access92.terminal import shown_progress


def publish(
    run_folder: Annotated[Path, typer.Argument(metavar="CALCUL", help="Dossier du calcul.", show_default=False)],
    to: Annotated[
        str,
        typer.Option(metavar="BASE", help="postgresql://…[?schema=…] (PostGIS) ou ….duckdb.", show_default=False),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Remplacer la publication qui est là.")] = False,
) -> None:
    """Publier un calcul dans une base : tables, couches, clés, index et commentaires, en une seule transaction."""
    from access92.audit.publication.publish import publication_target, publication_text, publish_run

    target = publication_target(to)
    with shown_progress() as on_progress:
        publication = publish_run(run_folder, target, overwrite=overwrite, on_progress=on_progress)
    typer.echo(publication_text(publication, target))

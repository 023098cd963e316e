"""The commands ``access92 cache``: what is kept from one run to the next, shown or cleared."""

from __future__ import annotations

from typing import Annotated

import typer

from access92.cache.folder import default_cache_folder as cache_folder
from access92.cli_words import FrenchCommand, FrenchGroup

cache_app = typer.Typer(
    cls=FrenchGroup,
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
    help="Voir ou vider le cache : ce qui est gardé d'un calcul à l'autre.",
    no_args_is_help=True,
)


@cache_app.command("show", cls=FrenchCommand)
def cache_show() -> None:
    """Dire où est le cache, ce qu'il contient et la place qu'il prend."""
    from access92.cache.bound import cache_text

    typer.echo(cache_text(cache_folder()))


@cache_app.command("clear", cls=FrenchCommand)
def cache_clear(
    older_than: Annotated[
        float, typer.Option(min=0, metavar="JOURS", help="Seulement ce qui n'a pas servi depuis ce nombre de jours.")
    ] = 0.0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ne pas demander confirmation.")] = False,
) -> None:
    """Vider le cache : le prochain calcul refera ce qui n'est plus là. Les fichiers d'un autre nom restent."""
    from access92.cache.bound import cache_text, clear_cache, removed_text

    folder = cache_folder()
    if not yes:
        typer.echo(cache_text(folder))
        if not typer.prompt("Effacer ? (oui/non)", default="non").lower().startswith("o"):
            raise typer.Abort
    typer.echo(removed_text(clear_cache(folder, unused_days=older_than)))

"""The command line's own words in French: headings of the help, and what is wrong with a command as it was typed."""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from access92.errors import Fault

USAGE_ERRORS: type[Exception] = typer.BadParameter.__mro__[2]  # what all faults of typing derive from
USAGE = 2

PROCESSES = min(os.cpu_count() or 1, 2)
Processes = Annotated[
    int, typer.Option(min=1, max=2, envvar="ACCESS92_PROCESSES", help="Processus qui écrivent les fichiers.")
]
STUDY_HELP = "Fichier TOML de l'étude, ou nom d'une étude livrée (sosms, sosms_transport)."
StudyFile = Annotated[Path, typer.Argument(metavar="ETUDE", help=STUDY_HELP, show_default=False)]

_HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "ARGUMENTS_PANEL_TITLE": "Arguments",
        "OPTIONS_PANEL_TITLE": "Options",
        "COMMANDS_PANEL_TITLE": "Commandes",
        "DEFAULT_STRING": "[par défaut : {}]",
        "ENVVAR_STRING": "[variable d'environnement : {}]",
        "REQUIRED_LONG_STRING": "[obligatoire]",
    }
)
"""By the name of a setting of typer's pages of help what stands there."""

_MESSAGES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"No such command '?(.+?)'?\.(.*)", lambda found: f"Commande inconnue : {found[1]}."),
    (r"Missing command\.", lambda _: "Il manque la commande."),
    (r"Got unexpected extra argument\S* \((.+)\)", lambda found: f"En trop : {found[1]}."),
    (r"Option '?(.+?)'? requires an argument\.", lambda found: f"L'option {found[1]} demande une valeur."),
    (r"Input should be a valid integer.*|.+ is not a valid integer.*", lambda _: "un nombre entier est attendu"),
    (r"Input should be a valid number.*|.+ is not a valid float.*", lambda _: "un nombre est attendu"),
    (r"Input should be greater than or equal to (\S+?)\.?", lambda found: f"{found[1]} au moins"),
    (r"Input should be less than or equal to (\S+?)\.?", lambda found: f"{found[1]} au plus"),
    (r"(\S+) is not in the range (.+?)\.", lambda found: f"{found[1]} n'est pas dans l'intervalle {found[2]}"),
    (r"(?:Value error, )?'(.+?)' is not one of (.+?)\.", lambda found: f"« {found[1]} » n'est pas parmi {found[2]}"),
)
"""What typer says, and the same in French; what is not here stays as typer says it."""


class _FrenchHelp:
    """A command, or a group of them, whose help has French headings."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own types differ between versions
        """The option that shows the help."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "Afficher cette aide."
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """The line that says how to type the command."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Usage : ")

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """The whole page of help."""
        _set_headings()
        super().format_help(ctx, formatter)  # type: ignore[misc]


class FrenchCommand(_FrenchHelp, TyperCommand):
    """A command whose help has French headings."""


class FrenchGroup(_FrenchHelp, TyperGroup):
    """A group of commands whose help has French headings."""


def usage_fault(error: Any) -> Fault:  # noqa: ANN401 - typer's own types differ between versions
    """What is wrong with a command as it was typed, in French.

    ``error``: one of :data:`USAGE_ERRORS`.
    """
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "access92"
    return Fault(_what(error), path, f"Voir {path} --help.")


_REASONS: Mapping[int, str] = MappingProxyType(
    {
        errno.ENAMETOOLONG: "nom trop long",
        errno.ENOENT: "dossier ou fichier introuvable",
        errno.ENOTDIR: "un fichier est là où il faudrait un dossier",
        errno.EISDIR: "un dossier est là où il faudrait un fichier",
        errno.EEXIST: "il y a déjà un fichier de ce nom",
        errno.EACCES: "droits insuffisants",
        errno.EPERM: "droits insuffisants",
        errno.EROFS: "disque en lecture seule",
        errno.ENOSPC: "disque plein",
    }
)
"""What a system says of a path, in French."""


def path_fault(error: OSError) -> Fault:
    """What is wrong with a path that the system refused and that no reader or writer looked at before.

    >>> print(path_fault(OSError(errno.ENOENT, "No such file or directory", "sorties/etude.json")))
    Un chemin n'a pu être ni lu ni écrit (dossier ou fichier introuvable).
      Où : sorties/etude.json
      Remède : Corriger le chemin, vérifier la place et les droits, et fermer les programmes qui tiennent ce fichier.
    """
    reason = _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
    return Fault(
        f"Un chemin n'a pu être ni lu ni écrit ({reason}).", str(error.filename),
        "Corriger le chemin, vérifier la place et les droits, et fermer les programmes qui tiennent ce fichier.",
    )  # fmt: skip


def show_version(asked: bool) -> None:  # noqa: FBT001 - as typer calls it
    """Say the version and end, where it is asked for."""
    if asked:
        from access92 import __version__

        typer.echo(f"access92 {__version__}")
        raise typer.Exit


def read_lon_lat(text: str) -> tuple[float, float]:
    """A longitude and a latitude as they are typed, in degrees.

    >>> read_lon_lat("2.256, 48.823")
    (2.256, 48.823)
    """
    numbers = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*", text)
    lon, lat = (float(numbers[1]), float(numbers[2])) if numbers else (math.inf, math.inf)
    if abs(lon) > 180 or abs(lat) > 90:  # noqa: PLR2004 - degrees
        raise typer.BadParameter(
            f"« {text} » n'est pas une longitude puis une latitude, comme --from 2.256,48.823 (points décimaux)",
            param_hint="--from",
        )
    return lon, lat


def read_clock(text: str) -> time:
    """A time of day as it is typed.

    >>> read_clock("8:05")
    datetime.time(8, 5)
    """
    parts = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*", text)
    if parts is None or int(parts[1]) > 23 or int(parts[2]) > 59:  # noqa: PLR2004 - a day has 24 hours
        raise typer.BadParameter(f"« {text} » n'est pas une heure, comme 08:12", param_hint="--at")
    return time(int(parts[1]), int(parts[2]))


def _what(error: Any) -> str:  # noqa: ANN401
    kind = type(error).__name__
    message = _translated(str(getattr(error, "message", "") or error))
    if kind == "NoSuchOption":
        near = sorted(error.possibilities or ())
        hint = f" Proche : {', '.join(near)}." if near else ""
        return f"Option inconnue : {error.option_name}.{hint}"
    if kind == "MissingParameter":
        return f"Il manque {_name(error)}."
    if kind == "BadParameter":
        return f"Valeur refusée pour {_name(error)} : {message}."
    return message


def _name(error: Any) -> str:  # noqa: ANN401
    """The argument or the option that an error is about, as its help names it."""
    if getattr(error, "param_hint", None):
        return str(error.param_hint)
    parameter = error.param
    if parameter is None:
        return "un argument"
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return f"l'option {' / '.join(parameter.opts)}"


def _translated(message: str) -> str:
    for pattern, words in _MESSAGES:
        found = re.fullmatch(pattern, message.strip(), re.DOTALL)
        if found is not None:
            return words(found)
    return message


def _set_headings() -> None:
    """Tell typer the French headings; its pages need rich, which is loaded for them alone."""
    from typer import rich_utils

    for name, words in _HEADINGS.items():
        if hasattr(rich_utils, name):
            setattr(rich_utils, name, words)

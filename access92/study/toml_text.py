"""The text of a study file, as editors save it, and what is wrong with its syntax."""

from __future__ import annotations

import codecs
import re
import tomllib
from typing import Any

from access92._encodings import unmarked_utf16
from access92._limits import MOST_LEVELS, WINDOWS_PATH, check_depth, too_deep
from access92.errors import InputError, input_error

_SHOWN_LETTERS = 80


def parse_toml(read: bytes, *, where: str) -> dict[str, Any]:
    """The content of a TOML file (UTF-8), nested no deeper than ``MOST_LEVELS``.

    Raises
    ------
    InputError
        Not UTF-8, not TOML, too deep, or a number that Python does not read.
    """
    text = _toml_text(read, where)
    # dotted keys first: tomllib takes the square of their levels, in time and in memory
    keys = (line.partition("=")[0] for line in text.splitlines() if "=" in line or line.lstrip().startswith("["))
    if any(key.count(".") > MOST_LEVELS for key in keys):
        raise too_deep(where)
    try:
        content = tomllib.loads(text)
        check_depth(content)
    except RecursionError as error:
        raise too_deep(where) from error
    except ValueError as error:  # TOMLDecodeError, integers of thousands of digits, dates that are none
        raise _toml_fault(str(error), text, where) from error
    return content


def _toml_text(read: bytes, where: str) -> str:
    """The text of a TOML file as editors save it: UTF-8 or UTF-16, with a mark or without, any ends of lines."""
    is_marked = read[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = "utf-16" if is_marked else unmarked_utf16(read) or "utf-8-sig"
    try:
        text = read.decode(encoding)
    except UnicodeDecodeError as error:
        raise input_error(
            "Le fichier d'étude n'est pas en UTF-8.",
            f"{where}, octet {error.start}",
            "L'enregistrer de nouveau en UTF-8 (Bloc-notes : Enregistrer sous, Encodage UTF-8).",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _toml_fault(complaint: str, text: str, where: str) -> InputError:
    """What is wrong with the syntax of a TOML text, with its line; Windows paths are the usual reason."""
    at = re.search(r"\(at line (\d+), column (\d+)\)", complaint)
    line = text.splitlines()[int(at[1]) - 1].strip() if at and int(at[1]) <= len(text.splitlines()) else ""
    place = f"{where}, ligne {at[1]}, colonne {at[2]} : {line[:_SHOWN_LETTERS]}" if at else f"{where} : {complaint}"
    twice = re.search(r"Cannot declare \((.+?),?\) twice", complaint)
    if twice is not None:
        part = ".".join(re.findall(r"'([^']*)'", twice[1]))
        fix = f"Réunir les clés de [{part}] dans une seule partie de ce nom."
        return input_error(f"La partie [{part}] est écrite deux fois.", place, fix)
    if "Cannot overwrite a value" in complaint:
        return input_error("Une clé est écrite deux fois.", place, "N'en garder qu'une.")
    fix = "Corriger la syntaxe."
    if "\\" in line and '"' in line:
        fix = WINDOWS_PATH
    return input_error("Le fichier d'étude n'est pas du TOML valide.", place, fix)

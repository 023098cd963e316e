"""The shipped studies and their data: beside the package in a checkout, inside it where it was installed."""

from __future__ import annotations

import shutil
from pathlib import Path

from access92._limits import is_readable_file
from access92.errors import Fault, OutputError, input_error, some_values

_INSIDE, _BESIDE = "shipped", "data"
_STUDIES = "studies"


def shipped_data() -> Path:
    """The folder of the shipped data, with its README (sources and licences).

    Raises
    ------
    InputError
        It is neither beside the package nor in it.

    Examples
    --------
    >>> (shipped_data() / "studies" / "sosms.toml").is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    folders = (package.parent / _BESIDE, package / _INSIDE)
    for folder in folders:
        if (folder / _STUDIES / "sosms.toml").is_file():
            return folder
    raise input_error(
        "Les données de l'étude livrée manquent.", some_values(map(str, folders)),
        "Réinstaller access92, ou donner le chemin d'une étude.",
    )  # fmt: skip


def shipped_names() -> tuple[str, ...]:
    """The names of the shipped studies.

    >>> shipped_names()
    ('sosms', 'sosms_transport')
    """
    return tuple(sorted(path.stem for path in (shipped_data() / _STUDIES).glob("*.toml")))


def locate_study(path: Path) -> Path:
    """The path itself; the file of a shipped study where it is the bare name of one, and no such file is there.

    >>> locate_study(Path("sosms")).name, locate_study(Path("ailleurs/sosms")).name
    ('sosms.toml', 'sosms')
    """
    if path.parent != Path() or is_readable_file(path):
        return path
    name = path.name.removesuffix(".toml")
    shipped = shipped_data() / _STUDIES / f"{name}.toml" if name else path
    return shipped if is_readable_file(shipped) else path


def copy_shipped(folder: Path) -> Path:
    """Copy the shipped studies with all their data into a new folder; the path of the first study there.

    Raises
    ------
    OutputError
        There is something of that name already, or it cannot be written.
    """
    if folder.exists():
        raise OutputError(Fault("Ce dossier existe déjà.", str(folder), "Donner le nom d'un dossier nouveau."))
    try:
        shutil.copytree(shipped_data(), folder)
    except OSError as error:
        what = f"Les données n'ont pas pu être copiées ({error.strerror or error})."
        raise OutputError(Fault(what, str(folder), "Vérifier la place et les droits.")) from error
    return folder / _STUDIES / "sosms.toml"

"""``python -m docs.pictures [DOSSIER]``: every picture of docs/images, from a finished run, which it only reads."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from access92.errors import Access92Error, Fault, InputError, OutputError
from access92.outputs.layout import file_in
from docs.pictures.browser import REPORTED_DIFFERENCE, find_browser, photograph_pages
from docs.pictures.geopackage import draw_in_qgis
from docs.pictures.paper import draw_report_pages, shrink_slide
from docs.pictures.small_png import small_png

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGES = ROOT / "docs" / "images"
SHIPPED_RUN = ROOT / "maps" / "sosms"

_NEEDED = ("manifest.json", "map.html", "report.pdf", "results.gpkg")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the pictures, and give the exit code of the command: 0 done, 3 refused (nothing is written)."""
    options = _read_arguments(arguments)
    try:
        pictures = make_pictures(options.run)
        _write(pictures, options.output)
    except Access92Error as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    for name, content in sorted(pictures.items()):
        sys.stdout.write(f"{name:20}{len(content) / 1000:5.0f} ko\n")
    return 0


def make_pictures(run: Path) -> dict[str, bytes]:
    """The PNG of each picture by its name; those whose tool is not on this machine are left out, said on stderr.

    Raises
    ------
    InputError
        The folder is no finished run, or there is no browser.
    OutputError
        A picture cannot be made small enough.
    """
    difference, slide = _check_run(run)
    browser = find_browser()
    pictures = photograph_pages(browser, run, difference)
    pictures["diapositive.png"] = shrink_slide(slide)
    for name, image in (("rapport.png", draw_report_pages(run)), ("qgis.png", draw_in_qgis(run))):
        if isinstance(image, str):
            sys.stderr.write(f"{name} reste tel quel\u202f: {image}\n")
        else:
            pictures[name] = image
    return {name: small_png(picture, name) for name, picture in pictures.items()}


def _check_run(run: Path) -> tuple[Path, Path]:
    """The difference map and the slide to show, once the folder is known to be a finished run."""
    fix = "Calculer d’abord l’étude (python run.py), ou donner le dossier d’un calcul terminé."
    if not run.is_dir():
        raise InputError(Fault("Le dossier du calcul n’existe pas.", str(run), fix))
    faults = [
        Fault("Il manque un fichier au calcul.", str(file_in(run, name)), fix)
        for name in _NEEDED
        if not file_in(run, name).is_file()
    ]
    chosen = []
    for pattern, best in (("difference_*.html", REPORTED_DIFFERENCE), ("map_*_walk.png", "map_maillage-2024_walk.png")):
        paths = sorted(run.rglob(pattern))
        if not paths:
            faults.append(Fault("Il manque une image au calcul.", str(run / pattern), fix))
        chosen.append(file_in(run, best) if file_in(run, best) in paths else next(iter(paths), run))
    if faults:
        raise InputError(faults)
    return chosen[0], chosen[1]


def _write(pictures: dict[str, bytes], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in pictures.items():
            aside = folder / f".{name}.partial"
            aside.write_bytes(content)
            aside.replace(folder / name)
    except OSError as error:
        fix = "Choisir un autre dossier avec --output."
        raise OutputError(Fault("Les images ne peuvent pas être écrites.", str(folder), fix)) from error


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m docs.pictures", description="Fait les images de la documentation à partir d’un calcul terminé."
    )
    parser.add_argument(
        "run", type=Path, nargs="?", default=SHIPPED_RUN, metavar="DOSSIER", help="défaut\u202f: maps/sosms"
    )
    parser.add_argument("--output", type=Path, default=IMAGES, metavar="DOSSIER", help="défaut\u202f: docs/images")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

# ruff: noqa: S603 - French typography; it runs the tools of this machine
"""The GeoPackage as QGIS opens it: three maps, each layer in its default style, with a title."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

from access92.outputs.layout import file_in
from access92.outputs.slides.raster import font
from access92.outputs.words.typography import typeset

_DRAWING = Path(__file__).with_name("qgis_drawing.py")
_PANELS = (
    (370, ("services", "demand"), "Les lieux d’habitation et les services"),
    (350, ("services", "isochrones"), "Les isochrones et les services"),
    (480, ("areas",), "Les communes"),
)
"""Width in pixels (names of areas need room), layers from the top, title."""

_INK = "#1a1a1a"
_TITLE_PX, _MAP_PX, _FOOT_PX = 34, 540, 26


def draw_in_qgis(run: Path) -> Image.Image | str:
    """The three maps side by side; or why not, in French."""
    quiet = {
        "QT_QPA_PLATFORM": "offscreen", "PATH": os.defpath, "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
    }  # fmt: skip
    python = shutil.which("python3", path=os.pathsep.join(("/usr/bin", "/usr/local/bin")))
    if (
        python is None
        or subprocess.run([python, "-c", "import qgis.core"], capture_output=True, env=quiet, check=False).returncode
    ):
        return "QGIS (Debian\u202f: python3-qgis) n’est pas sur cette machine."
    streets = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["streets"]["label"]
    width = sum(panel[0] for panel in _PANELS)
    sheet = Image.new("RGB", (width, _TITLE_PX + _MAP_PX + _FOOT_PX), "white")
    pen, left = ImageDraw.Draw(sheet), 0
    with tempfile.TemporaryDirectory(prefix="access92-pictures-") as folder:
        package = shutil.copyfile(
            file_in(run, "results.gpkg"), Path(folder) / "results.gpkg"
        )  # QGIS touches what it opens
        for panel_px, layers, title in _PANELS:
            picture = Path(folder) / f"{layers[-1]}.png"
            command = [python, str(_DRAWING), str(package), str(picture), f"{panel_px}", f"{_MAP_PX}", *layers]
            done = subprocess.run(command, capture_output=True, env=quiet, check=False)
            if done.returncode or not picture.is_file():
                return f"QGIS n’a pas dessiné la couche {layers[-1]}."
            with Image.open(picture) as panel:
                sheet.paste(panel.convert("RGB"), (left, _TITLE_PX))
            pen.text(
                (left + panel_px // 2, _TITLE_PX // 2 + 2), title, fill=_INK, font=font(15, bold=True), anchor="mm"
            )
            left += panel_px
    pen.text(
        (width - 12, sheet.height - _FOOT_PX // 2), typeset(f"Rues : {streets}"), fill=_INK, font=font(12), anchor="rm"
    )
    return sheet

"""Layers of a GeoPackage drawn in their default style. Run by QGIS's own Python, which knows nothing of access92."""

from __future__ import annotations

import os
import sys

_DPI = 72  # marks and names smaller than on a screen, as the map is


def draw_layers(path: str, target: str, width_px: int, height_px: int, names: list[str]) -> bool:
    """Write a PNG of the layers, the first on top, within the areas; False where a layer is not there."""
    from qgis.core import (  # type: ignore[import-not-found]  # noqa: PLC0415 - only QGIS has it
        QgsCoordinateReferenceSystem,
        QgsCoordinateTransform,
        QgsMapRendererSequentialJob,
        QgsMapSettings,
        QgsProject,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtCore import QSize  # type: ignore[import-not-found]  # noqa: PLC0415
    from qgis.PyQt.QtGui import QColor  # type: ignore[import-not-found]  # noqa: PLC0415

    layers = [QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names]
    areas = QgsVectorLayer(f"{path}|layername=areas", "areas", "ogr")
    if not all(layer.isValid() for layer in (*layers, areas)):
        return False
    lambert = QgsCoordinateReferenceSystem("EPSG:2154")
    extent = QgsCoordinateTransform(areas.crs(), lambert, QgsProject.instance()).transformBoundingBox(areas.extent())
    extent.scale(1.12)  # room for the names at the edge
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(lambert)
    settings.setExtent(extent)
    settings.setOutputSize(QSize(width_px, height_px))
    settings.setOutputDpi(_DPI)
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return bool(job.renderedImage().save(target))


if __name__ == "__main__":
    from qgis.core import QgsApplication

    application = QgsApplication([], False)  # noqa: FBT003 - « no window », as QGIS asks for it
    application.initQgis()
    done = draw_layers(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
    os._exit(0 if done else 1)  # what was asked is drawn; QGIS may crash while it closes its layers

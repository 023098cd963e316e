"""What QGIS makes of a GeoPackage or of a project, as JSON. Run by QGIS's own Python, which knows no access92."""

from __future__ import annotations

import json
import os
import sys


def read_layers(path: str) -> dict[str, dict[str, object]]:
    """By layer: features, styles in the database, how it is drawn, and what is wrong with its expressions."""
    from qgis.core import QgsExpression, QgsFeatureRequest, QgsVectorLayer  # noqa: PLC0415 - only QGIS has it

    told: dict[str, dict[str, object]] = {}
    for name in ("services", "demand", "areas", "isochrones", "changes"):
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        rules = layer.renderer().rootRule().children() if layer.renderer().type() == "RuleRenderer" else []
        expressions = [rule.filterExpression() for rule in rules]
        if layer.labelsEnabled():
            expressions.append(layer.labeling().settings().fieldName)
        people = []
        if name == "demand":
            for rule in rules:
                request = QgsFeatureRequest().setFilterExpression(rule.filterExpression())
                people.append(sum(feature["population"] for feature in layer.getFeatures(request)))
        told[name] = {
            "valid": layer.isValid(),
            "features": layer.featureCount(),
            "styles": layer.listStylesInDatabase()[0],
            "labels": layer.labelsEnabled(),
            "classes": [rule.label() for rule in rules],
            "aliases": {field.name(): field.alias() for field in layer.fields() if field.name() != "fid"},
            "wrong": [text for text in expressions if QgsExpression(text).hasParserError()],
            "people": people,
        }
    return told


def read_project(path: str) -> dict[str, object]:
    """The projection and the first view of a project, and by layer whether it opens, is shown, and how it is drawn."""
    from qgis.core import QgsProject  # noqa: PLC0415 - only QGIS has it

    project = QgsProject.instance()
    opened, view, tree = project.read(path), project.viewSettings().defaultViewExtent(), project.layerTreeRoot()
    layers = [tree.findLayer(layer.id()) for layer in tree.layerOrder()]
    return {
        "opened": opened,
        "title": project.title(),
        "crs": project.crs().authid(),
        "view": [view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum()],
        "view_crs": view.crs().authid(),
        "layers": [
            {
                "name": item.name(),
                "group": item.parent().name(),
                "shown": item.isVisible(),
                "valid": item.layer().isValid(),
                "drawn": item.layer().renderer().type(),
                "features": item.layer().featureCount(),
            }
            for item in layers
        ],
    }


if __name__ == "__main__":
    from qgis.core import QgsApplication

    application = QgsApplication([], False)  # noqa: FBT003 - « no window », as QGIS asks for it
    application.initQgis()
    read = read_project if sys.argv[1].endswith(".qgz") else read_layers
    sys.stdout.write(json.dumps(read(sys.argv[1])) + "\n")
    sys.stdout.flush()
    os._exit(0)  # what was asked is told; QGIS may crash while it closes its layers

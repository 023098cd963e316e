"""What QGIS makes of a GeoPackage, told as JSON. Run by QGIS's own Python, which knows nothing of access92."""

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


if __name__ == "__main__":
    from qgis.core import QgsApplication

    application = QgsApplication([], False)  # noqa: FBT003 - « no window », as QGIS asks for it
    application.initQgis()
    sys.stdout.write(json.dumps(read_layers(sys.argv[1])) + "\n")
    sys.stdout.flush()
    os._exit(0)  # what was asked is told; QGIS may crash while it closes its layers

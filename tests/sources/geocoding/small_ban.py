"""A small file of addresses, in the columns of the Base Adresse Nationale: invented streets of two communes."""

from __future__ import annotations

import gzip
from pathlib import Path

HEADING = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
    "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;source_position;"
    "source_nom_voie;certification_commune;cad_parcelles"
)
STREETS = (
    ("Rue Jean Jaurès", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Avenue du Général Leclerc", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Boulevard du Maréchal Foch", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Place du 8 Mai 1945", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Rue Victor Hugo", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Avenue Victor Hugo", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Impasse des Œillets", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Rue de l'Abbé Grégoire", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Allée Notre-Dame des Champs", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Rue Pasteur", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Rue Pascal", "92001", "Saint-Aubin-sur-Seine", "92100"),
    ("Rue Pasteur", "92002", "L'Haÿ-la-Vigne", "92110"),
    ("Rue de l'Église", "92002", "L'Haÿ-la-Vigne", "92110"),
    ("Rue Hoche", "92003", "Marnes", "01500"),
    ("Ancien Chemin de la Gare", "92003", "Marnes", "01500"),
    ("Chemin de la Gare", "92003", "Marnes", "01500"),
    ("Grande Rue", "92003", "Marnes", "01500"),
    ("Verdun", "92003", "Marnes", "01500"),
    ("Place de Verdun", "92003", "Marnes", "01500"),
    ("Square Victor Schœlcher", "92003", "Marnes", "01500"),
)
NUMBERS = ("1", "2", "3", "4", "8", "12", "12 bis", "12 b", "20", "21")
LON0, LAT0 = 2.20, 48.80


def place_of(street: int, number: str) -> tuple[float, float]:
    """Degrees of a number: streets from south to north, numbers from west to east."""
    value, _, repetition = number.partition(" ")
    return round(LON0 + int(value) * 1e-4 + 1e-5 * len(repetition), 7), round(LAT0 + street * 1e-3, 7)


def write_ban(file: Path) -> Path:
    """The file, plain or gzip by its name."""
    lines = [HEADING]
    for at, (name, citycode, town, postcode) in enumerate(STREETS):
        for number in NUMBERS:
            value, _, repetition = number.partition(" ")
            lon, lat = place_of(at, number)
            cells = ["", "", value, repetition, name, postcode, citycode, town, "", "", "", "", str(lon), str(lat)]
            lines.append(";".join([*cells, "entrée", "", "", town.upper(), "", "commune", "commune", "1", ""]))
    text = "\n".join(lines) + "\n"
    if file.suffix == ".gz":
        with gzip.open(file, "wt", encoding="utf-8") as stream:
            stream.write(text)
    else:
        file.write_text(text, encoding="utf-8")
    return file

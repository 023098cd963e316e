"""What became of the addresses of a table, in French: counts, those not found, those to check."""

from __future__ import annotations

from collections.abc import Iterator

from access92.outputs.words.typography import count, typeset
from access92.sources.geocoding.geocoded_table import Geocoded

_MOST_LINES = 40


def geocoded_lines(done: Geocoded, *, again: str = "") -> Iterator[str]:
    r"""What the console says of a geocoding; ``again``: the command to repeat, where it is not the very same.

    >>> from pathlib import Path
    >>> done = Geocoded(Path("a.csv"), 2, 0, 0, 1, (), (("Maison", "pas de nom de rue"),))
    >>> [line.replace("\xa0", " ") for line in geocoded_lines(done)][0]
    '2 lignes : 1 adresse trouvée, 1 non trouvée.'
    """
    yield from map(typeset, done.sentences)
    counts = [
        count(done.found, "adresse trouvée", "adresses trouvées"),
        count(len(done.missing), "non trouvée", "non trouvées"),
        *([count(done.placed_before, "lieu déjà connu", "lieux déjà connus")] if done.placed_before else []),
        *([count(done.corrected, "corrigé à la main, gardé", "corrigés à la main, gardés")] if done.corrected else []),
    ]
    yield typeset(f"{count(done.rows, 'ligne')} : {', '.join(counts)}.")
    for title, pairs in (
        ("Non trouvées, sans coordonnées : elles ne comptent pas.", done.missing),
        ("Trouvées à peu près, à vérifier :", done.approximate),
        ("Écrit à la main dans le fichier, gardé :", done.by_hand),
        ("Adresse changée dans la source, cherchée de nouveau :", done.changed),
        ("Lignes ajoutées à la main, gardées :", done.added),
        ("Lignes que la source n'a plus, gardées ; les retirer du fichier si le lieu n'existe plus :", done.gone),
    ):
        if pairs:
            yield typeset(title)
            yield from (
                typeset(f"  {item if isinstance(item, str) else ' : '.join(item)}") for item in pairs[:_MOST_LINES]
            )
        if len(pairs) > _MOST_LINES:
            yield f"  … et {count(len(pairs) - _MOST_LINES, 'autre')}"
    yield (
        f"Écrit dans {done.file}. À vérifier et corriger dans un tableur (lon, lat, ou l'adresse) : "
        f"{'pour chercher une adresse corrigée, taper' if again else 'la même commande garde les corrections.'}"
    )
    if again:
        yield f"  {again}"
        yield "qui garde les corrections."

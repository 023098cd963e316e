"""Places for one more service, in French, and as scenarios to paste into a study."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator

from access92.outputs.words import labels, typography
from access92.run.sites import SiteSearch, site_kind


def sites_text(search: SiteSearch, *, service_kind: str | None = None) -> str:
    """The places in French, then as scenarios: TOML throughout (words are comments), to add to a study unchanged.

    ``service_kind``: as for :func:`access92.run.sites.site_kind`.
    """
    service_kind = site_kind(search.study, service_kind)
    return "\n".join([*_words(search), *_blocks(search, service_kind)]) + "\n"


def _words(search: SiteSearch) -> Iterator[str]:
    threshold = typography.plain(search.study.analysis.threshold_min)
    population = typography.number(search.population_uncovered)
    lines = [
        f"Où ouvrir un service de plus ? Scénario « {search.scenario.name} » ({search.scenario.title}).",
        f"{labels.mode_phrase(search.mode)}, {population} habitants sur {typography.number(search.population)} "
        f"({labels.population_words(search.study)}) ne sont pas à moins de {threshold} min d'un service.",
        f"{typography.count(search.candidate_count, 'lieu essayé', 'lieux essayés')} : dans chaque maille habitée de "
        f"{typography.plain(search.cell_m)} m, celui où il y a le plus d'habitants. Chaque lieu est jugé à lui seul ; "
        f"{typography.plain(search.apart_m)} m au moins entre deux lieux.",
    ]
    if search.is_demo:
        lines.append("RUES DE DÉMONSTRATION : ces lieux illustrent la méthode, ce ne sont pas des projets.")
    lines += [
        f"{number}. {site.area_name} ({site.area_id}), lon {site.lon:.6f}, lat {site.lat:.6f} : "
        f"{typography.count(site.population_gained, 'habitant')} de plus à moins de {threshold} min"
        for number, site in enumerate(search.sites, start=1)
    ]
    if not search.sites:
        lines.append("Aucun lieu ne rapproche personne sous ce seuil.")
    yield from (f"# {typography.typeset(line)}" for line in lines)


def _blocks(search: SiteSearch, service_kind: str) -> Iterator[str]:
    """A [[scenario]] for each site."""
    for number, site in enumerate(search.sites, start=1):
        slug = _slug(site.area_name)
        by = f", {labels.mode_phrase(search.mode).lower()}," if search.mode.rides else ""
        description = (
            "Lieu calculé, pas un projet : à lui seul, "
            f"{typography.count(site.population_gained, 'habitant')} de plus à "
            f"moins de {typography.plain(search.study.analysis.threshold_min)} min{by} que « {search.scenario.name} »."
        )
        yield from (
            "",
            "[[scenario]]",
            f"name = {_quoted(f'site-{number}-{slug}')}",
            f"title = {_quoted(f'Un service de plus, hypothèse {number} : {site.area_name}')}",
            f"based_on = {_quoted(search.scenario.name)}",
            f"description = {_quoted(typography.typeset(description))}",
            *(["chosen_on_demo = true"] if search.is_demo else []),
            "",
            "[[scenario.change]]",
            'kind = "add_service"',
            f"service_id = {_quoted(f'SITE-{number}-{slug.upper()}')}",
            f"name = {_quoted(f'Nouveau service (hypothèse {number}, {site.area_name})')}",
            f"service_kind = {_quoted(service_kind)}",
            f"lon = {site.lon:.6f}",
            f"lat = {site.lat:.6f}",
        )


def _quoted(text: str) -> str:
    """A TOML string: that of JSON is one."""
    return json.dumps(text, ensure_ascii=False)


def _slug(name: str) -> str:
    """A name as lower-case letters, digits and hyphens.

    >>> _slug("L'Haÿ-les-Roses")
    'l-hay-les-roses'
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "lieu"

"""``map.html``: the page of a whole run, one self-contained file built by folium."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from access92.outputs.figures import sources
from access92.outputs.layout import new_file_in
from access92.outputs.maps.backdrop import MapBackdrop, prepare_backdrop
from access92.outputs.maps.basemaps import BASEMAPS
from access92.outputs.maps.page import folium_page, page_script
from access92.outputs.maps.run_map import RUN_MAP
from access92.outputs.maps.run_map.content import page_blobs, page_data
from access92.outputs.maps.run_map.network_content import NetworkContent
from access92.outputs.maps.run_map.transit_content import transit_content
from access92.outputs.pages import render, template_text
from access92.outputs.words import typography
from access92.run.results import Results

_SCRIPTS: tuple[str, ...] = (
    "unpacking",
    "trials",
    "network",
    "linking",
    "search",
    "itinerary",
    "closing",
    "grounds",
    "model",
    "layers",
    "figures",
    "areas",
    "matching",
    "finder",
    "services",
    "new_places",
    "panel",
    "proof",
    "what_if",
    "reach",
    "link",
    "toml",
    "state",
    "picture",
    "kept",
    "sorting",
    "paper",
    "start",
)
"""The scripts of the page, ``run_map_<name>.js``, in the order in which they are joined."""

_STYLES = ("run_map.css", "run_map_trials.css", "run_map_narrow.css", "run_map_print.css")

_TRANSIT_SCRIPTS: tuple[str, ...] = ("transit_trips", "transit_chart", "transit_lines", "transit_box")
"""Those of public transport, after them: only in the page of a study in which a mode rides."""


def write_run_map(results: Results, folder: Path, *, backdrop: MapBackdrop | None = None) -> Path:
    """Write ``map.html`` into ``folder``; its path.

    ``backdrop``: of :func:`access92.outputs.maps.backdrop.prepare_backdrop`, where it is there already.
    The figures of the page are computed in the browser from the packed travel times; they are those of
    ``results.coverage``.
    """
    # the same data feed the HTML and the script: a label cannot differ between them
    backdrop = backdrop or prepare_backdrop(results)
    network = NetworkContent(results)
    data = page_data(results, backdrop, network)
    blobs = page_blobs(results, backdrop, network)
    scripts, style = list(_SCRIPTS), "".join(map(template_text, _STYLES))
    if results.mode_rides:
        transit = transit_content(results, backdrop, data)
        data["transit"] = transit.data
        blobs |= transit.blobs
        scripts += _TRANSIT_SCRIPTS
        style += template_text("run_map_transit.css")
    html = render(
        "run_map.html",
        title=results.study.title,
        modes=data["modes"],
        scenarios=data["scenarios"],
        publics=data["publics"],
        thresholds=[typography.plain(value) for value in data["thresholds"]],
        headline=data["headline"],
        headline_threshold=typography.plain(data["headline"]["threshold"]),
        headline_label=results.modes[data["headline"]["mode"]].label,
        searches=bool(network.modes),
        has_postcodes=bool(data["postcodes"]),
        kinds=[item for item in data["kinds"] if item["name"] in {rule["name"] for rule in data["rules"]}],
        words=data["words"],
        sources=[f"{item.role} : {item.words}" for item in sources(results)],
        basemap=BASEMAPS[results.study.map.basemap].as_json() if results.study.map.basemap else None,
        max_snap_m=typography.plain(results.study.analysis.max_snap_m),
    )  # fmt: skip
    # arrays stand apart from the JSON, one element each: the script unpacks only the mode that is shown
    packed = Markup("").join(
        Markup('<script type="text/plain" id="a92-{}">{}</script>\n').format(name, Markup(content))  # noqa: S704 - ours
        for name, content in blobs.items()
    )
    page = folium_page(
        typography.typeset(f"Carte : {results.study.title}"),
        html + packed,
        data,
        script=page_script(*(f"run_map_{name}.js" for name in scripts)),
        style=style,
        function="A92.start",
        basemap=results.study.map.basemap,
    )
    path = new_file_in(folder, RUN_MAP)
    path.write_text(page, encoding="utf-8", newline="\n")
    return path

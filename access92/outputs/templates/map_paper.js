/* Printing, of every map page: the map is laid out for a paper before the browser counts its pages, so that it fills its own,
   by whatever way printing was asked for (a button, Ctrl + P, the browser's menu). All is drawn at once, before printing begins. */
A92.PAPERS = { "A4 portrait": [210, 297], "A4 landscape": [297, 210], "A3 portrait": [297, 420], "A3 landscape": [420, 297] };
A92.PAPER_MARGIN_MM = 12;

/* `box`: what the map's size is written on; `view`: the whole study; `above`: what stands over the map, a copy that may be
   measured; `begin`, `end`: around what is only for paper. Gives { layOut(paper), layBack() }. */
A92.paperLayout = function (map, box, view, above, begin, end) {
  "use strict";
  var PX_MM = 96 / 25.4, root = document.documentElement, /** @type {{ centre: LLatLng; zoom: number; bounds: LBounds } | null} */ before = null, /** @type {number | null} */ rule = null;
  /* Our own style sheet, which may say the size of the page: a new one would not pass the page's policy. */
  function sheet() {
    return /** @type {CSSStyleSheet} */ (Array.from(document.styleSheets).find(function (item) { return Array.from(item.cssRules).some(function (one) { return one instanceof CSSMediaRule && one.media.mediaText === "print"; }); }));
  }
  function heightAbove(/** @type {number} */ width) { /* at the width of the paper */
    var copy = A92.make("div", { "aria-hidden": "true", class: "a92-paper-above" });
    copy.style.width = width + "px";
    above().forEach(function (part) { copy.append(part); });
    document.body.append(copy);
    var height = copy.offsetHeight;
    copy.remove();
    return height;
  }
  function layOut(/** @type {string} */ name) {
    var size = A92.PAPERS[name], at = before || { centre: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds() };
    var width = Math.floor((size[0] - 2 * A92.PAPER_MARGIN_MM) * PX_MM), height = Math.floor((size[1] - 2 * A92.PAPER_MARGIN_MM) * PX_MM);
    if (!before) begin();
    before = at;
    height = Math.max(240, height - Math.ceil(heightAbove(width)) - 24);
    root.classList.add("a92-paper");
    if (rule !== null) sheet().deleteRule(rule);
    rule = sheet().insertRule("@page { size: " + name + "; margin: " + A92.PAPER_MARGIN_MM + "mm; }", sheet().cssRules.length);
    box.style.setProperty("--a92-width", width + "px"); box.style.setProperty("--a92-height", height + "px");
    map.invalidateSize({ animate: false });
    map.fitBounds(at.bounds.contains(view) ? view : at.bounds, { animate: false }); /* the whole study, or what was seen */
  }
  function layBack() {
    if (!before || rule === null) return;
    var at = before;
    root.classList.remove("a92-paper");
    sheet().deleteRule(rule);
    rule = before = null;
    map.invalidateSize({ animate: false });
    map.setView(at.centre, at.zoom, { animate: false });
    end();
  }
  window.addEventListener("afterprint", layBack);
  return { layOut: layOut, layBack: layBack, isLaid: function () { return before !== null; } };
};

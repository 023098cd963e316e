/* Printing: the map is laid out for a paper before the browser prints, so that it fills its page, by the button and by Ctrl + P;
   the browser's menu, which no page hears before it prints, takes it as the screen shows it. Chromium prints no canvas drawn once printing has begun: all is drawn before. */
A92.PAPERS = { "A4 portrait": [210, 297], "A4 landscape": [297, 210], "A3 portrait": [297, 420], "A3 landscape": [420, 297] };
A92.paper = function (app) {
  "use strict";
  var map = app.map, MARGIN_MM = 12, PX_MM = 96 / 25.4, root = document.documentElement, /** @type {{ centre: LLatLng; zoom: number; bounds: LBounds } | null} */ before = null, /** @type {number | null} */ rule = null, /** @type {((value: unknown) => void) | null} */ release = null;
  var byId = A92.byId;
  /* Our own style sheet, which may say the size of the page: a new one would not pass the page's policy. */
  function sheet() {
    return /** @type {CSSStyleSheet} */ (Array.from(document.styleSheets).find(function (item) { return Array.from(item.cssRules).some(function (one) { return one instanceof CSSMediaRule && one.media.mediaText === "print"; }); }));
  }
  function headHeight(/** @type {string | number} */ width) { /* of what stands over the map, at the width of the paper */
    var copy = A92.make("div", { "aria-hidden": "true" });
    copy.style.cssText = "position:absolute;visibility:hidden;left:0;top:0;box-sizing:border-box;width:" + width + "px";
    [A92.part(document, "#a92-side header"), byId("a92-answer")].forEach(function (part) {
      var one = /** @type {HTMLElement} */ (part.cloneNode(true));
      one.querySelectorAll("[id]").forEach(function (element) { if (/^a92-(undo|states|copied|address)$/.test(element.id)) element.remove(); });
      one.querySelectorAll("#a92-area button").forEach(function (element) { element.remove(); });
      copy.append(one);
    });
    document.body.append(copy);
    var height = copy.offsetHeight;
    copy.remove();
    return height;
  }
  /* Lays the map out for a paper; a promise, kept once all is drawn. */
  app.layOut = function (name) {
    var size = A92.PAPERS[name], style = byId("a92-map").style, at = before || { centre: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds() };
    var width = Math.floor((size[0] - 2 * MARGIN_MM) * PX_MM), height = Math.floor((size[1] - 2 * MARGIN_MM) * PX_MM);
    if (!before) app.setAside(new Promise(function (done) { release = done; })); /* no state of the reader's */
    before = at;
    height = Math.max(240, height - Math.ceil(headHeight(width)) - 24);
    root.classList.add("a92-paper");
    if (rule !== null) sheet().deleteRule(rule);
    rule = sheet().insertRule("@page { size: " + name + "; margin: " + MARGIN_MM + "mm; }", sheet().cssRules.length);
    style.setProperty("--a92-width", width); style.setProperty("--a92-height", height);
    style.setProperty("--a92-screen-width", width + "px"); style.setProperty("--a92-screen-height", height + "px");
    map.invalidateSize({ animate: false });
    map.fitBounds(at.bounds.contains(app.data.view) ? app.data.view : at.bounds, { animate: false }); /* the whole study, or what was seen */
    return new Promise(function (done) { requestAnimationFrame(function () { requestAnimationFrame(done); }); });
  };
  app.layBack = function () {
    if (!before || rule === null) return;
    root.classList.remove("a92-paper");
    sheet().deleteRule(rule);
    rule = null;
    var at = before;
    before = null;
    map.invalidateSize({ animate: false });
    map.setView(at.centre, at.zoom, { animate: false });
    app.keepSize();
    if (release) release(null);
  };
  function print() { app.layOut(byId("a92-paper").value).then(function () { window.print(); }); }
  byId("a92-print").addEventListener("click", print);
  document.addEventListener("keydown", function (event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "p" || !app.after) return;
    event.preventDefault();
    print();
  });
  window.addEventListener("afterprint", app.layBack);
};

/* The page begins: the map takes its place, then arrays are unpacked as they are needed. */
A92.start = function (map, data) {
  "use strict";
  var app = A92.app = /** @type {App} */ ({ map: map, data: data, model: new A92.Model(data), after: null, before: null });
  app.state = {
    scenario: data.scenarios[0].name, choice: data.headline.mode, mode: data.headline.mode, public: "all", rule: "any", threshold: data.headline.threshold,
    view: "times", base: data.scenarios[0].name, chosen: null, area: null,
    trial: { removed: new Set(), extra: new Set(), places: [], moved: new Map(), closed: new Set(), closedIds: new Set(), speeds: new Map() } /* what the reader tries, on top of the scenario */
  };
  app.latLng = function (x, y) { return map.options.crs.pointToLatLng(L.point(256 * x, 256 * y), 0); };
  document.getElementById("a92-map").prepend(map.getContainer());
  map.invalidateSize({ animate: false });
  var legendBox = document.getElementById("a92-legend-box");
  if (window.innerWidth <= 900) legendBox.open = false;
  /* What stands over the map and may hide what is to be seen: pixels from its left, top, right and bottom. The box of a way
     is beside what it tells where there is room, over it on a narrow screen. */
  app.room = function () {
    var size = map.getSize(), way = document.getElementById("a92-way"), room = { left: 8, top: 8, right: 8, bottom: 26 };
    if (legendBox.open && size.x > 700 && getComputedStyle(legendBox).position === "absolute") room.left = legendBox.offsetLeft + legendBox.offsetWidth + 8;
    if (!way || way.hidden || getComputedStyle(way).position !== "absolute") return room;
    if (way.offsetLeft - room.left >= 240) room.right = size.x - way.offsetLeft + 8;
    else room.top = Math.min(way.offsetTop + way.offsetHeight + 8, size.y - 120);
    return room;
  };
  var /** @type {{ bounds: LBounds | LPair[]; centre: LLatLng; zoom: number } | null} */ fitted = null; /* until the reader moves the map */
  app.fit = function (bounds) {
    var room = app.room();
    map.fitBounds(bounds, { animate: false, paddingTopLeft: [room.left, room.top], paddingBottomRight: [room.right, room.bottom] });
    fitted = { bounds: bounds, centre: map.getCenter(), zoom: map.getZoom() };
  };
  /* The map has another size: what was fitted to it is again, anything else keeps its centre. */
  app.resize = function () {
    var box = map.getContainer(), size = map.getSize(), now = fitted;
    if (size.x === box.clientWidth && size.y === box.clientHeight) return;
    if (now && (map.getZoom() !== now.zoom || !map.getCenter().equals(now.centre))) now = null;
    app.resizing = true;
    map.invalidateSize({ animate: false });
    if (now) app.fit(now.bounds);
    app.resizing = false;
  };
  app.fit(data.view);
  map.getContainer().setAttribute("aria-label", data.words.title);
  map.getContainer().setAttribute("role", "application");
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  A92.addWhole(map, data.words.whole, function () { app.showWhole(); });
  A92.addScale(map);
  map.attributionControl.setPrefix(false).addAttribution(A92.escape("Rues\u00a0: " + data.words.streets + " | Leaflet"));
  function tellLegend() { document.getElementById("a92-map").classList.toggle("a92-legend-open", legendBox.open); }
  legendBox.addEventListener("toggle", tellLegend); /* on a narrow screen the controls under it make way */
  tellLegend();
  L.DomEvent.disableClickPropagation(legendBox);
  A92.followZoom(map);
  A92.nameClose(map);
  /* A popup opened with the keyboard takes it; Escape gives it back to the marker. */
  var /** @type {HTMLElement | null} */ opener = null;
  map.on("popupopen", function (event) {
    var button = event.popup.getElement().querySelector("button");
    var source = event.popup._source && event.popup._source.getElement && event.popup._source.getElement();
    document.getElementById("a92-map").classList.add("a92-telling");
    opener = source === document.activeElement ? source : null;
    if (opener && button) button.focus({ preventScroll: true });
  });
  map.on("popupclose", function () { document.getElementById("a92-map").classList.remove("a92-telling"); });
  map.getContainer().addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || !map._popup || !map.hasLayer(map._popup)) return;
    map.closePopup();
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  });
  if (typeof DecompressionStream === "undefined") {
    document.getElementById("a92-figure").textContent = "Ce navigateur est trop ancien pour cette page (il faut Chrome ou Edge 103, Firefox 113, Safari 16.4, ou plus récent)\u00a0: ouvrir map_….html.";
    return;
  }
  A92.layers(app); A92.figures(app); A92.areas(app); A92.finder(app); A92.services(app); A92.newPlaces(app); A92.panel(app);
  if (data.network) { A92.proof(app); A92.whatIf(app); A92.reachLayer(app); }
  /* What follows every change of what is shown, once its figures are there. */
  var update = app.update, /** @type {(() => void)[]} */ followers = [];
  app.onUpdate = function (follow) { followers.push(follow); };
  app.update = function (popupStays) {
    var giveBack = app.keepFocus(), done = update(popupStays);
    if (app.after) followers.forEach(function (follow) { follow(); });
    giveBack();
    return done;
  };
  app.onUpdate(app.showArea);
  A92.sorting(app); A92.states(app); A92.kept(app); A92.paper(app);
  if (!app.showRefusal) app.showRefusal = function () { return []; };
  var places = A92.unpack("places").then(function (buffer) { return app.model.readPlaces(buffer); });
  var backdrop = A92.unpack("backdrop").then(function (buffer) { app.readBackdrop(A92.tree(buffer, ["streets", "water", "areas", "isochrones", "green", "rails"])); });
  app.begun = Promise.all([places, backdrop]); /* a choice made before waits for it */
  Promise.all([app.begun, app.model.load(app.state.scenario, app.state.mode)]).then(function () {
    return app.set({});
  }).then(function () {
    app.showPeople();
    return app.beginStates();
  }).then(function () {
    app.resize(); /* the figures have taken their place */
    new ResizeObserver(function () {
      if (!window.matchMedia("print").matches && !document.documentElement.classList.contains("a92-paper")) app.resize();
    }).observe(map.getContainer());
    document.documentElement.setAttribute("data-access92", "ready");
    performance.mark("access92-ready");
  }).catch(function (error) {
    document.getElementById("a92-figure").textContent = "La page n’a pas pu lire ses données\u00a0: " + error.message;
    throw error;
  });
};

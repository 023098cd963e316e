/* access92: draws a map from packed data (encoding.py). No request leaves the page. */
/** @param {LMap} map @param {SingleData} data */
function access92Map(map, data) {
  "use strict";
  var WORLD = 256;

  function bytes(/** @type {string} */ text) { return /** @type {ArrayBuffer} */ (A92.bytes(text).buffer); }
  function shorts(/** @type {string} */ text) { return new Uint16Array(bytes(text)); }
  function latLng(/** @type {number} */ x, /** @type {number} */ y) { return map.options.crs.pointToLatLng(L.point(x * WORLD, y * WORLD), 0); }
  function rings(/** @type {Packed} */ text) {
    var p = A92.paths(text, data.grid), out = [];
    for (var i = 0; i + 1 < p.start.length; i++) {
      var ring = [];
      for (var k = p.start[i]; k < p.start[i + 1]; k++) ring.push(latLng(p.x[k], p.y[k]));
      out.push(ring);
    }
    return out;
  }

  /* The map is what the page is about, for who does not see it too. */
  var main = A92.make("main");
  map.getContainer().before(main);
  main.append(map.getContainer());
  map.invalidateSize({ animate: false });

  /* Panes, from the ground up. */
  Object.entries({ green: 303, isochrones: 330, water: 338, streets: 340, people: 350, areas: 370, names: 375 }).forEach(function (pane) {
    map.createPane("a92-" + pane[0]).style.zIndex = String(pane[1]);
  });
  map.getPane("a92-isochrones").classList.add("a92-isochrones");
  ["green", "streets", "people", "names"].forEach(function (name) { map.getPane("a92-" + name).style.pointerEvents = "none"; });

  var streets = data.streets.map(function (text) { return A92.paths(text, data.grid); });

  /* The points as typed arrays: 40,000 objects would take seconds. */
  var people = data.people, points = { x: shorts(people.x), y: shorts(people.y), hundredths: shorts(people.hundredths),
    population: new Float32Array(bytes(people.population)), service: shorts(people.service) };
  var NONE = 65535;
  function timeClass(/** @type {number} */ hundredths) {
    var last = data.classes.length - 1;
    if (hundredths === NONE) return last;
    for (var i = 0; i < last; i++) if (hundredths < data.classes[i].to_hundredths) return i;
    return last;
  }
  /* A difference map: the class is the change, and there is a time before. */
  var differs = "change" in people, before = { hundredths: shorts(people.hundredths_before || ""), service: shorts(people.service_before || "") };
  var classOf = people.change !== undefined ? new Uint8Array(bytes(people.change)) : Uint8Array.from(points.hundredths, timeClass);
  /* Places as fractions of the world, as every drawing takes them. */
  var places = {
    x: Float64Array.from(points.x, function (x) { return data.fine[0] + x * data.fine[2]; }),
    y: Float64Array.from(points.y, function (y) { return data.fine[1] + y * data.fine[2]; })
  };
  function pointsLayer(/** @type {number[]} */ order, /** @type {number} */ least) {
    var crosses = differs ? data.classes.map(function (item) { return item.cross; }) : null;
    return new A92.Drawing("a92-people", A92.drawPoints(places, function () {
      return { classOf: classOf, colours: data.classes.map(function (item) { return item.colour; }), order: order,
        crosses: crosses, population: points.population, least: least };
    }));
  }

  /* Layers, and their French names in the control: text, beside a swatch (Leaflet would take them for HTML). */
  var /** @type {{ label: string; layer: LLayer; colour: string | undefined }[]} */ overlays = [];
  function add(/** @type {string} */ label, /** @type {LLayer} */ layer, /** @type {boolean} */ isOn, colour = "") {
    overlays.push({ label: label, layer: layer, colour: colour });
    if (isOn) layer.addTo(map);
    return layer;
  }
  var Layers = L.Control.Layers.extend({
    _addItem: function (item) {
      var label = L.Control.Layers.prototype._addItem.call(this, Object.assign({}, item, { name: "" }));
      var overlay = overlays[+item.name], words = A92.part(label, "span > span");
      if (overlay.colour) words.append(A92.swatch(overlay.colour));
      words.append(overlay.label);
      return label;
    }
  });

  var around = A92.readAround(data.around, data.grid), drawStreets = A92.drawStreets(streets), drawRails = A92.drawRails(around.rails);
  var /** @type {LLayer[]} */ backdrop = [
    new A92.Drawing("a92-green", A92.drawShapes(function () { return around.green; })),
    new A92.Drawing("a92-streets", function (context, scale, origin, zoom, full, ratio) {
      drawRails(context, scale, origin, zoom, full, ratio); drawStreets(context, scale, origin, zoom, full, ratio);
    })
  ];
  data.water.forEach(function (polygons) {
    backdrop.push(L.polygon(polygons.map(rings), {
      pane: "a92-water", color: "#a9cfe0", weight: 1, fillColor: "#a9cfe0", fillOpacity: 1, interactive: false, smoothFactor: 0.5
    }));
  });
  var own = add("Fond\u00a0: rues" + (data.water.length ? ", eau" : "") + (around.green.length ? ", parcs" : ""), L.layerGroup(backdrop), true);
  var basemap = data.basemap;
  if (basemap) {
    var online = basemap, said = A92.make("p", { class: "a92-online", role: "status" });
    A92.part(document, "header").append(said);
    add("Fond en ligne\u00a0: " + online.label, A92.onlineBasemap(online, function (now) {
      said.textContent = A92.onlineWords(online, now);
      if (now === "shown") own.remove(); else if (now !== "loading") own.addTo(map);
    }), true);
  }
  var /** @type {{ marker: A92Pin; services: SingleService[] }[]} */ pins = [], names = new A92.Drawing("a92-names", A92.drawNames(function () { return around.names; }, function () { return A92.markedPlaces(map, pins); }));
  if (around.names.length) add("Noms des lieux, gares", names, true);

  var isochrones = data.isochrones.map(function (item) {
    var shape = L.polygon(item.polygons.map(rings), {
      pane: "a92-isochrones", stroke: false, fillOpacity: 1, fillColor: item.colour, interactive: false, smoothFactor: 0.5
    });
    return add(item.label, shape, item.shown, item.colour);
  });
  map.on("overlayadd", function () {
    isochrones.forEach(function (shape) { if (map.hasLayer(shape)) shape.bringToBack(); });
  });

  var areas = L.layerGroup(), areaShapes = data.areas.map(function (area) {
    var shape = area.polygons.map(rings);
    L.polygon(shape, {
      pane: "a92-areas", color: "#fff", weight: 3.2, opacity: 0.85, fill: false, interactive: false, smoothFactor: 0.5
    }).addTo(areas);
    return L.polygon(shape, {
      pane: "a92-areas", color: "#222", weight: 1.3, fillColor: "#000", fillOpacity: 0, smoothFactor: 0.5
    }).bindTooltip(A92.lines(area.tip), { sticky: true, className: "a92-tip" }).addTo(areas);
  });
  add(data.words.areas, areas, true);
  if (differs) [2, 3, 0, 1].forEach(function (c) { /* what crosses the threshold comes over the rest */
    if (classOf.indexOf(c) >= 0) add(data.classes[c].label,
      pointsLayer([c], c < 2 ? 2 : 1.4), true, data.classes[c].colour);
  });
  else add("Habitants, par temps de trajet", pointsLayer(data.classes.map(function (_, c) { return c; }), 1), true);

  /* Services by kind; those at one place share a pin, which shows the kinds that are switched on. */
  var listed = data.services.filter(function (service) { return service.counted || service.sheet; }), pinLayer = L.layerGroup().addTo(map);
  listed.forEach(function (service) { service.layer = null; });
  pins = A92.byPlace(listed).map(function (rows) {
    var marker = A92.pin([listed[rows[0]].lat, listed[rows[0]].lon]), pin = { marker: marker, services: rows.map(function (i) { return listed[i]; }) };
    marker.bindPopup(function () {
      var seen = shownOf(pin);
      if (seen.length === 1) return sheetOf(seen[0]);
      return A92.make("div", { class: "a92-several" }, [A92.make("p", { text: seen.length + " services au même lieu" }),
        ...seen.map(function (service) { return A92.make("section", {}, [sheetOf(service)]); })]);
    }, { maxWidth: 340, maxHeight: 340 });
    return pin;
  });
  function sheetOf(/** @type {SingleService} */ service) {
    var sheet = service.sheet;
    return sheet ? A92.sheet({ name: service.name, sheet: sheet }, sheet.snap) : A92.make("h2", { text: service.name });
  }
  function shownOf(/** @type {{ services: SingleService[] }} */ pin) {
    function rank(/** @type {SingleService} */ service) { return service.changed ? 0 : service.counted ? 1 : 2; }
    return pin.services.filter(function (service) { return service.layer && map.hasLayer(service.layer); })
      .sort(function (a, b) { return rank(a) - rank(b); });
  }
  function showPins() {
    pins.forEach(function (pin) {
      var seen = shownOf(pin);
      if (!seen.length) { pinLayer.removeLayer(pin.marker); return; }
      pinLayer.addLayer(pin.marker);
      pin.marker.show(seen.map(function (service) {
        return { sign: service.sign, colour: service.colour, name: service.name, doubt: service.doubt,
          note: service.counted ? "" : "non compté", changed: service.counted && service.changed, other: !service.counted };
      }));
      pin.marker.setZIndexOffset(seen[0].changed ? 900 : seen[0].counted ? 500 : 0);
    });
    names.redraw();
  }
  function addKind(/** @type {string} */ label, /** @type {SingleService[]} */ members, /** @type {boolean} */ isOn, colour = "") {
    if (!members.length) return;
    var layer = L.layerGroup();
    members.forEach(function (service) { service.layer = layer; });
    layer.on("add remove", function () { setTimeout(showPins); }); /* once the map knows */
    add(label + " (" + members.length + ")", layer, isOn, colour);
  }
  data.kinds.forEach(function (kind) {
    addKind(kind.label, listed.filter(function (s) { return s.counted && s.kind === kind.kind; }), true, kind.colour);
  });
  addKind("Autres services, non comptés ici", listed.filter(function (s) { return s.sheet && !s.counted; }), false);
  showPins();

  /* A click tells the nearest place: people, minutes, service. */
  map.on("click", function (event) {
    var best = A92.pointAt(map, places, points.population, event.containerPoint, Math.max(10, 2 * A92.radius(map.getZoom())));
    if (best < 0) return;
    var words = A92.make("div");
    function timeWords(/** @type {number} */ t, /** @type {number} */ service) {
      return t === NONE ? data.words.beyond : A92.minutes(600 * t) + " vers " + data.services[service].name;
    }
    words.textContent = A92.counted(points.population[best], "habitant") + "\u00a0: " +
      (differs ? "avant, " + timeWords(before.hundredths[best], before.service[best]) + "\u202f; après, " : "") +
      timeWords(points.hundredths[best], points.service[best]);
    L.popup({ maxWidth: 280 }).setLatLng(event.latlng).setContent(words).openOn(map);
  });

  /* Controls, in French; the keyboard reaches each of them. */
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  A92.addScale(map);
  A92.addWhole(map, data.words.whole, function () { chooser.value = ""; map.fitBounds(data.view, beside); });
  /* On a wide screen the legend and the layers stand beside the area, not on it. */
  var wide = window.innerWidth > 1000 && window.innerHeight > 600;
  var /** @type {LView} */ beside = wide ? { paddingTopLeft: [345, 12], paddingBottomRight: [345, 12], animate: false } : { animate: false };
  var control = new Layers(null, L.extend({}, overlays.map(function (item) { return item.layer; })), { collapsed: !wide }).addTo(map);
  var toggle = A92.part(control.getContainer(), ".leaflet-control-layers-toggle");
  toggle.title = "Couches de la carte"; toggle.setAttribute("aria-label", "Couches de la carte");
  A92.paint(document.getElementById("a92-legend"));
  var legend = L.control({ position: "bottomleft" });
  legend.onAdd = function () {
    var box = document.getElementById("a92-legend");
    box.hidden = false; box.open = wide;
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    return box;
  };
  legend.addTo(map);
  map.attributionControl.setPrefix(false).addAttribution(A92.escape(data.words.attribution));
  A92.nameClose(map);
  var chooser = /** @type {HTMLSelectElement} */ (document.getElementById("a92-area"));
  chooser.addEventListener("change", function () {
    map.fitBounds(chooser.value === "" ? data.view : areaShapes[+chooser.value].getBounds(), beside);
  });
  /* On paper the legend stands after the map, which fills its page. */
  var box = document.getElementById("a92-legend"), corner = /** @type {HTMLElement} */ (box.parentElement), /** @type {boolean} */ wasOpen;
  var paper = A92.paperLayout(map, main, data.view, function () {
    var copy = /** @type {HTMLElement} */ (A92.part(document, "header").cloneNode(true));
    A92.part(copy, ".a92-tools").remove();
    return [copy];
  }, function () { wasOpen = box.open; box.open = true; main.append(box); }, function () { box.open = wasOpen; corner.append(box); });
  window.addEventListener("beforeprint", function () {
    var size = L.latLngBounds(data.view), crs = map.options.crs, from = crs.latLngToPoint(size.getNorthWest(), 0), to = crs.latLngToPoint(size.getSouthEast(), 0);
    if (!paper.isLaid()) paper.layOut(to.y - from.y >= to.x - from.x ? "A4 portrait" : "A4 landscape");
  });
  map.getContainer().setAttribute("aria-label", data.words.title);
  map.fitBounds(data.view, beside);
  A92.followZoom(map);
  if (window.ResizeObserver) new ResizeObserver(function () { if (!paper.isLaid()) map.invalidateSize({ animate: false }); })
    .observe(map.getContainer());
  document.documentElement.setAttribute("data-access92", "ready");
}

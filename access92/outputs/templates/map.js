/* access92: draws a map from packed data (encoding.py). No request leaves the page. */
function access92Map(map, data) {
  "use strict";
  var WORLD = 256;

  function bytes(text) {
    var raw = atob(text), out = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }
  function array(text, Type) { return new Type(bytes(text).buffer); }

  /* Packed paths: {x, y} as fractions of the world, start[i]..start[i + 1] the vertices of path i. */
  function paths(text, grid) {
    var raw = bytes(text), at = 0, x = [], y = [], start = [0], cx = 0, cy = 0;
    function next() {
      var value = 0, scale = 1, byte;
      do { byte = raw[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
      return value % 2 ? -(value + 1) / 2 : value / 2;
    }
    while (at < raw.length) {
      for (var n = next(); n > 0; n--) {
        cx += next(); cy += next();
        x.push(grid[0] + cx * grid[2]); y.push(grid[1] + cy * grid[2]);
      }
      start.push(x.length);
    }
    return { x: Float64Array.from(x), y: Float64Array.from(y), start: start };
  }
  function latLng(x, y) { return map.options.crs.pointToLatLng(L.point(x * WORLD, y * WORLD), 0); }
  function rings(text) {
    var p = paths(text, data.grid), out = [];
    for (var i = 0; i + 1 < p.start.length; i++) {
      var ring = [];
      for (var k = p.start[i]; k < p.start[i + 1]; k++) ring.push(latLng(p.x[k], p.y[k]));
      out.push(ring);
    }
    return out;
  }

  /* A canvas over the view, drawn again after each move. draw(context, toX, toY, zoom, box) */
  var Drawing = L.Layer.extend({
    initialize: function (pane, draw) { this._paneName = pane; this._draw = draw; },
    onAdd: function () {
      this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated");
      this._canvas.setAttribute("aria-hidden", "true");
      map.getPane(this._paneName).appendChild(this._canvas);
      this._redraw();
    },
    onRemove: function () { L.DomUtil.remove(this._canvas); },
    getEvents: function () { return { moveend: this._redraw, resize: this._redraw, zoomanim: this._animate }; },
    _animate: function (event) {
      var scale = map.getZoomScale(event.zoom, this._zoom);
      var corner = map._latLngToNewLayerPoint(this._corner, event.zoom, event.center);
      L.DomUtil.setTransform(this._canvas, corner, scale);
    },
    _redraw: function () {
      var size = map.getSize(), pad = size.multiplyBy(0.15).round(), ratio = window.devicePixelRatio || 1;
      var corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)), full = size.add(pad.multiplyBy(2));
      this._zoom = map.getZoom();
      this._corner = map.layerPointToLatLng(corner);
      this._canvas.width = full.x * ratio; this._canvas.height = full.y * ratio;
      this._canvas.style.width = full.x + "px"; this._canvas.style.height = full.y + "px";
      L.DomUtil.setTransform(this._canvas, corner, 1);
      var context = this._canvas.getContext("2d"), scale = WORLD * Math.pow(2, this._zoom);
      var origin = map.getPixelOrigin().add(corner);
      context.scale(ratio, ratio);
      this._draw(context, scale, origin, this._zoom, full);
    }
  });

  /* Panes, from the ground up. */
  [["water", 305], ["streets", 310], ["isochrones", 330], ["people", 350], ["areas", 370]].forEach(function (pane) {
    map.createPane("a92-" + pane[0]).style.zIndex = pane[1];
  });
  map.getPane("a92-isochrones").classList.add("a92-isochrones");
  ["streets", "people"].forEach(function (name) { map.getPane("a92-" + name).style.pointerEvents = "none"; });

  var STREET = [["#b9a98c", 2.2, 0], ["#c4bba9", 1.5, 0], ["#cfcac0", 0.9, 11], ["#d8d5ce", 0.7, 12.5]];
  var streets = data.streets.map(function (text) { return paths(text, data.grid); });
  function drawStreets(context, scale, origin, zoom, full) {
    for (var rank = streets.length - 1; rank >= 0; rank--) {
      if (zoom < STREET[rank][2]) continue;
      var p = streets[rank];
      context.strokeStyle = STREET[rank][0];
      context.lineWidth = STREET[rank][1] * Math.max(1, Math.pow(1.45, zoom - 13));
      context.lineCap = context.lineJoin = "round";
      context.beginPath();
      for (var i = 0; i + 1 < p.start.length; i++) {
        var k = p.start[i], end = p.start[i + 1], x = p.x[k] * scale - origin.x, y = p.y[k] * scale - origin.y;
        if (x < -500 || y < -500 || x > full.x + 500 || y > full.y + 500) continue;
        context.moveTo(x, y);
        for (k++; k < end; k++) context.lineTo(p.x[k] * scale - origin.x, p.y[k] * scale - origin.y);
      }
      context.stroke();
    }
  }

  var people = data.people;
  people.x = array(people.x, Uint16Array); people.y = array(people.y, Uint16Array);
  people.hundredths = array(people.hundredths, Uint16Array);
  people.population = array(people.population, Float32Array);
  people.service = array(people.service, Uint16Array);
  var NONE = 65535;
  function timeClass(hundredths) {
    var last = data.classes.length - 1;
    if (hundredths === NONE) return last;
    for (var i = 0; i < last; i++) if (hundredths < data.classes[i].to_hundredths) return i;
    return last;
  }
  /* A difference map: the class is the change, and there is a time before. */
  var differs = "change" in people;
  if (differs) {
    people.hundredths_before = array(people.hundredths_before, Uint16Array);
    people.service_before = array(people.service_before, Uint16Array);
  }
  var classOf = differs ? array(people.change, Uint8Array) : Uint8Array.from(people.hundredths, timeClass);
  function peopleXY(i, scale, origin) {
    return [(data.fine[0] + people.x[i] * data.fine[2]) * scale - origin.x,
            (data.fine[1] + people.y[i] * data.fine[2]) * scale - origin.y];
  }
  function dotRadius(zoom) { return Math.min(7, Math.max(1, Math.pow(1.45, zoom - 11.5))); }
  function drawClass(c, least) {
    return function (context, scale, origin, zoom, full) {
      var r = Math.max(least, dotRadius(zoom)), cross = data.classes[c].cross; /* 2 pixels wide at least */
      context.fillStyle = context.strokeStyle = data.classes[c].colour;
      context.lineWidth = Math.max(1.4, 0.6 * r);
      context.beginPath();
      for (var i = 0; i < classOf.length; i++) {
        if (classOf[i] !== c || !(people.population[i] > 0)) continue;
        var at = peopleXY(i, scale, origin);
        if (at[0] < -r || at[1] < -r || at[0] > full.x + r || at[1] > full.y + r) continue;
        if (cross) {
          context.moveTo(at[0] - r, at[1] - r); context.lineTo(at[0] + r, at[1] + r);
          context.moveTo(at[0] - r, at[1] + r); context.lineTo(at[0] + r, at[1] - r);
        } else if (r < 2.5) context.rect(at[0] - r, at[1] - r, 2 * r, 2 * r);
        else { context.moveTo(at[0] + r, at[1]); context.arc(at[0], at[1], r, 0, 6.2832); }
      }
      if (cross) context.stroke(); else context.fill();
    };
  }
  function drawPeople(context, scale, origin, zoom, full) {
    data.classes.forEach(function (_, c) { drawClass(c, 1)(context, scale, origin, zoom, full); });
  }

  /* Layers, and their French names in the control: text, beside a swatch (Leaflet would take them for HTML). */
  var overlays = [];
  function add(label, layer, shown, colour) {
    overlays.push({ label: label, layer: layer, colour: colour });
    if (shown) layer.addTo(map);
    return layer;
  }
  var Layers = L.Control.Layers.extend({
    _addItem: function (item) {
      var label = L.Control.Layers.prototype._addItem.call(this, L.extend({}, item, { name: "" }));
      var said = overlays[+item.name], words = label.querySelector("span > span");
      if (said.colour) words.append(A92.swatch(said.colour));
      words.append(said.label);
      return label;
    }
  });

  var ground = [new Drawing("a92-streets", drawStreets)];
  data.water.forEach(function (polygons) {
    ground.push(L.polygon(polygons.map(rings), {
      pane: "a92-water", color: "#8fbdd3", weight: 3, fillColor: "#8fbdd3", fillOpacity: 1, interactive: false, smoothFactor: 0.5
    }));
  });
  add("Rues" + (data.water.length ? " et eau" : ""), L.layerGroup(ground), true);

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
      new Drawing("a92-people", drawClass(c, c < 2 ? 2 : 1.4)), true, data.classes[c].colour);
  });
  else add("Habitants, par temps de trajet", new Drawing("a92-people", drawPeople), true);

  function marker(service) {
    var doubt = service.doubt ? " a92-doubt" : "";
    var other = service.counted ? (service.changed ? " a92-changed" : "") : " a92-other";
    return L.marker([service.lat, service.lon], {
      icon: L.divIcon({
        className: "a92-pin" + doubt + other, iconSize: [18, 18], popupAnchor: [0, -6],
        html: A92.pinSign(service.sign, service.colour)
      }),
      alt: service.name, title: service.name, riseOnHover: true, zIndexOffset: service.changed ? 900 : service.counted ? 500 : 0
    }).bindPopup(A92.sheet(service, service.sheet.snap), { maxWidth: 340 });
  }
  data.kinds.forEach(function (kind) {
    var members = data.services.filter(function (s) { return s.counted && s.kind === kind.kind; });
    if (members.length) add(kind.label + " (" + members.length + ")",
      L.layerGroup(members.map(marker)), true, kind.colour);
  });
  var others = data.services.filter(function (s) { return s.sheet && !s.counted; });
  if (others.length) add("Autres services, non comptés ici (" + others.length + ")",
    L.layerGroup(others.map(marker)), false);

  /* A click tells the nearest place: people, minutes, service. */
  map.on("click", function (event) {
    var scale = WORLD * Math.pow(2, map.getZoom()), origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
    var best = -1, far = Math.pow(Math.max(10, 2 * dotRadius(map.getZoom())), 2);
    for (var i = 0; i < classOf.length; i++) {
      if (!(people.population[i] > 0)) continue;
      var at = peopleXY(i, scale, origin), dx = at[0] - event.containerPoint.x, dy = at[1] - event.containerPoint.y;
      if (dx * dx + dy * dy < far) { far = dx * dx + dy * dy; best = i; }
    }
    if (best < 0) return;
    var words = document.createElement("div"), number = people.population[best];
    function told(t, service) {
      return t === NONE ? data.words.beyond : (Math.floor(t / 10) / 10).toFixed(1).replace(".", ",") +
        "\u00a0min vers " + data.services[service].name;
    }
    words.textContent = (number < 10 ? number.toFixed(1).replace(".", ",") : Math.round(number).toLocaleString("fr-FR")) +
      " habitant" + (number >= 2 ? "s" : "") + "\u00a0: " +
      (differs ? "avant, " + told(people.hundredths_before[best], people.service_before[best]) + "\u202f; après, " : "") +
      told(people.hundredths[best], people.service[best]);
    L.popup({ maxWidth: 280 }).setLatLng(event.latlng).setContent(words).openOn(map);
  });

  /* Controls, in French; the keyboard reaches each of them. */
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  /* On a wide screen the legend and the layers stand beside the area, not on it. */
  var wide = window.innerWidth > 1000 && window.innerHeight > 600;
  var beside = wide ? { paddingTopLeft: [345, 12], paddingBottomRight: [345, 12], animate: false } : { animate: false };
  var control = new Layers(null, L.extend({}, overlays.map(function (item) { return item.layer; })), { collapsed: !wide }).addTo(map);
  var toggle = control.getContainer().querySelector(".leaflet-control-layers-toggle");
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
  map.on("popupopen", function (event) {
    var close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) { close.setAttribute("aria-label", "Fermer"); close.title = "Fermer"; }
  });
  var chooser = document.getElementById("a92-area");
  chooser.addEventListener("change", function () {
    map.fitBounds(chooser.value === "" ? data.view : areaShapes[+chooser.value].getBounds(), beside);
  });
  function closeUp() { map.getContainer().classList.toggle("a92-close", map.getZoom() >= 13); }
  map.on("zoomend", closeUp);
  map.getContainer().setAttribute("aria-label", data.words.title);
  map.fitBounds(data.view, beside);
  closeUp();
  if (window.ResizeObserver) new ResizeObserver(function () { map.invalidateSize({ animate: false }); })
    .observe(map.getContainer());
  document.documentElement.setAttribute("data-access92", "ready");
}

/* Public transport on the map: isochrones of the modes that ride, lines from stop to stop, stops, and what each says. */
A92.LINE_TYPES = [
  { name: "bus", colour: "#2f7d4a", wide: 1.3 }, { name: "tramway", colour: "#8a3fc0", wide: 2.2 },
  { name: "métro", colour: "#b3146b", wide: 2.6 }, { name: "train", colour: "#1f2a44", wide: 2.8 },
  { name: "autre", colour: "#6b5b3e", wide: 1.6 }
];
A92.ASSUMED = 1; A92.ADDED = 2;
A92.LINE_ORIGINS = ["", " (départs supposés)", " (ligne du scénario)"];
A92.clock = function (seconds) {
  "use strict";
  var minutes = Math.floor(seconds / 60), hour = Math.floor(minutes / 60) % 24;
  return (hour + 24) % 24 + "\u00a0h\u00a0" + String((minutes % 60 + 60) % 60).padStart(2, "0");
};
/* « Bus 126 »; a name that says its type already stays as it is. */
A92.lineName = function (line) {
  "use strict";
  var type = A92.LINE_TYPES[line[1]].name;
  if (line[0].toLowerCase().indexOf(type) === 0 || type === "autre") return line[0];
  return type.charAt(0).toUpperCase() + type.slice(1) + "\u00a0" + line[0];
};

A92.transitLines = function (app) {
  "use strict";
  var map = app.map, data = app.data, state = app.state, transit = data.transit, /** @type {A92Timetables | null} */ timetables = null, /** @type {Promise<A92Timetables> | null} */ waiting = null, /** @type {Record<number, LinesOf>} */ drawn = {};
  var /** @type {Map<string, { packed: Packed[]; polygons?: Paths[] }>} */ isochrones = new Map(), shown = false;
  var pane = map.createPane("a92-lines");
  pane.style.zIndex = "360"; pane.style.pointerEvents = "none";
  app.rides = function () { return state.scenario + "/" + state.mode in transit.trips; };

  /* A figure says the day and the timetable of its scenario. */
  var compute = app.compute;
  app.compute = function () {
    data.modes.forEach(function (mode) { mode.note = transit.words.notes[state.scenario + "/" + mode.name] || mode.note; });
    return compute();
  };

  /* Isochrones: those of the scenario and the rule, as the run drew them; none of a trial, which the run does not know. */
  var isochronesOf = app.isochroneShapes, redraw = app.redraw, /** @type {Promise<void> | null} */ asked = null;
  /* By the headline mode each service has its own: those of a trial too. */
  function isHeadline() { return state.mode === data.headline.mode && !app.model.hasOtherStreets(state.scenario, state.mode); }
  function hasIsochrones() { return app.rides() && state.view === "times" && state.chosen === null && !app.trialled(); }
  app.isochroneShapes = function () {
    if (!app.rides() || isHeadline()) return isochronesOf();
    if (!hasIsochrones()) return [];
    if (!asked) asked = A92.unpack("ride-isochrones").then(function (buffer) {
      var tree = A92.tree(buffer, ["shapes"]);
      tree.of.forEach(function (/** @type {[string, number, number]} */ item) { isochrones.set(item[0] + "/" + item[1], { packed: tree.shapes[item[2]] }); });
      app.redraw();
    });
    var /** @type {Shape[]} */ shapes = [];
    data.thresholds.slice().reverse().forEach(function (threshold) {
      var item = isochrones.get([state.scenario, state.mode, state.rule, threshold].join("/"));
      if (threshold > state.threshold || !item) return;
      if (!item.polygons) item.polygons = item.packed.map(function (raw) { return A92.paths(raw, data.grid); });
      shapes.push({ polygons: item.polygons, fill: app.colourUnder(threshold), strokes: [] });
    });
    return shapes;
  };

  app.timetables = function () {
    if (!waiting) waiting = A92.unpack("timetables").then(function (buffer) {
      return timetables = new A92.Timetables(A92.tree(buffer, ["stops", "patterns"]), data.fine);
    });
    return waiting;
  };
  /* What a scenario draws: each way from a stop to the next once for a type and an origin of lines, with the calls that
     take it. */
  function read() { return /** @type {A92Timetables} */ (timetables); } /* once they are there */
  function stopsOf() { return read().stops; }
  function network() {
    var number = transit.timetables[state.scenario];
    if (!timetables) return null;
    if (drawn[number]) return drawn[number];
    var table = timetables.table(number), segments = new Map(), stops = new Map();
    for (var call = 0; call + 1 < table.stop.length; call++) {
      var a = table.stop[call], b = table.stop[call + 1], from = stopsOf()[a], to = stopsOf()[b];
      if (table.place[call] + 1 >= table.pattern[call].stops.length) continue;
      if (table.departure[call] >= transit.window[1]) continue;
      if (from.drawn) stops.set(a, true);
      if (to.drawn) stops.set(b, true);
      if (!from.drawn || !to.drawn || a === b) continue;
      var line = read().lineAt(table, call).line, key = Math.min(a, b) + "/" + Math.max(a, b) + "/" + line[1] + "/" + line[2];
      if (!segments.has(key)) segments.set(key, { a: a, b: b, type: line[1], origin: line[2], calls: [] });
      segments.get(key).calls.push(call);
    }
    return drawn[number] = { table: table, segments: Array.from(segments.values()), stops: Array.from(stops.keys()) };
  }

  function draw(/** @type {CanvasRenderingContext2D} */ context, /** @type {number} */ scale, /** @type {LPoint} */ origin, /** @type {number} */ zoom, /** @type {LPoint} */ full) {
    var net = /** @type {LinesOf} */ (network());
    if (!net) return;
    function place(/** @type {number} */ stop) { return [stopsOf()[stop].x * scale - origin.x, stopsOf()[stop].y * scale - origin.y]; }
    var grow = Math.max(0.7, Math.min(2, Math.pow(1.25, zoom - 13)));
    context.lineCap = "round";
    A92.LINE_TYPES.forEach(function (look, type) {
      [0, A92.ASSUMED, A92.ADDED].forEach(function (from) {
        context.beginPath();
        net.segments.forEach(function (segment) {
          if (segment.type !== type || segment.origin !== from) return;
          var a = place(segment.a), b = place(segment.b);
          if (Math.max(a[0], b[0]) < 0 || Math.min(a[0], b[0]) > full.x || Math.max(a[1], b[1]) < 0 || Math.min(a[1], b[1]) > full.y) return;
          context.moveTo(a[0], a[1]); context.lineTo(b[0], b[1]);
        });
        if (from === A92.ADDED) { context.strokeStyle = "#fff0a8"; context.lineWidth = look.wide * grow + 6; context.stroke(); }
        context.setLineDash(from === A92.ASSUMED ? [7, 5] : []);
        context.strokeStyle = look.colour; context.lineWidth = (look.wide + (from === A92.ADDED ? 1.5 : 0)) * grow; context.stroke();
        context.setLineDash([]);
      });
    });
    if (zoom < 13.5) return;
    context.fillStyle = "#fff"; context.strokeStyle = "#333"; context.lineWidth = 1.2;
    var r = zoom < 15 ? 2.2 : 3.6, /** @type {MapName[]} */ names = [];
    net.stops.forEach(function (stop) {
      var at = place(stop);
      if (at[0] < -60 || at[1] < -20 || at[0] > full.x + 60 || at[1] > full.y + 20) return;
      context.beginPath(); context.arc(at[0], at[1], r, 0, 6.2832); context.fill(); context.stroke();
      names.push({ at: [stopsOf()[stop].x, stopsOf()[stop].y - 9 / scale], text: stopsOf()[stop].name, from: 15, font: "600 10.5px", high: 10.5 });
    });
    /* One name for the stops of a place: the second of a pair would say the same beside it. */
    var near = new Map();
    names = names.filter(function (name) {
      var other = near.get(name.text), isApart = !other || Math.hypot(other[0] - name.at[0], other[1] - name.at[1]) * scale > 160;
      if (isApart) near.set(name.text, name.at);
      return isApart;
    });
    A92.drawNames(function () { return names; }, app.markedPlaces)(context, scale, origin, zoom, full, 1);
  }
  var drawing = new A92.Drawing("a92-lines", draw);

  /* The trip that is told, over all lines. */
  var told = new A92.Drawing("a92-lines", function (context, scale, origin) {
    var trip = app.toldTrip;
    if (!trip) return;
    function place(/** @type {number[]} */ at) { return [at[0] * scale - origin.x, at[1] * scale - origin.y]; }
    trip.forEach(function (part) {
      /** @type {[string, number][]} */ ([["#fff", 7], [part.colour, 4]]).forEach(function (ink) {
        context.beginPath();
        part.places.forEach(function (one, k) { var at = place(one); if (k) context.lineTo(at[0], at[1]); else context.moveTo(at[0], at[1]); });
        context.setLineDash(part.walked ? [1, 7] : []);
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = ink[0]; context.lineWidth = ink[1]; context.stroke();
      });
      context.setLineDash([]);
    });
  });
  told.addTo(map);
  app.tellTrip = function (trip) { app.toldTrip = trip; told.redraw(); };

  /* The checkbox, and the legend of what it shows. */
  var input = A92.make("input", { type: "checkbox", id: "a92-lines" });
  document.getElementById("a92-isochrone-note").before(A92.make("label", {}, [input, " Lignes et arrêts de transport"]));
  input.addEventListener("change", function () {
    shown = input.checked;
    app.timetables().then(function () {
      if (shown) drawing.addTo(map); else drawing.remove();
      legend();
    });
  });
  function legend() {
    var box = document.getElementById("a92-legend"), old = document.getElementById("a92-lines-legend"), net = shown && network();
    if (old) old.remove();
    if (!net) return;
    var present = new Set(net.segments.map(function (segment) { return segment.type + "/" + segment.origin; })), /** @type {HTMLElement[]} */ items = [];
    A92.LINE_TYPES.forEach(function (look, type) {
      ["", " a92-assumed", " a92-added"].forEach(function (style, from) {
        if (!present.has(type + "/" + from)) return;
        var mark = A92.make("i", { class: "a92-line-mark" + style, "aria-hidden": "true" });
        mark.style.borderTopColor = look.colour;
        items.push(A92.make("li", {}, [mark, look.name.charAt(0).toUpperCase() + look.name.slice(1) + A92.LINE_ORIGINS[from]]));
      });
    });
    box.append(A92.make("div", { id: "a92-lines-legend" }, [
      A92.make("h3", { text: "Lignes, d’un arrêt au suivant" }), A92.make("ul", { class: "a92-lines-legend" }, items),
      A92.make("p", { class: "a92-small", text: app.timetableWords() + " Un clic sur une ligne ou un arrêt dit ses départs." })
    ]));
  }
  app.timetableWords = function () {
    var words = transit.words, label = words.timetable;
    return "Départs du " + words.days[state.scenario] + ", " + words.window + "\u202f; " + label + ".";
  };
  app.redraw = function () {
    redraw();
    if (shown) { drawing.redraw(); legend(); }
    if (!app.rides() || isHeadline()) return;
    document.getElementById("a92-isochrone-note").textContent = hasIsochrones() ?
      "Isochrones en transports en commun\u00a0: celles des services comptés du scénario, jusqu’au seuil choisi, au " + transit.words.percentile + ". Elles illustrent\u202f; les chiffres viennent des points." :
      "Isochrones en transports en commun\u00a0: dessinées pour les services du scénario, sans essai, sans service choisi et hors différence.";
  };

  /* The departures of the window from a stop, by line and headsign; `calls`: some of those of the table. */
  function departures(/** @type {number[]} */ calls) {
    var net = /** @type {LinesOf} */ (network()), /** @type {Map<string, Departures>} */ groups = new Map();
    calls.forEach(function (call) {
      var leaves = net.table.departure[call];
      if (leaves < transit.window[0] || leaves >= transit.window[1] || net.table.pattern[call].noBoarding.has(net.table.place[call])) return;
      var on = read().lineAt(net.table, call), key = on.number + "/" + on.headsign;
      var group = groups.get(key);
      if (!group) groups.set(key, group = { line: on.line, headsign: on.headsign, from: net.table.stop[call], at: [] });
      group.at.push(leaves);
    });
    var rows = Array.from(groups.values());
    rows.forEach(function (row) { row.at.sort(function (a, b) { return a - b; }); });
    return rows.sort(function (a, b) { return a.line[1] - b.line[1] || a.line[0].localeCompare(b.line[0], "fr", { numeric: true }) || a.headsign.localeCompare(b.headsign, "fr"); });
  }
  function table(/** @type {Departures[]} */ rows, /** @type {boolean} */ from) {
    return A92.make("table", { class: "a92-calls" }, [
      A92.make("thead", {}, [A92.make("tr", {}, ["Ligne", from ? "De, vers" : "Vers", "Départs"].map(function (name) { return A92.make("th", { scope: "col", text: name }); }))]),
      A92.make("tbody", {}, rows.map(function (row) {
        var first = row.at.slice(0, 4).map(A92.clock).join(", ") + (row.at.length > 4 ? "…" : "");
        var way = (from ? stopsOf()[row.from].name + (row.headsign ? ", vers " : "") : "") + (row.headsign || (from ? "" : "—"));
        return A92.make("tr", {}, [A92.make("th", { scope: "row", text: A92.lineName(row.line) + A92.LINE_ORIGINS[row.line[2]] }), A92.make("td", { text: way }),
          A92.make("td", { text: row.at.length + "\u00a0: " + first })]);
      }))
    ]);
  }
  function tell(/** @type {LLatLng | LPair} */ at, /** @type {string} */ title, /** @type {Departures[]} */ rows, /** @type {boolean} */ from) {
    var content = A92.make("div", {}, [A92.make("h2", { text: title }),
      rows.length ? table(rows, from) : A92.make("p", { text: "Aucun départ dans la fenêtre." }),
      A92.make("p", { class: "a92-small", text: app.timetableWords() })]);
    L.popup({ maxWidth: 340, maxHeight: 320, autoPanPaddingTopLeft: [map.getSize().x > 900 ? 342 : 10, 10] }).setLatLng(at).setContent(content).openOn(map);
  }
  /* A stop of the map by its name. */
  app.stopNamed = function (name) { return stopsOf().find(function (stop) { return stop.drawn && stop.name === name; }); };
  /* Tells what lies under a place of the container; whether there is a stop or a line. */
  app.tellLineAt = function (point) {
    var net = /** @type {LinesOf} */ (shown ? network() : null);
    if (!net) return false;
    var scale = 256 * Math.pow(2, map.getZoom()), origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
    function place(/** @type {number} */ stop) { return [stopsOf()[stop].x * scale - origin.x, stopsOf()[stop].y * scale - origin.y]; }
    var /** @type {string | number | null} */ best = null, far = 9;
    if (map.getZoom() >= 13.5) net.stops.forEach(function (stop) {
      var at = place(stop), d = Math.hypot(at[0] - point.x, at[1] - point.y);
      if (d < far) { far = d; best = stop; }
    });
    var at = map.containerPointToLatLng(point);
    if (best !== null) {
      /* The stops of one name beside each other are one place for who looks for a bus. */
      var name = stopsOf()[best].name, p = place(best);
      var together = net.stops.filter(function (stop) {
        var q = place(stop);
        return stopsOf()[stop].name === name && Math.hypot(q[0] - p[0], q[1] - p[1]) < 40;
      });
      tell(at, "Arrêt " + name, departures(together.flatMap(function (stop) { return net.table.leaving[stop]; })), false);
      return true;
    }
    var way = /** @type {LineSegment | null} */ (null);
    far = 6;
    net.segments.forEach(function (segment) {
      var a = place(segment.a), b = place(segment.b), dx = b[0] - a[0], dy = b[1] - a[1], long = dx * dx + dy * dy;
      var t = long ? Math.max(0, Math.min(1, ((point.x - a[0]) * dx + (point.y - a[1]) * dy) / long)) : 0;
      var d = Math.hypot(a[0] + t * dx - point.x, a[1] + t * dy - point.y);
      if (d < far) { far = d; way = segment; }
    });
    var found = /** @type {LineSegment | null} */ (way);
    if (found === null) return false;
    var one = found.a, other = found.b;
    var along = net.segments.filter(function (segment) { return Math.min(segment.a, segment.b) === Math.min(one, other) && Math.max(segment.a, segment.b) === Math.max(one, other); });
    tell(at, stopsOf()[one].name + " – " + stopsOf()[other].name,
      departures(along.flatMap(function (segment) { return segment.calls; })), true);
    return true;
  };
};

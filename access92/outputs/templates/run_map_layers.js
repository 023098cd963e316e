/* The layers of the map: streets and water, communes, isochrones, people; what stands under the pointer. */
A92.layers = function (app) {
  "use strict";
  var map = app.map, data = app.data, model = app.model, state = app.state;
  Object.entries({ ground: 310, isochrones: 330, backdrop: 340, people: 350, areas: 370, names: 375 }).forEach(function (pane) {
    var element = map.createPane("a92-" + pane[0]);
    element.style.zIndex = String(pane[1]); element.style.pointerEvents = "none";
  });
  map.getPane("a92-isochrones").classList.add("a92-isochrones");

  var /** @type {{ water: Paths[][]; areas: Paths[][]; isochrones: Map<string, (Packed | Paths)[]>; around: Around }} */ backdrop = { water: [], areas: [], isochrones: new Map(), around: A92.readAround({}, data.grid) };
  function unpacked(/** @type {Packed[]} */ polygons) { return polygons.map(function (text) { return A92.paths(text, data.grid); }); }

  function waterShapes() { return backdrop.water.map(function (shape) { return { polygons: shape, fill: "#a9cfe0" }; }); }
  function areaShapes() {
    var shapes = backdrop.areas.map(/** @returns {Shape} */ function (shape) {
      return { polygons: shape, strokes: [["rgba(255,255,255,.85)", 3.2], ["#222", 1.2]] };
    });
    if (state.area !== null && backdrop.areas[state.area]) shapes.push({ polygons: backdrop.areas[state.area], strokes: [["#fff", 8], ["#0d3f80", 4]] });
    return shapes;
  }
  app.redrawAreas = function () { drawings.areas.redraw(); };
  /* Those of the counted services, widest first; of the chosen one alone. */
  app.isochroneShapes = function () {
    var /** @type {Shape[]} */ shapes = [];
    if (!app.isDrawnByRun() || state.view === "difference") return shapes;
    var rows = state.chosen === null ? model.rows(state.scenario, state.rule, state.trial) : [state.chosen];
    var outline = state.chosen !== null;
    data.thresholds.slice().reverse().forEach(function (threshold) {
      if (threshold > state.threshold || (outline && threshold !== state.threshold)) return;
      var colour = app.colourUnder(threshold);
      rows.forEach(function (row) {
        if (state.trial.moved.has(row)) return;
        var name = row + "/" + threshold, shape = backdrop.isochrones.get(name);
        if (!shape) return;
        if (shape[0] instanceof Uint8Array) backdrop.isochrones.set(name, shape = unpacked(/** @type {Packed[]} */ (shape)));
        shapes.push({ polygons: /** @type {Paths[]} */ (shape), fill: colour, strokes: outline ? [["#000", 2]] : [] });
      });
    });
    return shapes;
  };

  /* The streets that the scenario closes, by their numbers: the same for all modes. */
  app.closedByScenario = function () {
    var grounds = data.network ? data.network.grounds : {};
    var key = Object.keys(grounds).find(function (name) { return name.startsWith(state.scenario + "/") && grounds[name].closed.length; });
    return key ? grounds[key].closed : [];
  };
  /* The run drew those of its services by the headline mode, on the streets and at the pace of the first scenario. */
  app.isDrawnByRun = function () {
    return state.mode === data.headline.mode && !model.hasOtherStreets(state.scenario, state.mode) && !state.trial.closed.size &&
      !state.trial.speeds.has(state.mode) && data.thresholds.indexOf(state.threshold) >= 0;
  };

  var /** @type {Draw | null} */ streets = null, /** @type {ConcatArray<MapName>} */ streetNames = []; /* of every street of the study, once they are unpacked */
  app.showStreetNames = function (names) { streetNames = names; drawings.names.redraw(); };
  /* One canvas a layer: a change of colours draws the people again, not the streets. */
  var drawings = {
    ground: new A92.Drawing("a92-ground", A92.drawShapes(function () { return backdrop.around.green; })),
    /* Over the surfaces, so that no water is ever covered by one; under the people. */
    backdrop: new A92.Drawing("a92-backdrop", function (context, scale, origin, zoom, full, ratio) {
      [A92.drawShapes(waterShapes), A92.drawRails(backdrop.around.rails), streets].forEach(function (draw) {
        if (draw) draw(context, scale, origin, zoom, full, ratio);
      });
    }),
    isochrones: new A92.Drawing("a92-isochrones", A92.drawShapes(function () { return app.isochroneShapes(); })),
    people: new A92.Drawing("a92-people", A92.drawPoints(model, function () { return app.look; })),
    areas: new A92.Drawing("a92-areas", A92.drawShapes(areaShapes)),
    names: new A92.Drawing("a92-names", A92.drawNames(
      function () { return backdrop.around.names.concat(streetNames); }, function () { return app.markedPlaces(); }
    ))
  };
  var names = {
    backdrop: "Rues et eau", isochrones: "Isochrones (surfaces)", areas: "Limites des communes",
    people: "Habitants, par temps de trajet"
  };
  app.markerLayers = L.layerGroup().addTo(map);

  /* Checkboxes of the page's own, which the keyboard reaches in order. */
  var note = A92.make("p", { class: "a92-small", id: "a92-isochrone-note" });
  document.getElementById("a92-layers").append(note);
  function offer(/** @type {string} */ label, /** @type {LLayer} */ layer, /** @type {boolean} */ checked) {
    var input = A92.make("input", { type: "checkbox" });
    input.checked = checked;
    input.addEventListener("change", function () { if (input.checked) layer.addTo(map); else layer.remove(); });
    layer.on("add remove", function (event) { input.checked = event.type === "add"; });
    note.before(A92.make("label", {}, [input, " " + label]));
  }
  /* Online, while the study asks for it: our own ground gives way once its images are there. */
  function offerBasemap() {
    var item = data.basemap, said = A92.make("p", { class: "a92-small", id: "a92-online", role: "status" });
    if (!item) return;
    var online = item, layer = A92.onlineBasemap(online, function (now) {
      said.textContent = A92.onlineWords(online, now);
      if (now === "failed") app.say(said.textContent);
      [drawings.ground, drawings.backdrop].forEach(function (own) {
        if (now === "shown") own.remove(); else if (now !== "loading") own.addTo(map);
      });
    });
    offer("Fond en ligne\u00a0: " + item.label + " (demande internet)", layer, true);
    note.before(said);
    layer.addTo(map);
  }
  offer("Services", app.markerLayers, true);
  /** @type {(keyof typeof names)[]} */ (Object.keys(names)).forEach(function (name) { offer(names[name], drawings[name], true); });

  app.redrawNames = function () { drawings.names.redraw(); };
  app.redraw = function () {
    drawings.isochrones.redraw(); drawings.people.redraw();
    var mode = A92.named(data.modes, data.headline.mode);
    var hasIsochrones = state.view === "times" && (app.isDrawnByRun() || model.grounds.searches(state.mode));
    document.getElementById("a92-isochrone-note").textContent = hasIsochrones ?
      "Isochrones\u00a0: celles des services comptés, jusqu’au seuil choisi" + (data.network ? "\u00a0; d’un service nouveau ou déplacé, d’un autre pas, d’un autre mode ou d’une rue fermée, une bande de " + A92.REACH_M + "\u00a0m de part et d’autre des rues d’où l’on arrive à temps, plus étroite que le contour du calcul, qui couvre aussi le terrain entre les rues" : "") + ". Elles illustrent\u00a0; les chiffres viennent des points." :
      "Isochrones\u00a0: dessinées pour « " + mode.label + " » seulement, sur les rues du premier scénario, hors différence.";
  };

  app.readBackdrop = function (content) {
    streets = A92.drawStreets(content.streets.map(function (text) { return A92.paths(text, data.grid); }));
    backdrop.water = content.water.map(unpacked);
    backdrop.around = A92.readAround(Object.assign(content.around, { green: content.green, rails: content.rails }), data.grid);
    if (backdrop.around.green.length) { offer("Bois et parcs", drawings.ground, true); drawings.ground.addTo(map); }
    if (backdrop.around.names.length) { offer("Noms des lieux, gares", drawings.names, true); drawings.names.addTo(map); }
    backdrop.areas = content.areas.map(unpacked);
    content.isochrones_of.forEach(function (of, i) { backdrop.isochrones.set(of.join("/"), content.isochrones[i]); });
    app.addPlacesToSearch(backdrop.around.names);
    drawings.backdrop.addTo(map); drawings.areas.addTo(map); drawings.isochrones.addTo(map);
    offerBasemap();
    app.areaBounds = backdrop.areas.map(function (shape) {
      var bounds = L.latLngBounds([]);
      shape.forEach(function (paths) {
        for (var k = 0; k < paths.x.length; k++) bounds.extend(app.latLng(paths.x[k], paths.y[k]));
      });
      return bounds;
    });
  };
  /* Whether a place lies in an area: a ray to the east crosses its borders an odd number of times. */
  app.isInArea = function (i, x, y) {
    var inside = false;
    (backdrop.areas[i] || []).forEach(function (paths) {
      for (var part = 0; part + 1 < paths.start.length; part++) {
        for (var k = paths.start[part], j = paths.start[part + 1] - 1; k < paths.start[part + 1]; j = k++) {
          if ((paths.y[k] > y) !== (paths.y[j] > y) &&
            x < paths.x[k] + (y - paths.y[k]) / (paths.y[j] - paths.y[k]) * (paths.x[j] - paths.x[k])) inside = !inside;
        }
      }
    });
    return inside;
  };
  app.isInside = function (at) {
    var p = map.options.crs.latLngToPoint(L.latLng(at), 0);
    return app.areaAt([p.x / 256, p.y / 256]) >= 0;
  };
  app.showPeople = function () { drawings.people.addTo(map); };

  /* The demand point nearest to a place of the container, or −1. */
  app.pointAt = function (at, reach) {
    return A92.pointAt(map, model, model.population[state.public], at, reach);
  };
  function timeWords(/** @type {Nearest} */ nearest, /** @type {number} */ i) {
    var code = nearest.code[i], provider = nearest.provider[i];
    if (provider === -1) return "plus de " + A92.plain(data.cutoff) + "\u00a0min, ou hors du réseau";
    if (nearest.ms) return A92.minutes(nearest.ms[i]) + " vers " + (provider < -1 ? "le " : "") + app.nameOf(provider);
    return A92.number(code ? data.edges[code - 1] : 0, 1) + "\u00a0min vers " + data.services[provider].name;
  }
  app.describePoint = function (i) {
    var words = A92.counted(model.population[state.public][i], app.publicNoun()) +
      (state.public === "all" ? "" : " (" + app.publicLabel() + ")") + "\u00a0: ";
    if (state.view === "difference" && app.before) return words + "avant, " + timeWords(app.before, i) + "\u202f; après, " + (app.after ? timeWords(app.after, i) : "");
    return words + (app.after ? timeWords(app.after, i) : "");
  };
  var tip = L.tooltip({ className: "a92-tip", direction: "top", offset: [0, -6] }), waiting = false, /** @type {LPoint | null} */ last = null, told = -1, crossed = -1;
  app.hideTip = function () { told = -1; tip.remove(); };
  function tell(/** @type {number} */ i) {
    told = i;
    tip.setLatLng(app.latLng(model.x[i], model.y[i])).setContent(A92.make("span", { text: app.describePoint(i) }));
    if (!map.hasLayer(tip)) tip.addTo(map);
  }
  function tellCrossed() {
    document.getElementById("a92-point").textContent = crossed < 0 ? "Aucun lieu habité sous la croix." : app.describePoint(crossed);
  }
  /* What is told of a place follows every change, as the figures do. */
  app.tellAgain = function () {
    if (told >= 0 && map.hasLayer(tip)) tell(told);
    if (document.getElementById("a92-point").textContent !== "") tellCrossed();
  };
  function hover() {
    waiting = false;
    if (!app.after || !last) return;
    var i = app.pointAt(last, Math.max(8, 1.5 * A92.radius(map.getZoom())));
    if (i < 0) { app.hideTip(); return; }
    tell(i);
  }
  map.on("mousemove", function (event) {
    last = event.containerPoint;
    if (!waiting) { waiting = true; requestAnimationFrame(hover); }
  });
  map.on("mouseout", function () { last = null; app.hideTip(); });
  map.on("click", function (event) {
    if (state.chosen !== null) { app.choose(null); return; }
    last = event.containerPoint; hover(); last = null;
  });
  /* With the keyboard, the point under the cross. */
  map.on("moveend", function () {
    if (!app.after || document.activeElement !== map.getContainer()) return;
    var i = app.pointAt(map.getSize().divideBy(2), 60);
    crossed = i;
    tellCrossed();
    if (i < 0) { app.hideTip(); return; }
    tell(i);
  });
};

/* What the reader tries, kept as one list of actions (run_map_trials.js) and shown; and the marks of new services, dragged
   onto the map, of which the page computes the very times. */
A92.trialState = function (app) {
  "use strict";
  var data = app.data, state = app.state, model = app.model, /** @type {Action[]} */ actions = [], /** @type {(() => void)[]} */ watchers = [];
  var rowOf = new Map(data.services.map(function (service, row) { return [service.id, row]; }));
  /** @template T @param {T} list @returns {T} */
  function copy(list) { return JSON.parse(JSON.stringify(list)); }

  /* state.trial is what the list amounts to, in rows of services and numbers of streets; an action that speaks of what this
     study has not is left out, and said. */
  function derive() {
    var fold = A92.Trial.fold(actions), trial = state.trial, inScenario = new Set(model.scenario(state.scenario).rows);
    function rowsOf(/** @type {string} */ id) { var row = rowOf.get(id); return row === undefined ? [] : [row]; }
    function rows(/** @type {Iterable<string>} */ ids) { return Array.from(ids).flatMap(rowsOf); }
    trial.removed = new Set(rows(fold.removed).filter(function (row) { return inScenario.has(row); }));
    trial.extra = new Set(rows(fold.counted).filter(function (row) { return !inScenario.has(row); }));
    trial.moved = new Map();
    fold.moved.forEach(function (at, id) { rowsOf(id).forEach(function (row) { trial.moved.set(row, at); }); });
    trial.places = fold.added.map(function (one) {
      return { id: one.service_id, name: one.name, kind: one.service_kind, lon: one.lon, lat: one.lat, number: +one.service_id.replace(/\D/g, "") || 0 };
    });
    trial.speeds = fold.speeds;
    trial.closedIds = fold.closed;
    var streets = model.grounds.ready.network;
    trial.closed = new Set(streets ? Array.from(fold.closed, streets.ids.find).filter(function (street) { return street >= 0; }) : []);
    if (fold.threshold !== null) state.threshold = fold.threshold;
    else if (data.thresholds.indexOf(state.threshold) < 0) state.threshold = data.headline.threshold;
  }
  function refusal(/** @type {Action} */ action) {
    var fault = A92.Trial.fault(action);
    if (fault) return fault;
    var id = "service_id" in action ? action.service_id : "";
    var knows = rowOf.has(id) || actions.some(function (other) { return other.kind === "add_service" && other.service_id === id; });
    if (/^(move|remove|count)_service$/.test(action.kind) && !knows) return "Essai laissé de côté\u00a0: le service «\u00a0" + id + "\u00a0» n’est pas de cette étude.";
    if (action.kind === "add_service" && rowOf.has(action.service_id)) return "Essai laissé de côté\u00a0: «\u00a0" + action.service_id + "\u00a0» est déjà un service de l’étude.";
    if (action.kind === "add_service" && !data.kinds.some(function (kind) { return kind.name === action.service_kind; })) return "Essai laissé de côté\u00a0: la catégorie «\u00a0" + action.service_kind + "\u00a0» n’est pas de cette étude.";
    if (!data.network && /^(add_service|move_service|close_street|open_street|set_speed)$/.test(action.kind)) return "Essai laissé de côté\u00a0: cette page n’a pas le réseau des rues.";
    if (action.kind === "set_threshold" && action.threshold_min !== null && action.threshold_min > data.cutoff) return "Essai laissé de côté\u00a0: les temps ne vont que jusqu’à " + A92.plain(data.cutoff) + "\u00a0min.";
    if (action.kind === "set_speed") {
      var mode = data.modes.find(function (item) { return item.name === action.mode; });
      if (!mode || !mode.kmh) return "Essai laissé de côté\u00a0: «\u00a0" + action.mode + "\u00a0» n’est pas un mode à pied de cette étude.";
    }
    var streets = model.grounds.ready.network;
    if ("lon" in action && data.network && !model.grounds.hasStreetNear(action.lon, action.lat)) {
      return "Essai laissé de côté\u00a0: aucune rue à moins de " + A92.plain(data.network.reach.limitM) + "\u00a0m de l’endroit donné à «\u00a0" + ("name" in action ? action.name : nameOf(id)) + "\u00a0»\u00a0; personne n’atteindrait un service à cet endroit.";
    }
    if ("edge_ids" in action && streets) {
      var lost = action.edge_ids.filter(function (id) { return streets.ids.find(id) < 0; });
      if (lost.length === action.edge_ids.length) return "Essai laissé de côté\u00a0: la rue «\u00a0" + lost[0] + "\u00a0» n’est pas de cette étude.";
    }
    return "";
  }
  function nameOf(/** @type {string} */ id) { var row = rowOf.get(id); return row === undefined ? id : data.services[row].name; }
  function changed() { derive(); app.showPlaces(); watchers.forEach(function (watch) { watch(); }); }
  function streetsFirst(/** @type {Action[]} */ list) {
    var needed = data.network && list.some(function (action) { return /_street$|^(add|move)_service$/.test(action && action.kind); });
    return needed ? model.grounds.loadStreets() : Promise.resolve();
  }
  app.trials = {
    actions: function () { return copy(actions); },
    onChange: function (watch) { watchers.push(watch); },
    /* Services that were counted and cannot be any more: as if that had never been asked. */
    drop: function (rows) {
      var ids = new Set(rows.map(function (row) { return data.services[row].id; }));
      actions = actions.filter(function (action) { return !(action.kind === "count_service" && ids.has(action.service_id)); });
      changed();
    },
    /* Without a drawing: who calls it shows the page next. */
    reset: function () { if (actions.length) { actions = []; changed(); } else derive(); },
    set: function (list) {
      return streetsFirst(list).then(function () {
        var /** @type {string[]} */ refused = [];
        actions = [];
        copy(list).forEach(function (action) {
          var why = refusal(action);
          if (why) refused.push(why); else actions.push(action);
        });
        changed();
        return app.set({}).then(function () { app.say(refused.join(" ")); return refused; });
      });
    },
    /* One more action; a move just after a move of the same service takes its place. */
    act: function (action) {
      return streetsFirst([action]).then(function () {
        var why = refusal(action), last = actions[actions.length - 1];
        if (why) { app.say(why); return [why]; }
        if (last && last.kind === action.kind && (last.kind === "set_threshold" ||
          (last.kind === "move_service" && action.kind === "move_service" && last.service_id === action.service_id) ||
          (last.kind === "set_speed" && action.kind === "set_speed" && last.mode === action.mode))) actions.pop();
        actions.push(copy(action));
        changed();
        return app.set({}).then(function () { return []; });
      });
    }
  };
  /* What a trial makes impossible, in sentences: nothing else on the page would say why figures fall to nothing. */
  app.trialFaults = function () {
    if (!data.network || !model.grounds.searches(state.mode) || !model.grounds.has(state.scenario, state.mode)) return [];
    var ground = model.grounds.ground(state.scenario, state.mode, state.trial), trial = state.trial;
    function isFar(/** @type {LPair} */ at) { var metres = model.grounds.placeAt(at[0], at[1]); return !ground.link(metres[0], metres[1], 2).length; }
    if (!model.grounds.hasCircuit(ground)) return ["Plus aucune rue n’est ouverte d’un lieu à l’autre par ce mode\u00a0: personne n’atteint plus rien (un calcul le refuserait)."];
    var far = trial.places.filter(function (place) { return isFar([place.lon, place.lat]); }).map(function (place) { return place.name; })
      .concat(Array.from(trial.moved).filter(function (pair) { return isFar(pair[1]); }).map(function (pair) { return data.services[pair[0]].name; }));
    return far.length ? ["Loin de toute rue que ce mode emprunte, personne ne l’atteint\u00a0: " + far.join("\u202f; ") + "."] : [];
  };
  app.trialled = function () { return A92.Trial.compact(actions).some(function (action) { return action.kind !== "set_threshold"; }); };
};

A92.newPlaces = function (app) {
  "use strict";
  var data = app.data, state = app.state, map = app.map, model = app.model;
  var add = document.getElementById("a92-add"), list = document.getElementById("a92-new-list");
  var layer = L.layerGroup().addTo(map), marks = new Map();
  app.placeName = function (i) {
    var place = state.trial.places[i];
    return place ? place.name : "service nouveau";
  };
  app.showPlaces = function () {};
  app.showRefusal = function () { return []; };
  app.misplaced = function () { return ""; };
  app.addPlace = function () {
    app.say("Cette page n’a pas le réseau des rues\u00a0: un service nouveau demande un calcul.");
    return Promise.resolve(null);
  };
  A92.trialState(app);
  if (!add) return;

  /* Degrees as a link or a file has them: what is computed is what is written. */
  function degrees(/** @type {LLatLng | LPair} */ at) { at = L.latLng(at); return { lon: Math.round(at.lng * 1e6) / 1e6, lat: Math.round(at.lat * 1e6) / 1e6 }; }
  function linksOf(/** @type {number} */ lon, /** @type {number} */ lat) {
    var metres = model.grounds.placeAt(lon, lat);
    return model.grounds.ground(state.scenario, state.mode, state.trial).link(metres[0], metres[1], 2);
  }
  /* Why no service can stand at a place, or "". */
  app.misplaced = misplaced;
  function misplaced(/** @type {LLatLng} */ at) {
    var place = degrees(at);
    return linksOf(place.lon, place.lat).length ? "" : "Aucune rue que ce mode emprunte à moins de " + A92.plain(data.network.reach.limitM) + "\u00a0m d’ici\u00a0: personne n’y atteindrait un service.";
  }
  /* Where a new service joins the streets, in words. */
  function words(/** @type {NewPlace} */ place) {
    if (!model.grounds.searches(state.mode)) return "non compté par ce mode, qui demande un calcul";
    var links = linksOf(place.lon, place.lat), streets = model.grounds.ready.network;
    if (!links.length) return "loin de toute rue que ce mode emprunte\u00a0: personne ne l’atteint";
    return A92.number(links[0].metres) + "\u00a0m à pied jusqu’à " + (streets.names(links[0].street) || "la rue la plus proche");
  }
  function kindOf(/** @type {string} */ name) { return A92.named(data.kinds, name); }
  function indexOf(/** @type {string} */ id) { return state.trial.places.findIndex(function (place) { return place.id === id; }); }
  function remove(/** @type {string} */ id) {
    if (state.chosen !== null && state.chosen < -1) { map.closePopup(); state.chosen = null; } /* places are counted anew */
    app.trials.act({ kind: "remove_service", service_id: id });
    add.focus();
  }
  function move(/** @type {string} */ id, /** @type {LLatLng} */ at) { return app.trials.act(Object.assign({ kind: /** @type {"move_service"} */ ("move_service"), service_id: id }, degrees(at))); }
  function listPlaces() {
    list.replaceChildren.apply(list, state.trial.places.map(function (place, i) {
      var see = A92.make("button", { type: "button", class: "a92-link", text: "voir", "aria-label": "Voir le " + app.placeName(i) });
      var drop = A92.make("button", { type: "button", class: "a92-link", text: "retirer", "aria-label": "Retirer le " + app.placeName(i) });
      see.addEventListener("click", function () { app.closeSheet(); var mark = marks.get(place.id); map.setView(mark.getLatLng(), 14, { animate: false }); mark.openPopup(); });
      drop.addEventListener("click", function () { remove(place.id); });
      return A92.make("li", {}, [app.placeName(i) + " (" + kindOf(place.kind).label + ")", A92.make("span", { class: "a92-joined", text: "" }), " ", see, " ", drop]);
    }));
    tellJoined();
  }
  function tellJoined() {
    if (!app.ready || !app.ready()) return;
    Array.from(list.querySelectorAll(".a92-joined")).forEach(function (span, i) {
      if (state.trial.places[i]) span.textContent = "\u00a0: " + words(state.trial.places[i]);
    });
  }
  /* Marks follow the list of actions, whoever made it. */
  app.showPlaces = function () {
    var kept = new Set(state.trial.places.map(function (place) { return place.id; }));
    marks.forEach(function (mark, id) { if (!kept.has(id)) { layer.removeLayer(mark); marks.delete(id); } });
    state.trial.places.forEach(function (place) {
      if (!marks.has(place.id)) marks.set(place.id, makeMark(place));
      marks.get(place.id).setLatLng([place.lat, place.lon]);
    });
    listPlaces();
  };
  app.showRefusal = function () { /* nothing is dropped: by a mode that rides a new service waits, uncounted */
    var why = state.trial.places.length + state.trial.moved.size && !model.grounds.searches(state.mode) ?
      "Par ce mode, un service nouveau ou déplacé demande un calcul (access92 run)\u00a0: il n’est pas compté ici." : "";
    var note = document.getElementById("a92-add-refused");
    note.textContent = why; note.hidden = !why;
    tellJoined();
    return [];
  };
  app.markOf = function (id) { return marks.get(id); };

  function makeMark(/** @type {NewPlace} */ place) {
    var id = place.id, look = kindOf(place.kind), stood = L.latLng(place.lat, place.lon), waiting = false;
    var marker = L.marker(stood, {
      draggable: true, autoPan: true, zIndexOffset: 2000, alt: place.name, title: place.name + "\u00a0: à déplacer",
      icon: L.divIcon({ className: "a92-pin a92-new", iconSize: [26, 26], popupAnchor: [0, -10], html: A92.pinSign("+", look.colour) })
    });
    function settle() { /* back to where it was when the new place will not do */
      var why = misplaced(marker.getLatLng());
      if (why) { marker.setLatLng(stood); app.say(why); return; }
      stood = marker.getLatLng();
      move(id, stood);
    }
    marker.on("dragstart", function () { marker.closePopup(); stood = marker.getLatLng(); });
    marker.on("drag", function () { /* the figures follow the hand, one computation a frame at most */
      if (waiting || !app.ready()) return;
      waiting = true;
      requestAnimationFrame(function () {
        waiting = false;
        var place = state.trial.places[indexOf(id)];
        if (!place || misplaced(marker.getLatLng())) return;
        Object.assign(place, degrees(marker.getLatLng()));
        app.update();
      });
    });
    marker.on("dragend", settle);
    marker.bindPopup(function () {
      var i = indexOf(id), drop = A92.make("button", { type: "button", text: "Retirer ce service nouveau" });
      if (i < 0) return A92.make("div");
      drop.addEventListener("click", function () { remove(id); });
      return A92.make("div", {}, [A92.make("h3", { text: app.placeName(i) }), A92.make("p", { text: look.label + "\u202f; " + words(state.trial.places[i]) + "." }),
        ...app.reachWords(-2 - i).map(function (text) { return A92.make("p", { text: text }); }), drop]);
    }, { maxWidth: 300 });
    marker.on("popupopen", function () { app.choose(-2 - indexOf(id)); });
    marker.on("popupclose", function () { if (state.chosen !== null && state.chosen < -1) app.choose(null); });
    layer.addLayer(marker);
    /* With the keyboard too: arrows move it, Delete removes it. */
    /** @type {HTMLElement} */ (marker.getElement()).addEventListener("keydown", function (event) {
      var step = { ArrowUp: [0, -12], ArrowDown: [0, 12], ArrowLeft: [-12, 0], ArrowRight: [12, 0] }[event.key];
      if (event.key === "Delete") { event.preventDefault(); remove(id); }
      if (!step) return;
      event.preventDefault(); event.stopPropagation();
      stood = marker.getLatLng();
      marker.setLatLng(map.containerPointToLatLng(map.latLngToContainerPoint(stood).add(step)));
      settle();
    });
    return marker;
  }

  /* A new service at a place: a promise of it, or null where it cannot stand there. */
  app.addPlace = function (at) {
    var scenario = state.scenario, mode = state.mode;
    if (!model.grounds.searches(mode)) {
      app.say("Par ce mode, un service nouveau demande un calcul (access92 run)\u00a0: choisir la marche, le vélo ou la voiture.");
      return Promise.resolve(null);
    }
    return Promise.all([app.begun, model.load(scenario, mode)]).then(function () {
      var why = state.scenario !== scenario ? "Le scénario a changé\u00a0: le service nouveau n’a pas été posé." : misplaced(at);
      app.say(why);
      if (why) return null;
      var id = A92.Trial.newId(app.trials.actions(), data.services.map(function (service) { return service.id; }));
      var action = { kind: /** @type {"add_service"} */ ("add_service"), service_id: id, name: "service nouveau n°\u00a0" + id.replace(/\D/g, ""), service_kind: document.getElementById("a92-new-kind").value };
      return app.trials.act(Object.assign(action, degrees(at))).then(function () { return state.trial.places[indexOf(id)] || null; });
    });
  };
  /* Dragged by pointer events, mouse and finger alike (no browser agrees on dragging a button); a click puts it in the middle. */
  var /** @type {number[] | null} */ from = null, /** @type {HTMLDivElement | null} */ ghost = null, dragged = false, container = map.getContainer();
  function letGo() { if (ghost) ghost.remove(); ghost = from = null; }
  add.addEventListener("pointerdown", function (event) {
    if (add.disabled || event.button) return;
    from = [event.clientX, event.clientY];
    add.setPointerCapture(event.pointerId);
  });
  add.addEventListener("pointermove", function (event) {
    if (!from || (!ghost && Math.hypot(event.clientX - from[0], event.clientY - from[1]) < 6)) return;
    if (!ghost) document.body.append(ghost = A92.make("div", { class: "a92-ghost", "aria-hidden": "true", text: "+" }));
    ghost.style.transform = "translate(" + event.clientX + "px, " + event.clientY + "px)";
  });
  add.addEventListener("pointerup", function (event) {
    dragged = ghost !== null;
    letGo();
    if (!dragged) return;
    setTimeout(function () { dragged = false; }); /* after the click that follows */
    if (container.contains(document.elementFromPoint(event.clientX, event.clientY))) app.addPlace(map.mouseEventToLatLng(event));
  });
  add.addEventListener("pointercancel", letGo);
  add.addEventListener("click", function () {
    if (dragged) return;
    app.closeSheet();
    app.addPlace(map.getCenter()).then(function (place) {
      var mark = place && app.markOf(place.id), element = mark && mark.getElement();
      if (element) element.focus({ preventScroll: true });
    });
  });
};

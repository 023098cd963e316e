/* Trials beyond services: any threshold, the walking speed, streets that close, a service that moves; each is an action
   (run_map_trials.js), and the page computes it at once. */
A92.whatIf = function (app) {
  "use strict";
  var map = app.map, data = app.data, model = app.model, state = app.state, closedLayer = L.layerGroup().addTo(map), /** @type {((u: number, v: number) => LPair) | null} */ toWorld = null;
  var place = /** @type {HTMLElement} */ (document.getElementById("a92-services-title").parentElement);
  function triedThreshold() { return app.trials.actions().flatMap(function (item) { return item.kind === "set_threshold" ? [item.threshold_min] : []; }).pop(); }
  function mode() { return A92.named(data.modes, state.mode); }
  function usualKmh() { var of = A92.named(data.scenarios, state.scenario).kmh; return of[state.mode] || mode().kmh; }

  /* The threshold: whole minutes, beside those of the study. */
  var minutes = A92.make("input", { type: "number", id: "a92-minutes", min: "1", max: String(Math.min(60, Math.floor(data.cutoff))), step: "1" });
  var minutesSaid = A92.make("p", { role: "status", class: "a92-small" });
  minutes.addEventListener("change", function () {
    var value = +minutes.value, written = minutes.value === "" ? "ce qui est écrit" : A92.plain(minutes.value);
    if (minutes.value === "" || value % 1 || value < 1 || value > +minutes.max) { /* told, and what is shown stays */
      minutes.value = String(state.threshold);
      minutesSaid.textContent = "Le seuil est un nombre entier de minutes, de 1 à " + minutes.max + "\u00a0: " + written + " n’est pas pris, il reste à " + A92.plain(state.threshold) + "\u00a0min.";
      return;
    }
    app.trials.act({ kind: "set_threshold", threshold_min: data.thresholds.indexOf(value) >= 0 ? null : value }).then(function (refused) {
      if (!refused.length && data.thresholds.indexOf(value) >= 0) return app.set({ threshold: value });
      return show();
    });
  });
  /* While a trial sets the threshold no other choice changes it but the choice of a threshold. */
  var set = app.set;
  app.set = function (changes) {
    var tried = triedThreshold();
    if ("threshold" in changes && typeof tried === "number") changes = Object.assign({}, changes, { threshold: tried });
    return set(changes);
  };
  document.getElementById("a92-threshold").addEventListener("change", function (event) {
    var value = data.thresholds[+document.getElementById("a92-threshold").value];
    if (triedThreshold() === undefined) return;
    event.stopImmediatePropagation(); /* before the choice is undone by the trial */
    app.trials.act({ kind: "set_threshold", threshold_min: null }).then(function () { return app.set({ threshold: value }); });
  }, true);

  /* The pace: computed when the hand lets go, told while it moves. */
  var speed = A92.make("input", { type: "range", id: "a92-speed", min: String(A92.Trial.SPEED_KMH[0]), max: String(A92.Trial.SPEED_KMH[1]), step: "0.1" });
  var speedWords = A92.make("output", { for: "a92-speed" }), speedNote = A92.make("p", { class: "a92-small" });
  function tellSpeed() {
    var words = A92.number(+speed.value, 1) + "\u00a0km/h";
    speedWords.textContent = words;
    speed.setAttribute("aria-valuetext", words);
  }
  speed.addEventListener("input", tellSpeed);
  speed.addEventListener("change", function () {
    var value = Math.round(10 * +speed.value) / 10;
    app.trials.act({ kind: "set_speed", mode: state.mode, speed_kmh: value === usualKmh() ? null : value });
  });

  /* The next click on the map answers a question; Escape takes it back. */
  function pick(/** @type {string} */ words, /** @type {(at: LLatLng) => void} */ then, tell = /** @type {((at: LLatLng) => string) | null} */ (null)) {
    app.picking = then;
    asked = words + " (Échap\u00a0: renoncer\u00a0; au clavier, Entrée sur la croix)";
    underCross = tell;
    app.closeSheet();
    map.getContainer().classList.add("a92-picking");
    app.say(asked);
    map.getContainer().focus({ preventScroll: true });
  }
  /* With the keyboard: what the cross is on, before Enter takes it. */
  var asked = "", /** @type {((at: LLatLng) => string) | null} */ underCross = null;
  map.on("moveend", function () {
    if (app.picking && underCross && document.activeElement === map.getContainer()) app.say(asked + ". Sous la croix\u00a0: " + underCross(map.getCenter()) + ".");
  });
  function stop() { app.picking = null; map.getContainer().classList.remove("a92-picking"); app.say(""); }
  function answer(/** @type {LLatLng} */ at) { var then = app.picking; stop(); if (then) then(at); }
  map.getContainer().addEventListener("click", function (event) {
    if (!app.picking || !(event.target instanceof Element) || event.target.closest(".leaflet-control, #a92-legend-box, #a92-way, button")) return;
    event.stopPropagation(); event.preventDefault();
    answer(map.mouseEventToLatLng(event));
  }, true);
  map.getContainer().addEventListener("keydown", function (event) {
    if (!app.picking) return;
    if (event.key === "Escape") { event.stopPropagation(); stop(); }
    if (event.key === "Enter" && event.target === map.getContainer()) { event.stopPropagation(); event.preventDefault(); answer(map.getCenter()); }
  }, true);

  /* Streets: the nearest that the mode uses, up to some pixels from the click. */
  var PIXELS = 14, closing = A92.make("button", { type: "button", id: "a92-close-street", text: "Fermer une rue ou un pont\u00a0: cliquer dessus" }), list = A92.make("ul", { id: "a92-closed-list" });
  closing.addEventListener("click", function () { pick("Cliquer sur la rue à fermer", closeAt, nameAt); });
  function streetAt(/** @type {LLatLng} */ at) {
    var metres = model.grounds.placeAt(at.lng, at.lat), reach = PIXELS * 40075016.686 * Math.cos(at.lat * Math.PI / 180) / (256 * Math.pow(2, map.getZoom()));
    var network = model.grounds.ground(state.scenario, state.mode, null).network, best = -1, best2 = reach * reach;
    A92.aroundPlace(/** @type {SegmentIndex} */ (model.grounds.index), metres[0], metres[1], best2, function (street, _, __, away2) {
      if (away2 < best2 && network.code[street] >= 0 && !state.trial.closed.has(street)) { best2 = away2; best = street; }
      return best2;
    });
    return best;
  }
  function nameAt(/** @type {LLatLng} */ at) {
    var street = streetAt(at);
    return street < 0 ? "aucune rue que ce mode emprunte" : model.grounds.ready.network.names(street) || "rue sans nom";
  }
  function close(/** @type {number[]} */ numbers) {
    var streets = model.grounds.ready.network;
    map.closePopup();
    return app.trials.act({ kind: "close_street", edge_ids: numbers.map(streets.ids.of) });
  }
  function metresOf(/** @type {number[]} */ numbers) {
    var streets = model.grounds.ready.network;
    return A92.number(numbers.reduce(function (sum, street) { return sum + streets.lengthMm[street]; }, 0) / 1000) + "\u00a0m";
  }
  /* Of a street in several parts the reader says which: the one that was clicked, or all that bear its name and touch. */
  function closeAt(/** @type {LLatLng} */ at) {
    var street = streetAt(at), streets = model.grounds.ready.network;
    if (street < 0) { app.say("Aucune rue que ce mode emprunte à cet endroit\u00a0: rien n’est fermé."); return; }
    var whole = A92.wholeStreet(streets, street).filter(function (one) { return !state.trial.closed.has(one); }), name = streets.names(street);
    if (whole.length < 2) { close([street]); return; }
    var part = A92.make("button", { type: "button", id: "a92-close-part", text: "Fermer ce tronçon (" + metresOf([street]) + ")" });
    var all = A92.make("button", { type: "button", id: "a92-close-whole", text: "Fermer toute la rue (" + whole.length + " tronçons, " + metresOf(whole) + ")" });
    part.addEventListener("click", function () { close([street]); });
    all.addEventListener("click", function () { close(whole); });
    L.popup({ maxWidth: 280 }).setLatLng(at).setContent(A92.make("div", {}, [A92.make("h3", { text: name }),
      A92.make("p", {}, [part]), A92.make("p", {}, [all])])).openOn(map);
    part.focus({ preventScroll: true });
  }
  function latLng(/** @type {number} */ x, /** @type {number} */ y) {
    toWorld = toWorld || A92.polynomials(data.network.projection.to_world);
    var at = toWorld(x, y);
    return app.latLng(at[0], at[1]);
  }
  var shownClosed = "";
  function showClosed() {
    var streets = model.grounds.ready.network, key = [state.scenario, !!streets, ...state.trial.closed].join();
    if (key === shownClosed) return; /* what is dragged redraws nothing that is closed */
    shownClosed = key;
    closedLayer.clearLayers();
    if (!streets) { list.replaceChildren(); return; }
    function draw(/** @type {Iterable<number>} */ numbers, /** @type {object} */ ink) {
      var lines = Array.from(numbers, function (street) {
        return A92.lineOf(streets, { street: street, from: 0, to: 1 }).map(function (at) { return latLng(at[0], at[1]); });
      });
      [{ color: "#fff", weight: 9, className: "a92-closed" }, ink].forEach(function (look) {
        if (lines.length) L.polyline(lines, Object.assign({ interactive: false }, look)).addTo(closedLayer);
      });
    }
    /* Those of the scenario too, in another ink: they are closed whatever is tried. */
    draw(app.closedByScenario(), { color: "#5b4636", weight: 5, dashArray: "1 9", lineCap: "round", className: "a92-closed-by-scenario" });
    draw(state.trial.closed, { color: "#b3261e", weight: 5, dashArray: "1 9", lineCap: "round" });
    var /** @type {Map<string, number[]>} */ byName = new Map();
    state.trial.closed.forEach(function (street) {
      var name = streets.names(street), key = name || String(street);
      byName.set(key, (byName.get(key) || []).concat(street));
    });
    list.replaceChildren(...Array.from(byName.values(), function (numbers) {
      var name = streets.names(numbers[0]) || "rue sans nom", open = A92.make("button", { type: "button", class: "a92-link", text: "rouvrir", "aria-label": "Rouvrir " + name });
      open.addEventListener("click", function () { app.trials.act({ kind: "open_street", edge_ids: numbers.map(streets.ids.of) }); closing.focus(); });
      return A92.make("li", {}, [name + ", " + (numbers.length > 1 ? numbers.length + " tronçons, " : "") + metresOf(numbers) + " ", open]);
    }));
  }

  /* A service elsewhere: its mark is dragged, or a place is clicked. */
  var moved = L.layerGroup().addTo(map), marks = new Map();
  function move(/** @type {number} */ row, /** @type {LLatLng} */ at) {
    var why = app.misplaced(at);
    if (why) { app.say(why); showMoved(); return Promise.resolve([why]); } /* where it was */
    return app.trials.act({ kind: "move_service", service_id: data.services[row].id, lon: Math.round(at.lng * 1e6) / 1e6, lat: Math.round(at.lat * 1e6) / 1e6 });
  }
  function moveBack(/** @type {number} */ row) {
    app.trials.set(app.trials.actions().filter(function (item) { return !(item.kind === "move_service" && item.service_id === data.services[row].id); }));
  }
  app.moveButton = function (row) {
    if (!model.grounds.searches(state.mode)) return [];
    var button = A92.make("button", { type: "button", text: state.trial.moved.has(row) ? "Remettre ce service à sa place" : "Déplacer ce service" });
    button.addEventListener("click", function () {
      map.closePopup();
      if (state.trial.moved.has(row)) moveBack(row);
      else pick("Cliquer là où « " + data.services[row].name + " » irait", function (at) { move(row, at); });
    });
    return [button];
  };
  function showMoved() {
    marks.forEach(function (mark, row) { if (!state.trial.moved.has(row)) { moved.removeLayer(mark); marks.delete(row); } });
    state.trial.moved.forEach(function (at, row) {
      var service = data.services[row], words = service.name + " (déplacé)", mark = marks.get(row);
      if (!mark) {
        mark = L.marker([at[1], at[0]], { draggable: true, zIndexOffset: 1900, alt: words, title: words,
          icon: L.divIcon({ className: "a92-pin a92-new", iconSize: [26, 26], popupAnchor: [0, -10], html: A92.pinSign(service.sign, service.colour) }) });
        mark.on("dragend", function () { move(row, mark.getLatLng()); });
        mark.on("add", function () { /* with the keyboard too, as a new service */
          /** @type {HTMLElement} */ (mark.getElement()).addEventListener("keydown", function (event) {
            var step = { ArrowUp: [0, -12], ArrowDown: [0, 12], ArrowLeft: [-12, 0], ArrowRight: [12, 0] }[event.key];
            if (event.key === "Delete") { event.preventDefault(); moveBack(row); map.getContainer().focus({ preventScroll: true }); }
            if (!step) return;
            event.preventDefault(); event.stopPropagation();
            move(row, map.containerPointToLatLng(map.latLngToContainerPoint(mark.getLatLng()).add(step)));
          });
        });
        mark.bindPopup(function () {
          var back = A92.make("button", { type: "button", text: "Remettre ce service à sa place" });
          back.addEventListener("click", function () { map.closePopup(); moveBack(row); });
          return A92.make("div", {}, [A92.make("h3", { text: words }), ...app.reachWords(row).map(function (text) { return A92.make("p", { text: text }); }), back]);
        }, { maxWidth: 300 });
        marks.set(row, mark);
        moved.addLayer(mark);
      }
      mark.setLatLng([at[1], at[0]]);
    });
  }

  app.otherTrialWords = function () {
    var closed = state.trial.closed.size, kmh = state.trial.speeds.get(state.mode), words = [];
    if (closed) words.push(closed + "\u00a0" + (closed > 1 ? "tronçons de rue fermés" : "rue fermée"));
    if (kmh) words.push("pas de " + A92.plain(kmh) + "\u00a0km/h");
    return words;
  };

  /* Controls follow the list of actions, whoever made it. */
  function show() {
    var network = model.grounds.searches(state.mode) && model.grounds.has(state.scenario, state.mode) ?
      model.grounds.networkOf(state.scenario, state.mode) : null;
    var paces = !!(network && network.head.cruises);
    minutes.value = String(state.threshold); minutesSaid.textContent = "";
    speed.disabled = !paces;
    if (paces && network) { speed.min = String(Math.max(A92.Trial.SPEED_KMH[0], network.head.slowest_kmh)); speed.value = String(state.trial.speeds.get(state.mode) || usualKmh()); tellSpeed(); }
    else speedWords.textContent = "—";
    speedNote.textContent = paces ? "Sur le plat, pour « " + mode().label + " »\u00a0; les escaliers et les mètres hors des rues gardent leur pas, comme dans un calcul (set_speed)." :
      mode().kmh ? "Les pentes de l’étude décident du pas\u00a0: il se change par un calcul." : "Le pas ne se change qu’à pied.";
    closing.disabled = !network;
    showClosed(); showMoved();
  }
  place.before(A92.make("section", { "aria-labelledby": "a92-more-title" }, [
    A92.make("h3", { id: "a92-more-title", text: "Le seuil, le pas, les rues" }),
    A92.make("p", {}, [A92.make("label", {}, ["Moins de ", minutes, " minutes"])]), minutesSaid,
    A92.make("p", {}, [A92.make("label", { for: "a92-speed", text: "Pas " }), speed, " ", speedWords]), speedNote,
    A92.make("p", { class: "a92-row" }, [closing]), list
  ]));
  var update = app.update;
  app.update = function (popupStays) {
    var done = update(popupStays);
    if (app.after) show();
    return done;
  };
};

/* Services: markers, what a click tells, and the list where each can be removed or added. */
A92.services = function (app) {
  "use strict";
  var data = app.data, model = app.model, state = app.state, map = app.map;
  var /** @type {ServicesPin[]} */ pins = [], pinOf = new Map(), boxes = new Map(), box = document.getElementById("a92-services");
  function scenarioRows() { return model.scenario(state.scenario).rows; }
  function counted(/** @type {number} */ row) {
    return state.trial.extra.has(row) || (scenarioRows().indexOf(row) >= 0 && !state.trial.removed.has(row));
  }
  /* A service, or new place −2 − i. */
  app.nameOf = function (provider) { return provider >= 0 ? data.services[provider].name : app.placeName(-2 - provider); };
  /* Whether the streets of the scenario have times to a service. */
  app.isKnown = isKnown;
  function isKnown(/** @type {number} */ row) {
    var other = data.other_streets[state.scenario + "/" + state.mode];
    return !other || other.indexOf(row) >= 0;
  }
  app.setCounted = function (row, isOn) {
    var inScenario = scenarioRows().indexOf(row) >= 0;
    if (isOn && !inScenario && !isKnown(row)) return Promise.resolve();
    return app.trials.act({ kind: isOn ? "count_service" : "remove_service", service_id: data.services[row].id });
  };
  app.trialWords = function () {
    function listWords(/** @type {string[]} */ names, /** @type {string} */ one, /** @type {string} */ many) {
      if (!names.length) return [];
      return [names.length + "\u00a0" + (names.length > 1 ? many : one) + " (" + names.slice(0, 3).join(", ") + (names.length > 3 ? "…" : "") + ")"];
    }
    return [
      ...listWords(Array.from(state.trial.removed, function (row) { return app.nameOf(row); }), "service retiré", "services retirés"),
      ...listWords(Array.from(state.trial.extra, function (row) { return app.nameOf(row); }), "service ajouté", "services ajoutés"),
      ...listWords(state.trial.places.map(function (place) { return "n°\u00a0" + place.number; }), "service nouveau", "services nouveaux"),
      ...listWords(Array.from(state.trial.moved.keys(), function (row) { return app.nameOf(row); }), "service déplacé", "services déplacés"),
      ...(app.otherTrialWords ? app.otherTrialWords() : [])
    ].join("\u202f; ");
  };

  app.choose = function (provider) { state.chosen = provider; app.update(true); };
  /* An open popup follows the choices: its content is made again, in place, and the focus stays where it was. */
  app.refreshPopup = function () {
    var popup = map._popup, box = popup && map.hasLayer(popup) ? popup.getElement() : null, pan;
    if (!popup || !box) return;
    var inside = box;
    function stops() { return Array.from(/** @type {NodeListOf<HTMLElement>} */ (inside.querySelectorAll("button, a"))); }
    var at = stops().findIndex(function (stop) { return stop === document.activeElement; });
    pan = popup.options.autoPan;
    popup.options.autoPan = false;
    popup.update();
    popup.options.autoPan = pan;
    if (at >= 0 && stops()[at]) stops()[at].focus({ preventScroll: true });
  };
  app.reachWords = function (provider) {
    if (!app.ready()) return ["Lecture des temps de trajet…"];
    var reach = model.reach(state.scenario, state.mode, state.rule, state.trial, provider, state.public, model.limit(state.threshold));
    var groupWords = state.public === "all" ? "" : " (" + A92.lower(app.publicLabel()) + ")";
    if (!reach) return ["Ses temps ne sont pas calculés sur les rues de ce scénario."];
    var beside = reach.beside.map(app.nameOf), place = !beside.length ? [] : ["Au même lieu\u00a0: " + beside.join("\u202f; ") +
      (beside.length > 1 ? ", qui restent" : ", qui reste") + " si ce service ferme. Fermer tout le lieu ôterait leur couverture à " +
      A92.counted(reach.place, app.publicNoun()) + groupWords + "."];
    return [A92.counted(reach.reached, app.publicNoun()) + groupWords + " l’atteignent en moins de " + A92.plain(state.threshold) + "\u00a0min, " + app.modeWords() + ".",
      provider >= 0 && !counted(provider) ? "Il n’est pas compté\u00a0: ajouté, il serait seul à couvrir " + A92.counted(reach.sole, app.publicNoun()) + groupWords + "." :
        "Seul à couvrir\u00a0: " + A92.counted(reach.sole, app.publicNoun()) + groupWords + ", parmi les services comptés."].concat(place);
  };
  /* What a click tells of one service; `isAlone`: no other stands at its place, else its sheet is folded, and what closing
     the whole place would cost is said once. */
  function section(/** @type {number} */ row, /** @type {boolean} */ isAlone, /** @type {boolean} */ isFirst) {
    var service = data.services[row], isCounted = counted(row), inScenario = scenarioRows().indexOf(row) >= 0;
    var button = A92.make("button", { type: "button", text: isCounted ? "Retirer ce service" : inScenario ? "Rétablir ce service" : "Ajouter ce service" });
    button.disabled = !isCounted && !isKnown(row);
    button.addEventListener("click", function () { map.closePopup(); app.setCounted(row, !isCounted); });
    if (!isAlone) button.setAttribute("aria-label", button.textContent + "\u00a0: " + service.name);
    var facts = A92.make("div", { class: "a92-facts" }, app.reachWords(row).slice(0, isFirst ? 3 : 2).map(function (text) { return A92.make("p", { text: text }); }));
    var sheet = A92.sheet(service, service.sheet.snap[data.modes.findIndex(function (item) { return item.name === state.mode; })]);
    var head = A92.part(sheet, "h2");
    if (app.overButton && app.moveButton) facts.append(...app.overButton(row), ...app.moveButton(row));
    if (isAlone) return A92.make("div", {}, [head, facts, button, sheet]);
    var fold = A92.make("details", {}, [A92.make("summary", { text: "Sa fiche" }), sheet]);
    fold.open = opened.has(row);
    fold.addEventListener("toggle", function () { if (fold.open) opened.add(row); else opened.delete(row); });
    return A92.make("section", {}, [head, facts, button, fold]);
  }
  var opened = new Set(); /* sheets unfolded by hand stay so while the popup is made again */
  function popup(/** @type {ServicesPin} */ pin) {
    return function () {
      var rows = pin.rows.filter(isVisible), chosen = state.chosen;
      if (chosen !== null && rows.indexOf(chosen) > 0) rows = [chosen].concat(rows.filter(function (row) { return row !== chosen; }));
      if (rows.length === 1) return section(rows[0], true, true);
      return A92.make("div", { class: "a92-several" }, [A92.make("p", { class: "a92-small", text: rows.length + " services au même lieu" }),
        ...rows.map(function (row, i) { return section(row, false, i === 0); })]);
    };
  }
  /* Services that count come first on a pin, then by kind. */
  function inOrder(/** @type {number[]} */ rows) {
    function rank(/** @type {number} */ row) { return data.kinds.findIndex(function (kind) { return kind.name === data.services[row].kinds[0]; }); }
    return rows.slice().sort(function (a, b) { return +counted(b) - +counted(a) || rank(a) - rank(b) || a - b; });
  }
  A92.byPlace(data.services).forEach(function (rows) {
    var marker = A92.pin([data.services[rows[0]].lat, data.services[rows[0]].lon]), /** @type {ServicesPin} */ pin = { rows: rows, asked: null, marker: marker };
    pin.marker.bindPopup(popup(pin), { maxWidth: 320, maxHeight: 320, autoPanPaddingTopLeft: [10, 10] });
    pin.marker.on("popupopen", function () {
      var row = pin.asked !== null ? pin.asked : inOrder(pin.rows.filter(isVisible))[0];
      pin.asked = null;
      opened.clear();
      app.choose(row);
    });
    pin.marker.on("popupclose", function () { if (state.chosen !== null && rows.indexOf(state.chosen) >= 0) app.choose(null); });
    rows.forEach(function (row) { pinOf.set(row, pin); });
    pins.push(pin);
  });

  /* Where a mark stands now, as fractions of the world, and half its width in pixels: no name is written under one. */
  app.markedPlaces = function () {
    return A92.markedPlaces(map, pins);
  };
  function baseRows() {
    return state.view === "difference" ? new Set(model.scenario(state.base === "same" ? state.scenario : state.base).rows) : null;
  }
  function isVisible(/** @type {number} */ row) {
    var service = data.services[row], serves = state.rule === "any" || service.kinds.indexOf(state.rule) >= 0, base = baseRows();
    return state.chosen === row || (serves && (scenarioRows().indexOf(row) >= 0 || counted(row) || (base !== null && base.has(row))));
  }
  /* Which services stand on the map, and how: counted, removed, or neither. */
  app.showServices = function () {
    var inScenario = new Set(scenarioRows()), base = baseRows(), isChanged = false;
    pins.forEach(function (pin) {
      var rows = inOrder(pin.rows.filter(isVisible)), wide = pin.marker.signs();
      if (rows.length > 0 !== app.markerLayers.hasLayer(pin.marker)) {
        isChanged = true;
        if (rows.length) app.markerLayers.addLayer(pin.marker); else app.markerLayers.removeLayer(pin.marker);
      }
      if (!rows.length) return;
      pin.marker.show(rows.map(function (row) {
        var service = data.services[row], isCounted = counted(row);
        return {
          sign: service.sign, colour: service.colour, name: service.name, note: isCounted ? "" : "non compté", doubt: service.doubt,
          removed: !isCounted, added: isCounted && (base ? !base.has(row) : state.trial.extra.has(row))
        };
      }));
      isChanged = isChanged || wide !== pin.marker.signs();
      pin.marker.setZIndexOffset(rows.some(counted) ? 500 : 0);
    });
    boxes.forEach(function (input, row) {
      input.checked = counted(row);
      input.disabled = !inScenario.has(row) && !isKnown(row);
    });
    if (isChanged) app.redrawNames();
    /* The list says how many of each kind count, so that a trial is seen while its details are folded. */
    groups.forEach(function (group) {
      var n = group.rows.filter(counted).length;
      group.count.textContent = n + " compté" + (n > 1 ? "s" : "") + " sur " + group.rows.length;
    });
  };
  app.goToService = function (row) {
    var pin = pinOf.get(row);
    map.setView(pin.marker.getLatLng(), Math.max(14, map.getZoom()), { animate: false });
    if (map.hasLayer(pin.marker) && pin.marker.isPopupOpen()) { app.choose(row); app.refreshPopup(); return; }
    state.chosen = row;
    app.showServices();
    pin.asked = row;
    pin.marker.openPopup();
  };

  /* The list, by kind; the places of mobile units apart. */
  var groups = data.kinds.map(function (kind) {
    return { kind: kind, count: A92.make("span", { class: "a92-small" }), rows: data.services.map(function (_, row) { return row; })
      .filter(function (row) { return data.services[row].kinds[0] === kind.name; }) };
  }).filter(function (group) { return group.rows.length; });
  groups.forEach(function (group) {
    var list = A92.make("ul", {}, group.rows.map(function (row) {
      var service = data.services[row], input = A92.make("input", { type: "checkbox", "data-row": row });
      input.addEventListener("change", function () { app.setCounted(row, input.checked); });
      boxes.set(row, input);
      var see = A92.make("button", { type: "button", class: "a92-link", text: "voir", "aria-label": "Voir " + service.name + " sur la carte" });
      see.addEventListener("click", function () { app.closeSheet(); app.goToService(row); });
      return A92.make("li", {}, [A92.make("label", {}, [input, " " + service.name]), " ", see]);
    }));
    var dot = A92.make("span", { class: "a92-dot", "aria-hidden": "true", text: group.kind.sign });
    dot.style.background = group.kind.colour;
    var note = group.kind.name === "mobile" ? [A92.make("p", { class: "a92-small",
      text: "Un passage d’unité mobile compte des heures de présence, jamais une couverture\u00a0: le cocher, c’est le supposer ouvert comme un service fixe." })] : [];
    box.append(A92.make("details", {}, [A92.make("summary", {}, [dot, group.kind.label + " ", group.count]), ...note, list]));
  });
};

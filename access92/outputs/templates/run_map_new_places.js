/* A new service: dragged onto the map; it takes the times of the nearest place that was computed. */
A92.newPlaces = function (app) {
  "use strict";
  var data = app.data, state = app.state, map = app.map, model = app.model;
  var add = document.getElementById("a92-add"), list = document.getElementById("a92-new-list");
  var layer = L.layerGroup().addTo(map), count = 0;
  app.placeName = function (i) { var place = state.trial.places[i]; return "service nouveau" + (place ? " n°\u00a0" + place.number : ""); };
  app.clearPlaces = function () { layer.clearLayers(); state.trial.places = []; if (list) listPlaces(); };
  if (!add) return;

  function nearestCandidate(at) {
    var best = 0, far = Infinity;
    data.candidates.forEach(function (place, i) {
      var d = map.distance(at, [place[2], place[1]]);
      if (d < far) { far = d; best = i; }
    });
    return { candidate: best, metres: far };
  }
  /* Why no new service can stand at a place, or "". A cell that has inhabitants has a computed place, no further than
     its diagonal: beyond that distance nobody lives around, or it is another town's business. */
  function misplaced(at) {
    if (!app.isInside(at)) return "Hors des communes de l’étude, un service nouveau n’est pas calculé.";
    if (nearestCandidate(at).metres <= data.candidate_reach_m) return "";
    return "Aucun lieu habité n’a été calculé à moins de " + A92.number(data.candidate_reach_m) + "\u00a0m d’ici\u00a0: un service nouveau n’y est pas calculé.";
  }
  function settle(place, at) {
    var nearest = nearestCandidate(at);
    place.candidate = nearest.candidate; place.metres = nearest.metres; place.at = at;
    var to = data.candidates[nearest.candidate];
    place.line.setLatLngs([at, [to[2], to[1]]]);
  }
  function words(place) {
    return "temps du lieu " + data.candidates[place.candidate][0] + ", à " + A92.number(place.metres) + "\u00a0m";
  }
  function kindOf(name) { return data.kinds.find(function (kind) { return kind.name === name; }); }
  function remove(place) {
    layer.removeLayer(place.marker); layer.removeLayer(place.line);
    state.trial.places = state.trial.places.filter(function (item) { return item !== place; });
    if (state.chosen !== null && state.chosen < -1) { map.closePopup(); state.chosen = null; } /* places are counted anew */
    listPlaces(); app.update();
    add.focus();
  }
  function listPlaces() {
    list.replaceChildren.apply(list, state.trial.places.map(function (place, i) {
      var see = A92.make("button", { type: "button", class: "a92-link", text: "voir", "aria-label": "Voir le " + app.placeName(i) });
      var drop = A92.make("button", { type: "button", class: "a92-link", text: "retirer", "aria-label": "Retirer le " + app.placeName(i) });
      see.addEventListener("click", function () { map.setView(place.marker.getLatLng(), 14, { animate: false }); place.marker.openPopup(); });
      drop.addEventListener("click", function () { remove(place); });
      return A92.make("li", {}, [app.placeName(i) + " (" + kindOf(place.kind).label + ")\u00a0: " + words(place) + " ", see, " ", drop]);
    }));
  }
  function refused() { /* why a new service cannot be computed here, or "" */
    return data.other_streets[state.scenario + "/" + state.mode] ?
      "Les rues de ce scénario diffèrent de celles sur lesquelles les lieux possibles ont été calculés\u00a0: un service nouveau n’y est pas calculé." : "";
  }
  app.showRefusal = function () { /* the names of the places that had to go */
    var why = refused(), note = document.getElementById("a92-add-refused"), dropped = [];
    note.hidden = !why; note.textContent = why; add.disabled = !!why;
    if (why && state.trial.places.length) {
      dropped = state.trial.places.map(function (_, i) { return app.placeName(i); });
      app.clearPlaces();
    }
    return dropped;
  };
  app.addPlace = function (at) {
    var scenario = state.scenario;
    return Promise.all([app.begun, model.load(scenario, state.mode, true)]).then(function () {
      var why = state.scenario === scenario ? refused() || misplaced(at) : "Le scénario a changé\u00a0: le service nouveau n’a pas été posé.";
      app.say(why);
      if (why) return null;
      var kind = document.getElementById("a92-new-kind").value, look = kindOf(kind), number = ++count;
      var marker = L.marker(at, {
        draggable: true, autoPan: true, zIndexOffset: 2000, alt: "Service nouveau n° " + number, title: "Service nouveau n° " + number + " : à déplacer",
        icon: L.divIcon({ className: "a92-pin a92-new", iconSize: [26, 26], popupAnchor: [0, -10],
          html: A92.pinSign("+", look.colour) })
      });
      var place = { kind: kind, number: number, marker: marker, line: L.polyline([], { color: "#000", weight: 1.5, dashArray: "4 4", interactive: false }) };
      settle(place, L.latLng(at));
      place.stood = place.at;
      state.trial.places.push(place);
      /* One computation a frame at most, however fast the hand moves. */
      var waiting = false;
      function moved() { /* back to where it was when the new place will not do */
        var why = misplaced(marker.getLatLng());
        if (why) marker.setLatLng(place.stood);
        settle(place, marker.getLatLng()); place.stood = place.at; listPlaces(); app.update();
        app.say(why);
      }
      marker.on("dragstart", function () { marker.closePopup(); });
      marker.on("drag", function () { /* the figures follow the hand */
        var before = place.candidate;
        if (misplaced(marker.getLatLng())) return;
        settle(place, marker.getLatLng());
        if (place.candidate === before || waiting) return;
        waiting = true;
        requestAnimationFrame(function () { waiting = false; listPlaces(); app.update(); });
      });
      marker.on("dragend", moved);
      marker.bindPopup(function () {
        var drop = A92.make("button", { type: "button", text: "Retirer ce service nouveau" });
        drop.addEventListener("click", function () { remove(place); });
        return A92.make("div", {}, [A92.make("h3", { text: app.placeName(state.trial.places.indexOf(place)) }), A92.make("p", { text: look.label + "\u202f; " + words(place) + "." })]
          .concat(app.reachWords(-2 - state.trial.places.indexOf(place)).map(function (text) { return A92.make("p", { text: text }); }), [drop]));
      }, { maxWidth: 300 });
      marker.on("popupopen", function () { app.choose(-2 - state.trial.places.indexOf(place)); });
      marker.on("popupclose", function () { if (state.chosen !== null && state.chosen < -1) app.choose(null); });
      layer.addLayer(place.line); layer.addLayer(marker);
      /* With the keyboard too: arrows move it, Delete removes it. */
      marker.getElement().addEventListener("keydown", function (event) {
        var step = { ArrowUp: [0, -12], ArrowDown: [0, 12], ArrowLeft: [-12, 0], ArrowRight: [12, 0] }[event.key];
        if (event.key === "Delete") { event.preventDefault(); remove(place); }
        if (!step) return;
        event.preventDefault(); event.stopPropagation();
        marker.setLatLng(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add(step)));
        moved();
      });
      listPlaces(); app.update();
      return place;
    });
  };
  /* Dragged by pointer events, mouse and finger alike (no browser agrees on dragging a button); a click puts it in the middle. */
  var from = null, ghost = null, dragged = false, container = map.getContainer();
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
    app.addPlace(map.getCenter()).then(function (place) { if (place) place.marker.getElement().focus({ preventScroll: true }); });
  });
};

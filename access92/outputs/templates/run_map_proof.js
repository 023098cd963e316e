/* Proof on demand: a click on a home shows its way to a service, street by street, and who is just over the threshold. */
A92.proof = function (app) {
  "use strict";
  var map = app.map, data = app.data, model = app.model, state = app.state, /** @type {number | null} */ home = null, /** @type {number | null} */ towards = null, /** @type {HTMLElement | null} */ opener = null, isNew = false;
  var LEAST_PX = 90; /* a way drawn smaller than this is a dot */
  var box = A92.make("section", { id: "a92-way", "aria-labelledby": "a92-way-title", tabindex: "-1" });
  var drawn = L.layerGroup().addTo(map), /** @type {((u: number, v: number) => LPair) | null} */ toWorld = null;
  box.hidden = true;
  var mapBox = document.getElementById("a92-map");
  mapBox.append(box);
  L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box);

  function searches() { return model.grounds.searches(state.mode); }
  /* Minutes and seconds, to the millisecond: the legs are seen to sum to the time. */
  function lasts(/** @type {number} */ ms) {
    var minutes = Math.floor(ms / 60000), seconds = (ms - 60000 * minutes) / 1000;
    return (minutes ? minutes + "\u00a0min " : "") + seconds.toFixed(3).replace(".", ",") + "\u00a0s";
  }
  function metres(/** @type {number} */ value) { return A92.number(value, value < 10 ? 1 : 0) + "\u00a0m"; }
  function latLng(/** @type {number} */ x, /** @type {number} */ y) {
    toWorld = toWorld || A92.polynomials(data.network.projection.to_world);
    var at = toWorld(x, y);
    return app.latLng(at[0], at[1]);
  }
  function people(/** @type {number} */ i) { return A92.counted(model.population[state.public][i], app.publicNoun()) + (state.public === "all" ? "" : " (" + A92.lower(app.publicLabel()) + ")"); }

  app.closeWay = function () {
    if (box.hidden) return;
    var hadFocus = box.contains(document.activeElement);
    home = towards = null;
    box.hidden = true;
    mapBox.classList.remove("a92-way-open");
    drawn.clearLayers();
    if (opener && hadFocus) opener.focus({ preventScroll: true });
  };
  function fill(/** @type {string} */ title, /** @type {HTMLElement[]} */ parts) {
    var close = A92.make("button", { type: "button", id: "a92-way-close", text: "Fermer" });
    close.addEventListener("click", app.closeWay);
    box.replaceChildren(A92.make("h2", { id: "a92-way-title", text: title }), close, ...parts);
    box.hidden = false;
    mapBox.classList.add("a92-way-open");
  }
  /* The itinerary of a home to a service or new place: { row, way, before }; on the streets before a closure where those count. */
  app.wayOf = function (i, provider) {
    var row = model.searched(state.scenario, state.mode, provider, state.trial), ground = row.ground, ms = row.ms[i];
    if (ms === A92.FAR) return null;
    var way = A92.itinerary(ground, row.links, i, ms), isBefore = false;
    if (ground.before && (!way || way.ms < ms)) {
      isBefore = true;
      ground = ground.before;
      way = A92.itinerary(ground, placedRow(ground, provider).links, i, ms);
    }
    return { ms: ms, way: way, ground: ground, isBefore: isBefore };
  };
  function placedRow(/** @type {Ground} */ ground, /** @type {number} */ provider) {
    var place = provider < -1 ? state.trial.places[-2 - provider] : null, moved = place ? null : state.trial.moved.get(provider);
    var at = place ? /** @type {LPair} */ ([place.lon, place.lat]) : moved;
    if (at) {
      var metres = model.grounds.placeAt(at[0], at[1]);
      return model.grounds.row(ground, at.join(","), metres[0], metres[1]);
    }
    var cm = data.network.services_cm[provider];
    return model.grounds.row(ground, provider, cm[0] / 100, cm[1] / 100);
  }

  /* The way of a home to what is nearest, or to `provider`; `from`: what takes the focus back. */
  app.openWay = function (i, provider, from) {
    home = i; towards = provider === undefined ? null : provider; opener = from || null; isNew = true;
    show();
    if (from) box.focus({ preventScroll: true });
  };
  function show() {
    if (home === null || !app.after) return;
    var provider = towards === null ? app.after.provider[home] : towards, title = "Depuis ce lieu (" + people(home) + ")";
    drawn.clearLayers();
    var found = provider === -1 ? null : app.wayOf(home, provider);
    if (!found || !found.way) {
      fill(title, [A92.make("p", { text: provider === -1 ? "Aucun service compté n’est atteint en " + A92.plain(data.cutoff) + "\u00a0min, ou ce lieu n’est relié à aucune rue." : app.nameOf(provider) + " n’est pas atteint en " + A92.plain(data.cutoff) + "\u00a0min." })]);
      return;
    }
    var streets = model.grounds.ready.network, legs = A92.legsOf(found.way.parts, streets.names), isUnder = found.ms < state.threshold * 60000;
    var kinds = { access: "Du lieu à la rue, à pied", egress: "De la rue à la porte, à pied", parking: "Stationner", wait: "Attendre" };
    var list = A92.make("ol", {}, legs.map(function (leg) {
      return A92.make("li", {}, [
        A92.make("span", { text: leg.kind === "street" ? leg.name || "rue sans nom" : kinds[leg.kind] }),
        A92.make("span", { text: leg.kind === "parking" || leg.kind === "wait" ? "" : metres(leg.metres) }),
        A92.make("span", { text: lasts(leg.ms) })
      ]);
    }));
    var off = legs.reduce(function (sum, leg) { return sum + (leg.kind === "access" || leg.kind === "egress" ? leg.metres : 0); }, 0);
    var length = legs.reduce(function (sum, leg) { return sum + leg.metres; }, 0);
    fill(title, [
      A92.make("p", {}, [A92.make("strong", { text: A92.minutes(found.ms) }), " vers " + (provider < -1 ? "le " : "") + app.nameOf(provider) + ", " + app.modeWords() + "\u00a0: " +
        (isUnder ? "moins" : "pas moins") + " de " + A92.plain(state.threshold) + "\u00a0min."]),
      A92.make("p", { class: "a92-small", text: metres(length) + ", dont " + metres(off) + " hors des rues. Les parties font " + lasts(found.ms) + ", le temps qui décide des chiffres." +
        (found.isBefore ? " Une fermeture prive ce lieu ou ce service de ses rues\u00a0: le temps retenu est celui d’avant, que personne ne gagne à une fermeture." : "") }),
      list, ...others(provider)
    ]);
    draw(found.way, streets, provider);
  }
  /* Towards which other services: the choice stays while the box is open. */
  function others(/** @type {number} */ provider) {
    var rows = model.rows(state.scenario, state.rule, state.trial).concat(model.placeRows(state.rule, state.trial));
    var timed = rows.map(function (row) { return [model.searched(state.scenario, state.mode, row, state.trial).ms[home || 0], row]; })
      .filter(function (pair) { return pair[0] < A92.FAR; }).sort(function (a, b) { return a[0] - b[0]; }).slice(0, 12);
    if (timed.length < 2) return [];
    var choice = A92.make("select", { id: "a92-way-to" }, timed.map(function (pair) {
      var option = A92.make("option", { value: String(pair[1]), text: A92.minutes(pair[0]) + "\u00a0: " + app.nameOf(pair[1]) });
      option.selected = pair[1] === provider;
      return option;
    }));
    choice.addEventListener("change", function () { towards = +choice.value; isNew = true; show(); A92.part(box, "select").focus(); });
    return [A92.make("label", {}, ["Vers un autre service ", choice])];
  }
  function see(/** @type {LBounds} */ bounds) {
    var room = app.room(), size = map.getSize(), from = map.latLngToContainerPoint(bounds.getNorthWest()), to = map.latLngToContainerPoint(bounds.getSouthEast());
    var isSmall = Math.max(to.x - from.x, to.y - from.y) < LEAST_PX;
    var isSeen = from.x >= room.left && from.y >= room.top && to.x <= size.x - room.right && to.y <= size.y - room.bottom;
    if (isSeen && !isSmall) return;
    map.fitBounds(bounds, { animate: false, maxZoom: isSmall ? 16 : map.getZoom(), paddingTopLeft: [room.left + 12, room.top + 12], paddingBottomRight: [room.right + 12, room.bottom + 12] });
  }
  function draw(/** @type {Way} */ way, /** @type {Streets} */ streets, /** @type {number} */ provider) {
    var /** @type {LLatLng[]} */ line = [], at = model.grounds.ready.homes, begin = latLng(at.x[home || 0], at.y[home || 0]), end;
    way.parts.forEach(function (part) {
      if (part.street >= 0) A92.lineOf(streets, part).forEach(function (place) { line.push(latLng(place[0], place[1])); });
    });
    if (provider < -1) end = L.latLng(state.trial.places[-2 - provider].lat, state.trial.places[-2 - provider].lon);
    else {
      var moved = state.trial.moved.get(provider);
      end = moved ? L.latLng(moved[1], moved[0]) : L.latLng(data.services[provider].lat, data.services[provider].lon);
    }
    /** @type {[LLatLng[], object][]} */ ([[line, { color: "#fff", weight: 8, opacity: 0.9 }], [line, { color: "#7a1fa2", weight: 4 }],
      [[begin, line[0]], { color: "#7a1fa2", weight: 3, dashArray: "2 5" }], [[line[line.length - 1], end], { color: "#7a1fa2", weight: 3, dashArray: "2 5" }]
    ]).forEach(function (item) { L.polyline(item[0], Object.assign({ interactive: false }, item[1])).addTo(drawn); });
    /* The whole way where neither the box nor the legend hides it, large enough to be read, once: what the reader moves then stays. */
    if (isNew) see(L.latLngBounds(line).extend(begin).extend(end));
    isNew = false;
    L.circleMarker(begin, { radius: 6, color: "#7a1fa2", weight: 3, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(drawn);
  }

  /* From a service: the homes that miss the threshold by the least, most people first within half a minute. */
  app.justOver = function (provider, within) {
    var ms = model.searched(state.scenario, state.mode, provider, state.trial).ms, limit = state.threshold * 60000, found = [];
    var population = model.population[state.public];
    for (var i = 0; i < ms.length; i++) if (ms[i] >= limit && ms[i] < limit + within * 60000 && population[i] > 0) found.push(i);
    return found.sort(function (a, b) { return ms[a] - ms[b]; });
  };
  app.openOver = function (provider, from) {
    if (!searches() || !app.after) return;
    home = null; opener = from || null;
    var after = app.after, within = 2, homes = app.justOver(provider, within), row = model.searched(state.scenario, state.mode, provider, state.trial);
    var total = homes.reduce(function (sum, i) { return sum + model.population[state.public][i]; }, 0);
    var alone = homes.filter(function (i) { return after.code[i] > model.limit(state.threshold); });
    var uncovered = alone.reduce(function (sum, i) { return sum + model.population[state.public][i]; }, 0);
    drawn.clearLayers();
    var list = A92.make("ol", { class: "a92-over" }, homes.slice(0, 40).map(function (i) {
      var go = A92.make("button", { type: "button", class: "a92-link", text: people(i) });
      go.addEventListener("click", function () { app.openWay(i, provider, from || go); });
      return A92.make("li", {}, [go, A92.make("span", { text: data.areas[model.area[i]] || "" }), A92.make("span", { text: "+ " + lasts(row.ms[i] - state.threshold * 60000) })]);
    }));
    homes.forEach(function (i) {
      L.circleMarker(app.latLng(model.x[i], model.y[i]), { radius: 5, color: "#7a1fa2", weight: 2, fill: false, interactive: false }).addTo(drawn);
    });
    fill("Juste au-delà de " + A92.plain(state.threshold) + "\u00a0min de " + app.nameOf(provider), [
      A92.make("p", { text: A92.counted(total, app.publicNoun()) + " en " + homes.length + " lieu" + (homes.length > 1 ? "x" : "") + " à moins de " + within + "\u00a0min de plus\u00a0; " +
        A92.counted(uncovered, app.publicNoun()) + " d’entre eux ne sont couverts par aucun autre." })
    , ...(homes.length ? [list] : []),
      ...(homes.length > 40 ? [A92.make("p", { class: "a92-small", text: "Les 40 plus proches du seuil sont listés, tous sont cerclés sur la carte." })] : [])]);
    box.focus({ preventScroll: true });
  };
  app.overButton = function (provider) {
    if (!searches() || !app.ready()) return [];
    var button = A92.make("button", { type: "button", text: "Qui est juste au-delà du seuil" });
    button.addEventListener("click", function () { map.closePopup(); app.openOver(provider, map.getContainer()); });
    return [A92.make("p", {}, [button])];
  };

  /* A click on a home, or Enter on the map for the one under the cross. */
  function ask(/** @type {LPoint} */ point, /** @type {Opener} */ from) {
    if (!searches() || !app.after || state.chosen !== null || app.picking) return;
    var found = app.pointAt(point, Math.max(8, 1.5 * A92.radius(map.getZoom())) + (from ? 52 : 0));
    if (found >= 0) app.openWay(found, undefined, from); else app.closeWay();
  }
  map.on("click", function (event) { ask(event.containerPoint, null); });
  map.getContainer().addEventListener("keydown", function (event) {
    if (event.target !== map.getContainer()) return;
    if (event.key === "Enter" && searches()) { event.preventDefault(); ask(map.getSize().divideBy(2), map.getContainer()); }
    if (event.key === "Escape") app.closeWay();
  });
  box.addEventListener("keydown", function (event) { event.stopPropagation(); if (event.key === "Escape") app.closeWay(); });
  /* The box follows the choices. */
  var update = app.update;
  app.update = function (popupStays) {
    var done = update(popupStays);
    if (home !== null && app.after) { if (searches()) { if (towards !== null && towards < -1 && !state.trial.places[-2 - towards]) towards = null; show(); } else app.closeWay(); }
    return done;
  };
};

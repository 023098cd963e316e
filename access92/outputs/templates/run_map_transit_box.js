/* What a home does in public transport: the chart of its times by minute of departure, and the legs of one of them. */
A92.transitBox = function (app) {
  "use strict";
  var map = app.map, data = app.data, model = app.model, state = app.state, transit = data.transit;
  var /** @type {Record<number, Promise<A92Trips>>} */ trips = {}, /** @type {number | null} */ home = null, /** @type {number | null} */ shownMinute = null, /** @type {HTMLElement | null} */ opener = null, turn = 0;
  var box = A92.make("section", { id: "a92-trip", "aria-labelledby": "a92-trip-title", tabindex: "-1" });
  box.hidden = true;
  var mapBox = document.getElementById("a92-map");
  mapBox.append(box);
  L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box);

  function mode() { return A92.named(data.modes, state.mode); }
  /* Minutes as the rest of the page says them: tenths, rounded down. */
  function tenths(/** @type {number} */ seconds) { return A92.number(Math.floor(seconds / 6 + 1e-9) / 10, 1) + "\u00a0min"; }
  function lasts(/** @type {number} */ seconds) {
    var minutes = Math.floor(seconds / 60), rest = Math.round(seconds - 60 * minutes);
    return (minutes ? minutes + "\u00a0min" + (rest ? " " : "") : "") + (rest || !minutes ? rest + "\u00a0s" : "");
  }
  /* The trips of the mode in the scenario; a promise. */
  function load() {
    var number = transit.trips[state.scenario + "/" + state.mode], timetable = transit.timetables[state.scenario];
    if (!trips[number]) trips[number] = Promise.all([A92.unpack("trips-" + number), app.timetables()]).then(function (read) {
      var parts = ["homes", "walks", "stops", "departures", "ridden", "following", "boarding_walks", "direct"];
      return new A92.Trips(A92.tree(read[0], parts), read[1], read[1].table(timetable));
    });
    return trips[number];
  }
  app.loadTrips = load;

  app.closeTrip = function () {
    if (box.hidden) return;
    var hadFocus = box.contains(document.activeElement);
    home = null; turn++;
    box.hidden = true;
    mapBox.classList.remove("a92-trip-open");
    app.tellTrip(null);
    if (opener && hadFocus) opener.focus({ preventScroll: true });
  };
  app.openTrip = function (point, from) {
    home = point; shownMinute = null; opener = from || null;
    return show(!!from);
  };
  function title() {
    return "Depuis ce lieu (" + A92.counted(model.population[state.public][home || 0], app.publicNoun()) + (state.public === "all" ? "" : ", " + A92.lower(app.publicLabel())) + ")";
  }
  function fill(/** @type {Child[]} */ parts) {
    var close = A92.make("button", { type: "button", id: "a92-trip-close", text: "Fermer" });
    close.addEventListener("click", app.closeTrip);
    box.replaceChildren(A92.make("h2", { id: "a92-trip-title", text: title() }), close, ...parts);
    box.hidden = false;
    mapBox.classList.add("a92-trip-open");
  }
  function say(/** @type {string} */ words) { fill([A92.make("p", { text: words })]); app.tellTrip(null); }

  function show(/** @type {boolean} */ takesFocus) {
    if (home === null || !app.after) return Promise.resolve();
    var from = home, here = ++turn, service = app.after.provider[home], code = app.after.code[home];
    function ready(/** @type {Promise<unknown>} */ promise) { return promise.then(function () { if (takesFocus && !box.hidden) box.focus({ preventScroll: true }); }); }
    if (service === -1) { say("Aucun service compté à moins de " + A92.plain(data.cutoff) + "\u00a0min en transports en commun."); return ready(Promise.resolve()); }
    /* Trips are packed to what is nearest without any trial. */
    if (app.trialled() && model.nearest(state.scenario, state.mode, state.rule, null).provider[from] !== service) {
      say("Avec vos essais, le service le plus proche devient " + app.nameOf(service) + "\u00a0: le détail de ce trajet n’est pas dans la page. Pour l’avoir, en faire un scénario et relancer le calcul.");
      return ready(Promise.resolve());
    }
    return ready(load().then(function (read) {
      if (here !== turn || home === null) return;
      var walked = Math.round(60 * (code ? data.edges[code - 1] : 0));
      tell(read, service, read.profile(from, service, transit, walked), code);
    }));
  }

  function tell(/** @type {A92Trips} */ read, /** @type {number} */ service, /** @type {MinuteOf[]} */ profile, /** @type {number} */ code) {
    var published = code ? data.edges[code - 1] : 0, percentile = A92.percentileOf(profile, transit.percentile);
    /* Where closed streets move a place, the run keeps the time from before: nobody gains by a street that is closed. */
    if (percentile === null || Math.abs(percentile / 60 - published) > 0.11) {
      return say("Vers " + app.nameOf(service) + "\u00a0: " + A92.number(published, 1) + "\u00a0min. Les rues que ce scénario ferme déplacent ce lieu\u202f; le temps retenu est celui d’avant, plus long, et son détail n’est pas dans la page.");
    }
    var rides = profile.filter(function (item) { return item.node; }).length, name = app.nameOf(service);
    var typical = profile.findIndex(function (item) { return item.seconds === percentile; });
    if (shownMinute === null) shownMinute = typical;
    var share = A92.percent(rides / profile.length), words = [
      A92.make("p", {}, ["Vers ", A92.make("strong", { text: name }), "\u00a0: ", A92.make("b", { id: "a92-trip-time", text: A92.number(published, 1) + "\u00a0min" }), " (" + transit.words.percentile + ", départs " + transit.words.window + ")."]),
      A92.make("p", { id: "a92-trip-share", text: rides ? "Un véhicule est plus rapide que la marche de bout en bout à " + share + " des minutes de départ." : "À aucune minute un véhicule n’est plus rapide que la marche de bout en bout\u00a0: ce temps est une marche." })
    ];
    var chart = A92.tripChart(profile, { percentile: percentile, label: transit.words.percentile, tenths: tenths });
    var slider = A92.make("input", { type: "range", id: "a92-trip-minute", min: 0, max: profile.length - 1, step: 1, "aria-label": "Minute de départ" });
    var legs = A92.make("div", { id: "a92-trip-legs", role: "status", "aria-live": "polite" });
    slider.value = String(shownMinute);
    function choose(/** @type {number} */ minute) {
      shownMinute = minute;
      slider.value = String(minute);
      slider.setAttribute("aria-valuetext", A92.clock(profile[minute].at) + ", " + (profile[minute].seconds === null ? "pas de trajet" : tenths(profile[minute].seconds)));
      chart.mark(minute);
      legs.replaceChildren.apply(legs, legWords(read, profile[minute], name, minute === typical));
      draw(read, profile[minute], service);
    }
    slider.addEventListener("input", function () { choose(+slider.value); });
    chart.element.addEventListener("click", function (event) { choose(chart.minuteAt(event)); });
    fill([...words, chart.element, slider, legs, numbers(profile), A92.make("p", { class: "a92-small", text: app.timetableWords() })]);
    choose(shownMinute);
  }

  /* The numbers of the chart, one row for each minute, made when somebody opens them. */
  function numbers(/** @type {MinuteOf[]} */ profile) {
    var details = A92.make("details", { id: "a92-trip-numbers" }, [A92.make("summary", { text: "Les chiffres, minute par minute" })]), isMade = false;
    details.addEventListener("toggle", function () {
      if (isMade || !details.open) return;
      isMade = true;
      details.append(A92.make("table", {}, [
        A92.make("thead", {}, [A92.make("tr", {}, ["Départ", "Temps", "Trajet"].map(function (text) { return A92.make("th", { scope: "col", text: text }); }))]),
        A92.make("tbody", {}, profile.map(function (item) {
          return A92.make("tr", {}, [A92.make("th", { scope: "row", text: A92.clock(item.at) }),
            A92.make("td", { text: item.seconds === null ? "—" : tenths(item.seconds) }),
            A92.make("td", { text: item.seconds === null ? "aucun dans le temps cherché" : item.node ? item.node.rides + "\u00a0véhicule" + (item.node.rides > 1 ? "s" : "") : "à pied" })]);
        }))
      ]));
    });
    return details;
  }

  function legWords(/** @type {A92Trips} */ read, /** @type {MinuteOf} */ minute, /** @type {string} */ name, /** @type {boolean} */ isTypical) {
    var stops = read.timetables.stops, when = isTypical ? " (la première minute qui a le " + transit.words.percentile + ")" : "";
    if (minute.seconds === null) return [A92.make("p", { text: "Départ à " + A92.clock(minute.at) + "\u00a0: aucun trajet dans le temps cherché." })];
    function stopName(/** @type {number | null} */ stop) { return stop === null ? "" : stops[stop].name; }
    function words(/** @type {TripLeg} */ leg) {
      if (leg.kind === "access") return transit.words.access[state.mode] + " " + stopName(leg.to);
      if (leg.kind === "transfer") return "Changer à pied jusqu’à l’arrêt " + stopName(leg.to);
      if (leg.kind === "wait") return "Attendre";
      if (leg.kind !== "ride") return "Marcher jusqu’à " + name;
      var count = leg.stops.length - 1;
      return A92.lineName(leg.line) + A92.LINE_ORIGINS[leg.line[2]] + (leg.headsign ? " vers " + leg.headsign : "") + "\u00a0: de " + stops[leg.from].name + " à " + stops[leg.to].name +
        " (" + count + "\u00a0arrêt" + (count > 1 ? "s" : "") + "), arrivée à " + A92.clock(leg.end);
    }
    var legs = read.legs(minute);
    return [
      A92.make("p", {}, ["Partir à ", A92.make("strong", { text: A92.clock(minute.at) }), when + ", arriver à ", A92.make("strong", { text: A92.clock(minute.at + minute.seconds) }),
        "\u00a0: " + tenths(minute.seconds) + " (" + lasts(minute.seconds) + ")"]),
      A92.make("ol", {}, legs.map(function (leg) {
        return A92.make("li", {}, [A92.make("span", { text: A92.clock(leg.begin) }), A92.make("span", { text: words(leg) }), A92.make("span", { text: lasts(leg.end - leg.begin) })]);
      }))
    ];
  }

  /* The trip over the map: walks as dots, rides in the colour of their line. */
  function draw(/** @type {A92Trips} */ read, /** @type {MinuteOf} */ minute, /** @type {number} */ service) {
    var stops = read.timetables.stops, at = map.options.crs.latLngToPoint(L.latLng(data.services[service].lat, data.services[service].lon), 0);
    var begin = [model.x[home || 0], model.y[home || 0]], end = [at.x / 256, at.y / 256];
    function place(/** @type {number | null} */ stop, /** @type {number[]} */ otherwise = []) { return stop === null ? otherwise : [stops[stop].x, stops[stop].y]; }
    app.tellTrip(read.legs(minute).filter(function (leg) { return leg.kind !== "wait"; }).map(function (leg) {
      if (leg.kind === "ride") return { colour: A92.LINE_TYPES[leg.line[1]].colour, places: leg.stops.filter(function (stop) { return stops[stop].drawn; }).map(function (stop) { return place(stop); }) };
      return { colour: "#000", walked: true, places: [place(leg.from, begin), place(leg.to, end)] };
    }));
  }

  /* A click, or Enter on the map: a stop or a line that is shown, else the home. */
  function ask(/** @type {LPoint} */ point, /** @type {Opener} */ from) {
    if (app.tellLineAt(point)) return;
    if (!app.rides() || !app.after || state.chosen !== null) return;
    var found = app.pointAt(point, Math.max(8, 1.5 * A92.radius(map.getZoom())) + (from ? 52 : 0));
    if (found >= 0) app.openTrip(found, from); else app.closeTrip();
  }
  map.on("click", function (event) { ask(event.containerPoint, null); });
  map.getContainer().addEventListener("keydown", function (event) {
    if (event.target !== map.getContainer()) return;
    if (event.key === "Enter") { event.preventDefault(); ask(map.getSize().divideBy(2), map.getContainer()); }
    if (event.key === "Escape") app.closeTrip();
  });
  box.addEventListener("keydown", function (event) {
    event.stopPropagation(); /* arrows are those of the slider, not of the map */
    if (event.key === "Escape") app.closeTrip();
  });
  /* The box follows the choices; it closes where nobody rides. */
  var redraw = app.redraw;
  app.redraw = function () {
    redraw();
    if (home === null) return;
    if (!app.rides() || state.view === "difference") app.closeTrip(); else { shownMinute = null; show(false); }
  };
};
A92.transitStarts = A92.panel;
A92.panel = function (app) {
  "use strict";
  A92.transitStarts(app); A92.transitLines(app); A92.transitBox(app);
};

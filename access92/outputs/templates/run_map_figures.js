/* The figures of the page: headline, trial, legend and table; each says denominator, threshold, mode, public, vintage. */
A92.figures = function (app) {
  "use strict";
  var data = app.data, model = app.model, state = app.state;
  var byId = A92.byId;
  var find = A92.named;

  app.publicLabel = function () { return find(data.publics, state.public).label; };
  /* What the public counts: « habitant », « ménage », « logement ». */
  app.publicNoun = function () { return find(data.publics, state.public).noun; };
  function base() { return find(data.publics, state.public).base; }
  function nouns() { return app.publicNoun() + "s"; }
  function Nouns() { return nouns().charAt(0).toUpperCase() + nouns().slice(1); }
  /* The mode as a sentence names it, with the walking speed that it has in the scenario. */
  app.modeWords = function () {
    var mode = find(data.modes, state.mode), kmh = state.trial.speeds.get(state.mode) || find(data.scenarios, state.scenario).kmh[state.mode] || mode.kmh;
    return A92.lower(mode.label) + (kmh ? ", à " + A92.plain(kmh) + "\u00a0km/h" : "");
  };
  function classes() { return app.classes(); }
  /* The colour of what is reached under a bound, where a class ends there or further. */
  app.colourUnder = function (bound) {
    var item = classes().find(function (one) { return one.to === null || one.to >= bound; });
    return item ? item.colour : "";
  };
  app.classes = function () { return data.classes[data.thresholds.indexOf(state.threshold)] || data.more_classes[state.threshold]; };
  function ruleWords() {
    return state.rule === "any" ? "d’un service du scénario" : "d’un service «\u00a0" + find(data.rules, state.rule).label + "\u00a0»";
  }
  function conditions() {
    var mode = find(data.modes, state.mode);
    return "Scénario «\u00a0" + find(data.scenarios, state.scenario).title + "\u00a0»" + (app.trialled() ? " avec vos essais" : "") +
      " · moins de " + A92.plain(state.threshold) + "\u00a0min (strict), " + app.modeWords() + mode.note + " · public\u00a0: " +
      A92.lower(app.publicLabel()) + " · services\u00a0: " + data.words.services + " · " + data.words.streets;
  }
  function baseTitle() {
    return state.base === "same" ? "ce scénario sans vos essais" : "«\u00a0" + find(data.scenarios, state.base).title + "\u00a0»";
  }
  function percentPoints(/** @type {number} */ share) { return A92.signed(100 * share, 1) + "\u00a0point" + (Math.abs(100 * share) >= 2 ? "s" : ""); }

  /* Computes all that the page shows; pure of the page but for app.after, app.before. */
  app.compute = function () {
    /* What is shown comes first: every sentence and the colours speak of it. */
    var limit = model.limit(state.threshold), total = model.total[state.public], last = total.length - 1;
    var after = app.after = model.nearest(state.scenario, state.mode, state.rule, state.trial);
    var /** @type {Sums} */ sums = { limit: limit, last: last, total: total, after: model.sums(after.code, state.public, limit), parts: [] };
    /* A trial is always compared with the scenario without it, whatever the view. */
    app.before = null;
    if (app.trialled()) {
      var untried = model.nearest(state.scenario, state.mode, state.rule, null);
      sums.untried = model.sums(untried.code, state.public, limit);
      if (state.view === "difference" && state.base === "same") app.before = untried;
    }
    if (state.view === "difference") {
      var before = app.before = app.before || model.nearest(state.base === "same" ? state.scenario : state.base, state.mode, state.rule, null);
      sums.before = model.sums(before.code, state.public, limit);
      var mask = sums.change = model.changes(before, after, limit);
      sums.parts = [0, 1, 2, 3].map(function (c) {
        var one = new Uint8Array(mask.length);
        for (var i = 0; i < mask.length; i++) one[i] = mask[i] === c ? 0 : 1;
        return model.sums(one, state.public, 0);
      });
    }
    return sums;
  };

  function headline(/** @type {Sums} */ sums) {
    var covered = sums.after[sums.last], total = sums.total[sums.last], box = byId("a92-figure");
    var label = A92.lower(app.publicLabel()), noun = state.public === "all" ? "habitants" :
      app.publicNoun() === "habitant" ? "habitants de " + label : nouns() + " (" + label + ")";
    var lines = [A92.make("p", { class: "a92-share" }, [
      A92.make("strong", { id: "a92-share", text: A92.percent(covered / total) }),
      " des " + A92.number(total) + " " + noun, A92.make("span", { class: "a92-more", text: " (" + base() + ")" }), " à moins de " +
      A92.plain(state.threshold) + "\u00a0min " + ruleWords()
    ]), A92.make("p", {}, [
      A92.make("b", { id: "a92-covered", text: A92.number(covered) }), " couverts, ",
      A92.make("b", { text: A92.number(total - covered) }), " non couverts"
    ])];
    if (sums.before) lines.push(A92.make("p", { id: "a92-ledger", text: "Par rapport à " + baseTitle() + "\u00a0: " +
      A92.number(sums.parts[0][sums.last]) + " gagnés, " + A92.number(sums.parts[1][sums.last]) + " perdus (" +
      percentPoints((covered - sums.before[sums.last]) / total) + ")" }));
    lines.push(A92.make("p", { class: "a92-small", text: conditions() }));
    box.replaceChildren.apply(box, lines);
  }
  function trial(/** @type {Sums} */ sums) {
    var box = byId("a92-trial"), said = byId("a92-trial-words"), before = box.hidden ? "" : said.textContent;
    box.hidden = !sums.untried;
    if (!sums.untried) return;
    var more = sums.after[sums.last] - sums.untried[sums.last];
    said.textContent = "Vos essais\u00a0: " + app.trialWords() + ". " + A92.signed(more) +
      " " + (Math.abs(more) < 2 ? app.publicNoun() + " couvert" : nouns() + " couverts") + (state.public === "all" ? "" : " (" + A92.lower(app.publicLabel()) + ", " + app.modeWords() + ")") + " (" + percentPoints(more / sums.total[sums.last]) + ") par rapport au scénario\u00a0: " +
      A92.percent(sums.untried[sums.last] / sums.total[sums.last]) + "." + app.trialFaults().map(function (text) { return " " + text; }).join("");
    if (said.textContent !== before) app.bringUp(box);
  }
  function legend(/** @type {Sums} */ sums) {
    /* Counts of the points as they are coloured: the legend cannot disagree with the map. */
    var /** @type {HTMLElement[]} */ rows = [], population = model.population[state.public], /** @type {Float64Array} */ byClass,
      /** @type {[{ colour: string; label: string; to?: number | null }, number][]} */ items, box = byId("a92-legend"), caption;
    if (sums.change) {
      items = data.changes.map(function (item, c) { return [item, sums.parts[c][sums.last]]; });
      caption = "Ce qui change par rapport à " + baseTitle();
    } else {
      byClass = new Float64Array(classes().length);
      for (var i = 0; i < population.length; i++) byClass[app.classOf[i]] += population[i];
      items = classes().map(function (item, c) { return [item, byClass[c]]; });
      caption = state.chosen === null ? "Temps vers le service compté le plus proche" : "Temps vers " + app.nameOf(state.chosen) + " (en gris\u00a0: pas à moins de " + A92.plain(state.threshold) + "\u00a0min)";
    }
    /* What gets worse has a cross: colour alone does not carry it. A chosen service has no counts, only its classes. */
    items.forEach(function (pair, c) {
      var worse = sums.change && (c === 1 || c === 3), item = pair[0];
      var mark = A92.make("i", { class: worse ? "a92-cross" : "a92-swatch", "aria-hidden": "true" });
      mark.style[worse ? "color" : "background"] = item.colour;
      if (worse) mark.textContent = "×";
      if (state.chosen !== null && !sums.change && !(typeof item.to === "number" && item.to <= state.threshold)) return;
      if (state.chosen !== null && !sums.change) {
        rows.push(A92.make("tr", {}, [A92.make("th", { scope: "row" }, [mark, item.label])]));
      } else rows.push(A92.make("tr", item.to === state.threshold ? { class: "a92-threshold" } : {}, [
        A92.make("th", { scope: "row" }, [mark, item.label]),
        A92.make("td", { text: A92.number(pair[1]) }),
        A92.make("td", { text: A92.percent(pair[1] / sums.total[sums.last]) })
      ]));
    });
    var head = state.chosen !== null && !sums.change ? [] : [A92.make("thead", {}, [A92.make("tr", {}, [
      A92.make("th", { scope: "col", text: "Classe" }), A92.make("th", { scope: "col", text: Nouns() }), A92.make("th", { scope: "col", text: "Part" })])])];
    box.replaceChildren(A92.make("table", {}, [A92.make("caption", { text: caption })].concat(head, [A92.make("tbody", {}, rows)])));
    /* Only the kinds that count now: a sign that is nowhere on the map would be looked for. */
    var kinds = new Set();
    model.rows(state.scenario, state.rule, state.trial).forEach(function (row) { kinds.add(data.services[row].kinds[0]); });
    box.append(A92.make("ul", { class: "a92-kinds" }, data.kinds.filter(function (kind) { return kinds.has(kind.name); })
      .map(function (kind) {
        var dot = A92.make("span", { class: "a92-dot", "aria-hidden": "true", text: kind.sign });
        dot.style.background = kind.colour;
        return A92.make("li", {}, [dot, kind.label]);
      })));
    box.append(A92.make("p", { class: "a92-small", text: "Points\u00a0: lieux d’habitation. Halo jaune\u00a0: position douteuse. Carré barré\u00a0: service retiré. Cercle noir épais\u00a0: service ajouté." +
      (sums.change ? " Plus court, plus long\u00a0: " + (/** @type {Nearest} */ (app.after).ms ? "de plus de trois secondes." : "d’un dixième de minute au moins\u00a0; le dossier compte au-delà de trois secondes.") : "") +
      (data.words.demo ? " Rues de démonstration." : "") }));
    /* What the page draws by a rule of its own, and what is closed. */
    if (app.hasReach && app.hasReach()) box.append(A92.make("p", { class: "a92-small", id: "a92-reach-legend",
      text: "Bandes de " + A92.REACH_M + "\u00a0m de part et d’autre des rues\u00a0: d’où l’on arrive à temps, dessinées par la page. Le contour d’un calcul est plus large\u00a0: il couvre aussi le terrain entre les rues." }));
    [[app.closedByScenario().length, "a92-closed-mark", "Pointillés bruns\u00a0: rues que le scénario ferme"],
      [state.trial.closed.size, "a92-closed-mark a92-tried", "Pointillés rouges\u00a0: rues fermées par vos essais"]].forEach(function (row) {
      if (row[0]) box.append(A92.make("p", { class: "a92-small" }, [A92.make("i", { class: String(row[1]), "aria-hidden": "true" }), row[2] + "."]));
    });
  }
  function table(/** @type {Sums} */ sums) {
    var change = sums.before || sums.untried, columns = ["Commune", Nouns(), "Couverts", "Part"];
    if (sums.change) columns.push("Gagnés", "Perdus"); else if (change) columns.push("Écart");
    /* The last column is the change where there is something to compare with. */
    function cells(/** @type {number} */ i, /** @type {Child} */ name) {
      var share = sums.total[i] > 0 ? sums.after[i] / sums.total[i] : NaN;
      var row = [A92.make("th", { scope: "row" }, [name]), A92.make("td", { text: A92.number(sums.total[i]) }),
        A92.make("td", { text: A92.number(sums.after[i]) }), A92.make("td", { text: A92.percent(share) })];
      if (sums.change) [0, 1].forEach(function (c) { row.push(A92.make("td", { text: A92.number(sums.parts[c][i]) })); });
      else if (change) row.push(A92.make("td", { text: A92.signed(sums.after[i] - change[i]) }));
      return A92.make("tr", {}, row);
    }
    /* A commune is a button: the table is the way to the map for those who do not see it. */
    var body = data.areas.map(function (name, i) {
      var go = A92.make("button", { type: "button", class: "a92-link", text: name, title: "Voir sur la carte" });
      go.addEventListener("click", function () { app.goToArea(i); });
      return cells(i, go);
    });
    byId("a92-table").classList.toggle("a92-many", columns.length > 5);
    byId("a92-table").replaceChildren(
      A92.make("caption", { text: Nouns() + " (" + A92.lower(app.publicLabel()) + "\u202f; " + base() + ") " + ruleWords().replace(/^d/, "à portée d") + ". " + conditions() +
        (sums.change ? ". Gagnés et perdus par rapport à " + baseTitle() : change ? ". Écart avec le scénario sans vos essais" : "") +
        (data.words.demo ? ". Rues de démonstration." : ".") }),
      A92.make("thead", {}, [A92.make("tr", {}, columns.map(function (name) { return A92.make("th", { scope: "col", text: name }); }))]),
      A92.make("tbody", {}, body), A92.make("tfoot", {}, [cells(sums.last, "Ensemble")]));
  }

  /* The class of each point, and how the classes look. */
  function look(/** @type {Sums} */ sums) {
    var n = data.points, classOf = new Uint8Array(n), i;
    if (sums.change) {
      app.look = { classOf: sums.change, colours: data.changes.map(function (item) { return item.colour; }),
        order: [2, 3, 0, 1], crosses: [false, true, false, true], population: model.population[state.public], least: 1.6 };
      app.classOf = sums.change;
      return;
    }
    /* A class ends at an edge: each code falls in one class, looked up once for all points. */
    var bounds = classes().map(function (item) { return item.to === null ? -1 : data.edges.indexOf(item.to); });
    var of = new Uint8Array(data.edges.length + 1);
    for (var code = 0, c = 0; code < of.length; code++) {
      while (bounds[c] >= 0 && code > bounds[c]) c++;
      of[code] = c;
    }
    for (i = 0; i < n; i++) classOf[i] = of[/** @type {Nearest} */ (app.after).code[i]];
    app.classOf = classOf;
    var colours = classes().map(function (item) { return item.colour; }), order = colours.map(function (_, k) { return k; });
    if (state.chosen !== null) { /* the points that the chosen service reaches, the others in grey below */
      var codes = model.codesOf(state.scenario, state.mode, state.chosen, state.trial) || new Int16Array(n).fill(model.beyond);
      var grey = colours.length;
      classOf = Uint8Array.from(codes, function (value) { return value <= sums.limit ? of[value] : grey; });
      colours = colours.concat("#c9c4bb"); order = [grey].concat(order);
    }
    app.look = { classOf: classOf, colours: colours, order: order, crosses: null, population: model.population[state.public] };
  }

  /* Everything follows the state: figures, colours, table. */
  app.update = function (popupStays) {
    if (!app.ready()) return app.apply(); /* asked while arrays unpack: done once they are there */
    var begin = performance.now(), sums = app.compute();
    look(sums); headline(sums); trial(sums); legend(sums); table(sums);
    app.showServices();
    app.redraw();
    app.tellAgain();
    if (!popupStays) app.refreshPopup();
    byId("a92-answer").removeAttribute("aria-busy");
    app.sums = sums;
    app.lastUpdateMs = performance.now() - begin;
    return Promise.resolve();
  };
};

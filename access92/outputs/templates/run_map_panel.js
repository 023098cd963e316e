/* The panel: choices, search, sheet of small screens, print. */
A92.panel = function (app) {
  "use strict";
  var data = app.data, model = app.model, state = app.state, map = app.map;
  function byId(name) { return document.getElementById(name); }

  function fillRules() {
    var rules = model.scenario(state.scenario).rules, select = byId("a92-rule");
    if (rules.indexOf(state.rule) < 0) state.rule = "any";
    select.replaceChildren.apply(select, data.rules.filter(function (rule) { return rules.indexOf(rule.name) >= 0; })
      .map(function (rule) { return A92.make("option", { value: rule.name, text: rule.label }); }));
    select.value = state.rule;
  }
  function fillBases() {
    var select = byId("a92-base");
    select.replaceChildren.apply(select, data.scenarios.filter(function (item) { return item.name !== state.scenario; })
      .map(function (item) { return A92.make("option", { value: item.name, text: item.title }); })
      .concat([A92.make("option", { value: "same", text: "ce scénario, sans vos essais" })]));
    if (state.base === state.scenario || (state.base === "same" && !app.trialled())) state.base = data.scenarios[0].name;
    if (state.base === state.scenario) state.base = "same";
    select.value = state.base;
  }
  function describe() {
    var item = model.scenario(state.scenario), box = byId("a92-description"), words = item.description;
    if (item.mobile) words += " Les haltes ne comptent pas dans ces chiffres.";
    box.textContent = words; box.hidden = !words;
  }
  function clearTrial() {
    state.trial.removed.clear(); state.trial.extra.clear(); app.clearPlaces();
  }
  /* The times to candidate places are unpacked when there is nothing better to do: the first new service is quick. */
  function later() {
    var mode = state.mode, scenario = state.scenario;
    (window.requestIdleCallback || setTimeout)(function () { model.load(scenario, mode, true); });
  }
  /* After a choice: unpack what it needs, then show. */
  var turn = 0;
  app.apply = function () {
    var mine = ++turn, needs = [[state.scenario, state.trial.places.length > 0]];
    if (state.view === "difference" && state.base !== "same") needs.push([state.base, false]);
    return Promise.all(needs.map(function (need) { return model.load(need[0], state.mode, need[1]); })).then(function () {
      if (mine === turn) { app.showRefusal(); app.update(); later(); }
    });
  };
  app.set = function (changes) { /* a choice, as the controls make it */
    if ("scenario" in changes && changes.scenario !== state.scenario) {
      map.closePopup(); state.chosen = null; clearTrial();
    }
    Object.assign(state, changes);
    if ("mode" in changes) state.choice = changes.mode;
    state.mode = model.modeOf(state.audience, state.choice); /* each public walks at its own pace */
    Array.from(byId("a92-mode").options).forEach(function (option) { /* and the list says by which mode */
      var own = model.modeOf(state.audience, option.value);
      option.textContent = data.modes.find(function (mode) { return mode.name === own; }).label;
    });
    fillRules(); fillBases(); describe();
    byId("a92-scenario").value = state.scenario; byId("a92-mode").value = state.choice; byId("a92-public").value = state.audience;
    byId("a92-threshold").value = data.thresholds.indexOf(state.threshold);
    document.querySelector('input[name="a92-view"][value="' + state.view + '"]').checked = true;
    return app.apply();
  };
  [["scenario", "scenario"], ["mode", "mode"], ["public", "audience"], ["rule", "rule"], ["base", "base"]].forEach(function (pair) {
    byId("a92-" + pair[0]).addEventListener("change", function (event) {
      var change = {};
      change[pair[1]] = event.target.value;
      if (pair[0] === "base") change.view = "difference";
      app.set(change);
    });
  });
  byId("a92-threshold").addEventListener("change", function (event) { app.set({ threshold: data.thresholds[+event.target.value] }); });
  document.querySelectorAll('input[name="a92-view"]').forEach(function (input) {
    input.addEventListener("change", function () {
      if (input.value === "difference" && app.trialled()) state.base = "same";
      app.set({ view: input.value });
    });
  });
  byId("a92-undo").addEventListener("click", function () {
    map.closePopup(); state.chosen = null; clearTrial();
    app.set(state.base === "same" ? { view: "times" } : {});
    byId("a92-scenario").focus();
  });

  /* Search: communes and services by name, accents and case aside. */
  function bare(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/gi, " ").trim().toLowerCase(); }
  var goals = data.areas.map(function (name, i) { return { name: name, go: function () { app.goToArea(i); } }; })
    .concat(data.services.map(function (service, row) { return { name: service.name, go: function () { app.goToService(row); } }; }));
  goals.forEach(function (goal) { goal.bare = bare(goal.name); byId("a92-found").append(A92.make("option", { value: goal.name })); });
  function search(exact) {
    var asked = bare(byId("a92-search").value), said = byId("a92-search-said");
    if (!asked) return;
    var goal = goals.find(function (item) { return item.bare === asked; });
    if (!goal && !exact) goal = goals.find(function (item) { return item.bare.indexOf(asked) === 0; }) ||
      goals.find(function (item) { return item.bare.indexOf(asked) >= 0; });
    if (goal) { goal.go(); said.textContent = "Carte centrée sur " + goal.name + "."; }
    else if (!exact) said.textContent = "Ni commune ni service de ce nom.";
  }
  byId("a92-search-form").addEventListener("submit", function (event) { event.preventDefault(); search(false); });
  byId("a92-search").addEventListener("input", function () { search(true); });
  app.goToArea = function (i) { app.fit(app.areaBounds[i]); };

  /* The sheet of small screens. */
  var sheet = byId("a92-sheet");
  sheet.addEventListener("click", function () {
    var open = byId("a92-side").classList.toggle("a92-open");
    sheet.setAttribute("aria-expanded", open);
    sheet.textContent = open ? "Voir la carte" : "Réglages et chiffres";
  });

  /* On paper: the table of communes too. */
  var print = window.matchMedia("print"), wasOpen = false, table = byId("a92-areas");
  function settle() {
    if (print.matches) { wasOpen = table.open; table.open = true; } else table.open = wasOpen;
  }
  print.addEventListener("change", settle);
};

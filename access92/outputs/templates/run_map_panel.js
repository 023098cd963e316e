/* The panel: choices, sheet of small screens, print. */
A92.panel = function (app) {
  "use strict";
  var data = app.data, model = app.model, state = app.state, map = app.map;
  var byId = A92.byId;

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
  /* Beside the thresholds of the study the one that a trial sets, while it does. */
  function fillThresholds() {
    var select = byId("a92-threshold"), old = select.querySelector("[value=own]"), at = data.thresholds.indexOf(state.threshold);
    if (old) old.remove();
    if (at < 0) {
      select.insertBefore(A92.make("option", { value: "own", text: "moins de " + A92.plain(state.threshold) + "\u00a0min" }),
        select.options[data.thresholds.filter(function (value) { return value < state.threshold; }).length] || null);
    }
    select.value = at < 0 ? "own" : String(at);
  }
  function describe() {
    var item = model.scenario(state.scenario), box = byId("a92-description"), words = item.description;
    if (item.mobile) words += " Les passages des unités mobiles ne comptent pas dans ces chiffres.";
    box.textContent = words; box.hidden = !words;
  }
  function clearTrial() {
    app.trials.reset();
  }
  /* One line under the figures, read out: why something that was asked for is not there. */
  app.say = function (words) {
    var notice = byId("a92-notice"), isNew = words && notice.textContent !== words;
    notice.textContent = words; notice.hidden = !words;
    if (isNew) app.bringUp(notice);
  };
  /* Within the answer, which has little room on a narrow screen, what has just been told is seen. */
  app.bringUp = function (part) {
    var box = byId("a92-answer");
    if (box.scrollHeight > box.clientHeight) box.scrollTop += part.getBoundingClientRect().top - box.getBoundingClientRect().top - 6;
  };
  /* What the reader tries and this scenario by this mode cannot compute is dropped, and the page says so. */
  function dropUnknown() {
    var dropped = Array.from(state.trial.extra).filter(function (row) { return !app.isKnown(row); });
    if (dropped.length) app.trials.drop(dropped);
    var names = dropped.map(app.nameOf).concat(app.showRefusal());
    if (!names.length) return;
    app.say("Essai retiré, faute de temps calculés dans ce scénario par ce mode (ses rues ou ses vitesses diffèrent)\u00a0: " + names.join(", ") + ".");
    if (state.chosen !== null && state.chosen < -1) { map.closePopup(); state.chosen = null; }
  }
  /* What trials need is unpacked when there is nothing better to do. */
  function later() {
    var mode = state.mode, scenario = state.scenario;
    (window.requestIdleCallback || setTimeout)(function () { model.load(scenario, mode); });
  }
  /* After a choice: unpack what it needs, then show. */
  var turn = 0;
  function needs() {
    return state.view === "difference" && state.base !== "same" ? [state.scenario, state.base] : [state.scenario];
  }
  app.ready = function () { return needs().every(function (scenario) { return model.has(scenario, state.mode); }); };
  app.apply = function () {
    var thisTurn = ++turn;
    if (!app.ready()) app.wait();
    return Promise.all([app.begun].concat(needs().map(function (scenario) { return model.load(scenario, state.mode); }))).then(function () {
      if (thisTurn === turn) { app.update(); later(); } /* else a later choice shows itself */
    });
  };
  /* Until the arrays are there nothing on the page speaks for the choice: figures turn pale, points say nothing. */
  app.wait = function () {
    app.after = app.before = null;
    app.hideTip();
    byId("a92-answer").setAttribute("aria-busy", "true");
  };
  app.set = function (changes) { /* a choice, as the controls make it */
    if ("scenario" in changes && changes.scenario !== state.scenario) {
      map.closePopup(); state.chosen = null; clearTrial();
    }
    Object.assign(state, changes);
    app.say("");
    if (changes.mode !== undefined) state.choice = changes.mode;
    state.mode = model.modeOf(state.public, state.choice); /* each public walks at its own pace */
    Array.from(byId("a92-mode").options).forEach(function (option) { /* and the list says by which mode */
      var walk = model.modeOf(state.public, option.value);
      option.textContent = A92.named(data.modes, walk).label;
    });
    dropUnknown();
    fillRules(); fillBases(); describe();
    byId("a92-scenario").value = state.scenario; byId("a92-mode").value = state.choice; byId("a92-public").value = state.public;
    fillThresholds();
    /** @type {HTMLInputElement} */ (A92.part(document, 'input[name="a92-view"][value="' + state.view + '"]')).checked = true;
    return app.apply();
  };
  /** @type {("scenario" | "mode" | "public" | "rule" | "base")[]} */ (["scenario", "mode", "public", "rule", "base"]).forEach(function (name) {
    var select = byId(/** @type {`a92-${typeof name}`} */ ("a92-" + name));
    select.addEventListener("change", function () {
      app.set(name === "base" ? { base: select.value, view: "difference" } : { [name]: select.value });
    });
  });
  byId("a92-threshold").addEventListener("change", function () { app.set({ threshold: data.thresholds[+byId("a92-threshold").value] }); });
  /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name="a92-view"]')).forEach(function (input) {
    input.addEventListener("change", function () {
      if (input.value === "difference" && app.trialled()) state.base = "same";
      app.set({ view: /** @type {View} */ (input.value) });
    });
  });
  byId("a92-undo").addEventListener("click", function () {
    map.closePopup(); state.chosen = null; clearTrial();
    app.set(state.base === "same" ? { view: "times" } : {});
    byId("a92-scenario").focus();
  });

  /* The links past the panel: the address has what is shown, so they move the focus themselves. */
  document.querySelectorAll(".a92-skip").forEach(function (link) {
    link.addEventListener("click", function (event) {
      var target = A92.part(document, link.getAttribute("href") || ""), side = byId("a92-side");
      event.preventDefault();
      if (side.contains(target) && byId("a92-sheet").offsetParent && !side.classList.contains("a92-open")) byId("a92-sheet").click();
      if (target instanceof HTMLDetailsElement) { target.open = true; target = A92.part(target, "summary"); }
      if (!side.contains(target)) app.closeSheet();
      target.focus();
      target.scrollIntoView({ block: "start" });
    });
  });

  /* The sheet of small screens. */
  var sheet = byId("a92-sheet");
  sheet.addEventListener("click", function () {
    var open = byId("a92-side").classList.toggle("a92-open");
    sheet.setAttribute("aria-expanded", open);
    sheet.textContent = open ? "Voir la carte" : "Réglages et chiffres";
  });

  /* What shows something on the map, or asks for a place of it, closes the sheet that lies over it. */
  app.closeSheet = function () { if (byId("a92-side").classList.contains("a92-open")) sheet.click(); };

  /* On paper: the table of communes too, after the map. Before printing begins: a browser counts the pages first, and
     what opens later is cut off at the last one. */
  var print = window.matchMedia("print"), /** @type {boolean | null} */ wasOpen = null, table = byId("a92-areas"), place = /** @type {Element} */ (table.nextElementSibling);
  function prepare() {
    if (wasOpen !== null) return;
    wasOpen = table.open; table.open = true;
    byId("a92-main").append(table);
  }
  function restore() {
    if (wasOpen === null) return;
    table.open = wasOpen; wasOpen = null;
    place.before(table);
  }
  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
  print.addEventListener("change", function () { if (print.matches) prepare(); else restore(); });
};

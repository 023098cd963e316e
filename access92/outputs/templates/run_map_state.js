/* What is shown, as the fragment of the address: a link, F5, back and forward bring it back; undo is back, redo forward. */
A92.states = function (app) {
  "use strict";
  var data = app.data, state = app.state, map = app.map, SETTLE_MS = 250;
  var byId = A92.byId;
  var usual = { scenario: state.scenario, choice: state.choice, public: state.public, rule: state.rule, threshold: state.threshold,
    view: state.view, base: state.base, area: null };
  var known = {
    scenario: data.scenarios.map(function (item) { return item.name; }), public: data.publics.map(function (item) { return item.name; }),
    choice: data.modes.filter(function (item) { return item.offered; }).map(function (item) { return item.name; }),
    rule: data.rules.map(function (item) { return item.name; }), threshold: data.thresholds, view: ["times", "difference"],
    base: data.scenarios.map(function (item) { return item.name; }).concat("same"), area: data.area_ids
  };
  app.known = known;
  /* The states of this visit by their number in the browser's history; `at`: the one that is shown. */
  var /** @type {string[]} */ stack = [], at = 0, top = 0, /** @type {string | null} */ last = null, busy = 0, /** @type {number | null} */ waiting = null;

  /* The shortest list of what is tried: without a service that the scenario counts anyway, or does not count anyway. */
  app.tried = function () {
    var rows = new Set(app.model.scenario(state.scenario).rows.map(function (row) { return data.services[row].id; }));
    return A92.Trial.compact(app.trials.actions()).filter(function (action) {
      return action.kind === "count_service" ? !rows.has(action.service_id) : action.kind !== "remove_service" || rows.has(action.service_id);
    });
  };
  function shown(/** @type {boolean} */ withPlace) {
    var centre = map.getCenter(), isDifference = state.view === "difference";
    return {
      scenario: state.scenario, choice: state.choice, public: state.public, rule: state.rule, view: state.view,
      threshold: data.thresholds.indexOf(state.threshold) < 0 ? usual.threshold : state.threshold, /* any other is an action */
      base: isDifference ? state.base : usual.base, area: state.area === null ? null : data.area_ids[state.area],
      at: withPlace && moved ? [+map.getZoom().toFixed(2), +centre.lat.toFixed(5), +centre.lng.toFixed(5)] : null,
      actions: app.tried(), kept: app.keptTrials ? app.keptTrials() : []
    };
  }
  var moved = false; /* by hand: until then the view is that of the whole study */
  function fragment(/** @type {boolean} */ withPlace) { return A92.Link.write(shown(withPlace), usual); }
  function topName() { return "access92-top:" + location.pathname; }
  function tell(/** @type {number} */ number) { try { sessionStorage.setItem(topName(), String(number)); } catch (error) { /* a browser that keeps nothing */ } }
  function address(/** @type {string} */ text) { return location.href.replace(/#.*$/, "") + "#" + text; }
  function write(/** @type {boolean} */ isNew, /** @type {string} */ text) {
    try {
      history[isNew ? "pushState" : "replaceState"]({ a92: at }, "", address(text));
    } catch (error) { /* in a frame that may not: the states of this visit are in `stack` all the same */ }
  }
  /* After a choice or a trial: once the hand rests, one more state. */
  function settle() {
    if (waiting !== null) clearTimeout(waiting);
    waiting = null;
    var now = fragment(false);
    if (busy || now === last) return;
    last = now;
    at++; top = at;
    stack.length = at;
    stack[at] = now;
    tell(top);
    write(true, fragment(true));
    showButtons();
  }
  app.remember = function () {
    if (busy || last === null) return;
    if (waiting !== null) clearTimeout(waiting);
    waiting = setTimeout(settle, SETTLE_MS);
  };
  map.on("moveend", function () {
    if (last === null || busy || app.resizing) return;
    moved = true;
    if (waiting === null) write(false, fragment(true));
  });
  function showButtons() {
    byId("a92-back").disabled = at <= 0;
    byId("a92-forward").disabled = at >= top;
  }

  /* Shows what a fragment says; what it says that the page cannot is told. */
  function restore(/** @type {string} */ text) {
    var read = A92.Link.read(text, known, A92.Trial.fault), want = Object.assign({}, usual, read.shown), faults = read.faults;
    busy++;
    map.closePopup();
    if (app.setKept) app.setKept(read.shown.kept || []);
    var actions = read.shown.actions || [], same = JSON.stringify(actions) === JSON.stringify(app.tried());
    if (!same) app.trials.reset(); /* a threshold that is tried would stay in the way of the one that is wanted */
    return app.set({ scenario: want.scenario, mode: want.choice, public: want.public, rule: want.rule, threshold: want.threshold, view: want.view, base: want.base })
      .then(function () { return same ? [] : app.trials.set(actions); })
      .then(function (refused) {
        /* what a comparison with « this scenario without trials » needs is there only now */
        return (want.base === "same" && state.base !== "same" ? app.set({ base: "same", view: want.view }) : Promise.resolve()).then(function () {
          app.selectArea(want.area === null ? null : data.area_ids.indexOf(want.area));
          if (want.at) { moved = true; map.setView([want.at[1], want.at[2]], want.at[0], { animate: false }); }
          faults = faults.concat(refused || []);
          if (faults.length) app.say(faults.join(" "));
        });
      }).finally(function () {
        busy--;
        last = fragment(false);
        showButtons();
      });
  }
  /* The first state: that of the address, so that a link and F5 show what was shown. */
  app.beginStates = function () {
    var from = location.hash.replace(/^#/, ""), held = history.state && history.state.a92;
    at = typeof held === "number" ? held : 0;
    try { top = Math.max(at, held === undefined || held === null ? 0 : Number(sessionStorage.getItem(topName())) || 0); } catch (error) { top = at; }
    var done = /=/.test(from) ? restore(from) : Promise.resolve();
    return done.then(function () {
      last = fragment(false);
      stack[at] = last;
      moved = moved || /(^|&)carte=/.test(from);
      write(false, fragment(true));
      showButtons();
    });
  };
  window.addEventListener("popstate", function (event) {
    if (last === null) return;
    if (waiting !== null) clearTimeout(waiting);
    waiting = null;
    var held = event.state && event.state.a92, text = location.hash.replace(/^#/, "");
    if (text && text.indexOf("=") < 0) return; /* a place of the page, not a state */
    if (typeof held === "number") at = held;
    else { at++; top = at; tell(top); write(false, text); } /* another address was typed or followed */
    restore(text);
  });
  function step(/** @type {number} */ by) {
    if (waiting !== null) settle();
    if (at + by < 0 || at + by > top) return;
    var before = at;
    if (by < 0) history.back(); else history.forward();
    /* where the history is not ours to walk, the states of this visit are */
    setTimeout(function () {
      if (at !== before || stack[before + by] === undefined) return;
      at = before + by;
      restore(stack[at]);
    }, 600);
  }
  /* What happens until a promise is kept makes no state: it is undone at its end. */
  app.setAside = function (work) {
    busy++;
    return work.finally(function () { busy--; });
  };
  byId("a92-back").addEventListener("click", function () { step(-1); });
  byId("a92-forward").addEventListener("click", function () { step(1); });
  document.addEventListener("keydown", function (event) {
    var on = event.target, writes = on instanceof HTMLTextAreaElement || (on instanceof HTMLInputElement && on.type !== "checkbox" && on.type !== "radio");
    if (!(event.ctrlKey || event.metaKey) || event.altKey || writes) return;
    var key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    step(key === "y" || event.shiftKey ? 1 : -1);
  });
  byId("a92-copy").addEventListener("click", function () {
    var said = byId("a92-copied"), field = byId("a92-address");
    if (waiting !== null) settle();
    write(false, fragment(true));
    function byHand() { /* no clipboard: the address, to be copied by hand */
      field.value = location.href; field.hidden = false; field.focus(); field.select();
      said.textContent = "Copier cette adresse (Ctrl + C).";
    }
    if (!navigator.clipboard) { byHand(); return; }
    navigator.clipboard.writeText(location.href).then(function () {
      field.hidden = true;
      said.textContent = "Lien copié\u00a0: il rouvre cette page, sur un poste qui a le même fichier, avec tout ce qui est choisi et essayé.";
    }, byHand);
  });
  app.onUpdate(app.remember);
  app.trials.onChange(app.remember);
};

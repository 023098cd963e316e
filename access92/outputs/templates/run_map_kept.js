/* Trials that were given a name: compared side by side, saved, read again, exported. */
A92.kept = function (app) {
  "use strict";
  var data = app.data, state = app.state, MOST_AREAS = 6;
  var /** @type {KeptTrial[]} */ kept = [], figures = new Map(); /* trials: { name, scenario, actions }; figures: by conditions and trial, once computed */
  var byId = A92.byId;
  var said = byId("a92-kept-said");

  /* A trial's own threshold, else the one of the study that is chosen; its own pace by this mode, else its scenario's. */
  function chosenThreshold() { return data.thresholds.indexOf(state.threshold) >= 0 ? state.threshold : data.headline.threshold; }
  function thresholdOf(/** @type {KeptTrial} */ trial) {
    var own = A92.Trial.fold(trial.actions).threshold;
    return own !== null && own <= data.cutoff ? own : chosenThreshold();
  }
  function mode() { return A92.named(data.modes, state.mode); }
  function paceOf(/** @type {KeptTrial} */ trial) {
    return A92.Trial.fold(trial.actions).speeds.get(state.mode) || scenarioOf(trial.scenario).kmh[state.mode] || mode().kmh;
  }
  function content(/** @type {KeptTrial} */ trial) { return JSON.stringify([trial.scenario, trial.actions]); }
  function key(/** @type {KeptTrial} */ trial) { return JSON.stringify([state.mode, state.public, state.rule, thresholdOf(trial), content(trial)]); }
  /* Those of what is shown now, which is this trial. */
  function note(/** @type {KeptTrial} */ trial) {
    var sums = app.sums, before = sums.untried || sums.after, last = sums.last;
    figures.set(key(trial), { covered: sums.after[last], total: sums.total[last], more: sums.after[last] - before[last],
      areas: data.areas.map(function (_, i) { return sums.after[i] - before[i]; }) });
  }
  function scenarioOf(/** @type {string} */ name) { return A92.named(data.scenarios, name); }
  function remember() { if (app.remember) app.remember(); }
  app.keptTrials = function () { return kept; };
  app.setKept = function (list) { kept = list.slice(); show(); };
  function current(/** @type {string} */ name) {
    return { name: name, study: data.words.study, scenario: state.scenario, mode: state.choice, public: state.public, rule: state.rule,
      threshold_min: state.threshold, actions: app.tried() };
  }
  /* The name that is written, else that under which this trial is kept, else a number that no other trial has. */
  var given = new Map(), slugs = new Map(); /* of the files of this visit: name → content, name of scenario → content */
  function nameGiven() {
    var written = byId("a92-kept-name").value.trim(), now = content(current(""));
    if (written) return written;
    var known = kept.find(function (item) { return content(item) === now; });
    return known ? known.name : newName(now);
  }
  function newName(/** @type {string} */ now) {
    var number = 1, /** @type {string} */ name;
    do name = "Essai " + number++;
    while (kept.some(function (item) { return item.name === name; }) || (given.has(name) && given.get(name) !== now));
    return name;
  }
  /* The name of its scenario in a study file: none that the study, another kept trial or another file has. */
  function slugTaken(/** @type {string} */ now) {
    var taken = data.scenarios.map(function (item) { return item.name; });
    kept.some(function (item) {
      if (content(item) === now) return true;
      taken.push(A92.Toml.slug(item.name, taken));
      return false;
    });
    slugs.forEach(function (of, slug) { if (of !== now) taken.push(slug); });
    return taken;
  }

  /* Side by side: a column a trial, then the communes that change most in any of them. */
  function show() {
    var known = kept.map(function (item) { return figures.get(key(item)) || null; }), isWhole = known.every(Boolean);
    byId("a92-kept-refresh").hidden = isWhole;
    byId("a92-kept-table").hidden = !kept.length;
    var most = data.areas.map(function (_, area) {
      return [Math.max.apply(null, [0].concat(known.map(function (item) { return item ? Math.abs(item.areas[area]) : 0; }))), area];
    }).filter(function (pair) { return pair[0] >= 0.5; }).sort(function (a, b) { return b[0] - a[0]; }).slice(0, MOST_AREAS);
    function line(/** @type {string} */ name, /** @type {(known: KeptFigures | null, item: KeptTrial, i: number) => Child} */ cell) {
      return A92.make("tr", {}, [A92.make("th", { scope: "row", text: name })].concat(kept.map(function (item, i) { return A92.make("td", {}, [cell(known[i], item, i)]); })));
    }
    function figure(/** @type {(item: KeptFigures) => string} */ write) { return function (/** @type {KeptFigures | null} */ item) { return item ? write(item) : "—"; }; }
    function act(/** @type {string} */ text, /** @type {KeptTrial} */ item, /** @type {() => void} */ run) {
      var button = A92.make("button", { type: "button", class: "a92-link", text: text, "aria-label": text + "\u00a0: " + item.name });
      button.addEventListener("click", run);
      return button;
    }
    byId("a92-kept-table").replaceChildren(
      A92.make("caption", { text: "Essais gardés, " + A92.lower(mode().label) + ", " + A92.lower(app.publicLabel()) +
        (isWhole ? "" : ". Tiret\u00a0: pas encore calculé avec ces réglages") + ". Écarts\u00a0: avec le scénario sans essai, au seuil de l’essai." }),
      A92.make("thead", {}, [A92.make("tr", {}, [A92.make("th", { scope: "col", text: "Essai" })].concat(kept.map(function (item) {
        return A92.make("th", { scope: "col", text: item.name });
      })))]),
      A92.make("tbody", {}, [
        line("Scénario", function (_, item) { return scenarioOf(item.scenario).title; }),
        line("Seuil", function (_, item) { return "moins de " + A92.plain(thresholdOf(item)) + "\u00a0min"; })
      ].concat(kept.some(paceOf) ? [line("Pas", function (_, item) { var pace = paceOf(item); return pace ? A92.plain(pace) + "\u00a0km/h" : "—"; })] : [], [
        line("Part", figure(function (item) { return A92.percent(item.covered / item.total); })),
        line("Couverts", figure(function (item) { return A92.number(item.covered); })),
        line("Écart", figure(function (item) { return A92.signed(item.more); }))
      ], most.map(function (pair) {
        return line(data.areas[pair[1]], figure(function (item) { return A92.signed(item.areas[pair[1]]); }));
      }), [
        line("Montrer", function (_, item) { return act("reprendre", item, function () { take(item); }); }),
        line("Retirer", function (_, item, i) {
          return act("oublier", item, function () { kept.splice(i, 1); show(); remember(); byId("a92-kept-name").focus(); });
        })
      ]))
    );
  }
  /* One of them, or what was shown: by the study's threshold where it has none of its own. */
  function put(/** @type {string} */ scenario, /** @type {Action[]} */ actions, /** @type {number} */ threshold) {
    app.trials.reset();
    return app.set({ scenario: scenario, threshold: threshold }).then(function () { return app.trials.set(actions); });
  }
  function take(/** @type {KeptTrial} */ item) {
    return put(item.scenario, item.actions, chosenThreshold()).then(function (refused) {
      said.textContent = refused && refused.length ? refused.join(" ") : "Essai repris\u00a0: " + item.name + ".";
    });
  }
  byId("a92-keep").addEventListener("submit", function (event) {
    event.preventDefault();
    if (!app.after) return;
    var name = byId("a92-kept-name").value.trim() || newName(content(current(""))), trial = current(name);
    kept = kept.filter(function (item) { return item.name !== name; });
    kept.push({ name: name, scenario: trial.scenario, actions: trial.actions });
    note(kept[kept.length - 1]);
    byId("a92-kept-name").value = "";
    said.textContent = "Essai gardé\u00a0: " + name + ".";
    show();
    remember();
  });
  /* All of them by what is chosen now: each is shown in turn, then what was shown before. */
  byId("a92-kept-refresh").addEventListener("click", function () {
    var scenario = state.scenario, actions = app.trials.actions(), threshold = chosenThreshold(), /** @type {string[]} */ faults = [];
    app.setAside(kept.reduce(function (before, item) {
      return before.then(function () { return put(item.scenario, item.actions, threshold); }).then(function (refused) {
        faults = faults.concat(refused);
        note(item);
      });
    }, Promise.resolve()).then(function () { return put(scenario, actions, threshold); })
      .then(function () { said.textContent = ["Essais recalculés, chacun à son seuil et à son pas."].concat(faults).join(" "); show(); }));
  });

  /* Files: made here, given to the browser's own download. */
  app.download = function (name, parts, type) {
    var url = URL.createObjectURL(new Blob(parts, { type: type })), link = A92.make("a", { download: name });
    link.href = url; /* of this page: A92.make takes addresses of the web only */
    document.body.append(link); link.click(); link.remove();
    setTimeout(function () { URL.revokeObjectURL(url); }, 1000);
  };
  function fileName(/** @type {string} */ extension) {
    given.set(nameGiven(), content(current("")));
    return A92.Toml.slug(data.words.study + " " + nameGiven(), []) + extension;
  }
  byId("a92-save").addEventListener("click", function () {
    app.download(fileName(".json"), [A92.Link.file(current(nameGiven()))], "application/json");
  });
  byId("a92-read").addEventListener("change", function () {
    var input = byId("a92-read"), file = input.files && input.files[0];
    input.value = "";
    if (!file) return;
    file.text().then(function (text) {
      var read = A92.Link.readFile(text, app.known, A92.Trial.fault);
      if (!read.trial) { said.textContent = read.faults.join(" "); return null; }
      byId("a92-kept-name").value = read.trial.name;
      return take(read.trial).then(function () { if (read.faults.length) said.textContent += " " + read.faults.join(" "); });
    });
  });
  app.toml = function (name) {
    var trial = current(name);
    return A92.Toml.scenario(trial, { scenarios: slugTaken(content(trial)),
      ids: new Map(data.services.map(function (service) { return [service.id, service.study_id]; })) });
  };
  var box = byId("a92-toml-text"), boxed = "";
  byId("a92-toml").addEventListener("click", function () {
    var name = nameGiven();
    boxed = content(current(name));
    box.value = app.toml(name);
    given.set(name, boxed); slugs.set(A92.Toml.slug(name, slugTaken(boxed)), boxed);
    box.hidden = false; box.focus(); box.select();
    said.textContent = "Scénario à coller à la fin du fichier de l’étude, puis à vérifier\u00a0: access92 check.";
  });

  /* The table as a spreadsheet reads it in French: as outputs/tables/spreadsheet.py writes. */
  app.csv = function () {
    return "\ufeff" + Array.from(byId("a92-table").querySelectorAll("tr")).map(function (row) {
      return Array.from(row.children).map(function (cell) {
        var text = cell.textContent.replace(/[\u202f\u00a0\u2009]/g, " ").trim(), number = text.replace(/ /g, "").replace("\u2212", "-");
        if (/^[-+]?\d+(,\d+)?$/.test(number)) return number.replace("+", "");
        if (/^[=@\t\r]|^[-+]/.test(text)) text = "'" + text;
        return /[";\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
      }).join(";");
    }).concat([""], '"' + A92.part(byId("a92-table"), "caption").textContent.replace(/[\u202f\u00a0]/g, " ").replace(/"/g, '""') + '"').join("\r\n") + "\r\n";
  };
  byId("a92-csv").addEventListener("click", function () { app.download(fileName(".csv"), [app.csv()], "text/csv"); });
  byId("a92-png").addEventListener("click", function () {
    A92.picture(app).then(function (blob) { if (blob) app.download(fileName(".png"), [blob], "image/png"); });
  });
  /* What was said, and the scenario to paste, are of what was shown then. */
  app.onUpdate(function () {
    said.textContent = "";
    if (!box.hidden && content(current("")) !== boxed) box.hidden = true;
    show();
  });
  show();
};

/* Trials that were given a name: compared side by side, saved, read again, exported. */
A92.kept = function (app) {
  "use strict";
  var data = app.data, state = app.state, MOST_AREAS = 6;
  var kept = [], figures = new Map(); /* trials: { name, scenario, actions }; figures: by conditions and trial, once computed */
  function byId(name) { return document.getElementById(name); }
  var said = byId("a92-kept-said");

  function key(trial) { return JSON.stringify([state.mode, state.public, state.rule, state.threshold, trial.scenario, trial.actions]); }
  /* Those of what is shown now, which is this trial. */
  function note(trial) {
    var sums = app.sums, before = sums.untried || sums.after, last = sums.last;
    figures.set(key(trial), { covered: sums.after[last], total: sums.total[last], more: sums.after[last] - before[last],
      areas: data.areas.map(function (_, i) { return sums.after[i] - before[i]; }) });
  }
  function title(scenario) { return data.scenarios.find(function (item) { return item.name === scenario; }).title; }
  app.keptTrials = function () { return kept; };
  app.setKept = function (list) { kept = list.slice(); show(); };
  function current(name) {
    return { name: name, study: data.words.study, scenario: state.scenario, mode: state.choice, public: state.public, rule: state.rule,
      threshold_min: state.threshold, actions: app.tried() };
  }
  function nameGiven() { return byId("a92-kept-name").value.trim() || "Essai " + (kept.length + 1); }

  /* Side by side: a column a trial, then the communes that change most in any of them. */
  function show() {
    var known = kept.map(function (item) { return figures.get(key(item)) || null; }), isWhole = known.every(Boolean);
    byId("a92-kept-refresh").hidden = isWhole;
    byId("a92-kept-table").hidden = !kept.length;
    var most = data.areas.map(function (_, area) {
      return [Math.max.apply(null, [0].concat(known.map(function (item) { return item ? Math.abs(item.areas[area]) : 0; }))), area];
    }).filter(function (pair) { return pair[0] >= 0.5; }).sort(function (a, b) { return b[0] - a[0]; }).slice(0, MOST_AREAS);
    function line(name, cell) {
      return A92.make("tr", {}, [A92.make("th", { scope: "row", text: name })].concat(kept.map(function (item, i) { return A92.make("td", {}, [cell(known[i], item, i)]); })));
    }
    function figure(write) { return function (item) { return item ? write(item) : "—"; }; }
    function act(text, item, run) {
      var button = A92.make("button", { type: "button", class: "a92-link", text: text, "aria-label": text + "\u00a0: " + item.name });
      button.addEventListener("click", run);
      return button;
    }
    byId("a92-kept-table").replaceChildren(
      A92.make("caption", { text: "Essais gardés, " + app.modeWords() + ", moins de " + A92.plain(state.threshold) + "\u00a0min, " + A92.lower(app.publicLabel()) +
        (isWhole ? "" : ". Tiret\u00a0: pas encore calculé avec ces réglages") + ". Écarts\u00a0: avec le scénario sans essai." }),
      A92.make("thead", {}, [A92.make("tr", {}, [A92.make("th", { scope: "col", text: "Essai" })].concat(kept.map(function (item) {
        return A92.make("th", { scope: "col", text: item.name });
      })))]),
      A92.make("tbody", {}, [
        line("Scénario", function (_, item) { return title(item.scenario); }),
        line("Part", figure(function (item) { return A92.percent(item.covered / item.total); })),
        line("Couverts", figure(function (item) { return A92.number(item.covered); })),
        line("Écart", figure(function (item) { return A92.signed(item.more); }))
      ].concat(most.map(function (pair) {
        return line(data.areas[pair[1]], figure(function (item) { return A92.signed(item.areas[pair[1]]); }));
      }), [
        line("Montrer", function (_, item) { return act("reprendre", item, function () { take(item); }); }),
        line("Retirer", function (_, item, i) {
          return act("oublier", item, function () { kept.splice(i, 1); show(); app.remember(); byId("a92-kept-name").focus(); });
        })
      ]))
    );
  }
  function take(item) {
    return app.set({ scenario: item.scenario }).then(function () { return app.trials.set(item.actions); }).then(function (refused) {
      said.textContent = refused && refused.length ? refused.join(" ") : "Essai repris\u00a0: " + item.name + ".";
    });
  }
  byId("a92-keep").addEventListener("submit", function (event) {
    event.preventDefault();
    if (!app.after) return;
    var name = nameGiven(), trial = current(name);
    kept = kept.filter(function (item) { return item.name !== name; });
    kept.push({ name: name, scenario: trial.scenario, actions: trial.actions });
    note(kept[kept.length - 1]);
    byId("a92-kept-name").value = "";
    said.textContent = "Essai gardé\u00a0: " + name + ".";
    show();
    app.remember();
  });
  /* All of them by what is chosen now: each is shown in turn, then what was shown before. */
  byId("a92-kept-refresh").addEventListener("click", function () {
    var scenario = state.scenario, actions = app.trials.actions();
    app.setAside(kept.reduce(function (before, item) {
      return before.then(function () { return take(item); }).then(function () { note(item); });
    }, Promise.resolve()).then(function () { return app.set({ scenario: scenario }); })
      .then(function () { return app.trials.set(actions); })
      .then(function () { said.textContent = "Essais recalculés aux réglages actuels."; show(); }));
  });

  /* Files: made here, given to the browser's own download. */
  app.download = function (name, parts, type) {
    var url = URL.createObjectURL(new Blob(parts, { type: type })), link = A92.make("a", { download: name });
    link.href = url; /* of this page: A92.make takes addresses of the web only */
    document.body.append(link); link.click(); link.remove();
    setTimeout(function () { URL.revokeObjectURL(url); }, 1000);
  };
  function fileName(extension) { return A92.Toml.slug(data.words.study + " " + nameGiven(), []) + extension; }
  byId("a92-save").addEventListener("click", function () {
    app.download(fileName(".json"), [A92.Link.file(current(nameGiven()))], "application/json");
  });
  byId("a92-read").addEventListener("change", function (event) {
    var file = event.target.files[0];
    event.target.value = "";
    if (!file) return;
    file.text().then(function (text) {
      var read = A92.Link.readFile(text, app.known, A92.Trial.fault);
      if (!read.trial) { said.textContent = read.faults.join(" "); return null; }
      byId("a92-kept-name").value = read.trial.name;
      return take(read.trial).then(function () { if (read.faults.length) said.textContent += " " + read.faults.join(" "); });
    });
  });
  app.toml = function (name) {
    return A92.Toml.scenario(current(name), { scenarios: data.scenarios.map(function (item) { return item.name; }),
      ids: new Map(data.services.map(function (service) { return [service.id, service.study_id]; })) });
  };
  byId("a92-toml").addEventListener("click", function () {
    var box = byId("a92-toml-text");
    box.value = app.toml(nameGiven());
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
    }).concat([""], '"' + byId("a92-table").caption.textContent.replace(/[\u202f\u00a0]/g, " ").replace(/"/g, '""') + '"').join("\r\n") + "\r\n";
  };
  byId("a92-csv").addEventListener("click", function () { app.download(fileName(".csv"), [app.csv()], "text/csv"); });
  byId("a92-png").addEventListener("click", function () {
    A92.picture(app).then(function (blob) { app.download(fileName(".png"), [blob], "image/png"); });
  });
  app.onUpdate(show);
  show();
};

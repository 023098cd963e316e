/* A trial as the TOML of a scenario, ready to be pasted into a study file (access92/scenarios/trials.py makes the same of a
   file). Pure: nothing of the page. */
A92.Toml = Object({});

/* A text in TOML: every sign that is not plain is written by its number; what no study may hold (access92/_glyphs.py) is replaced. */
/** @type {A92Scripts["Toml"]["text"]} */
A92.Toml.text = function (value) {
  "use strict";
  var shown = String(value).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/g, "\ufffd");
  return '"' + shown.replace(/[\u0000-\u001f"\\\u2028\u2029]/g, function (sign) {
    return sign === '"' || sign === "\\" ? "\\" + sign : "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0");
  }).replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd") + '"';
};
/** @type {A92Scripts["Toml"]["texts"]} */
A92.Toml.texts = function (values) { "use strict"; return "[" + values.map(A92.Toml.text).join(", ") + "]"; };

/* A name as studies write them: small letters, digits and hyphens (as access92/study/trials.py has it). */
/** @type {A92Scripts["Toml"]["slug"]} */
A92.Toml.slug = function (text, taken) {
  "use strict";
  var plain = text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "") || "essai";
  for (var number = 1, name = plain; taken.indexOf(name) >= 0; name = plain + "-" + number) number++;
  return name;
};

/* `trial`: { name, scenario, actions }; `study`: { scenarios: names, ids: Map(id on the page → id in the study) }. */
/** @type {A92Scripts["Toml"]["scenario"]} */
A92.Toml.scenario = function (trial, study) {
  "use strict";
  var now = A92.Trial.fold(trial.actions), lines = [], slug = A92.Toml.slug(trial.name, study.scenarios);
  function ofStudy(/** @type {string} */ id) { return study.ids.get(id) || id; }
  function change(/** @type {string} */ kind, /** @type {[string, string][]} */ rows) {
    lines.push("", "[[scenario.change]]", 'kind = "' + kind + '"');
    rows.forEach(function (row) { lines.push(row[0] + " = " + row[1]); });
  }
  function degrees(/** @type {number} */ value) { return Number(value).toFixed(6); }
  if (now.threshold !== null) lines.push("# Seuil de l’essai : " + now.threshold + " min ; il se règle pour toute l’étude ([analysis] threshold_min).");
  lines.push("[[scenario]]", "name = " + A92.Toml.text(slug), "title = " + A92.Toml.text(trial.name), "based_on = " + A92.Toml.text(trial.scenario));
  if (now.counted.size) lines.push("include = " + A92.Toml.texts(Array.from(now.counted, ofStudy)));
  now.removed.forEach(function (id) { change("remove_service", [["service_id", A92.Toml.text(ofStudy(id))]]); });
  now.moved.forEach(function (at, id) {
    if (!now.removed.has(id)) change("move_service", [["service_id", A92.Toml.text(ofStudy(id))], ["lon", degrees(at[0])], ["lat", degrees(at[1])]]);
  });
  now.added.forEach(function (item) {
    change("add_service", [["service_id", A92.Toml.text(item.service_id)], ["name", A92.Toml.text(item.name)],
      ["service_kind", A92.Toml.text(item.service_kind)], ["lon", degrees(item.lon)], ["lat", degrees(item.lat)]]);
  });
  if (now.closed.size) change("close_street", [["edge_ids", A92.Toml.texts(Array.from(now.closed))]]);
  now.speeds.forEach(function (kmh, mode) { change("set_speed", [["mode", A92.Toml.text(mode)], ["speed_kmh", String(kmh)]]); });
  return lines.join("\n") + "\n";
};

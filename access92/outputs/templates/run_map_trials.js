/* Trials: what the reader tries on top of a scenario, as one plain list that JSON writes and reads unchanged.

   `actions` is an Array, oldest first; what a later one says holds. Each is a plain object, with the names of the changes
   of a study file (access92/study/changes.py), so that the same words make a scenario in TOML:

     { kind: "add_service", service_id, name, service_kind, lon, lat }   a service where none is; service_id « essai-1 », …
     { kind: "move_service", service_id, lon, lat }                      of the study, or one that an action before added
     { kind: "remove_service", service_id }                              of the study: not counted; an added one: gone
     { kind: "count_service", service_id }                               of the study: counted, though the scenario does not
     { kind: "close_street", edge_ids: [text, …] }                       closed to all modes, in both directions
     { kind: "open_street", edge_ids: [text, …] }                        undoes close_street
     { kind: "set_speed", mode, speed_kmh }                              walking modes, 2 to 6; null: that of the scenario
     { kind: "set_threshold", threshold_min }                            1 to 60, whole; null: one of the study's

   Degrees have six decimals (a tenth of a metre): what a link or a file says is where the page computes.
   `count_service`, `open_street` and `set_threshold` are the page's own: no change of a study file says the same.

   The page's side of it (A92.trials, below): app.trials.actions() is a copy of the list; app.trials.set(list) replaces it
   and redraws, a promise of the refusals (French texts); app.trials.act(action) adds one; app.trials.onChange(f) calls f()
   after each change, whoever made it. URL, undo, named trials and files need nothing else. */
A92.Trial = Object({});

A92.Trial.SPEED_KMH = [2, 6];
A92.Trial.THRESHOLD_MIN = [1, 60];

/* What a list of actions amounts to: { added: [action, …], moved: Map(id → [lon, lat]), removed: Set(id), counted: Set(id),
   closed: Set(edge id), speeds: Map(mode → km/h), threshold: minutes or null }. Pure; unknown actions are left out. */
/** @type {A92Scripts["Trial"]["fold"]} */
A92.Trial.fold = function (actions) {
  "use strict";
  var /** @type {FoldedTrial} */ out = { added: [], moved: new Map(), removed: new Set(), counted: new Set(), closed: new Set(), speeds: new Map(), threshold: null };
  function added(/** @type {string} */ id) { return out.added.find(function (item) { return item.service_id === id; }); }
  actions.forEach(function (action) {
    var id = "service_id" in action ? action.service_id : "", one = added(id);
    if (action.kind === "add_service") {
      if (one) out.added.splice(out.added.indexOf(one), 1);
      out.added.push(Object.assign({}, action));
    } else if (action.kind === "move_service") {
      if (one) { one.lon = action.lon; one.lat = action.lat; } else out.moved.set(id, [action.lon, action.lat]);
    } else if (action.kind === "remove_service") {
      if (one) out.added.splice(out.added.indexOf(one), 1); else { out.removed.add(id); out.counted.delete(id); }
    } else if (action.kind === "count_service") {
      out.removed.delete(id); out.counted.add(id);
    } else if (action.kind === "close_street") action.edge_ids.forEach(function (edge) { out.closed.add(edge); });
    else if (action.kind === "open_street") action.edge_ids.forEach(function (edge) { out.closed.delete(edge); });
    else if (action.kind === "set_speed") {
      if (action.speed_kmh === null) out.speeds.delete(action.mode); else out.speeds.set(action.mode, action.speed_kmh);
    } else if (action.kind === "set_threshold") out.threshold = action.threshold_min;
  });
  return out;
};

/* The shortest list that amounts to the same: what a link or a file writes. */
/** @type {A92Scripts["Trial"]["compact"]} */
A92.Trial.compact = function (actions) {
  "use strict";
  var now = A92.Trial.fold(actions), /** @type {Action[]} */ out = [];
  now.removed.forEach(function (id) { out.push({ kind: "remove_service", service_id: id }); });
  now.counted.forEach(function (id) { out.push({ kind: "count_service", service_id: id }); });
  now.moved.forEach(function (at, id) { out.push({ kind: "move_service", service_id: id, lon: at[0], lat: at[1] }); });
  out = out.concat(now.added);
  if (now.closed.size) out.push({ kind: "close_street", edge_ids: Array.from(now.closed) });
  now.speeds.forEach(function (kmh, mode) { out.push({ kind: "set_speed", mode: mode, speed_kmh: kmh }); });
  if (now.threshold !== null) out.push({ kind: "set_threshold", threshold_min: now.threshold });
  return out;
};

/* What is wrong with one action of another's making (a link, a file), or "": nothing else of the page checks it. */
/** @type {A92Scripts["Trial"]["fault"]} */
A92.Trial.fault = function (content) {
  "use strict";
  function isText(/** @type {unknown} */ value) { return typeof value === "string" && value !== ""; }
  function within(/** @type {unknown} */ value, /** @type {number[]} */ range) { return typeof value === "number" && value >= range[0] && value <= range[1]; }
  if (content === null || typeof content !== "object") return "Un essai doit être un objet.";
  var action = /** @type {Record<string, unknown>} */ (content), kind = String(action.kind), placed = within(action.lon, [-180, 180]) && within(action.lat, [-90, 90]);
  if (/_service$/.test(kind) && !isText(action.service_id)) return "Un essai ne dit pas de quel service il parle (service_id).";
  if ((kind === "add_service" || kind === "move_service") && !placed) return "Un essai place un service sans longitude ni latitude (lon, lat).";
  if (kind === "add_service") return isText(action.name) && isText(action.service_kind) ? "" : "Un service ajouté n’a pas de nom ou de catégorie (name, service_kind).";
  if (kind === "move_service" || kind === "remove_service" || kind === "count_service") return "";
  if (kind === "close_street" || kind === "open_street") {
    return Array.isArray(action.edge_ids) && action.edge_ids.length && action.edge_ids.every(isText) ? "" : "Une rue fermée n’a pas d’identifiant (edge_ids).";
  }
  if (kind === "set_speed") {
    return isText(action.mode) && (action.speed_kmh === null || within(action.speed_kmh, A92.Trial.SPEED_KMH)) ? "" : "Une vitesse de marche doit être de 2 à 6 km/h (mode, speed_kmh).";
  }
  if (kind === "set_threshold") {
    return action.threshold_min === null || (within(action.threshold_min, A92.Trial.THRESHOLD_MIN) && Number.isInteger(action.threshold_min)) ? "" : "Un seuil doit être un nombre entier de minutes, de 1 à 60 (threshold_min).";
  }
  return "Essai inconnu «\u00a0" + kind + "\u00a0».";
};

/* The identifier of the next service that is added: no service of the study nor other trial has it. */
/** @type {A92Scripts["Trial"]["newId"]} */
A92.Trial.newId = function (actions, known) {
  "use strict";
  var taken = new Set(known), number = 1;
  actions.forEach(function (action) { if ("service_id" in action) taken.add(action.service_id); });
  while (taken.has("essai-" + number)) number++;
  return "essai-" + number;
};

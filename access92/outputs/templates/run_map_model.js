/* Times, people and figures: everything that is computed, nothing that is drawn.
   A time is the number of edges (minutes) that it has reached: minutes < edges[k] means code <= k. */
A92.Model = /** @type {A92Scripts["Model"]} */ (/** @type {unknown} */ (/** @this {A92Model} @param {PageData} data */ function (data) {
  "use strict";
  this.data = data;
  this.known = {};       /* services-<mode>, other-<scenario>-<mode>, once unpacked */
  this.beyond = data.edges.length;
  this.grounds = new A92.Grounds(data);
  this.codesByMs = null;
}));

/* The people of each public, the area of each point and its cells. A public is packed point by point, or as its number
   for each inhabitant of a group of points. */
/** @type {A92Model["readPlaces"]} */
A92.Model.prototype.readPlaces = function (buffer) {
  "use strict";
  var n = this.data.points, publics = this.data.publics, areas = this.data.areas.length, self = this, at = 0;
  this.population = {}; this.total = {};
  var packed = publics.map(function (item) {
    var values = new Float32Array(buffer, at, item.groups || n);
    at += 4 * values.length;
    return values;
  });
  var group = new Uint16Array(buffer, at, packed.some(function (_, i) { return publics[i].groups; }) ? n : 0);
  at += 2 * group.length;
  publics.forEach(function (item, i) {
    self.population[item.name] = item.groups ? packed[0].map(function (people, k) { return people * packed[i][group[k]]; }) : packed[i];
  });
  this.area = new Uint16Array(buffer, at, n);
  at += 2 * n;
  for (var i = 0; i < n; i++) if (this.area[i] > areas) this.area[i] = areas; /* of no area: in the total only */
  this.x = new Float64Array(n); this.y = new Float64Array(n);
  publics.forEach(function (item) { self.total[item.name] = self.sums(null, item.name, 0); });
  if (this.data.network) return this.grounds.loadHomes().then(function () { /* there to the centimetre */
    var toWorld = A92.polynomials(self.data.network.projection.to_world), homes = self.grounds.ready.homes;
    for (var k = 0; k < n; k++) {
      var place = toWorld(homes.x[k], homes.y[k]);
      self.x[k] = place[0]; self.y[k] = place[1];
    }
  });
  var next = A92.varints(new Uint8Array(buffer), at), x = 0, y = 0;
  for (i = 0; i < n; i++) {
    x += next(); y += next();
    this.x[i] = this.data.fine[0] + x * this.data.fine[2];
    this.y[i] = this.data.fine[1] + y * this.data.fine[2];
  }
  return Promise.resolve();
};

/* Unpacks what a scenario by a mode needs; a promise. */
/** @type {A92Model["load"]} */
A92.Model.prototype.load = function (scenario, mode) {
  "use strict";
  var self = this, data = this.data, n = data.points, /** @type {Promise<unknown>[]} */ waiting = [];
  if (this.grounds.searches(mode)) return this.grounds.load(scenario, mode);
  function ask(/** @type {string} */ name, /** @type {number} */ rows, /** @type {Int16ArrayConstructor} */ Type, /** @type {number | null} */ beyond, /** @type {((table: Promise<void> & Partial<CodeTable>) => void) | null} */ then) {
    if (!self.known[name]) self.known[name] = A92.unpack(name).then(function (buffer) {
      self.known[name].codes = A92.codes(buffer, rows, n, Type, beyond);
      if (then) then(self.known[name]);
    });
    waiting.push(self.known[name]);
  }
  function index(/** @type {Partial<CodeTable>} */ table) {
    table.at = new Int32Array(data.services.length).fill(-1);
    data.order.forEach(function (row, i) { /** @type {Int32Array} */ (table.at)[row] = i; });
  }
  var guess = data.guesses[mode], end = data.edges.length;
  ask("services-" + mode, data.services.length, Int16Array, guess ? null : end, index);
  var other = data.other_streets[scenario + "/" + mode];
  if (other) ask("other-" + scenario + "-" + mode, other.length, Int16Array, null, null);
  if (guess) ask("services-" + guess.from, data.services.length, Int16Array, end, index);
  return Promise.all(waiting).then(function () {
    if (guess) self.addGuess(mode, guess);
    if (!other) return;
    var table = self.read("other-" + scenario + "-" + mode), known = self.read("services-" + mode);
    if (table.at) return;
    table.at = new Int32Array(data.services.length).fill(-1);
    other.forEach(function (row, i) { /* as differences from the first scenario's streets */
      table.at[row] = i;
      var from = known.at[row] * n, to = i * n;
      for (var k = 0; k < n; k++) table.codes[to + k] += known.codes[from + k];
    });
  });
};

/* Whether all that a scenario by a mode needs is unpacked. */
/** @type {A92Model["has"]} */
A92.Model.prototype.has = function (scenario, mode) {
  "use strict";
  if (!this.total) return false;
  if (this.grounds.searches(mode)) return this.grounds.has(scenario, mode);
  var services = this.known["services-" + mode], table = this.table(scenario, mode);
  return !!(services && services.at && table && table.at);
};

/* Whether a scenario by a mode has not the streets or speeds of the first. */
/** @type {A92Model["hasOtherStreets"]} */
A92.Model.prototype.hasOtherStreets = function (scenario, mode) {
  "use strict";
  return this.data.changed_streets.indexOf(scenario + "/" + mode) >= 0;
};

/* Milliseconds of each home to a service or new place (−2 − i) of the trial, with its links: { ms, links, ground }; null where
   the page does not search by this mode. */
/** @type {A92Model["searched"]} */
A92.Model.prototype.searched = function (scenario, mode, provider, trial) {
  "use strict";
  var grounds = this.grounds, place = provider < -1 && trial ? trial.places[-2 - provider] : null;
  var ground = grounds.ground(scenario, mode, trial), moved = !place && trial ? trial.moved.get(provider) : null, at, row;
  if (place) moved = [place.lon, place.lat];
  if (moved) {
    at = moved;
    var metres = grounds.placeAt(at[0], at[1]);
    row = grounds.row(ground, at.join(","), metres[0], metres[1]);
  } else {
    at = this.data.network.services_cm[provider];
    row = grounds.row(ground, provider, at[0] / 100, at[1] / 100);
  }
  return Object.assign(row, { ground: ground });
};
/* Codes of milliseconds: bounds are whole hundredths of a minute, 600 ms. */
/** @type {A92Model["codesOfMs"]} */
A92.Model.prototype.codesOfMs = function (ms) {
  "use strict";
  var beyond = this.beyond, table = this.codesByMs, codes = new Int16Array(ms.length);
  if (!table) {
    var edges = this.data.edges.map(function (edge) { return Math.round(edge * 100); });
    table = this.codesByMs = new Int16Array(edges[edges.length - 1] + 1);
    for (var slot = 0, code = 0; slot < table.length; slot++) {
      while (code < edges.length && edges[code] <= slot) code++;
      table[slot] = code;
    }
  }
  for (var i = 0; i < ms.length; i++) {
    var at = ms[i] / 600 | 0;
    codes[i] = at < table.length ? table[at] : beyond;
  }
  return codes;
};

/* A public's own walk is packed as what differs from a guess by the study's walking mode: added once. */
/** @type {A92Model["addGuess"]} */
A92.Model.prototype.addGuess = function (mode, guess) {
  "use strict";
  var table = this.read("services-" + mode), from = this.read("services-" + guess.from);
  if (table.whole) return;
  table.whole = true;
  for (var k = 0; k < table.codes.length; k++) table.codes[k] += guess.codes[from.codes[k]];
};
/* The mode by which a public travels when the reader chooses one of the study. */
/** @type {A92Model["modeOf"]} */
A92.Model.prototype.modeOf = function (group, choice) {
  "use strict";
  return A92.named(this.data.publics, group).modes[choice];
};
/* A table of codes that is unpacked; one that is being unpacked has neither codes nor places yet. */
/** @type {A92Model["read"]} */
A92.Model.prototype.read = function (name) { "use strict"; return /** @type {CodeTable} */ (/** @type {unknown} */ (this.known[name])); };
/** @type {A92Model["table"]} */
A92.Model.prototype.table = function (scenario, mode) {
  "use strict";
  return this.read(this.data.other_streets[scenario + "/" + mode] ? "other-" + scenario + "-" + mode : "services-" + mode);
};
/** @type {A92Model["scenario"]} */
A92.Model.prototype.scenario = function (name) {
  "use strict";
  return A92.named(this.data.scenarios, name);
};

/* The rows of services that count: those of the scenario, less the removed, plus the restored, of the rule. */
/** @type {A92Model["rows"]} */
A92.Model.prototype.rows = function (scenario, rule, trial) {
  "use strict";
  var services = this.data.services, rows = this.scenario(scenario).rows;
  if (trial) rows = rows.filter(function (row) { return !trial.removed.has(row); }).concat(Array.from(trial.extra));
  return rule === "any" ? rows : rows.filter(function (row) { return services[row].kinds.indexOf(rule) >= 0; });
};
/** @type {A92Model["places"]} */
A92.Model.prototype.places = function (rule, trial) {
  "use strict";
  return trial ? trial.places.filter(function (place) { return rule === "any" || place.kind === rule; }) : [];
};

/* For each point the least code and what it comes from: a row of services, −1 for nothing, −2 − i for new place i. Of equal
   codes the first, of two that were searched the least milliseconds. */
/* The same as providers: −2 − i. */
/** @type {A92Model["placeRows"]} */
A92.Model.prototype.placeRows = function (rule, trial) {
  "use strict";
  var all = trial ? trial.places : [];
  return this.places(rule, trial).map(function (place) { return -2 - all.indexOf(place); });
};

/** @type {A92Model["nearest"]} */
A92.Model.prototype.nearest = function (scenario, mode, rule, trial) {
  "use strict";
  var n = this.data.points, self = this;
  var key = [scenario, mode, rule].join("/");
  if (!trial && this.cached && this.cached.key === key) return this.cached.nearest; /* what trials are compared with */
  var /** @type {Int16Array} */ code = new Int16Array(n).fill(this.beyond), provider = new Int16Array(n).fill(-1), nearest = { code: code, provider: provider, ms: /** @type {Int32Array | null} */ (null) };
  var providers = this.rows(scenario, rule, trial).concat(this.placeRows(rule, trial));
  if (this.grounds.searches(mode)) {
    var best = nearest.ms = new Int32Array(n).fill(A92.FAR);
    providers.forEach(function (from) {
      var ms = self.searched(scenario, mode, from, trial).ms;
      for (var i = 0; i < n; i++) if (ms[i] < best[i]) { best[i] = ms[i]; provider[i] = from; }
    });
    nearest.code = this.codesOfMs(best);
  } else providers.forEach(function (row) {
    var codes = self.codesOf(scenario, mode, row, trial);
    if (codes) for (var i = 0; i < n; i++) if (codes[i] < code[i]) { code[i] = codes[i]; provider[i] = row; }
  });
  if (!trial) this.cached = { key: key, nearest: nearest };
  return nearest;
};

/* People with a code of at most `limit` (everybody where `code` is null): by area, of no area, then in total. */
/** @type {A92Model["sums"]} */
A92.Model.prototype.sums = function (code, group, limit) {
  "use strict";
  var population = this.population[group], area = this.area, areas = this.data.areas.length;
  var sums = new Float64Array(areas + 2);
  for (var i = 0; i < population.length; i++) if (code === null || code[i] <= limit) sums[area[i]] += population[i];
  for (var a = 0; a <= areas; a++) sums[areas + 1] += sums[a];
  return sums;
};
/** @type {A92Model["limit"]} */
A92.Model.prototype.limit = function (threshold) { "use strict"; return this.data.edges.indexOf(threshold); };

/* For each point what changes: 0 gained, 1 lost, 2 faster, 3 slower, 4 nothing. Times that were searched change by more than
   the ledger's least change; others by a tenth of a minute, all that is known of them. */
/** @type {A92Model["changes"]} */
A92.Model.prototype.changes = function (before, after, limit) {
  "use strict";
  var was = before.code, now = after.code, change = new Uint8Array(was.length);
  var wasMs = before.ms, nowMs = after.ms, least = this.data.least_change_ms;
  for (var i = 0; i < was.length; i++) {
    var b = was[i], a = now[i], gain = wasMs && nowMs ? wasMs[i] - nowMs[i] : least * Math.sign(b - a) * 2;
    change[i] = a <= limit && b > limit ? 0 : b <= limit && a > limit ? 1 : gain > least ? 2 : gain < -least ? 3 : 4;
  }
  return change;
};

/* The codes of one service, or of new place −2 − i, over the points; null where they are not known. */
/** @type {A92Model["codesOf"]} */
A92.Model.prototype.codesOf = function (scenario, mode, provider, trial) {
  "use strict";
  if (this.grounds.searches(mode)) {
    var row = this.searched(scenario, mode, provider, trial);
    return row.codes || (row.codes = this.codesOfMs(row.ms));
  }
  var n = this.data.points, table = this.table(scenario, mode);
  if (provider < 0 || table.at[provider] < 0) return null; /* a new service by these modes needs a run */
  return table.codes.subarray(table.at[provider] * n, (table.at[provider] + 1) * n);
};

/* People whom a service reaches under the limit, and those whom no other counted one does; `place`: those whom only it
   and the counted services at its place reach, who would lose cover if the whole place closed. */
/** @type {A92Model["reach"]} */
A92.Model.prototype.reach = function (scenario, mode, rule, trial, provider, group, limit) {
  "use strict";
  var codes = this.codesOf(scenario, mode, provider, trial), population = this.population[group], self = this;
  if (!codes) return null;
  var beside = this.companions(scenario, rule, trial, provider);
  function known(/** @type {number[]} */ rows) {
    return /** @type {Int16Array[]} */ (rows.map(function (row) { return self.codesOf(scenario, mode, row, trial); }).filter(Boolean));
  }
  var besideCodes = known(beside);
  var others = known(this.rows(scenario, rule, trial).concat(this.placeRows(rule, trial))
    .filter(function (other) { return other !== provider && beside.indexOf(other) < 0; }));
  var reached = 0, sole = 0, place = 0;
  for (var i = 0; i < codes.length; i++) {
    var isNear = besideCodes.some(function (row) { return row[i] <= limit; });
    if (codes[i] <= limit) reached += population[i];
    else if (!isNear) continue;
    if (others.some(function (row) { return row[i] <= limit; })) continue;
    place += population[i];
    if (codes[i] <= limit && !isNear) sole += population[i];
  }
  return { reached: reached, sole: sole, place: place, beside: beside };
};
/* The other counted services and new places at the place of one (by distance, as the run has it). */
/** @type {A92Model["companions"]} */
A92.Model.prototype.companions = function (scenario, rule, trial, provider) {
  "use strict";
  var numbers = this.placeNumbers(trial), providers = this.rows(scenario, rule, trial)
    .concat(this.placeRows(rule, trial));
  return providers.filter(function (other) { return other !== provider && numbers(other) === numbers(provider); });
};
/* The place that a service or new place is at: those at `same_place_m` or less are at one, and those that a chain links. */
/** @type {A92Model["placeNumbers"]} */
A92.Model.prototype.placeNumbers = function (trial) {
  "use strict";
  var services = this.data.services, network = this.data.network, grounds = this.grounds;
  if (!network || !trial || !(trial.places.length + trial.moved.size)) return function (provider) { return provider < 0 ? provider : services[provider].place; };
  function moved(/** @type {number} */ row, /** @type {LPair} */ cm) {
    var to = trial && trial.moved.get(row);
    return to ? grounds.placeAt(to[0], to[1]) : /** @type {LPair} */ ([cm[0] / 100, cm[1] / 100]);
  }
  var at = network.services_cm.map(function (cm, row) {
    return moved(row, cm);
  }).concat(trial.places.map(function (place) { return grounds.placeAt(place.lon, place.lat); }));
  var number = at.map(function (_, i) { return i; });
  function root(/** @type {number} */ i) { while (number[i] !== i) i = number[i]; return i; }
  for (var i = 0; i < at.length; i++) for (var k = 0; k < i; k++) {
    if (Math.hypot(at[i][0] - at[k][0], at[i][1] - at[k][1]) <= network.same_place_m + 1e-6) number[root(i)] = root(k);
  }
  return function (provider) { return root(provider >= 0 ? provider : services.length - 2 - provider); };
};

/* Times, people and figures: everything that is computed, nothing that is drawn.
   A time is the number of edges (minutes) that it has reached: minutes < edges[k] means code <= k. */
A92.Model = function (data) {
  "use strict";
  this.data = data;
  this.known = {};       /* services-<mode>, candidates-<mode>, other-<scenario>-<mode>, once unpacked */
  this.beyond = data.edges.length;
  var edges = data.edges, wide = data.candidate_edges;
  /* A class of times to a candidate place as a code of services: the longest of the class, which no threshold cuts.
     So a new service is said to be nearer only where it surely is. */
  this.longest = Int16Array.from({ length: wide.length + 1 }, function (_, k) {
    return k === wide.length ? edges.length : edges.indexOf(wide[k]);
  });
};

/* The people of each public, the area of each point and its cells. A public is packed point by point, or as its number
   for each inhabitant of a group of points. */
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
  var next = A92.varints(new Uint8Array(buffer), at), x = 0, y = 0;
  this.x = new Float64Array(n); this.y = new Float64Array(n);
  for (i = 0; i < n; i++) {
    x += next(); y += next();
    this.x[i] = this.data.fine[0] + x * this.data.fine[2];
    this.y[i] = this.data.fine[1] + y * this.data.fine[2];
  }
  publics.forEach(function (item) { self.total[item.name] = self.sums(null, item.name, 0); });
};

/* Unpacks what a scenario by a mode needs; a promise. */
A92.Model.prototype.load = function (scenario, mode, places) {
  "use strict";
  var self = this, data = this.data, n = data.points, waiting = [];
  function ask(name, rows, Type, beyond, then) {
    if (!self.known[name]) self.known[name] = A92.unpack(name).then(function (buffer) {
      self.known[name].codes = A92.codes(buffer, rows, n, Type, beyond);
      if (then) then(self.known[name]);
    });
    waiting.push(self.known[name]);
  }
  function index(table) {
    table.at = new Int32Array(data.services.length).fill(-1);
    data.order.forEach(function (row, i) { table.at[row] = i; });
  }
  var guess = data.guesses[mode], end = data.edges.length;
  ask("services-" + mode, data.services.length, Int16Array, guess ? null : end, index);
  var other = data.other_streets[scenario + "/" + mode];
  if (other) ask("other-" + scenario + "-" + mode, other.length, Int16Array, null, null);
  if (places && data.candidates.length) ask("candidates-" + mode, data.candidates.length, Uint8Array, data.candidate_edges.length, null);
  if (guess) ask("services-" + guess.from, data.services.length, Int16Array, end, index);
  return Promise.all(waiting).then(function () {
    if (guess) self.addGuess(mode, guess);
    if (!other) return;
    var table = self.known["other-" + scenario + "-" + mode], known = self.known["services-" + mode];
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
A92.Model.prototype.has = function (scenario, mode, places) {
  "use strict";
  var services = this.known["services-" + mode], table = this.table(scenario, mode), candidates = this.known["candidates-" + mode];
  return !!(this.total && services && services.at && table && table.at) &&
    (!places || !this.data.candidates.length || !!(candidates && candidates.codes));
};

/* A public's own walk is packed as what differs from a guess by the study's walking mode: added once. */
A92.Model.prototype.addGuess = function (mode, guess) {
  "use strict";
  var table = this.known["services-" + mode], from = this.known["services-" + guess.from];
  if (table.whole) return;
  table.whole = true;
  for (var k = 0; k < table.codes.length; k++) table.codes[k] += guess.codes[from.codes[k]];
};
/* The mode by which a public travels when the reader chooses one of the study. */
A92.Model.prototype.modeOf = function (group, choice) {
  "use strict";
  return this.data.publics.find(function (item) { return item.name === group; }).modes[choice];
};
A92.Model.prototype.table = function (scenario, mode) {
  "use strict";
  return this.known[this.data.other_streets[scenario + "/" + mode] ? "other-" + scenario + "-" + mode : "services-" + mode];
};
A92.Model.prototype.scenario = function (name) {
  "use strict";
  return this.data.scenarios.find(function (item) { return item.name === name; });
};

/* The rows of services that count: those of the scenario, less the removed, plus the restored, of the rule. */
A92.Model.prototype.rows = function (scenario, rule, trial) {
  "use strict";
  var services = this.data.services, rows = this.scenario(scenario).rows;
  if (trial) rows = rows.filter(function (row) { return !trial.removed.has(row); }).concat(Array.from(trial.extra));
  return rule === "any" ? rows : rows.filter(function (row) { return services[row].kinds.indexOf(rule) >= 0; });
};
A92.Model.prototype.places = function (rule, trial) {
  "use strict";
  return trial ? trial.places.filter(function (place) { return rule === "any" || place.kind === rule; }) : [];
};

/* For each point the least code and what it comes from: a row of services, −1 for nothing, −2 − i for new place i. */
A92.Model.prototype.nearest = function (scenario, mode, rule, trial) {
  "use strict";
  var n = this.data.points, table = this.table(scenario, mode), longest = this.longest, self = this;
  var key = [scenario, mode, rule].join("/");
  if (!trial && this.cached && this.cached.key === key) return this.cached.nearest; /* what trials are compared with */
  var code = new Int16Array(n).fill(this.beyond), provider = new Int16Array(n).fill(-1);
  this.rows(scenario, rule, trial).forEach(function (row) {
    if (table.at[row] < 0) return;
    for (var i = 0, k = table.at[row] * n, codes = table.codes; i < n; i++, k++) {
      if (codes[k] < code[i]) { code[i] = codes[k]; provider[i] = row; }
    }
  });
  this.places(rule, trial).forEach(function (place) {
    var codes = self.known["candidates-" + mode].codes, mark = -2 - trial.places.indexOf(place);
    for (var i = 0, k = place.candidate * n; i < n; i++, k++) {
      if (longest[codes[k]] < code[i]) { code[i] = longest[codes[k]]; provider[i] = mark; }
    }
  });
  if (!trial) this.cached = { key: key, nearest: { code: code, provider: provider } };
  return { code: code, provider: provider };
};

/* People with a code of at most `limit` (everybody where `code` is null): by area, of no area, then in total. */
A92.Model.prototype.sums = function (code, group, limit) {
  "use strict";
  var population = this.population[group], area = this.area, areas = this.data.areas.length;
  var sums = new Float64Array(areas + 2);
  for (var i = 0; i < population.length; i++) if (code === null || code[i] <= limit) sums[area[i]] += population[i];
  for (var a = 0; a <= areas; a++) sums[areas + 1] += sums[a];
  return sums;
};
A92.Model.prototype.limit = function (threshold) { "use strict"; return this.data.edges.indexOf(threshold); };

/* For each point what changes: 0 gained, 1 lost, 2 faster, 3 slower, 4 nothing. */
A92.Model.prototype.changes = function (before, after, limit) {
  "use strict";
  var change = new Uint8Array(before.length);
  for (var i = 0; i < before.length; i++) {
    var b = before[i], a = after[i];
    change[i] = a === b ? 4 : a <= limit && b > limit ? 0 : b <= limit && a > limit ? 1 : a < b ? 2 : 3;
  }
  return change;
};

/* The codes of one service, or of new place −2 − i, over the points. */
A92.Model.prototype.codesOf = function (scenario, mode, provider, trial) {
  "use strict";
  var n = this.data.points, table;
  if (provider >= 0) {
    table = this.table(scenario, mode);
    if (table.at[provider] < 0) return null;
    return table.codes.subarray(table.at[provider] * n, (table.at[provider] + 1) * n);
  }
  var at = trial.places[-2 - provider].candidate * n, longest = this.longest;
  return Int16Array.from(this.known["candidates-" + mode].codes.subarray(at, at + n), function (k) { return longest[k]; });
};

/* People whom a service reaches under the limit, and those whom no other counted one does; `place`: those whom only it
   and the counted services at its place reach, who would lose cover if the whole place closed. */
A92.Model.prototype.reach = function (scenario, mode, rule, trial, provider, group, limit) {
  "use strict";
  var codes = this.codesOf(scenario, mode, provider, trial), population = this.population[group], self = this;
  if (!codes) return null;
  var beside = this.companions(scenario, rule, trial, provider);
  var besideCodes = beside.map(function (row) { return self.codesOf(scenario, mode, row, trial); }).filter(Boolean);
  var others = this.rows(scenario, rule, trial).filter(function (row) { return row !== provider && beside.indexOf(row) < 0; })
    .concat(this.places(rule, trial).map(function (place) { return -2 - trial.places.indexOf(place); })
      .filter(function (mark) { return mark !== provider; }))
    .map(function (other) { return self.codesOf(scenario, mode, other, trial); }).filter(Boolean);
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
/* The other counted services at the place of one (by distance, as the run has it). */
A92.Model.prototype.companions = function (scenario, rule, trial, provider) {
  "use strict";
  var services = this.data.services;
  if (provider < 0) return [];
  return this.rows(scenario, rule, trial).filter(function (row) {
    return row !== provider && services[row].place === services[provider].place;
  });
};

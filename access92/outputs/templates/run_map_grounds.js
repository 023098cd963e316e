/* The streets of a scenario by a mode, and times on them: unpacked once, made once for each choice of what is closed and how
   fast one walks. A ground: { network, times, graph, homes, before } and the rows (milliseconds by home) that were asked. */
A92.Grounds = /** @type {A92Scripts["Grounds"]} */ (/** @type {unknown} */ (/** @this {A92Grounds} @param {PageData} data */ function (data) {
  "use strict";
  this.data = data;
  this.blobs = {};     /* by name: a promise, then what it gave in `ready` */
  this.ready = /** @type {Ready} */ ({});
  this.made = new Map();
}));
A92.Grounds.KEPT = 6;        /* grounds of trials that are kept beside those of scenarios */
A92.Grounds.PLACES = 12;     /* rows of new places that a ground keeps */

/** @type {A92Grounds["searches"]} */
A92.Grounds.prototype.searches = function (mode) {
  "use strict";
  return !!this.data.network && this.data.network.modes.indexOf(mode) >= 0;
};
/* The network of a scenario by a mode, and the streets that the scenario closes. */
/** @type {A92Grounds["given"]} */
A92.Grounds.prototype.given = function (scenario, mode) {
  "use strict";
  return this.data.network.grounds[scenario + "/" + mode] || { network: "network-" + mode, closed: [] };
};
/** @type {A92Grounds["ask"]} */
A92.Grounds.prototype.ask = function (name, read) {
  "use strict";
  var self = this;
  if (!this.blobs[name]) this.blobs[name] = A92.unpack(name).then(function (buffer) { self.keep(name, read(buffer)); });
  return this.blobs[name];
};
/* Unpacks streets, homes and a network; a promise. */
/** @type {A92Grounds["keep"]} */
A92.Grounds.prototype.keep = function (name, read) { "use strict"; Object.assign(this.ready, { [name]: read }); };
/* A network that is unpacked, by its name; of a scenario by a mode, null while it is not. */
/** @type {A92Grounds["network"]} */
A92.Grounds.prototype.network = function (name) { "use strict"; return this.ready[/** @type {`network-${string}`} */ (name)]; };
/** @type {A92Grounds["networkOf"]} */
A92.Grounds.prototype.networkOf = function (scenario, mode) { "use strict"; return this.network(this.given(scenario, mode).network) || null; };
/** @type {A92Grounds["load"]} */
A92.Grounds.prototype.load = function (scenario, mode) {
  "use strict";
  var self = this, name = this.given(scenario, mode).network;
  return Promise.all([this.loadStreets(), this.loadHomes()]).then(function () {
    return self.ask(name, function (buffer) { return A92.readMode(buffer, self.ready.network); });
  });
};
/** @type {A92Grounds["loadStreets"]} */
A92.Grounds.prototype.loadStreets = function () {
  "use strict";
  var self = this;
  return this.ask("network", A92.readStreets).then(function () {
    if (!self.index) self.index = A92.indexStreets(self.ready.network);
  });
};
/* Homes: x, y in metres. */
/** @type {A92Grounds["loadHomes"]} */
A92.Grounds.prototype.loadHomes = function () {
  "use strict";
  var n = this.data.points;
  return this.ask("homes", function (buffer) {
    var next = A92.parts(buffer).numbers("homes"), x = new Float64Array(n), y = new Float64Array(n), cx = 0, cy = 0;
    for (var i = 0; i < n; i++) { x[i] = (cx += next()) / 100; y[i] = (cy += next()) / 100; }
    return { x: x, y: y };
  });
};
/** @type {A92Grounds["has"]} */
A92.Grounds.prototype.has = function (scenario, mode) {
  "use strict";
  return !!(this.index && this.ready.homes && this.networkOf(scenario, mode));
};

/* A place given in degrees as the study has it: metres, whole centimetres. */
/** @type {A92Grounds["placeAt"]} */
A92.Grounds.prototype.placeAt = function (lon, lat) {
  "use strict";
  var at = A92.polynomials(this.data.network.projection.to_m)(lon, lat);
  return [A92.rint(at[0] * 100) / 100, A92.rint(at[1] * 100) / 100];
};

/* Whether any street, of whatever mode, is near enough for a place given in degrees to be linked to it. */
/** @type {A92Grounds["hasStreetNear"]} */
A92.Grounds.prototype.hasStreetNear = function (lon, lat) {
  "use strict";
  var at = this.placeAt(lon, lat), limit = this.data.network.reach.limitM, best2 = limit * limit, found = false;
  if (!this.index) return true; /* not unpacked: nothing is known against it */
  A92.aroundPlace(this.index, at[0], at[1], best2, function (_, __, ___, away2) {
    if (away2 <= best2) { found = true; return 0; }
    return best2;
  });
  return found;
};
/* Whether one can go anywhere and come back on a ground: without that a run has no network. */
/** @type {A92Grounds["hasCircuit"]} */
A92.Grounds.prototype.hasCircuit = function (ground) {
  "use strict";
  if (!ground.before) return true; /* as the study has it */
  if (ground.circuit === undefined) {
    var reach = A92.reachOf(ground.graph, ground.before.core || null), graph = ground.graph, found = false;
    for (var v = 0; v + 1 < graph.start.length && !found; v++) {
      if (!(reach[v] & 1)) continue;
      for (var a = graph.start[v]; a < graph.start[v + 1] && !found; a++) found = (reach[graph.arcs[2 * a]] & 1) > 0;
    }
    ground.circuit = found;
  }
  return ground.circuit;
};

/* The ground of a scenario by a mode, under a trial (`closed`: Set of streets; `speeds`: Map of km/h by mode) or none. */
/** @type {A92Grounds["ground"]} */
A92.Grounds.prototype.ground = function (scenario, mode, trial) {
  "use strict";
  var given = this.given(scenario, mode), kmh = (trial && trial.speeds.get(mode)) || null;
  var closed = new Set(given.closed);
  if (trial) trial.closed.forEach(function (street) { closed.add(street); });
  if (kmh === this.network(given.network).head.speed_kmh) kmh = null;
  return this.make(given.network, closed, kmh);
};
/** @type {A92Grounds["make"]} */
A92.Grounds.prototype.make = function (name, closed, kmh) {
  "use strict";
  var key = [name, kmh || "", Array.from(closed).sort().join(",")].join("|"), ground = this.made.get(key), self = this;
  if (ground) return ground;
  var network = this.network(name), before = closed.size ? this.make(name, new Set(), kmh) : null;
  var times = A92.streetTimes(network, kmh, closed.size ? closed : null), graph = A92.reversedArcs(network, times);
  var serves = times.serves, flags = this.ready.network.links(network.family);
  if (before) {
    if (!before.core) before.core = A92.reachOf(before.graph, null);
    serves = A92.servesAfter(network, times, graph, before.core);
  }
  var index = /** @type {SegmentIndex} */ (this.index), made = /** @type {Ground} */ ({
    key: key, network: network, times: times, graph: graph, before: before, serves: serves, rows: new Map(), places: new Map(),
    link: function (x, y, bit) {
      return A92.linkPlace(index, x, y, flags, function (street) { return (serves[street] & bit) > 0; }, self.data.network.reach);
    },
    scratch: A92.scratch(network.nodes, this.data.network.limit_ms, network.head.typical_arc_ms)
  });
  made.links = before ? before.links.map(function (links, i) {
    var stays = links.length && links.every(function (link) { return serves[link.street] & 1; });
    return stays ? links : made.link(self.ready.homes.x[i], self.ready.homes.y[i], 1);
  }) : this.homeLinks(made);
  made.homes = A92.indexHomes(network, times, made.links);
  this.made.set(key, made);
  this.forget();
  return made;
};
/* The links of all homes: of two modes that may link to the same streets, the same. */
/** @type {A92Grounds["homeLinks"]} */
A92.Grounds.prototype.homeLinks = function (ground) {
  "use strict";
  var known = Array.from(this.made.values()).find(function (other) {
    return !other.before && other.network.family === ground.network.family &&
      other.serves.every(function (bits, s) { return (bits & 1) === (ground.serves[s] & 1); });
  });
  if (known) return known.links;
  var homes = this.ready.homes, links = [];
  for (var i = 0; i < homes.x.length; i++) links.push(ground.link(homes.x[i], homes.y[i], 1));
  return links;
};
/* Grounds of trials go, the oldest first; those of scenarios stay. */
/** @type {A92Grounds["forget"]} */
A92.Grounds.prototype.forget = function () {
  "use strict";
  var given = this.data.network.grounds, self = this;
  var lasting = new Set(Object.keys(given).map(function (name) { return given[name].network + "||" + given[name].closed.slice().sort().join(","); }));
  var trials = Array.from(this.made.keys()).filter(function (key) { return !/\|\|$/.test(key) && !lasting.has(key); });
  trials.slice(0, Math.max(0, trials.length - A92.Grounds.KEPT)).forEach(function (key) { self.made.delete(key); });
};

/* Milliseconds and links of a place on a ground: { ms, links }. `name`: under which it is kept (a row of services, or text). */
/** @type {A92Grounds["row"]} */
A92.Grounds.prototype.row = function (ground, name, x, y) {
  "use strict";
  var kept = typeof name === "number" ? ground.rows : ground.places, row = kept.get(name);
  if (row) return row;
  var links = ground.link(x, y, 2);
  row = { links: links, ms: A92.serviceRow(ground.network, ground.times, ground.graph, ground.homes, links, ground.scratch) };
  if (ground.before) { /* nobody gains by a street that is closed: who has lost all links may link to another one */
    var least = this.row(ground.before, name, x, y).ms;
    for (var i = 0; i < row.ms.length; i++) if (least[i] > row.ms[i]) row.ms[i] = least[i];
  }
  if (kept === ground.places && kept.size >= A92.Grounds.PLACES) kept.delete(Array.from(kept.keys())[0]);
  kept.set(name, row);
  return row;
};

/* A function of two variables by its Chebyshev coefficients (outputs/maps/run_map/projection.py): gives [x, y]. */
A92.polynomials = function (given) {
  "use strict";
  var degree = given.x.length, t = new Float64Array(degree), s = new Float64Array(degree);
  function fill(/** @type {number[] | Float64Array<ArrayBuffer>} */ into, /** @type {number} */ value, /** @type {number[]} */ range) {
    var at = (2 * value - range[0] - range[1]) / (range[1] - range[0]);
    into[0] = 1; into[1] = at;
    for (var k = 2; k < degree; k++) into[k] = 2 * at * into[k - 1] - into[k - 2];
  }
  var flat = [given.x, given.y].map(function (rows) { return Float64Array.from(rows.flat()); });
  return function (u, v) {
    fill(t, u, given.u); fill(s, v, given.v);
    return /** @type {LPair} */ (flat.map(function (of) {
      var sum = 0;
      for (var i = 0, k = 0; i < degree; i++) {
        var inner = 0;
        for (var j = 0; j < degree; j++) inner += of[k++] * s[j];
        sum += t[i] * inner;
      }
      return sum;
    }));
  };
};

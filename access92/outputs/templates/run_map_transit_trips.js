/* Timetables and trips, as outputs/maps/run_map/packed_timetables.py and packed_trips.py pack them: everything that is
   computed, nothing that is drawn. Times are whole seconds of the day. */

/* The timetables of the scenarios: stops, lines, and the calls of the vehicles of each. */
A92.Timetables = /** @type {A92Scripts["Timetables"]} */ (/** @type {unknown} */ (/** @this {A92Timetables} @param {TimetableTree} tree @param {Grid} grid */ function (tree, grid) {
  "use strict";
  var next = A92.varints(tree.stops, 0), n = 0, name = 0, x = 0, y = 0, stops = [];
  for (var step = next(); step !== null; step = next(), n++) {
    name += step; x += next(); y += next();
    stops.push({ name: tree.names[name], x: grid[0] + x * grid[2], y: grid[1] + y * grid[2], order: next(), drawn: n < tree.drawn });
  }
  this.stops = stops; this.lines = tree.lines; this.headsigns = tree.headsigns;
  this.tree = tree; this.patterns = []; this.made = [];
}));

/* A pattern: the stops of its vehicles, their lines from which call on, where nobody boards or alights; and vehicles:
   their departure and the seconds from it to each arrival and departure. */
/** @type {A92Timetables["pattern"]} */
A92.Timetables.prototype.pattern = function (number) {
  "use strict";
  if (this.patterns[number]) return this.patterns[number];
  var next = A92.varints(this.tree.patterns[number], 0), i, k, at;
  /** @template T @param {number} count @param {() => T} make */
  function some(count, make) { return Array.from({ length: count }, make); }
  var parts = some(next(), function () { return { from: next(), line: next(), headsign: next() }; });
  var closed = some(next(), next), length = next(), stop = 0;
  var /** @type {Pattern} */ pattern = { parts: parts, stops: some(length, function () { return stop += next(); }), noBoarding: new Set(), noAlighting: new Set(), runs: [] };
  closed.forEach(function (value) { if (value < length) pattern.noBoarding.add(value); else pattern.noAlighting.add(value - length + 1); });
  var profiles = next(), runs = next(), /** @type {{ arrives: number[]; departs: number[] }[]} */ ways = [], leaves = 0;
  for (i = 0; i < profiles; i++) {
    var arrives = [0], departs = [0];
    for (k = 1, at = 0; k < length; k++) {
      arrives.push(at += next());
      departs.push(k + 1 < length ? at += next() : at);
    }
    ways.push({ arrives: arrives, departs: departs });
  }
  var starts = some(runs, function () { return leaves += next(); });
  pattern.runs = starts.map(function (start) { return { start: start, way: ways[profiles > 1 ? next() : 0] }; });
  return this.patterns[number] = pattern;
};

/* One timetable: its calls in flat arrays, those of a vehicle one after the other; `leaving`: by stop the calls that
   vehicles leave from, by second, then as vehicles come. */
/** @type {A92Timetables["table"]} */
A92.Timetables.prototype.table = function (number) {
  "use strict";
  if (this.made[number]) return this.made[number];
  var /** @type {Timetable} */ table = { stop: [], arrival: [], departure: [], pattern: [], place: [], leaving: this.stops.map(function () { return []; }) }, self = this;
  this.tree.timetables[number].forEach(function (at) {
    var pattern = self.pattern(at), last = pattern.stops.length - 1;
    pattern.runs.forEach(function (run) {
      pattern.stops.forEach(function (stop, k) {
        if (k < last) table.leaving[stop].push(table.stop.length);
        table.stop.push(stop); table.pattern.push(pattern); table.place.push(k);
        table.arrival.push(run.start + run.way.arrives[k]); table.departure.push(run.start + run.way.departs[k]);
      });
    });
  });
  table.leaving.forEach(function (calls) { calls.sort(function (a, b) { return table.departure[a] - table.departure[b] || a - b; }); });
  return this.made[number] = table;
};
/* The line and the headsign that a vehicle has where it leaves from a call. */
/** @type {A92Timetables["lineAt"]} */
A92.Timetables.prototype.lineAt = function (table, call) {
  "use strict";
  var place = table.place[call], all = table.pattern[call].parts, part = all[0];
  all.forEach(function (item) { if (item.from <= place) part = item; });
  return { line: this.lines[part.line], number: part.line, headsign: this.headsigns[part.headsign] };
};

/* The trips of one mode: the walks from homes to stops, and by service the boardings that lead to it. */
A92.Trips = /** @type {A92Scripts["Trips"]} */ (/** @type {unknown} */ (/** @this {A92Trips} @param {TripTree} tree @param {A92Timetables} timetables @param {Timetable} table */ function (tree, timetables, table) {
  "use strict";
  this.timetables = timetables; this.table = table;
  var stops = timetables.stops, next = A92.varints(tree.homes, 0), walk = A92.varints(tree.walks, 0), stop = 0, i, k;
  var access = this.access = /** @type {A92Trips["access"]} */ (new Map()); /* by home: [stop, seconds] */
  var at = Array.from({ length: next() }, function () { return stop += next(); }), counts = at.map(next);
  for (i = 0; i < at.length; i++) {
    for (var home = 0, seconds = 0, n = counts[i]; n > 0; n--) {
      home += next(); seconds += walk();
      var walks = access.get(home);
      if (!walks) access.set(home, walks = []);
      walks.push([at[i], seconds]);
    }
  }
  access.forEach(function (walks) { walks.sort(function (a, b) { return stops[a[0]].order - stops[b[0]].order; }); });

  var read = { stops: A92.varints(tree.stops, 0), departures: A92.varints(tree.departures, 0), ridden: A92.varints(tree.ridden, 0),
    following: A92.varints(tree.following, 0), walks: A92.varints(tree.boarding_walks, 0) };
  this.services = new Map();
  var services = this.services;
  tree.services.forEach(function (item) {
    var /** @type {Boarding[]} */ nodes = [], /** @type {number[]} */ follow = [], byStop = new Map(), here = 0, rank = 0, follows = 0, row;
    for (k = 0; k < item[1]; k++) {
      var moved = read.stops(), step = read.departures();
      here += moved;
      rank = byStop.has(here) ? rank + step : step;
      var call = table.leaving[here][rank], seconds = read.walks();
      row = { call: call, end: call + read.ridden() + 1, walk: seconds < 0 ? -1 - seconds : seconds, next: null, rides: 0, arrival: 0 };
      follow.push(seconds >= 0 ? follows += read.following() : -1);
      nodes.push(row);
      if (!byStop.has(here)) byStop.set(here, []);
      byStop.get(here).push(row);
    }
    nodes.forEach(function (node, at) { if (follow[at] >= 0) node.next = nodes[follow[at]]; });
    function settle(/** @type {Boarding} */ node) {
      if (node.rides) return;
      if (node.next) settle(node.next);
      node.rides = 1 + (node.next ? node.next.rides : 0);
      node.arrival = node.next ? node.next.arrival : table.arrival[node.end] + node.walk;
    }
    nodes.forEach(settle);
    services.set(item[0], byStop);
  });

  /* By service and home how long the way without a ride is, where it wins at some minute: 0 where at all of them. */
  this.direct = [];
  var direct = A92.varints(tree.direct, 0);
  for (var count = direct(); count !== null; count = direct()) {
    var homes = [], where = 0, of = new Map();
    for (k = 0; k < count; k++) homes.push(where += direct());
    homes.forEach(function (one) { of.set(one, direct()); });
    this.direct.push(of);
  }
}));

/* What a home does at each minute of the window to reach a service: null where it cannot in time, else seconds and the
   boarding that it begins with (null: none). `walked`: the seconds of the way without a ride, for a home that takes it at every
   minute. */
/** @type {A92Trips["profile"]} */
A92.Trips.prototype.profile = function (home, service, transit, walked) {
  "use strict";
  var stopsOf = this.services.get(service), /** @type {Map<number, Boarding[]>} */ byStop = stopsOf || new Map(), table = this.table, of = this.direct[service], direct = of ? of.get(home) : undefined, known = direct || 0;
  var ways = (this.access.get(home) || []).filter(function (way) { return byStop.has(way[0]); });
  var hasDirect = direct !== undefined, always = direct === 0, seconds = always ? walked : (known - 1) >> 1;
  var longest = hasDirect ? seconds - 1 + ((known - 1) & 1) : transit.longest, /** @type {MinuteOf[]} */ profile = [];
  for (var now = transit.window[0]; now < transit.window[1]; now += 60) {
    var /** @type {{ node: Boarding; walk: number } | null} */ best = null;
    if (!always) ways.forEach(function (way) {
      var from = now + way[1] + transit.slack;
      (byStop.get(way[0]) || []).forEach(function (node) {
        if (table.departure[node.call] < from) return;
        /* Of equal arrivals the fewest rides, the shortest walk, the earliest vehicle; then the order of names. */
        var order = best ? node.arrival - best.node.arrival || node.rides - best.node.rides || way[1] - best.walk ||
          table.departure[node.call] - table.departure[best.node.call] : -1;
        if (order < 0) best = { node: node, walk: way[1] };
      });
    });
    var chosen = /** @type {{ node: Boarding; walk: number } | null} */ (best);
    if (chosen && chosen.node.arrival - now <= longest) {
      profile.push({ at: now, seconds: chosen.node.arrival - now, node: chosen.node, walk: chosen.walk });
    } else profile.push(hasDirect ? { at: now, seconds: seconds, node: null } : { at: now, seconds: null, node: null });
  }
  return profile;
};

/* The seconds that a percentile of the minutes do not exceed, by the rule of the run; null where too few arrive. */
A92.percentileOf = function (profile, percentile) {
  "use strict";
  var times = profile.map(function (item) { return item.seconds; }).filter(function (value) { return value !== null; });
  times.sort(function (a, b) { return a - b; });
  var rank = Math.ceil(Math.round(percentile * profile.length * 1e7) / 1e9) - 1;
  return rank < times.length ? times[rank] : null;
};

/* The legs of one minute of a profile: they follow one another without a gap. */
/** @type {A92Trips["legs"]} */
A92.Trips.prototype.legs = function (minute) {
  "use strict";
  var table = this.table, timetables = this.timetables, /** @type {TripLeg[]} */ legs = [], now = minute.at, walk = minute.walk || 0, /** @type {number | null} */ from = null;
  function add(/** @type {TripLeg["kind"]} */ kind, /** @type {number} */ end, /** @type {number | null} */ there, /** @type {object} */ more = {}) {
    legs.push(/** @type {TripLeg} */ (Object.assign({ kind: kind, begin: now, end: end, from: from, to: there }, more)));
    now = end; from = there;
  }
  if (minute.seconds === null) return legs;
  if (!minute.node) { add("direct", now + minute.seconds, null); return legs; }
  for (var /** @type {Boarding | null} */ node = minute.node; node; node = node.next) {
    var board = table.stop[node.call], ridden = [];
    if (from === null || walk) add(from === null ? "access" : "transfer", now + walk, board);
    from = board;
    add("wait", table.departure[node.call], board);
    for (var call = node.call; call <= node.end; call++) ridden.push(table.stop[call]);
    add("ride", table.arrival[node.end], table.stop[node.end], Object.assign({ stops: ridden }, timetables.lineAt(table, node.call)));
    walk = node.walk;
    if (!node.next) add("egress", now + walk, null);
  }
  return legs;
};

/* The street network as the page carries it (outputs/maps/run_map/packed_network.py): read here, by nothing else.
   All is whole: centimetres, millimetres, milliseconds. What is computed from them (metres along a line, milliseconds of a
   street) is computed in the order in which Python does it, on the same doubles: sums and roots then are the same. */

/* Half to even, as numpy rounds. */
A92.rint = function (value) {
  "use strict";
  var low = Math.floor(value), over = value - low;
  return over < 0.5 ? low : over > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1;
};

/* Named bytes behind a line of JSON: { head, of(name) → bytes, numbers(name) → function that gives the next integer }. */
A92.parts = function (buffer) {
  "use strict";
  var raw = new Uint8Array(buffer), end = raw.indexOf(10), at = end + 1;
  var head = JSON.parse(new TextDecoder().decode(raw.subarray(0, end))), /** @type {Record<string, Uint8Array>} */ bytes = {};
  head.sizes.forEach(function (/** @type {[string, number]} */ pair) { bytes[pair[0]] = raw.subarray(at, at += pair[1]); });
  return {
    head: head,
    has: function (name) { return name in bytes; },
    of: function (name) { return bytes[name]; },
    numbers: function (name) { return A92.varints(bytes[name], 0); }
  };
};

/* What all modes share. x, y: vertices in metres; first[i]..first[i + 1] are those of street i. */
A92.readStreets = function (buffer) {
  "use strict";
  var parts = A92.parts(buffer), head = parts.head, n = head.streets, nodes = head.nodes, origin = head.origin_cm, i, k;
  var nodeX = new Float64Array(nodes), nodeY = new Float64Array(nodes), next = parts.numbers("nodes");
  for (i = 0, k = [origin[0], origin[1]]; i < nodes; i++) { nodeX[i] = k[0] += next(); nodeY[i] = k[1] += next(); }

  var from = new Int32Array(n), to = new Int32Array(n), first = new Int32Array(n + 1), last = 0;
  var nextFrom = parts.numbers("from"), nextTo = parts.numbers("to"), nextBends = parts.numbers("bends");
  for (i = 0; i < n; i++) {
    from[i] = last + nextFrom();
    last = to[i] = from[i] + nextTo();
    first[i + 1] = first[i] + nextBends() + 2;
  }

  /* Ends stand where their nodes do, but for a few; then the bends, each from where an even spacing would have it. */
  var x = new Float64Array(first[n]), y = new Float64Array(first[n]);
  for (i = 0; i < n; i++) {
    x[first[i]] = nodeX[from[i]]; y[first[i]] = nodeY[from[i]];
    x[first[i + 1] - 1] = nodeX[to[i]]; y[first[i + 1] - 1] = nodeY[to[i]];
  }
  next = parts.numbers("moved_ends");
  for (var gap = next(), at = -1; gap !== null; gap = next()) {
    at += gap;
    k = at < n ? first[at] : first[at - n + 1] - 1;
    x[k] += next(); y[k] += next();
  }
  next = parts.numbers("vertices");
  for (i = 0; i < n; i++) {
    for (k = first[i] + 1, last = first[i + 1] - 1; k < last; k++) {
      x[k] = x[k - 1] + Math.floor((x[last] - x[k - 1]) / (last - k + 1)) + next();
      y[k] = y[k - 1] + Math.floor((y[last] - y[k - 1]) / (last - k + 1)) + next();
    }
  }
  for (k = 0; k < x.length; k++) { x[k] /= 100; y[k] /= 100; }

  /* Metres drawn before each vertex of its street; millimetres on the ground, from a guess by those. */
  var before = new Float64Array(x.length), drawn = new Float64Array(n), lengthMm = new Int32Array(n), dx, dy;
  next = parts.numbers("lengths");
  for (i = 0; i < n; i++) {
    var sum = 0;
    for (k = first[i] + 1; k < first[i + 1]; k++) {
      dx = x[k] - x[k - 1]; dy = y[k] - y[k - 1];
      sum += Math.sqrt(dx * dx + dy * dy);
      before[k] = sum;
    }
    drawn[i] = sum;
    lengthMm[i] = A92.rint(sum * head.mm_per_drawn_m) + next();
  }
  return {
    count: n, nodes: nodes, from: from, to: to, first: first, x: x, y: y, before: before, drawn: drawn, lengthMm: lengthMm,
    nodeX: nodeX, nodeY: nodeY, classes: head.classes, classOf: parts.of("classes"),
    links: function (family) { return parts.of("links_" + family); },
    names: A92.streetTexts(parts, n), ids: A92.streetIds(parts, n)
  };
};

/* The name of a street, unpacked at the first question. */
A92.streetTexts = function (parts, n) {
  "use strict";
  var /** @type {string[] | null} */ texts = null, of = new Int32Array(0);
  return function (i) {
    if (!texts) {
      texts = new TextDecoder().decode(parts.of("texts")).split("\n");
      of = new Int32Array(n);
      for (var next = parts.numbers("names"), k = 0, at = 0; k < n; k++) of[k] = at += next();
    }
    return texts[of[i]];
  };
};

/* Identifiers: { of(street), find(id) → street or −1 }, unpacked at the first question. */
A92.streetIds = function (parts, n) {
  "use strict";
  var /** @type {string[]} */ ids = [], /** @type {Map<string, number>} */ places = new Map();
  function read() {
    ids = [];
    if (parts.has("ids")) { ids = new TextDecoder().decode(parts.of("ids")).split("\n").map(function (text) { return JSON.parse(text); }); return; }
    var ways = parts.numbers("ways"), ranks = parts.numbers("ranks"), way = 0, rank = 0, shape = parts.head.ids;
    for (var i = 0; i < n; i++) {
      way += ways(); rank += ranks();
      ids.push(shape[0] + String(way).padStart(shape[1], "0") + (rank ? "-" + (rank - 1) : ""));
    }
  }
  return {
    of: function (i) { if (!ids.length) read(); return ids[i]; },
    find: function (id) {
      if (!ids.length) read();
      if (!places.size) ids.forEach(function (text, i) { places.set(text, i); });
      var place = places.get(id);
      return place === undefined ? -1 : place;
    }
  };
};

/* The network of a mode on these streets. `code`: by street what the mode does there (−1: nothing); `ends`: the nodes where
   one leaves and enters each street, in the order of the packing; `others`: arcs that streets and ends do not make. */
A92.readMode = function (buffer, streets) {
  "use strict";
  var parts = A92.parts(buffer), head = parts.head, n = streets.count, i, k, /** @type {number[]} */ list = [];
  var code = new Int32Array(n), next = parts.numbers("codes");
  for (i = 0; i < n; i++) if ((code[i] = next() - 1) >= 0) list.push(i);
  var used = Int32Array.from(list);

  var /** @type {[Int32Array, Int32Array]} */ more = [new Int32Array(n), new Int32Array(n)]; /* milliseconds along and against, over what the code gives */
  next = parts.numbers("waits");
  for (var gap = next(), at = -1; gap !== null; gap = next()) {
    at += gap;
    more[at < used.length ? 0 : 1][used[at % used.length]] = next();
  }
  var plain = [streets.to, streets.from, streets.from, streets.to];
  var ends = plain.map(function (of) { return Int32Array.from(of); });
  next = parts.numbers("ends");
  for (gap = next(), at = -1; gap !== null; gap = next()) {
    at += gap;
    k = Math.floor(at / used.length);
    ends[k][used[at % used.length]] += next();
  }
  var /** @type {Set<number>} */ removed = new Set(), others = [], sum = 0, row = [0, 0, 0, 0];
  next = parts.numbers("removed");
  for (gap = next(); gap !== null; gap = next()) removed.add(sum += gap);
  next = parts.numbers("added");
  for (gap = next(); gap !== null; gap = next()) {
    row = [row[0] + gap, row[1] + next(), row[2] + next(), row[3] + next()];
    others.push(row);
  }
  return {
    head: head, streets: streets, family: head.family, nodes: Math.max(head.nodes, streets.nodes), code: code, used: used,
    more: more, leaveTo: ends[0], leaveFrom: ends[1], arriveFrom: ends[2], arriveTo: ends[3], removed: removed, others: others,
    accessKmh: head.access_kmh, parkingMs: head.parking_ms
  };
};

A92.CLOSED = -1;
A92.LONGEST_MS = 1073741824;

/* Milliseconds along and against each street at a walking speed (km/h; null: that of the mode), closed ones left out;
   which streets serve homes (1), services (2). `closed`: a Set of streets, or null. */
A92.streetTimes = function (network, kmh, closed) {
  "use strict";
  var n = network.streets.count, forward = new Int32Array(n).fill(A92.CLOSED), backward = new Int32Array(n).fill(A92.CLOSED);
  var serves = new Uint8Array(n), codes = network.head.codes, lengths = network.streets.lengthMm;
  var pace = kmh === null ? network.head.speed_kmh : kmh;
  function ms(/** @type {number} */ street, /** @type {number} */ cap, /** @type {number[]} */ code, /** @type {number} */ more) {
    if (!(cap > 0)) return A92.CLOSED;
    var speed = network.head.cruises ? Math.min(pace, cap) : Math.min(network.head.walks ? network.head.speed_kmh : cap, cap);
    var seconds = lengths[street] / 1000 * 3.6 / speed * code[2] + code[3];
    return Math.min(Math.min(Math.max(A92.rint(seconds * 1000), 1), A92.LONGEST_MS) + more, A92.LONGEST_MS);
  }
  network.used.forEach(function (street) {
    if (closed && closed.has(street)) return;
    var code = codes[network.code[street]];
    forward[street] = ms(street, code[0], code, network.more[0][street]);
    backward[street] = ms(street, code[1], code, network.more[1][street]);
    serves[street] = code[4];
  });
  return { forward: forward, backward: backward, serves: serves };
};

/* The reversed graph in CSR form: for node v, start[v]..start[v + 1] are pairs (u, ms of u → v) in `arcs`, and in `street`
   the directed street that each travels (2 i along street i, 2 i + 1 against it; −1: none). */
A92.reversedArcs = function (network, times) {
  "use strict";
  var n = network.nodes, start = new Int32Array(n + 1), removed = network.removed, i, v;
  function each(/** @type {(tail: number, head: number, ms: number, street: number) => void} */ visit) {
    network.used.forEach(function (s) {
      if (times.forward[s] !== A92.CLOSED && !removed.has(2 * s)) visit(network.arriveFrom[s], network.leaveTo[s], times.forward[s], 2 * s);
      if (times.backward[s] !== A92.CLOSED && !removed.has(2 * s + 1)) visit(network.arriveTo[s], network.leaveFrom[s], times.backward[s], 2 * s + 1);
    });
    network.others.forEach(function (row) {
      var s = row[2] >> 1, ms = row[2] < 0 ? row[3] : (row[2] % 2 ? times.backward : times.forward)[s];
      if (ms !== A92.CLOSED) visit(row[0], row[1], ms, row[2]);
    });
  }
  each(function (tail, head) { start[head + 1]++; });
  for (v = 0; v < n; v++) start[v + 1] += start[v];
  var at = start.slice(0, n), arcs = new Int32Array(2 * start[n]), street = new Int32Array(start[n]);
  each(function (tail, head, ms, of) {
    i = at[head]++;
    arcs[2 * i] = tail; arcs[2 * i + 1] = ms; street[i] = of;
  });
  return { start: start, arcs: arcs, street: street };
};

/* What is left of a network where streets are closed, as access92/network/graph.py has it: signs, gates and copies of
   junctions stay those of all the streets; the core is the largest part of what was the core that one can go all around. */

/* A street with all those that bear its name and touch it, by way of each other too (numbers, ascending); without a name alone. */
A92.wholeStreet = function (streets, street) {
  "use strict";
  var name = streets.names(street), /** @type {Map<number, number[]>} */ at = new Map();
  if (!name) return [street];
  for (var i = 0; i < streets.count; i++) {
    if (streets.names(i) === name) [streets.from[i], streets.to[i]].forEach(function (node) { at.set(node, (at.get(node) || []).concat(i)); });
  }
  var found = new Set([street]);
  found.forEach(function (one) { /* a set gives what is added while it is walked */
    [streets.from[one], streets.to[one]].forEach(function (node) { (at.get(node) || []).forEach(function (other) { found.add(other); }); });
  });
  return Array.from(found).sort(function (a, b) { return a - b; });
};

/* The arcs of a reversed graph the other way round: start, arcs (head of each arc alone). */
A92.turnedArcs = function (graph) {
  "use strict";
  var n = graph.start.length - 1, count = graph.street.length, start = new Int32Array(n + 1), to = new Int32Array(count), v, a;
  for (a = 0; a < count; a++) start[graph.arcs[2 * a] + 1]++;
  for (v = 0; v < n; v++) start[v + 1] += start[v];
  var at = start.slice(0, n);
  for (v = 0; v < n; v++) for (a = graph.start[v]; a < graph.start[v + 1]; a++) to[at[graph.arcs[2 * a]]++] = v;
  return { start: start, to: to };
};

/* By node whether it is of the core (1), reaches it (2), is reached from it (4). `within`: the former core, or null. */
A92.reachOf = function (graph, within) {
  "use strict";
  var n = graph.start.length - 1, forward = A92.turnedArcs(graph), backward = { start: graph.start, to: new Int32Array(graph.street.length) };
  for (var a = 0; a < backward.to.length; a++) backward.to[a] = graph.arcs[2 * a];

  /* Kosaraju: nodes in the order in which a walk along the arcs leaves them for good, then parts against the arcs. */
  var order = new Int32Array(n), left = n, at = forward.start.slice(0, n), seen = new Uint8Array(n), stack = new Int32Array(n), v, i;
  for (var root = 0; root < n; root++) {
    if (seen[root]) continue;
    var depth = 0;
    stack[0] = root; seen[root] = 1;
    while (depth >= 0) {
      v = stack[depth];
      if (at[v] === forward.start[v + 1]) { order[--left] = v; depth--; continue; }
      var next = forward.to[at[v]++];
      if (!seen[next]) { seen[next] = 1; stack[++depth] = next; }
    }
  }
  var part = new Int32Array(n).fill(-1), sizes = [];
  for (i = 0; i < n; i++) {
    if (part[order[i]] >= 0) continue;
    var top = 0, number = sizes.length, size = 0;
    stack[0] = order[i]; part[order[i]] = number;
    while (top >= 0) {
      v = stack[top--];
      if (!within || (within[v] & 1)) size++;
      for (a = backward.start[v]; a < backward.start[v + 1]; a++) {
        if (part[backward.to[a]] < 0) { part[backward.to[a]] = number; stack[++top] = backward.to[a]; }
      }
    }
    sizes.push(size);
  }
  var best = A92.largestPart(graph, part, sizes);

  var reach = new Uint8Array(n);
  [{ arcs: backward, bit: 2 }, { arcs: forward, bit: 4 }].forEach(function (way) {
    var head = 0, tail = 0, bit = way.bit, arcs = way.arcs;
    for (v = 0; v < n; v++) if (part[v] === best) { reach[v] |= 1 | bit; stack[tail++] = v; }
    while (head < tail) {
      v = stack[head++];
      for (a = arcs.start[v]; a < arcs.start[v + 1]; a++) {
        if (!(reach[arcs.to[a]] & bit)) { reach[arcs.to[a]] |= bit; stack[tail++] = arcs.to[a]; }
      }
    }
  });
  return reach;
};

/* The largest part; of equally large ones the one in which the first street lies, and where several have an arc of that street
   the first on the way, as access92/network/reach.py has it. Parts are numbered so that no later one reaches an earlier one. */
A92.largestPart = function (graph, part, sizes) {
  "use strict";
  var most = 0, best = -1, first = Infinity, v, a;
  sizes.forEach(function (size) { if (size > most) most = size; });
  for (v = 0; v < part.length; v++) {
    if (sizes[part[v]] !== most) continue;
    for (a = graph.start[v]; a < graph.start[v + 1]; a++) {
      var street = graph.street[a];
      if (street < 0 || part[graph.arcs[2 * a]] !== part[v] || street > first) continue;
      if (street < first || part[v] < best) { first = street; best = part[v]; }
    }
  }
  return best < 0 ? sizes.indexOf(most) : best;
};

/* Which streets serve homes (1) and services (2) once some are closed; `times` and `graph` are without them, `core` is of all. */
A92.servesAfter = function (network, times, graph, core) {
  "use strict";
  var reach = A92.reachOf(graph, core), serves = new Uint8Array(network.streets.count);
  network.used.forEach(function (s) {
    var along = times.forward[s] !== A92.CLOSED, against = times.backward[s] !== A92.CLOSED;
    if ((along && reach[network.leaveTo[s]] & 2) || (against && reach[network.leaveFrom[s]] & 2)) serves[s] |= 1;
    if ((along && reach[network.arriveFrom[s]] & 4) || (against && reach[network.arriveTo[s]] & 4)) serves[s] |= 2;
  });
  return serves;
};

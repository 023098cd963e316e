/* Travel times in the page, as access92/travel/kernels.py and matrix.py compute them: a bucket queue on whole milliseconds,
   backwards from a service, then from nodes to homes. Times are whole milliseconds; A92.FAR is « not reached ». */

A92.FAR = 2147483647;

/* Working arrays of one search at a time over `nodes` nodes up to `limit` milliseconds. */
A92.scratch = function (nodes, limit, typicalMs) {
  "use strict";
  var shift = 31 - Math.clz32(Math.max(1, Math.floor(typicalMs / 4)));
  return {
    limit: limit, shift: shift, time: new Int32Array(nodes).fill(A92.FAR), bucket: new Int32Array((limit >> shift) + 1).fill(-1),
    entries: new Int32Array(3 * (2 * nodes + 16)), touched: new Int32Array(nodes), parent: null
  };
};

/* The number of nodes reached from seeds (nodes and milliseconds), their times in `scratch.time`, nodes in
   `scratch.touched`; with `scratch.parent` (Int32Array) of each node the arc by which one goes on towards the seed. */
A92.search = function (graph, seedNode, seedMs, count, scratch) {
  "use strict";
  var start = graph.start, arcs = graph.arcs, time = scratch.time, bucket = scratch.bucket, entries = scratch.entries;
  var limit = scratch.limit, shift = scratch.shift, touched = scratch.touched, parent = scratch.parent, FAR = A92.FAR;
  var reached = 0, fresh = 0, free = -1, at, b, node, ms, i;
  function insert(/** @type {number} */ v, /** @type {number} */ t) {
    if (free < 0 && fresh === entries.length) { entries = A92.grown(entries); scratch.entries = entries; }
    if (free >= 0) { at = free; free = entries[at + 2]; } else { at = fresh; fresh += 3; }
    b = t >> shift;
    entries[at] = v; entries[at + 1] = t; entries[at + 2] = bucket[b];
    bucket[b] = at;
  }
  for (i = 0; i < count; i++) {
    node = seedNode[i]; ms = seedMs[i];
    if (ms > limit || ms >= time[node]) continue;
    if (time[node] === FAR) touched[reached++] = node;
    time[node] = ms;
    if (parent) parent[node] = -1 - i;
    insert(node, ms);
  }
  for (var number = 0; number < bucket.length; number++) {
    for (var head = bucket[number]; head >= 0; head = bucket[number]) {
      node = entries[head]; ms = entries[head + 1];
      bucket[number] = entries[head + 2];
      entries[head + 2] = free; free = head;
      if (ms !== time[node]) continue; /* a faster way was found meanwhile */
      for (var a = start[node], end = start[node + 1]; a < end; a++) {
        var other = arcs[2 * a], there = ms + arcs[2 * a + 1];
        if (there >= time[other] || there > limit) continue;
        if (time[other] === FAR) touched[reached++] = other;
        time[other] = there;
        if (parent) parent[other] = a;
        insert(other, there);
      }
    }
  }
  return reached;
};
A92.grown = function (array) {
  "use strict";
  var more = new Int32Array(2 * array.length);
  more.set(array);
  return more;
};
A92.cleanScratch = function (scratch, reached) {
  "use strict";
  for (var i = 0; i < reached; i++) scratch.time[scratch.touched[i]] = A92.FAR;
};

/* Milliseconds of the metres off the network, of a share of a street; FAR where closed. */
A92.legMs = function (metres, accessKmh) {
  "use strict";
  return Math.min(A92.rint(metres / (accessKmh * (1 / 3600))), A92.LONGEST_MS);
};
A92.partMs = function (whole, share) {
  "use strict";
  return whole !== A92.CLOSED ? A92.rint(share * whole) : share === 0 ? 0 : A92.FAR;
};

/* Where a service is entered: { node, ms, link } by seed, from its links. */
A92.seedsOf = function (network, times, links) {
  "use strict";
  var /** @type {number[]} */ node = [], /** @type {number[]} */ ms = [], /** @type {number[]} */ of = [];
  links.forEach(function (link, i) {
    var more = A92.legMs(link.metres, network.accessKmh) + network.parkingMs;
    /** @type {[Int32Array, Int32Array, number][]} */ ([
      [network.arriveFrom, times.forward, link.position], [network.arriveTo, times.backward, 1 - link.position]
    ]).forEach(function (end) {
      var there = more + A92.partMs(end[1][link.street], end[2]);
      if (there < A92.FAR) { node.push(end[0][link.street]); ms.push(there); of.push(i); }
    });
  });
  return { node: node, ms: ms, link: of };
};

/* Homes by the nodes where they leave their streets, and by street. `links`: of each home, as A92.linkPlace gives them. */
A92.indexHomes = function (network, times, links) {
  "use strict";
  var count = new Int32Array(network.nodes + 1), onStreet = new Map(), exits = 0;
  function each(/** @type {(node: number, who: number, time: number) => void} */ visit) {
    links.forEach(function (ofHome, home) {
      ofHome.forEach(function (link) {
        var leg = A92.legMs(link.metres, network.accessKmh), s = link.street;
        var ahead = leg + A92.partMs(times.forward[s], 1 - link.position), back = leg + A92.partMs(times.backward[s], link.position);
        if (ahead < A92.FAR) visit(network.leaveTo[s], home, ahead);
        if (back < A92.FAR) visit(network.leaveFrom[s], home, back);
      });
    });
  }
  each(function (node) { count[node + 1]++; exits++; });
  for (var v = 0; v < network.nodes; v++) count[v + 1] += count[v];
  var at = count.slice(0, network.nodes), home = new Int32Array(exits), ms = new Int32Array(exits);
  each(function (node, who, time) { home[at[node]] = who; ms[at[node]++] = time; });
  links.forEach(function (ofHome, who) {
    ofHome.forEach(function (link) {
      var leg = A92.legMs(link.metres, network.accessKmh), there = onStreet.get(link.street);
      if (!there) onStreet.set(link.street, there = []);
      there.push({ home: who, position: link.position, leg: leg });
    });
  });
  return { first: count, home: home, ms: ms, onStreet: onStreet, count: links.length };
};

/* Milliseconds straight along a street from a home's position to a service's; Infinity where closed. */
A92.alongStreet = function (times, street, service, home) {
  "use strict";
  var ahead = times.forward[street], back = times.backward[street], ms = Infinity;
  if (ahead !== A92.CLOSED && home <= service) ms = A92.rint((service - home) * ahead);
  if (back !== A92.CLOSED && home >= service) ms = Math.min(ms, A92.rint((home - service) * back));
  return ms;
};

/* Milliseconds from each home to a service with these links, FAR where not reached within the limit of the scratch. */
A92.serviceRow = function (network, times, graph, homes, links, scratch, row) {
  "use strict";
  var seeds = A92.seedsOf(network, times, links), limit = scratch.limit, time = scratch.time, touched = scratch.touched, FAR = A92.FAR;
  var first = homes.first, home = homes.home, exit = homes.ms;
  row = row || new Int32Array(homes.count);
  row.fill(FAR);
  var reached = A92.search(graph, seeds.node, seeds.ms, seeds.node.length, scratch);
  for (var i = 0; i < reached; i++) {
    var node = touched[i], there = time[node];
    time[node] = FAR;
    for (var k = first[node], end = first[node + 1]; k < end; k++) {
      var ms = there + exit[k];
      if (ms <= limit && ms < row[home[k]]) row[home[k]] = ms;
    }
  }
  links.forEach(function (link) {
    var more = A92.legMs(link.metres, network.accessKmh) + network.parkingMs;
    (homes.onStreet.get(link.street) || []).forEach(function (item) {
      var ms = A92.alongStreet(times, link.street, link.position, item.position) + item.leg + more;
      if (ms <= limit && ms < row[item.home]) row[item.home] = ms;
    });
  });
  return row;
};

/* The way from a home to a service, street by street: the proof of a travel time. Its parts sum to the time, to the
   millisecond, because it is the way that the search found. */

/* The itinerary of a home on a ground to a place with these links: { ms, parts }, null where it is not reached by `limit` ms.
   A part: { kind, ms, metres, street, from, to }. `kind`: « access » (from the door to the street), « street » (from 0 to 1
   along its line), « egress » (from the street to the service's door), « parking »; `street` −1 where it is none. */
A92.itinerary = function (ground, links, home, limit) {
  "use strict";
  var network = ground.network, times = ground.times, graph = ground.graph, scratch = ground.scratch, FAR = A92.FAR;
  var seeds = A92.seedsOf(network, times, links), homeLinks = ground.links[home], whole = scratch.limit, /** @type {FoundWay | null} */ best = null;
  function leg(/** @type {PlaceLink} */ link) { return A92.legMs(link.metres, network.accessKmh); }
  function offer(/** @type {number} */ ms, /** @type {Omit<FoundWay, "ms">} */ way) { if (ms <= limit && (!best || ms < best.ms)) best = Object.assign(way, { ms: ms }); }
  if (!homeLinks.length || !links.length) return null;

  scratch.parent = ground.parent = ground.parent || new Int32Array(network.nodes);
  scratch.limit = limit;
  var reached = A92.search(graph, seeds.node, seeds.ms, seeds.node.length, scratch);
  homeLinks.forEach(function (link) {
    var s = link.street;
    [[network.leaveTo[s], A92.partMs(times.forward[s], 1 - link.position), 1], [network.leaveFrom[s], A92.partMs(times.backward[s], link.position), 0]].forEach(function (end) {
      if (end[1] < FAR && scratch.time[end[0]] < FAR) offer(scratch.time[end[0]] + end[1] + leg(link), { link: link, node: end[0], partMs: end[1], end: end[2] });
    });
    links.forEach(function (to) {
      if (to.street !== s) return;
      var along = A92.alongStreet(times, s, to.position, link.position);
      offer(along + leg(link) + leg(to) + network.parkingMs, { link: link, node: -1, partMs: along, to: to });
    });
  });
  scratch.parent = null;
  scratch.limit = whole;
  var found = /** @type {FoundWay | null} */ (best), way = found && { ms: found.ms, parts: A92.partsOf(ground, seeds, links, found) };
  A92.cleanScratch(scratch, reached);
  return way;
};

/* The parts of a way that was found; the times of its nodes are still in the scratch. */
A92.partsOf = function (ground, seeds, links, way) {
  "use strict";
  var network = ground.network, graph = ground.graph, parent = /** @type {Int32Array} */ (ground.parent), /** @type {WayPart[]} */ parts = [], streets = network.streets, to = /** @type {PlaceLink} */ (way.to);
  function add(/** @type {WayKind} */ kind, /** @type {number} */ ms, /** @type {number} */ metres, /** @type {Partial<WayPart>} */ more = {}) { parts.push(Object.assign({ kind: kind, ms: ms, metres: metres, street: -1, from: 0, to: 0 }, more)); }
  function along(/** @type {number} */ street, /** @type {number} */ from, /** @type {number} */ end, /** @type {number} */ ms) { add("street", ms, Math.abs(end - from) * streets.lengthMm[street] / 1000, { street: street, from: from, to: end }); }
  /* The head of an arc: the node whose arcs it is among. */
  function headOf(/** @type {number} */ arc) {
    var low = 0, high = graph.start.length - 1;
    while (high - low > 1) { var middle = (low + high) >> 1; if (graph.start[middle] <= arc) low = middle; else high = middle; }
    return low;
  }
  add("access", A92.legMs(way.link.metres, network.accessKmh), way.link.metres);
  if (way.node < 0) along(way.link.street, way.link.position, to.position, way.partMs);
  else {
    along(way.link.street, way.link.position, way.end || 0, way.partMs);
    for (var node = way.node; parent[node] >= 0;) {
      var arc = parent[node], directed = graph.street[arc];
      if (directed >= 0) along(directed >> 1, directed % 2, 1 - directed % 2, graph.arcs[2 * arc + 1]);
      else if (graph.arcs[2 * arc + 1]) add("wait", graph.arcs[2 * arc + 1], 0);
      node = headOf(arc);
    }
    var seed = -1 - parent[node], ofLink = to = links[seeds.link[seed]];
    var fromStart = network.arriveFrom[ofLink.street] === node, more = A92.legMs(ofLink.metres, network.accessKmh) + network.parkingMs;
    /* Where both ends of the street are one node (a loop) the seed says which way. */
    if (fromStart && network.arriveTo[ofLink.street] === node) fromStart = seeds.ms[seed] === more + A92.partMs(ground.times.forward[ofLink.street], ofLink.position);
    along(ofLink.street, fromStart ? 0 : 1, ofLink.position, seeds.ms[seed] - more);
  }
  add("egress", A92.legMs(to.metres, network.accessKmh), to.metres);
  if (network.parkingMs) add("parking", network.parkingMs, 0);
  return parts;
};

/* Parts without length left out; those of one name in a row as one: { kind, name, ms, metres, parts }. */
A92.legsOf = function (parts, names) {
  "use strict";
  var /** @type {WayLeg[]} */ legs = [];
  parts.forEach(function (part) {
    var name = part.street >= 0 ? names(part.street) : "", last = legs[legs.length - 1];
    if (!part.ms && !part.metres && part.kind !== "access" && part.kind !== "egress") return;
    if (last && last.kind === part.kind && last.name === name && part.kind === "street") {
      last.ms += part.ms; last.metres += part.metres; last.parts.push(part);
    } else legs.push({ kind: part.kind, name: name, ms: part.ms, metres: part.metres, parts: [part] });
  });
  return legs;
};

/* The vertices (x, y in metres) of a part of a street, in the order of travel. */
A92.lineOf = function (streets, part) {
  "use strict";
  var s = part.street, first = streets.first[s], last = streets.first[s + 1] - 1, /** @type {LPair[]} */ out = [];
  var a = Math.min(part.from, part.to) * streets.drawn[s], b = Math.max(part.from, part.to) * streets.drawn[s];
  /** @returns {LPair} */
  function at(/** @type {number} */ metres) {
    for (var k = first; k < last - 1 && streets.before[k + 1] < metres; k++);
    var size = streets.before[k + 1] - streets.before[k], share = size > 0 ? Math.min(1, Math.max(0, (metres - streets.before[k]) / size)) : 0;
    return [streets.x[k] + share * (streets.x[k + 1] - streets.x[k]), streets.y[k] + share * (streets.y[k + 1] - streets.y[k])];
  }
  out.push(at(a));
  for (var k = first + 1; k < last; k++) if (streets.before[k] > a && streets.before[k] < b) out.push([streets.x[k], streets.y[k]]);
  out.push(at(b));
  return part.from <= part.to ? out : out.reverse();
};

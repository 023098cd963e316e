/* How a place links to streets, as access92/network/snapping.py and street_index.py do it: the same arithmetic on the same
   centimetres, so that a place links alike in both. A place: x, y in metres, whole centimetres. */

A92.CELL_M = 60;
A92.LINK = { DOORS: 1, TO_ONE: 2, TO_ALL: 4, TO_PUBLIC: 8, PRIVATE: 16 }; /* bits of the links of a family */

/* An index of the segments of streets: those of each cell of a grid, in their order. */
A92.indexStreets = function (streets) {
  "use strict";
  var x = streets.x, y = streets.y, first = streets.first, cell = A92.CELL_M, x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity, i, k;
  for (k = 0; k < x.length; k++) {
    if (x[k] < x0) x0 = x[k];
    if (x[k] > x1) x1 = x[k];
    if (y[k] < y0) y0 = y[k];
    if (y[k] > y1) y1 = y[k];
  }
  cell = Math.max(cell, Math.sqrt(Math.max((x1 - x0) * (y1 - y0), 1) / 4e6));
  x0 -= cell; y0 -= cell;
  var columns = Math.ceil((x1 - x0) / cell) + 1, rows = Math.ceil((y1 - y0) / cell) + 1;
  var start = new Int32Array(rows * columns + 1), of = new Int32Array(x.length), segments = new Int32Array(0);
  for (i = 0; i < streets.count; i++) for (k = first[i]; k < first[i + 1]; k++) of[k] = i;
  /* A segment is named by the vertex that it begins at; twice: counted, then placed. */
  for (var turn = 0; turn < 2; turn++) {
    for (i = 0; i < streets.count; i++) for (k = first[i]; k + 1 < first[i + 1]; k++) {
      var r1 = Math.floor((Math.max(y[k], y[k + 1]) - y0) / cell), c1 = Math.floor((Math.max(x[k], x[k + 1]) - x0) / cell);
      for (var r = Math.floor((Math.min(y[k], y[k + 1]) - y0) / cell); r <= r1; r++) {
        for (var c = Math.floor((Math.min(x[k], x[k + 1]) - x0) / cell); c <= c1; c++) {
          var at = r * columns + c;
          if (turn) segments[start[at]++] = k; else start[at + 1]++;
        }
      }
    }
    if (turn === 0) {
      for (i = 0; i < rows * columns; i++) start[i + 1] += start[i];
      segments = new Int32Array(start[rows * columns]);
    }
  }
  start.copyWithin(1, 0, rows * columns); /* placing moved each start to the next one */
  start[0] = 0;
  return { streets: streets, x0: x0, y0: y0, cell: cell, rows: rows, columns: columns, start: start, segments: segments, of: of };
};

/* Looks at the segments of the cells around a place, ring by ring, until none further out can be nearer than all the limits.
   `visit(street, segment, share, away2)` gives back the square of how far is still of interest. */
A92.aroundPlace = function (index, px, py, limit2, visit) {
  "use strict";
  var x = index.streets.x, y = index.streets.y, cell = index.cell;
  var row0 = Math.floor((py - index.y0) / cell), column0 = Math.floor((px - index.x0) / cell);
  for (var ring = 0; ; ring++) {
    var west = index.x0 + (column0 - ring + 1) * cell, south = index.y0 + (row0 - ring + 1) * cell;
    var seen = Math.min(px - west, py - south, index.x0 + (column0 + ring) * cell - px, index.y0 + (row0 + ring) * cell - py);
    if (ring > 0 && seen > 0 && limit2 < seen * seen) return;
    if (ring > index.rows + index.columns + Math.abs(row0) + Math.abs(column0)) return;
    var low = Math.max(0, row0 - ring), high = Math.min(index.rows - 1, row0 + ring);
    for (var row = low; row <= high; row++) {
      var step = row === row0 - ring || row === row0 + ring || ring === 0 ? 1 : 2 * ring;
      for (var column = column0 - ring; column <= column0 + ring; column += step) {
        if (column < 0 || column >= index.columns) continue;
        var at = row * index.columns + column;
        for (var k = index.start[at]; k < index.start[at + 1]; k++) {
          var i = index.segments[k], ax = x[i], ay = y[i], bx = x[i + 1], by = y[i + 1], dx = bx - ax, dy = by - ay;
          var length2 = dx * dx + dy * dy, share = length2 > 0 ? ((px - ax) * dx + (py - ay) * dy) / length2 : 0, qx, qy;
          if (share <= 0) { share = 0; qx = ax; qy = ay; } else if (share >= 1) { share = 1; qx = bx; qy = by; } else { qx = ax + share * dx; qy = ay + share * dy; }
          limit2 = visit(index.of[i], i, share, (px - qx) * (px - qx) + (py - qy) * (py - qy));
        }
      }
    }
  }
};

/* Where along its street (0 to 1) a share of a segment is; a place that rounding moved off its crossing goes back. */
A92.positionOf = function (streets, street, segment, share) {
  "use strict";
  var dx = streets.x[segment + 1] - streets.x[segment], dy = streets.y[segment + 1] - streets.y[segment];
  var whole = streets.drawn[street], position = whole > 0 ? (streets.before[segment] + share * Math.sqrt(dx * dx + dy * dy)) / whole : 0;
  return position < 1e-9 ? 0 : position > 1 - 1e-9 ? 1 : position;
};

/* The links of a place, the shortest first: [{ street, position, metres }, …], none where no street is within the limit.
   `flags`: the links of the family; `usable(street)`: whether such places may link to it by the mode;
   `reach`: { limitM, radiusM } of the study. */
A92.linkPlace = function (index, px, py, flags, usable, reach) {
  "use strict";
  var LINK = A92.LINK, limit2 = reach.limitM * reach.limitM, streets = index.streets;
  /* Of each sort of streets how far the nearest one is, in one look around. */
  var one = Infinity, all = Infinity, open = Infinity;
  A92.aroundPlace(index, px, py, limit2, function (street, _, __, away2) {
    var flag = flags[street];
    if (away2 <= limit2) {
      if ((flag & LINK.TO_ONE) && away2 < one) one = away2;
      if ((flag & LINK.TO_ALL) && away2 < all) all = away2;
      if ((flag & LINK.TO_PUBLIC) && away2 < open) open = away2;
    }
    return Math.min(limit2, Math.max(one, all, open));
  });
  var radius = one < Infinity ? Math.min(Math.sqrt(one) + reach.radiusM, reach.limitM) : -1;
  var accessible = all < Infinity ? Math.sqrt(all) : -1;
  var onPrivate = one < Infinity && !(Math.sqrt(open) <= Math.sqrt(one) + 0.001);
  function mayLink(/** @type {number} */ street) { return (onPrivate || !(flags[street] & LINK.PRIVATE)) && usable(street); }

  /* Every street within the radius, and what is as far as the nearest one that is open to all: of each its nearest segment. */
  var farthest = Math.max(radius, accessible) * (1 + 1e-12), /** @type {FoundSegment[]} */ found = [], farthest2 = farthest * farthest;
  if (farthest >= 0) A92.aroundPlace(index, px, py, farthest2, function (street, segment, share, away2) {
    if (away2 > farthest2 || !(flags[street] & LINK.DOORS) || !mayLink(street)) return farthest2;
    var link = found.find(function (item) { return item.street === street; });
    if (!link) found.push({ street: street, segment: segment, share: share, away2: away2 });
    else if (away2 < link.away2 || (away2 === link.away2 && segment < link.segment)) { link.segment = segment; link.share = share; link.away2 = away2; }
    return farthest2;
  });
  found = found.filter(function (link) { var m = Math.sqrt(link.away2); return m <= radius || m === accessible; });
  found.sort(function (a, b) { return a.away2 - b.away2 || a.street - b.street; });

  /* Where there is none the nearest beyond: with doors, or else any. */
  [LINK.DOORS, 0].forEach(function (needed) {
    if (found.length) return;
    var /** @type {FoundSegment | null} */ best = null, best2 = limit2;
    A92.aroundPlace(index, px, py, limit2, function (street, segment, share, away2) {
      if (away2 > best2 || (flags[street] & needed) !== needed || !mayLink(street)) return best2;
      if (away2 < best2 || best === null || segment < best.segment) {
        best2 = away2;
        best = { street: street, segment: segment, share: share, away2: away2 };
      }
      return best2;
    });
    if (best) found = [best];
  });
  return found.map(function (link) {
    return { street: link.street, position: A92.positionOf(streets, link.street, link.segment, link.share), metres: Math.sqrt(link.away2) };
  });
};

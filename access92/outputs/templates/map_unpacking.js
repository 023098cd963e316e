/* Packed data that every map page reads (outputs/maps/encoding.py). */

/* The bytes of a base64 text; bytes are given back. */
A92.bytes = function (text) {
  "use strict";
  if (typeof text !== "string") return text;
  var signs = atob(text), raw = new Uint8Array(signs.length);
  for (var i = 0; i < signs.length; i++) raw[i] = signs.charCodeAt(i);
  return raw;
};

/* Signed integers of variable length: a function that gives the next one. */
A92.varints = function (raw, at) {
  "use strict";
  return function () {
    if (at >= raw.length) return /** @type {any} */ (null); /* the end: asked about by who reads to it */
    var value = 0, scale = 1, byte;
    do { byte = raw[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
};

/* Packed paths (base64 or bytes): {x, y} as fractions of the world, start[i]..start[i + 1] the vertices of path i. */
A92.paths = function (text, grid) {
  "use strict";
  var next = A92.varints(A92.bytes(text), 0), x = [], y = [], start = [0], cx = 0, cy = 0;
  for (var n = next(); n !== null; n = next()) {
    for (; n > 0; n--) {
      cx += next(); cy += next();
      x.push(grid[0] + cx * grid[2]); y.push(grid[1] + cy * grid[2]);
    }
    start.push(x.length);
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y), start: start };
};

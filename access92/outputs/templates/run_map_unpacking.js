/* access92, the page of a run. Arrays come as text of 91 signs, deflated (outputs/run_map/packing.py). */

/* Two signs for 13 bits, most significant first. */
A92.base91 = function (text, from, length) {
  "use strict";
  var out = new Uint8Array(length + 2), held = 0, bits = 0, at = 0;
  function value(/** @type {number} */ i) { var code = text.charCodeAt(i); return code - (code > 60 ? 36 : 35); }
  for (var i = from; i + 1 < text.length && at < length; i += 2) {
    held = (held << 13) | (value(i) * 91 + value(i + 1));
    for (bits += 13; bits >= 8; bits -= 8) out[at++] = held >> (bits - 8);
    held &= (1 << bits) - 1;
  }
  return out.subarray(0, length);
};

/* The bytes of one of the page's packed arrays; its text is let go. */
A92.unpack = function (name) {
  "use strict";
  var element = A92.part(document, "#a92-" + CSS.escape(name)), text = element.textContent, colon = text.indexOf(":");
  var packed = A92.base91(text, colon + 1, +text.slice(0, colon));
  element.remove();
  var stream = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
};

/* A JSON object whose packed paths stand apart, under `names`, as bytes after its line (packing.py, pack_tree). */
A92.tree = function (buffer, names) {
  "use strict";
  var raw = new Uint8Array(buffer), end = raw.indexOf(10), at = end + 1;
  var tree = JSON.parse(new TextDecoder().decode(raw.subarray(0, end)));
  /** @param {any} part @returns {any} */
  function whole(part) {
    if (typeof part === "number") return raw.subarray(at, at += part);
    if (Array.isArray(part)) return part.map(whole);
    Object.keys(part).forEach(function (name) { part[name] = whole(part[name]); });
    return part;
  }
  names.forEach(function (name) { if (name in tree) tree[name] = whole(tree[name]); });
  return tree;
};

/* A matrix of codes, rows × points (outputs/maps/run_map/likely_steps.py): for the points of a block a row takes the steps
   of a row before it, then what that guess misses. No guess passes `beyond`, nor leaves it; null: codes are differences. */
A92.codes = function (buffer, rows, points, Type, beyond) {
  "use strict";
  var BLOCK = 128, raw = new Uint8Array(buffer), out = new Type(rows * points), blocks = Math.ceil(points / BLOCK);
  var flags = rows * blocks, missed = A92.varints(raw, flags * (1 + BLOCK / 8));
  var lowest = beyond === null ? -65536 : 0, highest = beyond === null ? 65536 : beyond;
  for (var block = 0; block < blocks; block++) {
    for (var row = 0; row < rows; row++, flags += BLOCK / 8) {
      var back = raw[row * blocks + block] * points, from = row * points + block * BLOCK, n = Math.min(BLOCK, points - block * BLOCK);
      var code = block ? out[from - 1] : 0, like = block && back ? out[from - 1 - back] : 0;
      for (var k = 0; k < n; k++) {
        if (back) {
          var now = out[from + k - back];
          if (now !== like && code !== highest) {
            code += now - like;
            if (code < lowest) code = lowest; else if (code > highest) code = highest;
          }
          like = now;
        }
        if (raw[flags + (k >> 3)] & (128 >> (k & 7))) code += missed();
        out[from + k] = code;
      }
    }
  }
  return out;
};

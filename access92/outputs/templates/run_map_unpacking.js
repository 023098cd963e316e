/* access92, the page of a run. Arrays come as text of 91 signs, deflated (outputs/run_map/packing.py). */

/* Two signs for 13 bits, most significant first. */
A92.base91 = function (text, from, length) {
  "use strict";
  var out = new Uint8Array(length + 2), held = 0, bits = 0, at = 0;
  function value(i) { var code = text.charCodeAt(i); return code - (code > 60 ? 36 : 35); }
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
  var element = document.getElementById("a92-" + name), text = element.textContent, colon = text.indexOf(":");
  var packed = A92.base91(text, colon + 1, +text.slice(0, colon));
  element.remove();
  var stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
};

/* A matrix of codes, rows × points: steps from the point before, by blocks; far steps told apart. */
A92.codes = function (buffer, rows, points, Type) {
  "use strict";
  var BLOCK = 128, raw = new Uint8Array(buffer), out = new Type(rows * points);
  var view = new DataView(buffer), far = view.getInt32(0, true), base = 4 + 8 * far;
  for (var f = 0; f < far; f++) out[view.getInt32(4 + 8 * f, true)] = view.getInt32(8 + 8 * f, true);
  for (var row = 0; row < rows; row++) {
    for (var block = 0, value = 0, i = row * points, end = i + points; i < end; block++) {
      var from = base + (block * rows + row) * BLOCK, stop = Math.min(i + BLOCK, end);
      for (; i < stop; i++) { value += ((raw[from++] << 24) >> 24) + out[i]; out[i] = value; }
    }
  }
  return out;
};

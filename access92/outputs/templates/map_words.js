/* Numbers as French typography writes them (as outputs/words/typography.py). */
A92.number = function (value, decimals) {
  "use strict";
  if (!isFinite(value)) return "—";
  var parts = Math.abs(value).toFixed(decimals || 0).split(".");
  var text = parts[0].replace(/\B(?=(\d{3})+$)/g, "\u202f") + (parts[1] ? "," + parts[1] : "");
  return (value < 0 && /[1-9]/.test(text) ? "\u2212" : "") + text;
};
A92.signed = function (value, decimals) {
  "use strict";
  var text = A92.number(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
};
/* Never rounded up to 100 % nor down to 0 %. */
A92.percent = function (share) {
  "use strict";
  if (!isFinite(share)) return "—";
  var value = 100 * share, text = value.toFixed(1), sign = "";
  if (value === 0 || value === 100) return value + "\u202f%";
  if (value < 100 && text === "100.0") { sign = ">\u202f"; value = 99.9; }
  if (text === "0.0") { sign = "<\u202f"; value = 0.1; }
  return sign + A92.number(value, 1) + "\u202f%";
};
A92.plain = function (value) { "use strict"; return String(value).replace(".", ","); };
/* A number of what a public counts; `noun`: « habitant », « ménage », « logement ». */
A92.counted = function (value, noun) {
  "use strict";
  var text = value > 0 && value < 10 ? A92.number(value, 1) : A92.number(value);
  return text + "\u00a0" + noun + (value >= 2 ? "s" : "");
};
A92.lower = function (text) { "use strict"; return text.charAt(0).toLowerCase() + text.slice(1); };
/* Milliseconds as minutes with one decimal, cut, never rounded up to a threshold. */
A92.minutes = function (ms) { "use strict"; return A92.number(Math.floor(ms / 6000) / 10, 1) + "\u00a0min"; };

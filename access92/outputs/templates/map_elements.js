/* access92, what every page builds its elements with: text goes in as text, never as HTML. */
var A92 = {};

/* An element: its text, its attributes, its children (elements or texts). */
A92.make = function (tag, attributes, children) {
  "use strict";
  var element = document.createElement(tag);
  Object.keys(attributes || {}).forEach(function (name) {
    if (name === "text") element.textContent = attributes[name];
    else if (/^on|^style$|^srcdoc$/i.test(name)) throw new Error("attribute refused: " + name);
    else if (name === "href" && !/^https?:\/\//i.test(attributes[name])) return;
    else element.setAttribute(name, attributes[name]);
  });
  (children || []).forEach(function (child) { element.append(child); });
  return element;
};

/* A text for the few places where Leaflet takes HTML only. */
A92.escape = function (text) {
  "use strict";
  return String(text).replace(/[&<>"']/g, function (sign) { return "&#" + sign.charCodeAt(0) + ";"; });
};

/* Lines, the first one strong. */
A92.lines = function (lines) {
  "use strict";
  return A92.make("div", {}, lines.map(function (text, i) { return A92.make(i ? "div" : "strong", { text: text }); }));
};

A92.swatch = function (colour) {
  "use strict";
  var mark = A92.make("i", { class: "a92-swatch", "aria-hidden": "true" });
  mark.style.background = colour;
  return mark;
};

/* The sign of a service in a disc of its colour, for a marker. */
A92.pinSign = function (sign, colour) {
  "use strict";
  var mark = A92.make("span", { class: "a92-sign", text: sign });
  mark.style.background = colour;
  return mark;
};

/* The sheet of a service (map_words.service_sheets) under its name; `snap`: how far from the street. */
A92.sheet = function (service, snap) {
  "use strict";
  var sheet = service.sheet, list = A92.make("dl"), box = A92.make("div");
  if (sheet.move) box.append(A92.make("p", {}, [A92.make("strong", { text: sheet.move })]));
  box.append(A92.make("h2", { text: service.name }));
  if (sheet.doubt) box.append(A92.make("p", { class: "a92-warn", text: sheet.doubt }));
  sheet.rows.concat([["Rattachement", [snap]]]).forEach(function (row) {
    list.append(A92.make("dt", { text: row[0] }), A92.make("dd", {}, row[1].map(function (part) {
      return typeof part === "string" ? part : A92.make("a", { href: part[1], rel: "noopener noreferrer", text: part[0] });
    })));
  });
  box.append(list);
  return box;
};

/* The colours of the legend, which the page's policy keeps out of attributes. */
A92.paint = function (root) {
  "use strict";
  root.querySelectorAll("[data-fill]").forEach(function (mark) { mark.style.background = mark.dataset.fill; });
  root.querySelectorAll("[data-ink]").forEach(function (mark) { mark.style.color = mark.dataset.ink; });
};

/* access92, what every page builds its elements with: text goes in as text, never as HTML. */
/** @type {A92Scripts} */
var A92 = Object({});

/* An element of the page by its id. */
A92.byId = function (id) { "use strict"; return document.getElementById(id); };

/* The part of an element that a selector finds: it is there, or the page is not ours. */
A92.part = function (/** @type {ParentNode} */ root, /** @type {string} */ selector) {
  "use strict";
  var found = root.querySelector(selector);
  if (!found) throw new Error("no element: " + selector);
  return /** @type {HTMLElement} */ (found);
};

/* The item of a list that has a name. */
A92.named = function (list, name) {
  "use strict";
  var found = list.find(function (item) { return item.name === name; });
  if (!found) throw new Error("unknown name: " + name);
  return found;
};

/* An element: its text, its attributes, its children (elements or texts). */
A92.make = function (tag, attributes, children) {
  "use strict";
  var element = document.createElement(tag);
  Object.entries(attributes || {}).forEach(function (pair) {
    var name = pair[0], value = String(pair[1]);
    if (name === "text") element.textContent = value;
    else if (/^on|^style$|^srcdoc$/i.test(name)) throw new Error("attribute refused: " + name);
    else if (name === "href" && !/^https?:\/\//i.test(value)) return;
    else element.setAttribute(name, value);
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
  sheet.rows.concat([["Accès par la rue", [snap]]]).forEach(function (row) {
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
  /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-fill], [data-ink]")).forEach(function (mark) {
    if (mark.dataset.fill) mark.style.background = mark.dataset.fill;
    if (mark.dataset.ink) mark.style.color = mark.dataset.ink;
  });
};

/* Pins: one marker for all services at a place (within the study's `same_place_m`), a sign each, side by side. */

A92.PIN_MOST = 4; /* signs on one pin; of more the last says how many */

/* The services of a list by their place, in the order of the first of each: [[index, …], …]. One without a place stands alone. */
A92.byPlace = function (services) {
  "use strict";
  var /** @type {number[][]} */ groups = [], known = new Map();
  services.forEach(function (service, i) {
    var key = service.place === undefined || service.place === null ? "alone" + i : service.place;
    if (!known.has(key)) { known.set(key, []); groups.push(known.get(key)); }
    known.get(key).push(i);
  });
  return groups;
};

/* A marker whose signs show(list) sets: [{sign, colour, name, note, doubt, removed, added, other, changed}], the first on the left. */
A92.pin = function (at, options) {
  "use strict";
  var box = A92.make("div", { class: "a92-signs" }), /** @type {PinSign[]} */ signs = [];
  var marker = /** @type {A92Pin} */ (L.marker(at, Object.assign({
    riseOnHover: true, icon: L.divIcon({ className: "a92-pin", iconSize: [18, 18], popupAnchor: [0, -6], html: box })
  }, options)));
  function label() {
    var element = marker.getElement();
    if (!element) return;
    element.title = signs.map(function (item) { return item.name; }).join("\u202f; ");
    element.setAttribute("aria-label", signs.map(function (item) { return item.name + (item.note ? " (" + item.note + ")" : ""); }).join("\u202f; "));
    for (var n = 2; n <= A92.PIN_MOST; n++) element.classList.toggle("a92-n" + n, Math.min(signs.length, A92.PIN_MOST) === n);
  }
  marker.on("add", label);
  /* How many signs wide it is: no name is written under it. */
  marker.signs = function () { return Math.max(1, Math.min(signs.length, A92.PIN_MOST)); };
  marker.show = function (list) {
    if (JSON.stringify(list) === JSON.stringify(signs)) return;
    signs = list;
    var more = list.length - A92.PIN_MOST + 1, seen = more > 1 ? list.slice(0, A92.PIN_MOST - 1) : list;
    box.replaceChildren.apply(box, seen.map(function (item) {
      var mark = A92.pinSign(item.sign, item.colour);
      /** @type {("doubt" | "removed" | "added" | "other" | "changed")[]} */ (["doubt", "removed", "added", "other", "changed"]).forEach(function (name) { mark.classList.toggle("a92-" + name, !!item[name]); });
      return mark;
    }));
    if (more > 1) box.append(A92.pinSign("+" + more, "#333"));
    label();
  };
  return marker;
};

/* Where the pins that are on the map stand, as fractions of the world, and half their width in pixels: no name is written under one. */
A92.markedPlaces = function (map, pins) {
  "use strict";
  var isClose = map.getContainer().classList.contains("a92-close");
  return pins.filter(function (pin) { return map.hasLayer(pin.marker); }).map(function (pin) {
    var at = map.options.crs.latLngToPoint(pin.marker.getLatLng(), 0), n = pin.marker.signs();
    return [at.x / 256, at.y / 256, isClose ? 1 + 9 * n : 5 + 5 * n];
  });
};

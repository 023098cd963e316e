/* The search: communes, postcodes, stations, places, services and streets by name, as a list that the keyboard walks. */
A92.finder = function (app) {
  "use strict";
  var data = app.data, map = app.map, MOST = 8;
  var byId = A92.byId;
  var field = byId("a92-search"), list = byId("a92-found"), status = byId("a92-search-said");
  var /** @type {Record<string, string>} */ KINDS = { area: "commune", postcode: "code postal", service: "service", station: "gare", place: "lieu", street: "rue" };
  var /** @type {SearchTarget[]} */ targets = [], /** @type {FoundTarget[]} */ shown = [], active = -1, /** @type {LMarker | null} */ spot = null;

  function add(/** @type {string} */ kind, /** @type {string} */ name, /** @type {string} */ detail, /** @type {() => void} */ go) {
    targets.push({ kind: kind, rank: Object.keys(KINDS).indexOf(kind), name: name, detail: detail, plain: A92.Matching.plain(name), go: go });
  }
  /* A place without a mark of its own is ringed until the next search. */
  function point(/** @type {number[]} */ at, /** @type {number} */ zoom, /** @type {string} */ name) {
    if (spot) spot.remove();
    var latLng = app.latLng(at[0], at[1]);
    map.setView(latLng, Math.max(zoom, map.getZoom()), { animate: false });
    spot = L.circleMarker(latLng, { radius: 14, color: "#000", weight: 3, fill: false, interactive: false, className: "a92-spot" }).addTo(map);
    spot.bindTooltip(A92.escape(name), { permanent: true, direction: "top", offset: [0, -12], className: "a92-tip" });
  }
  function within(/** @type {number} */ area) { return area >= 0 ? data.areas[area] : ""; }

  data.areas.forEach(function (name, i) {
    add("area", name, "", function () { app.goToArea(i); });
    if (data.area_ids[i] !== name) add("area", data.area_ids[i], name, function () { app.goToArea(i); });
  });
  data.postcodes.forEach(function (row) {
    row[1].forEach(function (area) { add("postcode", row[0], within(area), function () { app.goToArea(area); }); });
  });
  data.services.forEach(function (service, row) {
    var kind = data.kinds.find(function (item) { return item.name === service.kinds[0]; });
    add("service", service.name, kind ? kind.label : "", function () { app.goToService(row); });
  });
  /* Those of the backdrop, once it is there; streets once somebody searches: they are many. */
  app.addPlacesToSearch = function (names) {
    names.forEach(function (name) {
      if (name.kind !== "station" && name.kind !== "place") return;
      add(name.kind, name.text, within(app.areaAt(name.at)), function () { point(name.at, name.kind === "station" ? 15 : 14, name.text); });
    });
  };
  var /** @type {Promise<void> | null} */ streets = null;
  app.loadStreetNames = function () {
    streets = streets || A92.unpack("names").then(function (buffer) {
      var rows = A92.namedSpots(A92.tree(buffer, ["rows"]), data.grid, 3);
      rows.forEach(function (row) {
        add("street", row.text, within(row.more[2]), function () { point(row.at, 16, row.text); });
      });
      app.showStreetNames(A92.streetNames(rows));
    });
    return streets;
  };
  function whenNear() { if (map.getZoom() >= 15.5) app.loadStreetNames(); }
  map.on("zoomend", whenNear);

  function close() {
    shown = []; active = -1;
    list.hidden = true; list.replaceChildren();
    field.setAttribute("aria-expanded", "false"); field.removeAttribute("aria-activedescendant");
  }
  function mark(/** @type {number} */ at) {
    active = at;
    Array.from(list.children).forEach(function (item, i) { item.setAttribute("aria-selected", i === at); });
    if (at < 0) { field.removeAttribute("aria-activedescendant"); return; }
    field.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  }
  function go(/** @type {SearchTarget} */ target, /** @type {boolean} */ isMiss) {
    close();
    field.value = target.name;
    app.closeSheet();
    target.go();
    status.textContent = (isMiss ? "Nom le plus proche\u00a0: " : "Carte centrée sur ") + target.name + (target.detail ? " (" + target.detail + ")" : "") + ".";
  }
  function suggest() {
    var typed = field.value;
    close();
    if (typed.trim().length < 2) { status.textContent = ""; return; }
    shown = A92.Matching.find(typed, targets, MOST);
    list.append.apply(list, shown.map(function (item, i) {
      var option = A92.make("li", { role: "option", id: "a92-found-" + i, "aria-selected": "false" }, [
        A92.make("span", { text: item.target.name }), " ",
        A92.make("span", { class: "a92-small", text: KINDS[item.target.kind] + (item.target.detail ? ", " + item.target.detail : "") })
      ]);
      option.addEventListener("mousedown", function (event) { event.preventDefault(); }); /* the field keeps the focus */
      option.addEventListener("click", function () { go(item.target, item.isMiss); });
      return option;
    }));
    list.hidden = !shown.length;
    field.setAttribute("aria-expanded", String(shown.length > 0));
    status.textContent = !shown.length ? A92.Matching.nothing(typed) :
      shown[0].isMiss ? "Rien de ce nom exactement\u00a0; le plus proche\u00a0: " + shown[0].target.name + "." :
        shown.length + (shown.length > 1 ? " réponses" : " réponse") + (shown.length === MOST ? " au moins" : "") + ".";
  }
  field.addEventListener("focus", function () { app.loadStreetNames(); });
  field.addEventListener("input", function () { app.loadStreetNames().then(function () { if (document.activeElement === field) suggest(); }); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !list.hidden) { close(); event.preventDefault(); }
    if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || !shown.length) return;
    event.preventDefault();
    mark((active + (event.key === "ArrowDown" ? 1 : shown.length - 1 + (active < 0 ? 1 : 0))) % shown.length);
  });
  byId("a92-search-form").addEventListener("submit", function (event) {
    event.preventDefault();
    var chosen = active >= 0 ? shown[active] : null;
    if (chosen) { go(chosen.target, chosen.isMiss); return; }
    Promise.all([app.begun, app.loadStreetNames()]).then(function () {
      var best = A92.Matching.find(field.value, targets, 1)[0];
      if (best) go(best.target, best.isMiss);
      else if (field.value.trim()) status.textContent = A92.Matching.nothing(field.value);
    });
  });
};

/* The chart of the travel time against the minute of departure: a stair for those who ride, a dashed line for those who
   walk all the way, a line at the percentile. It is drawn of `profile` (A92.Trips.profile). */
A92.tripChart = function (profile, look) {
  "use strict";
  var WIDE = 350, HIGH = 158, LEFT = 30, RIGHT = 6, TOP = 14, BOTTOM = 20, n = profile.length;
  function svg(/** @type {string} */ tag, /** @type {Record<string, string | number>} */ attributes, /** @type {Child[]} */ children = []) {
    var element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    children.forEach(function (child) { element.append(child); });
    return element;
  }
  var times = profile.map(function (item) { return item.seconds === null ? null : item.seconds / 60; });
  var known = times.filter(function (value) { return value !== null; }), most = Math.max.apply(null, known), least = Math.min.apply(null, known);
  /* The axis begins at nought but where all times are long: their stairs would be flat. It says so by its numbers. */
  var span = least > most / 2 ? most - least / 1.25 : most;
  var step = [1, 2, 5, 10, 15, 20, 30].find(function (value) { return span / value <= 5; }) || 60;
  var top = step * Math.ceil((most + 0.01) / step), low = least > most / 2 ? step * Math.floor(least / 1.25 / step) : 0;
  function x(/** @type {number} */ minute) { return LEFT + (WIDE - LEFT - RIGHT) * minute / n; }
  function y(/** @type {number} */ value) { return TOP + (HIGH - TOP - BOTTOM) * (top - value) / (top - low); }
  var parts = [], at, k;
  for (at = low; at <= top; at += step) {
    parts.push(svg("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y(at), y2: y(at), stroke: "#ddd" }));
    parts.push(svg("text", { x: LEFT - 4, y: y(at) + 3.5, "text-anchor": "end", "font-size": 10, fill: "#3a3a3a" }, [String(at)]));
  }
  parts.push(svg("text", { x: 0, y: 9, "font-size": 10, fill: "#3a3a3a" }, ["minutes" + (profile.some(function (item) { return item.seconds !== null && !item.node; }) ? " (tirets\u00a0: à pied)" : "")]));
  var every = [15, 30, 60].find(function (value) { return n / value <= 6; }) || 120;
  for (k = 0; k <= n; k += every) parts.push(svg("text", { x: x(k), y: HIGH - 5, "text-anchor": k ? k + every > n ? "end" : "middle" : "start", "font-size": 10, fill: "#3a3a3a" }, [A92.clock(profile[0].at + 60 * k)]));
  /* Each minute is a tread; rides and walks are drawn apart, and nothing where there is no trip. */
  [{ rides: true, colour: "#0d4f9e", dashes: "" }, { rides: false, colour: "#8a5a00", dashes: "4 3" }].forEach(function (ink) {
    var path = "", open = false;
    for (k = 0; k < n; k++) {
      var value = times[k], isIn = value !== null && !!profile[k].node === ink.rides;
      if (value !== null && isIn) path += (open ? "L" : "M") + x(k).toFixed(1) + " " + y(value).toFixed(1) + "H" + x(k + 1).toFixed(1);
      open = isIn;
    }
    if (path) parts.push(svg("path", { d: path, fill: "none", stroke: ink.colour, "stroke-width": 2, "stroke-dasharray": ink.dashes }));
  });
  if (look.percentile !== null) {
    var level = y(look.percentile / 60);
    parts.push(svg("line", { x1: LEFT, x2: WIDE - RIGHT, y1: level, y2: level, stroke: "#000", "stroke-width": 1, "stroke-dasharray": "1 2" }));
    parts.push(svg("text", { x: WIDE - RIGHT, y: 9, "text-anchor": "end", "font-size": 10.5, "font-weight": 600, fill: "#000" }, ["pointillés\u00a0: " + look.label + " " + look.tenths(look.percentile)]));
  }
  var rule = svg("line", { y1: TOP, y2: HIGH - BOTTOM, stroke: "#000", "stroke-width": 1.2 }), dot = svg("circle", { r: 4, fill: "#fff", stroke: "#000", "stroke-width": 2 });
  parts.push(svg("g", {}, [rule, dot]));
  /* What the drawing says, for those who do not see it. */
  var walks = profile.filter(function (item) { return item.seconds !== null && !item.node; }).length, none = n - known.length;
  var words = "Temps de trajet selon la minute de départ, de " + A92.clock(profile[0].at) + " à " + A92.clock(profile[n - 1].at + 60) + "\u00a0: de " +
    look.tenths(60 * least) + " à " + look.tenths(60 * most) + (look.percentile === null ? "" : ", " + look.label + " " + look.tenths(look.percentile)) +
    (walks ? "\u202f; à pied de bout en bout à " + walks + " minutes sur " + n : "") + (none ? "\u202f; aucun trajet à " + none + " minutes" : "") + ". Le tableau « Les chiffres » donne chaque minute.";
  var image = svg("svg", { viewBox: "0 0 " + WIDE + " " + HIGH, role: "img", "aria-label": words, id: "a92-trip-chart" }, parts);
  return {
    element: image,
    mark: function (minute) {
      var middle = x(minute + 0.5), value = times[minute];
      rule.setAttribute("x1", middle); rule.setAttribute("x2", middle);
      dot.setAttribute("cx", middle); dot.setAttribute("cy", value === null ? HIGH - BOTTOM : y(value));
    },
    minuteAt: function (event) {
      var bounds = image.getBoundingClientRect(), along = (event.clientX - bounds.left) * WIDE / bounds.width;
      return Math.max(0, Math.min(n - 1, Math.floor(n * (along - LEFT) / (WIDE - LEFT - RIGHT))));
    }
  };
};

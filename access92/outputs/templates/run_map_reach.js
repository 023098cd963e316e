/* The isochrone of a service that the run has not drawn (new, moved, by another pace, with closed streets): the streets from
   which it is reached in time, cut where time runs out, as wide as a place may be off them. A drawing: no figure comes from it. */
A92.REACH_M = 30;
/* Bands of at most as many pixels are drawn by a mask. */
A92.FINE_PX = 10;

/* A picture of bands: of each pixel the colour of the last line within half a width, each line run through by a disc. */
A92.Mask = /** @type {A92Scripts["Mask"]} */ (/** @type {unknown} */ (/** @this {A92Mask} @param {number} width @param {number} height @param {number} wide */ function (width, height, wide) {
  "use strict";
  var radius = wide / 2, rows = Math.floor(radius);
  this.width = width; this.height = height;
  this.step = Math.max(1, radius / 2);
  this.rows = rows;
  /** @type {number[]} */
  this.spans = [];
  for (var dy = -rows; dy <= rows; dy++) this.spans.push(Math.floor(Math.sqrt(radius * radius - dy * dy)));
  this.pixels = new ImageData(width, height);
  this.words = new Uint32Array(this.pixels.data.buffer);
  this.word = 0;
}));
/** @type {A92Mask["colour"]} */
A92.Mask.prototype.colour = function (colour) {
  "use strict";
  var bytes = new Uint8Array([1, 3, 5].map(function (at) { return parseInt(colour.slice(at, at + 2), 16); }).concat(255));
  this.word = new Uint32Array(bytes.buffer)[0]; /* as this machine orders bytes */
};
/** @type {A92Mask["line"]} */
A92.Mask.prototype.line = function (line) {
  "use strict";
  this.disc(line[0], line[1]);
  for (var k = 2; k < line.length; k += 2) {
    var dx = line[k] - line[k - 2], dy = line[k + 1] - line[k - 1], steps = Math.ceil(Math.hypot(dx, dy) / this.step);
    for (var i = 1; i <= steps; i++) this.disc(line[k - 2] + dx * i / steps, line[k - 1] + dy * i / steps);
  }
};
/** @type {A92Mask["disc"]} */
A92.Mask.prototype.disc = function (x, y) {
  "use strict";
  var column = Math.round(x), row = Math.round(y), rows = this.rows, width = this.width;
  for (var dy = -rows; dy <= rows; dy++) {
    var at = row + dy, span = this.spans[dy + rows];
    if (at < 0 || at >= this.height) continue;
    var from = Math.max(0, column - span), to = Math.min(width - 1, column + span);
    for (var k = at * width + from, end = at * width + to; k <= end; k++) this.words[k] = this.word;
  }
};
/** @type {A92Mask["onto"]} */
A92.Mask.prototype.onto = function (canvas) {
  "use strict";
  canvas.width = this.width; canvas.height = this.height;
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(this.pixels, 0, 0);
  return canvas;
};

/* The parts of streets, [street, from, to] (0 to 1), from which a place with these seeds is reached in `limit` ms. `own`: its
   links, whose streets are reached without their ends. */
A92.reachedParts = function (ground, seeds, own, limit) {
  "use strict";
  var network = ground.network, times = ground.times, scratch = ground.scratch, whole = scratch.limit, /** @type {ReachedPart[]} */ parts = [];
  scratch.limit = limit;
  var reached = A92.search(ground.graph, seeds.node, seeds.ms, seeds.node.length, scratch), time = scratch.time;
  scratch.limit = whole;
  network.used.forEach(function (s) {
    var ahead = times.forward[s], back = times.backward[s], from = 1, to = 0;
    if (ahead !== A92.CLOSED && time[network.leaveTo[s]] <= limit) from = Math.max(0, 1 - (limit - time[network.leaveTo[s]]) / ahead);
    if (back !== A92.CLOSED && time[network.leaveFrom[s]] <= limit) to = Math.min(1, (limit - time[network.leaveFrom[s]]) / back);
    if (from <= to) { if (from < 1 || to > 0) parts.push([s, 0, 1]); return; }
    if (from < 1) parts.push([s, from, 1]);
    if (to > 0) parts.push([s, 0, to]);
  });
  A92.cleanScratch(scratch, reached);
  own.forEach(function (link) {
    var left = limit - A92.legMs(link.metres, network.accessKmh) - network.parkingMs, ahead = times.forward[link.street], back = times.backward[link.street];
    if (left <= 0) return;
    var from = ahead !== A92.CLOSED ? Math.max(0, link.position - left / ahead) : link.position;
    var to = back !== A92.CLOSED ? Math.min(1, link.position + left / back) : link.position;
    if (from < to) parts.push([link.street, from, to]);
  });
  return parts;
};

A92.reachLayer = function (app) {
  "use strict";
  var map = app.map, data = app.data, model = app.model, state = app.state, /** @type {{ x: Float64Array; y: Float64Array } | null} */ world = null, /** @type {{ key: string; layers: { colour: string; parts: ReachedPart[] }[] }} */ made = { key: "", layers: [] };
  /* Vertices as fractions of the world, projected at the first need. */
  function worldOf(/** @type {Streets} */ streets) {
    if (world) return world;
    var project = A92.polynomials(data.network.projection.to_world), n = streets.x.length;
    world = { x: new Float64Array(n), y: new Float64Array(n) };
    for (var k = 0; k < n; k++) { var at = project(streets.x[k], streets.y[k]); world.x[k] = at[0]; world.y[k] = at[1]; }
    return world;
  }
  function providers() {
    if (state.view === "difference" || !model.grounds.searches(state.mode) || !app.after) return [];
    var all = model.rows(state.scenario, state.rule, state.trial).concat(model.placeRows(state.rule, state.trial));
    if (state.chosen !== null) all = [state.chosen];
    return all.filter(function (provider) { return provider < 0 || state.trial.moved.has(provider) || !app.isDrawnByRun(); });
  }
  app.hasReach = function () { return providers().length > 0; };
  function layers() {
    var list = providers();
    if (!list.length) return [];
    var rows = list.map(function (provider) { return model.searched(state.scenario, state.mode, provider, state.trial); }), ground = rows[0].ground;
    var bounds = data.thresholds.filter(function (value) { return value < state.threshold && state.chosen === null; }).concat([state.threshold]).reverse();
    var key = [ground.key, bounds.join(), state.threshold].concat(list.map(function (provider) {
      var place = provider < -1 ? state.trial.places[-2 - provider] : null, at = place ? [place.lon, place.lat] : state.trial.moved.get(provider);
      return at ? at.join() : provider;
    })).join(";");
    if (key !== made.key) {
      var /** @type {number[]} */ node = [], /** @type {number[]} */ ms = [], /** @type {PlaceLink[]} */ own = [];
      rows.forEach(function (row) {
        var seeds = A92.seedsOf(ground.network, ground.times, row.links);
        node = node.concat(seeds.node); ms = ms.concat(seeds.ms); own = own.concat(row.links);
      });
      made = { key: key, layers: bounds.map(function (bound) {
        return { colour: app.colourUnder(bound), parts: A92.reachedParts(ground, { node: node, ms: ms }, own, bound * 60000 - 1) };
      }) };
    }
    return made.layers;
  }
  /* The lines of a layer in pixels of the drawing, each [x, y, x, y…]; those far from the view left out. */
  function lines(/** @type {ReachedPart[]} */ parts, /** @type {Streets} */ streets, /** @type {number} */ scale, /** @type {LPoint} */ origin, /** @type {LPoint} */ full, /** @type {(line: number[]) => void} */ draw) {
    var at = worldOf(streets), far = 400;
    parts.forEach(function (part) {
      var s = part[0], first = streets.first[s], last = streets.first[s + 1] - 1, x = at.x[first] * scale - origin.x, y = at.y[first] * scale - origin.y;
      if (x < -far || y < -far || x > full.x + far || y > full.y + far) return;
      var a = part[1] * streets.drawn[s], b = part[2] * streets.drawn[s], /** @type {number[]} */ line = [];
      function to(/** @type {number} */ k, /** @type {number} */ metres) {
        var size = streets.before[k + 1] - streets.before[k], share = size > 0 ? Math.min(1, Math.max(0, (metres - streets.before[k]) / size)) : 0;
        line.push((at.x[k] + share * (at.x[k + 1] - at.x[k])) * scale - origin.x, (at.y[k] + share * (at.y[k + 1] - at.y[k])) * scale - origin.y);
      }
      for (var k = first; k < last; k++) {
        if (streets.before[k + 1] < a || streets.before[k] > b) continue;
        if (!line.length) to(k, Math.max(a, streets.before[k]));
        to(k, Math.min(b, streets.before[k + 1]));
      }
      if (line.length) draw(line);
    });
  }
  var /** @type {HTMLCanvasElement | null} */ sheet = null;
  var drawing = new A92.Drawing("a92-isochrones", function (context, scale, origin, zoom, full) {
    var all = layers(), streets = model.grounds.ready.network;
    if (!all.length) return;
    /* Widths on the ground become pixels at the middle of the view. */
    var pixels = scale / (40075016.686 * Math.cos(map.getCenter().lat * Math.PI / 180)), wide = Math.max(2.5, 2 * A92.REACH_M * pixels);
    if (wide <= A92.FINE_PX) {
      /* Thin bands of all the streets of a département: a browser takes a second to draw their paths, a mask some milliseconds. */
      var mask = new A92.Mask(full.x, full.y, wide);
      all.forEach(function (layer) { mask.colour(layer.colour); lines(layer.parts, streets, scale, origin, full, function (line) { mask.line(line); }); });
      sheet = sheet || document.createElement("canvas");
      context.drawImage(mask.onto(sheet), 0, 0);
      return;
    }
    context.lineCap = context.lineJoin = "round";
    all.forEach(function (layer) {
      context.beginPath();
      lines(layer.parts, streets, scale, origin, full, function (line) {
        context.moveTo(line[0], line[1]);
        for (var k = 2; k < line.length; k += 2) context.lineTo(line[k], line[k + 1]);
      });
      context.strokeStyle = layer.colour; context.lineWidth = wide;
      context.stroke();
    });
  });
  /* Shown and hidden with those of the run. */
  app.reachDrawing = drawing;
  drawing.addTo(map);
  var redraw = app.redraw;
  app.redraw = function () { redraw(); drawing.redraw(); };
  var box = Array.from(document.querySelectorAll("#a92-layers label")).find(function (label) { return /Isochrones/.test(label.textContent); });
  var input = box && box.querySelector("input");
  if (input) input.addEventListener("change", function () { if (input && input.checked) drawing.addTo(map); else drawing.remove(); });
};

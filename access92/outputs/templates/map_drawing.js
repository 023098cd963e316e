/* A canvas over the view, drawn again after each move: draw(context, scale, origin, zoom, size). */
A92.Drawing = L.Layer.extend({
  initialize: function (pane, draw) { this._paneName = pane; this._draw = draw; },
  onAdd: function (map) {
    this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated");
    this._canvas.setAttribute("aria-hidden", "true");
    map.getPane(this._paneName).appendChild(this._canvas);
    this.redraw();
  },
  onRemove: function () { L.DomUtil.remove(this._canvas); },
  getEvents: function () { return { moveend: this.redraw, resize: this.redraw, zoomanim: this._animate }; },
  _animate: function (event) {
    var map = /** @type {LMap} */ (this._map), scale = map.getZoomScale(event.zoom, this._zoom);
    L.DomUtil.setTransform(this._canvas, map._latLngToNewLayerPoint(this._corner, event.zoom, event.center), scale);
  },
  redraw: function () {
    "use strict";
    var map = this._map;
    if (!map) return;
    var isPaper = document.documentElement.classList.contains("a92-paper");
    var size = map.getSize(), pad = size.multiplyBy(0.12).round(), ratio = isPaper ? 2 : Math.min(2, window.devicePixelRatio || 1);
    var corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)), full = size.add(pad.multiplyBy(2));
    this._zoom = map.getZoom();
    this._corner = map.layerPointToLatLng(corner);
    /* Chromium prints a canvas by drawing it again on the page, where what clears it clears all beneath: paper gets a new one, which
       the drawing was copied onto. */
    var screen = this._canvas;
    if (isPaper) this._canvas = /** @type {HTMLCanvasElement} */ (screen.cloneNode());
    if (isPaper || this._canvas.width !== Math.round(full.x * ratio) || this._canvas.height !== Math.round(full.y * ratio)) {
      this._canvas.width = Math.round(full.x * ratio); this._canvas.height = Math.round(full.y * ratio);
      this._canvas.style.width = full.x + "px"; this._canvas.style.height = full.y + "px";
    }
    L.DomUtil.setTransform(this._canvas, corner, 1);
    var context = /** @type {CanvasRenderingContext2D} */ (this._canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, full.x, full.y);
    this._draw(context, 256 * Math.pow(2, this._zoom), map.getPixelOrigin().add(corner), this._zoom, full, ratio);
    if (!isPaper) return;
    var drawn = this._canvas, printed = this._canvas = /** @type {HTMLCanvasElement} */ (drawn.cloneNode());
    /** @type {CanvasRenderingContext2D} */ (printed.getContext("2d")).drawImage(drawn, 0, 0);
    screen.replaceWith(printed);
  }
});

A92.STREETS = [["#b9a98c", 2.2, 0], ["#c4bba9", 1.5, 0], ["#cfcac0", 0.9, 11], ["#d8d5ce", 0.7, 12.5]];
A92.drawStreets = function (streets) {
  "use strict";
  return function (context, scale, origin, zoom, full) {
    for (var rank = streets.length - 1; rank >= 0; rank--) {
      if (zoom < A92.STREETS[rank][2]) continue;
      var p = streets[rank];
      context.strokeStyle = A92.STREETS[rank][0];
      context.lineWidth = A92.STREETS[rank][1] * Math.max(1, Math.pow(1.45, zoom - 13));
      context.lineCap = context.lineJoin = "round";
      context.beginPath();
      A92.traceLines(context, p, scale, origin, full, 500);
      context.stroke();
    }
  };
};
/* Lines, those left out that begin further than `far` from the view. */
A92.traceLines = function (context, p, scale, origin, full, far) {
  "use strict";
  for (var i = 0; i + 1 < p.start.length; i++) {
    var k = p.start[i], end = p.start[i + 1], x = p.x[k] * scale - origin.x, y = p.y[k] * scale - origin.y;
    if (far && (x < -far || y < -far || x > full.x + far || y > full.y + far)) continue;
    context.moveTo(x, y);
    for (k++; k < end; k++) context.lineTo(p.x[k] * scale - origin.x, p.y[k] * scale - origin.y);
  }
};

/* Polygons (each a list of packed paths) filled or stroked; shapes() gives [colour, path lists] from the ground up. */
A92.tracePaths = function (context, paths, scale, origin) {
  "use strict";
  for (var i = 0; i + 1 < paths.start.length; i++) {
    for (var k = paths.start[i], end = paths.start[i + 1]; k < end; k++) {
      var x = paths.x[k] * scale - origin.x, y = paths.y[k] * scale - origin.y;
      if (k === paths.start[i]) context.moveTo(x, y); else context.lineTo(x, y);
    }
    context.closePath();
  }
};
A92.drawShapes = function (shapes) {
  "use strict";
  return function (context, scale, origin) {
    shapes().forEach(function (shape) {
      context.beginPath();
      shape.polygons.forEach(function (paths) { A92.tracePaths(context, paths, scale, origin); });
      if (shape.fill) { context.fillStyle = shape.fill; context.fill("evenodd"); }
      (shape.strokes || []).forEach(function (stroke) {
        context.strokeStyle = stroke[0]; context.lineWidth = stroke[1]; context.lineJoin = "round"; context.stroke();
      });
    });
  };
};

/* What is around (outputs/maps/surroundings_layer.py): {green: shapes, rails: paths, names: as readNames gives them}. */
A92.GREEN = { wood: "#dde7d3", park: "#e2edd6", cemetery: "#e4e8de" };
A92.readAround = function (around, grid) {
  "use strict";
  var green = around.green || {};
  return {
    green: Object.keys(green).map(function (kind) {
      return { fill: A92.GREEN[kind], polygons: green[kind].map(function (text) { return A92.paths(text, grid); }) };
    }),
    rails: around.rails ? A92.paths(around.rails, grid) : null,
    names: A92.readNames(around, grid)
  };
};
/* Railways: a grey line with white sleepers once there is room for them. */
A92.drawRails = function (paths) {
  "use strict";
  return function (context, scale, origin, zoom, full) {
    if (!paths || zoom < 10.5) return;
    var wide = Math.max(0.6, Math.min(2.6, Math.pow(1.4, zoom - 13) * 1.4));
    context.lineCap = "butt"; context.lineJoin = "round";
    context.beginPath(); A92.traceLines(context, paths, scale, origin, full);
    context.strokeStyle = zoom < 12.5 ? "#bcb9c5" : "#a39fae"; context.lineWidth = wide; context.stroke();
    if (zoom < 13) return;
    context.setLineDash([7, 7]); context.strokeStyle = "#f6f4f0"; context.lineWidth = wide * 0.55; context.stroke();
    context.setLineDash([]);
  };
};
A92.radius = function (zoom) { "use strict"; return Math.min(7, Math.max(1, Math.pow(1.45, zoom - 11.5))); };

/* Points by class, each class over the one before; small ones as squares, crosses for what gets worse.
   lookOf() gives {classOf, colours, order, crosses, population}. */
A92.drawPoints = function (model, lookOf) {
  "use strict";
  return function (context, scale, origin, zoom, full, ratio) {
    var look = lookOf(), n = model.x.length, r = Math.max(A92.radius(zoom), look.least || 1);
    var w = Math.round(full.x * ratio), h = Math.round(full.y * ratio);
    if (2 * r * ratio < 6 && !look.crosses) { /* a square of pixels each, written at once */
      var image = context.createImageData(w, h), pixels = new Uint32Array(image.data.buffer);
      var side = Math.max(1, Math.round(2 * r * ratio)), half = side >> 1;
      var inks = look.colours.map(function (colour) {
        var v = parseInt(colour.slice(1), 16);
        return (0xff000000 | ((v & 255) << 16) | (v & 0xff00) | (v >> 16)) >>> 0;
      });
      look.order.forEach(function (c) {
        for (var i = 0; i < n; i++) {
          if (look.classOf[i] !== c || !(look.population[i] > 0)) continue;
          var x = Math.round((model.x[i] * scale - origin.x) * ratio) - half;
          var y = Math.round((model.y[i] * scale - origin.y) * ratio) - half;
          if (x < 0 || y < 0 || x + side > w || y + side > h) continue;
          for (var row = y; row < y + side; row++) pixels.fill(inks[c], row * w + x, row * w + x + side);
        }
      });
      context.putImageData(image, 0, 0);
      return;
    }
    look.order.forEach(function (c) {
      var cross = look.crosses && look.crosses[c];
      context.fillStyle = context.strokeStyle = look.colours[c];
      context.lineWidth = Math.max(1.4, 0.6 * r);
      context.beginPath();
      for (var i = 0; i < n; i++) {
        if (look.classOf[i] !== c || !(look.population[i] > 0)) continue;
        var x = model.x[i] * scale - origin.x, y = model.y[i] * scale - origin.y;
        if (x < -r || y < -r || x > full.x + r || y > full.y + r) continue;
        if (cross) {
          context.moveTo(x - r, y - r); context.lineTo(x + r, y + r);
          context.moveTo(x - r, y + r); context.lineTo(x + r, y - r);
        } else if (r < 2.5) context.rect(x - r, y - r, 2 * r, 2 * r);
        else { context.moveTo(x + r, y); context.arc(x, y, r, 0, 6.2832); }
      }
      if (cross) context.stroke(); else context.fill();
    });
  };
};

/* The place with people that is nearest to a point of the container, `reach` pixels away at most, or −1. */
A92.pointAt = function (map, places, population, at, reach) {
  "use strict";
  var scale = 256 * Math.pow(2, map.getZoom()), origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
  var best = -1, far = reach * reach / (scale * scale), cx = (at.x + origin.x) / scale, cy = (at.y + origin.y) / scale;
  for (var i = 0; i < population.length; i++) {
    var dx = places.x[i] - cx, dy = places.y[i] - cy, d = dx * dx + dy * dy;
    if (d < far && population[i] > 0) { far = d; best = i; }
  }
  return best;
};

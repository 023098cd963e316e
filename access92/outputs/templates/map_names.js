/* Names on the maps: which ones (outputs/maps/names_layer.py), from which zoom, and where there is room for them.
   A name: {at: fractions of the world, text, from: zoom, font, high: pixels, ink, kind}; along a street also turn: radians. */

/* From which zoom, weight and size: of communes, of places by rank, of stations, of streets by rank. */
A92.NAMES = {
  commune: [9.5, 700, 12], station: [13.5, "italic 400", 10.5],
  place: [[10, 600, 12.5], [11, 600, 11.5], [12, 600, 11], [12.75, 500, 11], [13.5, 500, 11], [14.25, 400, 10.5], [14.25, 400, 10.5]],
  river: [10.5, "italic 500", 11.5], water: [12.5, "italic 400", 10.5], green: [12.25, "italic 400", 10.5],
  street: [[13, 500, 10.5], [13.25, 500, 10.5], [14.25, 500, 10], [15.75, 400, 10], [16.5, 400, 10]]
};
A92.INKS = { commune: "#14263f", place: "#3f3b36", station: "#4a4457", street: "#5b4a2c", river: "#1f5a78", water: "#1f5a78", green: "#3f5f2c" };

/* Names and their spots: rows of steps, as names_layer.py packs them; `more`: how many numbers each row ends with. */
A92.namedSpots = function (table, grid, more) {
  "use strict";
  var rows = [], names = table ? table.names : [], next = A92.varints(A92.bytes(table ? table.rows : ""), 0), name = 0, x = 0, y = 0;
  for (var step = next(); step !== null; step = next()) {
    name += step; x += next(); y += next();
    rows.push({
      text: names[name], at: [grid[0] + x * grid[2], grid[1] + y * grid[2]],
      more: Array.from({ length: more }, next)
    });
  }
  return rows;
};
/* Names along streets: of rows that end with degrees and rank. */
A92.streetNames = function (rows) {
  "use strict";
  return rows.map(function (row) {
    var look = A92.NAMES.street[row.more[1]];
    /* read from left to right: a street that climbs more than it runs is read upwards */
    return { at: row.at, text: row.text, from: look[0], font: look[1] + " " + look[2] + "px", high: look[2], kind: "street",
      turn: (row.more[0] > 90 ? row.more[0] - 180 : row.more[0]) * Math.PI / 180 };
  });
};
/* What is around, the names that have the right of way first. */
A92.readNames = function (around, grid) {
  "use strict";
  function named(/** @type {[number, number, ...unknown[]]} */ row, /** @type {string} */ text, /** @type {NameLook} */ look, /** @type {string} */ kind) {
    return { at: [grid[0] + row[0] * grid[2], grid[1] + row[1] * grid[2]], text: text, kind: kind,
      from: look[0], font: look[1] + " " + look[2] + "px", high: look[2], mark: kind === "station" ? 12 : 0 };
  }
  return [
    ...(around.communes || []).map(function (row) { /* smaller where a whole study is seen: more of them have room */
      return Object.assign(named(row, row[2], A92.NAMES.commune, "commune"), { wide: "600 10px" });
    }),
    ...(around.places || []).map(function (row) { return named(row, row[3], A92.NAMES.place[row[2]], "place"); }),
    ...(around.stations || []).map(function (row) { return named(row, row[2], A92.NAMES.station, "station"); }),
    ...(around.nature || []).map(function (row) {
      var /** @type {"river" | "water" | "green"} */ kind = row[2] === "river" || row[2] === "water" ? row[2] : "green";
      return named(row, row[3], A92.NAMES[kind], kind);
    }),
    ...A92.streetNames(A92.namedSpots(around.roads, grid, 2))
  ];
};

/* Names over the people, those that come first before the others; a name that would touch another is left out. One that a
   service's mark would hide goes over, under or beside it where there is room, one along a street is left out.
   `marks`: places of the marks as fractions of the world, with half their width in pixels where it is not 10. */
A92.drawNames = Object.assign(/** @type {(names: () => MapName[], marks: () => number[][]) => Draw} */ (function (names, marks) {
  "use strict";
  var MARK = 10; /* pixels from the middle of a mark to its edge */
  function isFree(/** @type {Box[]} */ boxes, /** @type {Box} */ box) {
    return !boxes.some(function (other) {
      return Math.abs(other.x - box.x) < other.half + box.half && Math.abs(other.y - box.y) < other.high + box.high;
    });
  }
  /* Ways to write a name off a mark, the nearest first. */
  function ways(/** @type {Box} */ box, /** @type {Box} */ mark) {
    var found = [-1, 1, -2, 2].map(function (k) { return { x: box.x, y: box.y + k * (box.high + MARK) / 2 }; });
    found.push({ x: box.x, y: mark.y - mark.high - box.high }, { x: box.x, y: mark.y + mark.high + box.high });
    [1, -1].forEach(function (side) {
      var x = mark.x + side * (mark.half + box.half);
      if (Math.abs(x - box.x) <= box.half) found.push({ x: x, y: box.y });
    });
    return found.map(function (way) { return { x: way.x, y: way.y, half: box.half, high: box.high }; });
  }
  /* The room of a name along a street: squares one after the other. */
  function stretch(/** @type {MapName} */ name, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ half) {
    var side = name.high / 2 + 2, count = Math.max(2, Math.ceil(half / side) + 1);
    return Array.from({ length: count }, function (_, i) {
      var along = (2 * i / (count - 1) - 1) * Math.max(0, half - side);
      return { x: x + along * Math.cos((name.turn || 0)), y: y + along * Math.sin((name.turn || 0)), half: side, high: side };
    });
  }
  function fontOf(/** @type {MapName} */ name, /** @type {number} */ zoom) { return (name.wide && zoom < 11.75 ? name.wide : name.font) + " system-ui, sans-serif"; }
  return function (context, scale, origin, zoom, full) {
    var /** @type {NamedBox[]} */ boxes = [], /** @type {{ name: MapName; x: number; y: number; room: Box[] }[]} */ along = [], /** @type {Box[]} */ room = [], /** @type {string[]} */ drawn = [];
    A92.drawNames.drawn = drawn;
    var pins = marks().map(function (at) {
      return { x: at[0] * scale - origin.x, y: at[1] * scale - origin.y, half: at[2] || MARK, high: MARK };
    });
    function write(/** @type {MapName} */ name, /** @type {number} */ x, /** @type {number} */ y) {
      context.font = fontOf(name, zoom);
      context.strokeStyle = "rgba(255,255,255,.88)"; context.lineWidth = 3;
      context.strokeText(name.text, x, y);
      context.fillStyle = A92.INKS[name.kind || ""] || A92.INKS.place;
      context.fillText(name.text, x, y);
    }
    context.textAlign = "center"; context.textBaseline = "middle"; context.lineJoin = "round";
    names().forEach(function (name) {
      var x = name.at[0] * scale - origin.x, y = name.at[1] * scale - origin.y;
      if (x < -60 || y < -20 || x > full.x + 60 || y > full.y + 20) return;
      if (name.mark && zoom >= name.mark) {
        context.fillStyle = "#fff"; context.strokeStyle = "#5c5668"; context.lineWidth = 1.2;
        context.fillRect(x - 3, y - 3, 6, 6); context.strokeRect(x - 3, y - 3, 6, 6);
        y -= 10;
      }
      if (zoom < name.from) return;
      context.font = fontOf(name, zoom);
      var half = context.measureText(name.text).width / 2 + 3;
      if (name.turn !== undefined) { along.push({ name: name, x: x, y: y, room: stretch(name, x, y, half) }); return; }
      var box = { x: x, y: y, half: half, high: name.high / 2 + 2, name: name };
      /* a commune may be named a little beside its middle */
      if (name.kind === "commune" && !isFree(boxes, box)) {
        box.y = [y - 9, y + 9, y - 16, y + 16].find(function (other) { return isFree(boxes, { x: x, y: other, half: half, high: box.high }); }) || y;
      }
      if (isFree(boxes, box)) boxes.push(box);
    });
    boxes.forEach(function (box) { /* once all have their places, so that none that moves takes another's */
      var mark = pins.find(function (pin) { return !isFree([pin], box); }), others = boxes.filter(function (other) { return other !== box; });
      var way = mark && ways(box, mark).find(function (one) { return isFree(others, one) && isFree(pins, one); });
      if (way) { box.x = way.x; box.y = way.y; }
      write(box.name, box.x, box.y);
      drawn.push(box.name.text);
    });
    along.forEach(function (item) { /* last: a street gives way to all that has one place only */
      if (!item.room.every(function (box) { return isFree(boxes, box) && isFree(room, box) && isFree(pins, box); })) return;
      room = room.concat(item.room);
      context.save();
      context.translate(item.x, item.y); context.rotate(item.name.turn || 0);
      write(item.name, 0, 0);
      context.restore();
      drawn.push(item.name.text);
    });
  };
}), { drawn: /** @type {string[]} */ ([]) }); /* `drawn`: the names of the last drawing */

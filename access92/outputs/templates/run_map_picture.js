/* The view as an image: its sentence above, the map as it is shown, its legend, scale, north and sources. */
A92.picture = function (app) {
  "use strict";
  var container = app.map.getContainer(), box = container.getBoundingClientRect(), ratio = 2, GAP = 12, LINE = 20;
  var byId = A92.byId;
  function inside(/** @type {Element} */ element) {
    var at = element.getBoundingClientRect();
    return { x: at.left - box.left, y: at.top - box.top, width: at.width, height: at.height };
  }
  var canvas = document.createElement("canvas"), context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  var font = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif", width = Math.round(box.width);
  function wrapped(/** @type {string} */ text, /** @type {string | number} */ size, /** @type {string} */ weight, /** @type {number} */ room) {
    var /** @type {string[]} */ lines = [], line = "";
    context.font = weight + " " + size + "px " + font;
    text.replace(/\s+/g, function (space) { return /[\u00a0\u202f]/.test(space) ? space : " "; }).trim().split(" ").forEach(function (word) {
      if (line && context.measureText(line + " " + word).width > room) { lines.push(line); line = word; }
      else line = line ? line + " " + word : word;
    });
    return lines.concat(line).map(function (one) { return { text: one, font: context.font }; });
  }
  var figure = byId("a92-figure"), area = byId("a92-area"), trial = byId("a92-trial"), words = [A92.part(document, "h1").textContent];
  var lines = wrapped(words[0], 17, "700", width - 2 * GAP);
  Array.from(figure.children).forEach(function (line, i) { lines = lines.concat(wrapped(line.textContent, i < 2 ? 15 : 12, i ? "400" : "700", width - 2 * GAP)); });
  [area.hidden ? "" : A92.part(area, "p").textContent, trial.hidden ? "" : byId("a92-trial-words").textContent].filter(Boolean)
    .forEach(function (text) { lines = lines.concat(wrapped(text, 13, "400", width - 2 * GAP)); });
  var demo = document.querySelector(".a92-demo");
  if (demo) lines = lines.concat(wrapped(demo.textContent, 13, "700", width - 2 * GAP));
  var legend = Array.from(byId("a92-legend").querySelectorAll("tbody tr, .a92-kinds li")).map(function (row) {
    var mark = A92.part(row, "i, .a92-dot"), style = getComputedStyle(mark), cells = Array.from(row.querySelectorAll("th, td"));
    return { ink: style.backgroundColor, letter: mark.textContent, colour: style.color, isDot: mark.classList.contains("a92-dot"), isCross: mark.classList.contains("a92-cross"),
      text: (cells.length ? cells.map(function (cell) { return cell.textContent.replace("×", ""); }).join("   ") : row.textContent.slice(mark.textContent.length)) };
  });
  var caption = byId("a92-legend").querySelector("caption"), sources = wrapped(A92.part(container, ".leaflet-control-attribution").textContent, 11, "400", width - 2 * GAP);
  var columns = width > 700 ? 2 : 1, rows = Math.ceil(legend.length / columns), head = GAP + lines.length * LINE + 4;
  var foot = GAP + LINE + rows * LINE + sources.length * 15 + GAP, height = head + Math.round(box.height) + foot;
  canvas.width = width * ratio; canvas.height = height * ratio;
  context.scale(ratio, ratio);
  context.fillStyle = "#fff"; context.fillRect(0, 0, width, height);
  context.fillStyle = "#1a1a1a"; context.textBaseline = "top";
  lines.forEach(function (line, i) { context.font = line.font; context.fillText(line.text, GAP, GAP + i * LINE); });

  /* The map: our canvases from the ground up, lines, marks. Online images are left out: a browser lets no page read them. */
  context.save();
  context.translate(0, head);
  context.beginPath(); context.rect(0, 0, width, box.height); context.clip();
  context.fillStyle = "#f6f4ef"; context.fillRect(0, 0, width, box.height);
  function paneOf(/** @type {HTMLElement} */ layer) { return getComputedStyle(/** @type {HTMLElement} */ (layer.parentElement)); }
  Array.from(/** @type {NodeListOf<HTMLCanvasElement>} */ (container.querySelectorAll(".leaflet-pane > canvas")))
    .filter(function (layer) { return layer.isConnected && layer.width; })
    .sort(function (a, b) { return +paneOf(a).zIndex - +paneOf(b).zIndex; })
    .forEach(function (layer) {
      var at = inside(layer);
      context.globalAlpha = +paneOf(layer).opacity;
      context.drawImage(layer, at.x, at.y, at.width, at.height);
    });
  context.globalAlpha = 1;
  Array.from(/** @type {NodeListOf<SVGPathElement>} */ (container.querySelectorAll(".leaflet-pane svg path"))).forEach(function (path) {
    var style = getComputedStyle(path), matrix = path.getScreenCTM() || new DOMMatrix(), shape = new Path2D(path.getAttribute("d") || "");
    context.save();
    context.transform(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e - box.left, matrix.f - box.top);
    if (style.fill !== "none") { context.globalAlpha = +style.fillOpacity; context.fillStyle = style.fill; context.fill(shape, "evenodd"); }
    if (style.stroke !== "none") {
      context.globalAlpha = +style.strokeOpacity; context.strokeStyle = style.stroke; context.lineWidth = parseFloat(style.strokeWidth);
      context.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
      context.stroke(shape);
    }
    context.restore();
  });
  context.textAlign = "center"; context.textBaseline = "middle";
  Array.from(container.querySelectorAll(".leaflet-marker-pane .a92-sign")).forEach(function (sign) {
    var at = inside(sign), style = getComputedStyle(sign), r = at.width / 2, isGone = sign.classList.contains("a92-removed");
    context.beginPath();
    if (isGone) context.rect(at.x, at.y, at.width, at.height); else context.arc(at.x + r, at.y + r, r, 0, 6.2832);
    context.fillStyle = isGone ? "#bbb" : style.backgroundColor; context.fill();
    context.strokeStyle = sign.classList.contains("a92-doubt") ? "#ffd54a" : "#fff"; context.lineWidth = 1.5; context.stroke();
    context.font = "700 " + style.fontSize + " " + font; context.fillStyle = isGone ? "transparent" : style.color;
    context.fillText(sign.textContent, at.x + r, at.y + r + 0.5);
  });
  var scale = A92.part(container, ".leaflet-control-scale-line"), at = inside(scale);
  context.fillStyle = "rgba(255,255,255,.85)"; context.fillRect(at.x, at.y - 22, at.width, at.height + 22);
  context.strokeStyle = "#333"; context.lineWidth = 2; context.strokeRect(at.x, at.y + at.height - 6, at.width, 0.5);
  context.fillStyle = "#1a1a1a"; context.font = "12px " + font;
  context.fillText(scale.textContent, at.x + at.width / 2, at.y + at.height / 2 - 3);
  context.font = "700 13px " + font; context.fillText("N ↑", at.x + at.width - 16, at.y - 11);
  context.restore();

  context.textAlign = "left"; context.textBaseline = "middle";
  var y = head + Math.round(box.height) + GAP;
  context.font = "600 12px " + font; context.fillStyle = "#1a1a1a";
  if (caption) context.fillText(caption.textContent, GAP, y + 4);
  legend.forEach(function (item, i) {
    var x = GAP + Math.floor(i / rows) * width / columns, top = y + LINE + (i % rows) * LINE;
    context.fillStyle = item.isCross ? item.colour : item.ink;
    if (item.isCross) { context.font = "800 15px " + font; context.fillText("×", x + 2, top); }
    else if (item.isDot) { context.beginPath(); context.arc(x + 7, top, 8, 0, 6.2832); context.fill(); }
    else context.fillRect(x, top - 6, 13, 13);
    if (item.isDot) { context.fillStyle = "#fff"; context.font = "700 11px " + font; context.textAlign = "center"; context.fillText(item.letter, x + 7, top + 0.5); context.textAlign = "left"; }
    context.fillStyle = "#1a1a1a"; context.font = "12px " + font; context.fillText(item.text.trim(), x + 22, top);
  });
  sources.forEach(function (line, i) {
    context.font = line.font; context.fillStyle = "#3a3a3a";
    context.fillText(line.text, GAP, y + LINE + rows * LINE + 6 + i * 15);
  });
  return new Promise(function (done) { canvas.toBlob(done, "image/png"); });
};

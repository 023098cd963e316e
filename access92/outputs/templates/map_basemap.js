/* The online base map that a study may ask for. Our own backdrop stays until its first image has come, and is there again
   when none comes: offline the page shows what it always shows. */

/* `item`: {url, host, label, attribution, max_zoom} of basemaps.py; follow(state) is called with "loading", "shown", "failed"
   and "off". A layer, to be added to the map and taken away as any other. */
A92.onlineBasemap = function (item, follow) {
  "use strict";
  var layer = L.tileLayer(item.url, { attribution: A92.escape(item.attribution), maxNativeZoom: item.max_zoom, maxZoom: 22, minZoom: 1 });
  var loaded = 0, failed = 0;
  layer.on("add", function () { loaded = failed = 0; follow("loading"); });
  layer.on("remove", function () { follow("off"); });
  layer.on("tileload", function () { if (!loaded++) follow("shown"); });
  layer.on("tileerror", function () { if (!loaded && ++failed === 4) follow("failed"); });
  return layer;
};
A92.onlineWords = function (item, state) {
  "use strict";
  return state === "failed" ? "Fond en ligne injoignable (" + item.host + ")\u00a0: la carte garde le fond de l’étude." :
    state === "off" ? "" : "Fond en ligne\u00a0: des images sont demandées à " + item.host + ", qui voit quelle zone vous regardez.";
};

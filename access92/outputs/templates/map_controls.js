/* Controls that all maps share: scale, north, and the way back to the whole study. */

/* The scale, and beside it where the north is: up, as on every map in Web Mercator. */
A92.addScale = function (map) {
  "use strict";
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 160 }).addTo(map);
  var north = L.control({ position: "bottomright" });
  north.onAdd = function () {
    return A92.make("div", { class: "a92-north", role: "img", "aria-label": "Le nord est en haut" }, [
      A92.make("span", { "aria-hidden": "true", text: "N" }), A92.make("span", { "aria-hidden": "true", text: "↑" })
    ]);
  };
  north.addTo(map);
};

/* A button under those of the zoom that shows all areas; `name`: as the study calls them together. */
A92.addWhole = function (map, name, show) {
  "use strict";
  var whole = L.control({ position: "topleft" });
  whole.onAdd = function () {
    var button = A92.make("button", { type: "button", class: "a92-whole", text: name, title: "Voir " + name });
    button.addEventListener("click", show);
    var box = A92.make("div", { class: "leaflet-bar" }, [button]);
    L.DomEvent.disableClickPropagation(box);
    return box;
  };
  whole.addTo(map);
};

/* From which zoom the signs of services are read: larger, with their letters. */
A92.followZoom = function (map) {
  "use strict";
  function closeUp() { map.getContainer().classList.toggle("a92-close", map.getZoom() >= 13); }
  map.on("zoomend", closeUp);
  closeUp();
};
/* The button that closes a popup, in French. */
A92.nameClose = function (map) {
  "use strict";
  map.on("popupopen", function (event) {
    var close = /** @type {HTMLElement | null} */ (event.popup.getElement().querySelector(".leaflet-popup-close-button"));
    if (close) { close.setAttribute("aria-label", "Fermer"); close.title = "Fermer"; }
  });
};

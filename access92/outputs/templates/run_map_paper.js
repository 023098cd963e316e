/* Printing the page of a run: the paper that the reader chooses, whichever way printing begins. */
A92.paper = function (app) {
  "use strict";
  var byId = A92.byId, /** @type {((value: unknown) => void) | null} */ release = null;
  function above() {
    return [A92.part(document, "#a92-side header"), byId("a92-answer")].map(function (part) {
      var copy = /** @type {HTMLElement} */ (part.cloneNode(true));
      copy.querySelectorAll("[id]").forEach(function (element) { if (/^a92-(undo|states|copied|address)$/.test(element.id)) element.remove(); });
      copy.querySelectorAll("#a92-area button").forEach(function (element) { element.remove(); });
      return copy;
    });
  }
  var layout = A92.paperLayout(app.map, byId("a92-map"), app.data.view, above,
    function () { app.setAside(new Promise(function (done) { release = done; })); }, /* no state of the reader's */
    function () { if (release) release(null); });
  app.layOut = layout.layOut;
  app.layBack = layout.layBack;
  function print() { app.layOut(byId("a92-paper").value); window.print(); }
  byId("a92-print").addEventListener("click", print);
  document.addEventListener("keydown", function (event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "p" || !app.after) return;
    event.preventDefault();
    print();
  });
  /* The browser's own menu, which says so just before. */
  window.addEventListener("beforeprint", function () { if (app.after && !layout.isLaid()) app.layOut(byId("a92-paper").value); });
};

/* The commune that was clicked, found or chosen in the table: outlined, with its own figures under the headline. */
A92.areas = function (app) {
  "use strict";
  var data = app.data, state = app.state, map = app.map, box = document.getElementById("a92-area");
  state.area = null;

  /* Which area a place lies in (fractions of the world), or −1. */
  app.areaAt = function (at) {
    for (var i = 0; i < data.areas.length; i++) if (app.isInArea(i, at[0], at[1])) return i;
    return -1;
  };
  app.selectArea = function (i) {
    if (state.area === i) return;
    state.area = i;
    app.redrawAreas();
    app.showArea();
    if (i !== null) app.bringUp(box);
    if (app.remember) app.remember();
  };
  app.goToArea = function (i) {
    app.closeSheet();
    app.selectArea(i);
    if (app.areaBounds) app.fit(app.areaBounds[i]);
  };
  app.showWhole = function () { app.selectArea(null); app.fit(data.view); };
  app.showArea = function () {
    var i = state.area, sums = app.sums;
    box.hidden = i === null || !sums;
    if (i === null || !sums) return;
    var total = sums.total[i], covered = sums.after[i], before = sums.before || sums.untried, noun = app.publicNoun();
    var words = [A92.make("strong", { text: data.areas[i] }), "\u00a0: "];
    if (!(total > 0)) words.push("aucun " + noun + ".");
    else {
      words.push(A92.make("strong", { id: "a92-area-share", text: A92.percent(covered / total) }), " de ses " + A92.counted(total, noun) + ", " +
        A92.number(covered) + " couverts, " + A92.number(total - covered) + " non couverts.");
      if (sums.change) words.push(" " + A92.number(sums.parts[0][i]) + " gagnés, " + A92.number(sums.parts[1][i]) + " perdus.");
      else if (before) words.push(" " + A92.signed(covered - before[i]) + " par rapport au scénario sans vos essais.");
    }
    var away = A92.make("button", { type: "button", class: "a92-link", text: "Ne plus montrer " + data.areas[i] });
    away.addEventListener("click", function () { app.selectArea(null); document.getElementById("a92-search").focus(); });
    box.replaceChildren(A92.make("p", {}, words), away);
  };
  /* A click that nothing else takes chooses the commune under it; outside all of them, none. */
  map.on("click", function (event) {
    if (!app.areaBounds || map.getContainer().classList.contains("a92-picking")) return; /* a place was asked for */
    var at = map.options.crs.latLngToPoint(event.latlng, 0), i = app.areaAt([at.x / 256, at.y / 256]);
    app.selectArea(i < 0 ? null : i);
  });
};

/* The table of areas in the order of any of its columns, by mouse and keyboard; the order stays while figures change. */
A92.sorting = function (app) {
  "use strict";
  var table = document.getElementById("a92-table"), order = null; /* { column, down }, null: that of the study */
  function valueOf(row, column) {
    var text = row.cells[column].textContent.replace(/[\s<>%]/g, "").replace("\u2212", "-").replace(",", ".");
    return column === 0 ? row.cells[0].textContent : text === "—" || text === "" ? -Infinity : Number(text);
  }
  function sortRows() {
    var body = table.tBodies[0], rows = Array.from(body.rows);
    if (!order || order.column >= table.tHead.rows[0].cells.length) return;
    rows.sort(function (a, b) {
      var one = valueOf(a, order.column), other = valueOf(b, order.column);
      var by = order.column === 0 ? one.localeCompare(other, "fr") : one === other ? 0 : one - other;
      return order.down ? -by : by;
    });
    body.append.apply(body, rows);
  }
  /* The page writes the table anew after each change: its heads become buttons again. */
  function show() {
    Array.from(table.tHead.rows[0].cells).forEach(function (cell, column) {
      var name = cell.textContent, isSorted = order !== null && order.column === column;
      var button = A92.make("button", { type: "button", class: "a92-sort", title: "Trier par\u00a0: " + name }, [
        name, A92.make("span", { "aria-hidden": "true", text: isSorted ? order.down ? "\u00a0▼" : "\u00a0▲" : "" })
      ]);
      if (isSorted) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      button.addEventListener("click", function () {
        /* names go up first, numbers down: the largest are looked for; a third time, the order of the study */
        var first = column > 0;
        order = !isSorted ? { column: column, down: first } : order.down === first ? { column: column, down: !first } : null;
        app.update(true);
      });
      cell.replaceChildren(button);
    });
    sortRows();
  }
  app.onUpdate(show);

  /* What had the focus in the table has it again once it is written anew. */
  app.keepFocus = function () {
    var active = document.activeElement, cell = active && table.contains(active) && active.closest("th, td");
    if (!cell) return function () { /* elsewhere */ };
    var isHead = cell.closest("thead") !== null, column = cell.cellIndex, name = cell.textContent;
    return function () {
      var found = isHead ? table.tHead.rows[0].cells[column] : Array.from(table.tBodies[0].rows).map(function (row) { return row.cells[0]; })
        .find(function (head) { return head.textContent === name; });
      var button = found && found.querySelector("button");
      if (button) button.focus({ preventScroll: true });
    };
  };
};

/* The table of areas in the order of any of its columns, by mouse and keyboard; the order stays while figures change. */
A92.sorting = function (app) {
  "use strict";
  var table = document.getElementById("a92-table"), /** @type {{ column: number; down: boolean } | null} */ order = null; /* { column, down }, null: that of the study */
  function head() { return /** @type {HTMLTableSectionElement} */ (table.tHead).rows[0]; }
  function textOf(/** @type {HTMLTableRowElement} */ row, /** @type {number} */ column) { return row.cells[column].textContent; }
  function numberOf(/** @type {HTMLTableRowElement} */ row, /** @type {number} */ column) {
    var text = textOf(row, column).replace(/[\s<>%]/g, "").replace("\u2212", "-").replace(",", ".");
    return text === "—" || text === "" ? -Infinity : Number(text);
  }
  function sortRows() {
    var body = table.tBodies[0], rows = Array.from(body.rows);
    if (!order || order.column >= head().cells.length) return;
    var column = order.column, isDown = order.down;
    rows.sort(function (a, b) {
      var one = numberOf(a, column), other = numberOf(b, column);
      var by = column === 0 ? textOf(a, 0).localeCompare(textOf(b, 0), "fr") : one === other ? 0 : one - other;
      return isDown ? -by : by;
    });
    body.append(...rows);
  }
  /* The page writes the table anew after each change: its heads become buttons again. */
  function show() {
    Array.from(head().cells).forEach(function (cell, column) {
      var name = cell.textContent, sorted = order !== null && order.column === column ? order : null;
      var button = A92.make("button", { type: "button", class: "a92-sort", title: "Trier par\u00a0: " + name }, [
        name, A92.make("span", { "aria-hidden": "true", text: sorted ? sorted.down ? "\u00a0▼" : "\u00a0▲" : "" })
      ]);
      if (sorted) cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      button.addEventListener("click", function () {
        /* names go up first, numbers down: the largest are looked for; a third time, the order of the study */
        var first = column > 0;
        order = !sorted ? { column: column, down: first } : sorted.down === first ? { column: column, down: !first } : null;
        app.update(true);
      });
      cell.replaceChildren(button);
    });
    sortRows();
  }
  app.onUpdate(show);

  /* What had the focus in the table has it again once it is written anew. */
  app.keepFocus = function () {
    var active = document.activeElement, cell = active && table.contains(active) ? /** @type {HTMLTableCellElement | null} */ (active.closest("th, td")) : null;
    if (!cell) return function () { /* elsewhere */ };
    var isHead = cell.closest("thead") !== null, column = cell.cellIndex, name = cell.textContent;
    return function () {
      var found = isHead ? head().cells[column] : Array.from(table.tBodies[0].rows).map(function (row) { return row.cells[0]; })
        .find(function (head) { return head.textContent === name; });
      var button = found && found.querySelector("button");
      if (button) button.focus({ preventScroll: true });
    };
  };
};

// Makes the desk's lists readable on a phone: each cell learns the name of its column, and keeps its role in a table
// that is shown as cards.

const list = document.getElementById("result_list");

if (list) {
  const names = [...list.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  list.setAttribute("role", "table");
  for (const part of [list.tHead, ...list.tBodies]) part.setAttribute("role", "rowgroup");
  for (const row of list.rows) {
    row.setAttribute("role", "row");
    [...row.cells].forEach((cell, position) => {
      const isHead = row.parentElement === list.tHead;
      cell.setAttribute("role", cell.tagName === "TD" ? "cell" : isHead ? "columnheader" : "rowheader");
      if (isHead) return;
      if (names[position]) cell.dataset.label = names[position];
      if (cell.tagName === "TH") cell.classList.add("heads");
    });
  }
}

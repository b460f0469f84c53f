// Putting rows in order: <form data-ordering> with lists <ol data-ordered> of <li data-ordered-row>. Each row carries its key
// in a hidden input, so that the order of the rows is what the form says. Buttons and dragging move a row here; "Save" sends
// the whole order once. Without this script each button sends the form, and the server moves the row.

const form = document.querySelector("form[data-ordering]");
const status = form?.querySelector("[data-said]");
let touched = false;

function say(row) {
  const rows = [...row.parentElement.children];
  const name = row.querySelector("[data-ordered-name]").textContent;
  const values = { name, place: rows.indexOf(row) + 1, count: rows.length };
  status.textContent = status.dataset.said.replace(/\{(\w+)\}/g, (_whole, key) => values[key]);
  touched = true;
}

function move(row, up) {
  const neighbour = up ? row.previousElementSibling : row.nextElementSibling;
  if (neighbour) up ? neighbour.before(row) : neighbour.after(row);
  say(row);
}

form?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  move(button.closest("[data-ordered-row]"), button.dataset.move === "up");
  button.focus();
});

// Of the mouse, the pen and the finger: the row follows the pointer from neighbour to neighbour, within its own list.
form?.addEventListener("pointerdown", (event) => {
  const row = event.target.closest(".handle")?.closest("[data-ordered-row]");
  if (!row || event.button !== 0) return;
  event.preventDefault();
  row.setAttribute("data-dragged", "");
  const follow = (at) => {
    const over = document.elementFromPoint(at.clientX, at.clientY)?.closest("[data-ordered-row]");
    if (!over || over === row || over.parentElement !== row.parentElement) return;
    const box = over.getBoundingClientRect();
    if (at.clientY < box.top + box.height / 2) over.before(row);
    else over.after(row);
  };
  const drop = () => {
    row.removeAttribute("data-dragged");
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", drop);
    document.removeEventListener("pointercancel", drop);
    say(row);
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
});

form?.addEventListener("submit", () => (touched = false));
window.addEventListener("beforeunload", (event) => touched && event.preventDefault());

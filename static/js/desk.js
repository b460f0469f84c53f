// Keys for those who work the desk all day. Whatever has data-key="c" is pressed by that key, an input is focused by it, of
// a form its first field; a list is <tbody data-rows> with <tr data-row>, whose first link opens it. Nothing happens while
// somebody types or holds a modifier. Keys are switched off in the dialog that lists them, for this browser. Without any of
// this the same elements are there for the mouse, for Tab and for screen readers.

const OFF = "desk: keys are off";
const CAME_FROM = "desk: the request shown last";
const TYPED_INTO = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])";

// A browser may refuse to remember anything.
function remember(storage, key, value) {
  try {
    if (value === undefined) return window[storage].getItem(key);
    if (value === null) window[storage].removeItem(key);
    else window[storage].setItem(key, value);
  } catch {}
  return null;
}

const isUsable = (element) => !element.disabled && element.checkVisibility();

// --- Rows -------------------------------------------------------------------------------------------------------

let current = null;

const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")].filter(isUsable);
const linkOf = (row) => row.querySelector("a[href]");
const boxOf = (row) => row.querySelector("input[type=checkbox]");

function mark(row) {
  if (row === current) return;
  current?.removeAttribute("data-current");
  current = row;
  current.setAttribute("data-current", "");
}

// Focus really moves: what is read aloud, and what Enter opens, is the row that is marked.
function goTo(row) {
  mark(row);
  linkOf(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current);
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1);
  if (all.length) goTo(all[next]);
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-rows] [data-row]");
  if (row) mark(row);
});

const ROW_KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current && linkOf(current).click(),
  x: () => current && boxOf(current)?.click(),
};

// --- What has a key ---------------------------------------------------------------------------------------------

const keyed = (inside = document) => [...inside.querySelectorAll("[data-key]")].filter(isUsable);

function holderOf(key) {
  return [...(current ? keyed(current) : []), ...keyed()].find((element) => element.dataset.key === key);
}

function press(element) {
  const field = element.matches("form") ? [...element.querySelectorAll("input, select, textarea")].find(isUsable) : element;
  if (!field?.matches("select, textarea, input:not([type=checkbox])")) return element.click();
  field.focus();
  if (field.matches("[type=search]")) field.select();
}

function nameOf(element) {
  const name = element.dataset.keyLabel ?? element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent;
  return name.replace(/\s+/g, " ").trim();
}

// --- The list of keys -------------------------------------------------------------------------------------------

const dialog = document.querySelector("[data-keys]");
const opener = document.querySelector("[data-keys-open]");

function entry(key, name) {
  const line = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
  line.querySelector("kbd").textContent = key;
  line.querySelector("dd").textContent = name;
  return line;
}

function open() {
  const all = rows();
  dialog.querySelector("[data-keys-rows]").hidden = !all.length;
  dialog.querySelector("[data-keys-select]").hidden = !all.some(boxOf);
  const names = new Map(keyed().map((element) => [element.dataset.key, nameOf(holderOf(element.dataset.key))]));
  dialog.querySelector("[data-keys-here]").replaceChildren(...[...names].map(([key, name]) => entry(key, name)));
  dialog.showModal();
}

// --- Listening --------------------------------------------------------------------------------------------------

// The letter on the key, whatever an input method makes of it.
function keyOf(event) {
  if (/^[!-~]$/.test(event.key)) return event.key;
  return event.code.startsWith("Key") && !event.shiftKey ? event.code.slice(3).toLowerCase() : event.key;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat && !"jk".includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (dialog.open || event.target.closest(TYPED_INTO) || remember("localStorage", OFF)) return;
  const key = keyOf(event);
  const holder = holderOf(key);
  if (!holder && !(key in ROW_KEYS && rows().length)) return;
  event.preventDefault();
  if (!holder) return ROW_KEYS[key]();
  press(holder);
});

if (dialog) {
  const works = dialog.querySelector("[data-keys-on]");
  works.checked = !remember("localStorage", OFF);
  works.addEventListener("change", () => remember("localStorage", OFF, works.checked ? null : "yes"));
  opener.hidden = !rows().length && !document.querySelector(`[data-key]:not([data-keys-open])`);
  opener.addEventListener("click", open);
}

// Back where one was: the row of the request that was shown last.
const shown = document.querySelector("[data-request-page]")?.dataset.requestPage;
if (shown) {
  remember("sessionStorage", CAME_FROM, shown);
} else if (rows().length) {
  const path = remember("sessionStorage", CAME_FROM);
  const row = path && rows().find((one) => linkOf(one).pathname === path);
  remember("sessionStorage", CAME_FROM, null);
  if (row && document.activeElement === document.body) goTo(row);
}

// Makes quicker what works without it: menus that close, an appearance that changes without a reload, what was typed
// kept for the way back. Purchase lines and help before asking are at the end; what will happen is in preview.js.

const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

document.querySelector("[data-theme-form]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const chosen = event.submitter;
  document.documentElement.dataset.theme = chosen.value;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === chosen));
  }
  const menu = form.closest("details");
  menu.querySelector("summary .icon").replaceWith(chosen.querySelector(".icon").cloneNode(true));
  menu.open = false;
  menu.querySelector("summary").focus();
  const body = new FormData(form, chosen);
  body.set("next", document.querySelector(".brand").pathname);
  fetch(form.action, { method: "POST", body, redirect: "manual" });
});

// A form that was sent twice would ask twice.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

// --- Purchase lines ---------------------------------------------------------------------------------------------

const purchase = document.querySelector("[data-lines]");

function renumber() {
  const lines = purchase.querySelectorAll("[data-line]");
  lines.forEach((line, index) => {
    for (const element of line.querySelectorAll("*")) {
      for (const name of ["id", "name", "for", "aria-describedby", "aria-labelledby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(/lines-(\d+|__prefix__)-/g, `lines-${index}-`));
      }
    }
    line.querySelector("[data-line-number]").textContent = index + 1;
    line.querySelector("[data-remove-line]").hidden = lines.length === 1;
  });
  purchase.querySelector("[name$=TOTAL_FORMS]").value = lines.length;
  purchase.querySelector("[name=add_line]").hidden = lines.length >= Number(purchase.dataset.lines);
}

function addLine() {
  const line = purchase.querySelector("template").content.firstElementChild.cloneNode(true);
  purchase.querySelector("[data-line-list]").append(line);
  renumber();
  return line;
}

if (purchase) {
  purchase.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove-line]");
    if (event.target.closest("[name=add_line]")) {
      event.preventDefault();
      addLine().querySelector("select").focus();
    } else if (remove) {
      remove.closest("[data-line]").remove();
      renumber();
      const last = [...purchase.querySelectorAll("[data-line] select")].at(-1);
      last.focus();
    } else {
      return;
    }
    purchase.dispatchEvent(new Event("input", { bubbles: true }));
  });
  renumber();
}

// --- Help before asking: what was opened goes along to the form, and stays open on the way back ------------------

function noteAsRead(key) {
  for (const link of [location, ...document.querySelectorAll("[data-go-on]")]) {
    const address = new URL(link.href);
    if (address.searchParams.getAll("read").includes(key)) continue;
    address.searchParams.append("read", key);
    if (link === location) history.replaceState(history.state, "", address);
    else link.href = address;
  }
}

for (const help of document.querySelectorAll("[data-help] [data-read]")) {
  help.addEventListener("toggle", () => help.open && noteAsRead(help.dataset.read));
}

// --- What was typed stays, also on the way back ----------------------------------------------------------------

const kept = document.querySelector("form[data-keep]");

function typed() {
  return [...new FormData(kept)].filter(([name, value]) => typeof value === "string" && !/token|_FORMS$/.test(name));
}

function fillIn(values) {
  if (purchase) {
    const wanted = values.filter(([name]) => name.endsWith("-offer")).length;
    while (purchase.querySelectorAll("[data-line]").length < wanted) addLine();
  }
  for (const [name, value] of values) {
    for (const control of kept.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (control.type === "radio") control.checked = control.value === value;
      else if (control.type !== "hidden" || name === "submission_key") control.value = value;
    }
  }
}

if (kept) {
  const place = `typed ${location.pathname}`; // over a change of language, which opens the page anew
  const keep = () => history.replaceState({ ...history.state, typed: typed() }, "");
  kept.addEventListener("input", keep);
  kept.addEventListener("change", keep);
  // The key goes along: the form that was sent, brought back and sent again asks once.
  kept.addEventListener("submit", keep);
  document.querySelector("[data-language-form]")?.addEventListener("submit", () => {
    sessionStorage.setItem(place, JSON.stringify(typed()));
  });
  const carried = JSON.parse(sessionStorage.getItem(place) ?? "null");
  sessionStorage.removeItem(place);
  const values = history.state?.typed ?? carried;
  if (values && !document.querySelector(".error-summary")) {
    fillIn(values);
    keep();
  }
}

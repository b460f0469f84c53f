// What is found while somebody types, in a list beneath the field: asked of the server a moment after each change, the
// last answer counts. Without it Enter opens the page that shows the same, and more.

const WAIT = 180;

function watch(form) {
  const field = form.querySelector("input[type=search]");
  const list = form.querySelector("[data-found]");
  const status = form.querySelector("[data-said]");
  let waiting = null;
  let asking = null;
  let chosen = null;

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(option) {
    chosen?.setAttribute("aria-selected", "false");
    chosen = option ?? null;
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function close() {
    asking?.abort();
    clearTimeout(waiting);
    choose(null);
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    status.textContent = "";
  }

  function show(fresh) {
    choose(null);
    list.replaceChildren(...fresh.children);
    options().forEach((option, at) => (option.id = `${list.id}-${at}`));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    status.textContent = fresh.dataset.said;
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const address = new URL(form.action);
    address.searchParams.set("q", field.value);
    address.searchParams.set("live", "1");
    try {
      const answer = await fetch(address, { signal });
      if (!answer.ok || answer.redirected) throw new Error("no answer");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!signal.aborted) show(page.querySelector("[data-count]"));
    } catch {
      if (!signal.aborted) close();
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    asking?.abort();
    if (field.value.trim()) waiting = setTimeout(ask, WAIT);
    else close();
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the arrows and Enter belong to the input method
    const all = options();
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && chosen && !list.hidden) {
      event.preventDefault();
      chosen.click();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length && !list.hidden) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = chosen ? all.indexOf(chosen) + step : step > 0 ? 0 : all.length - 1;
      choose(all[at]); // beyond either end: back in the field
    }
  });

  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
}

for (const form of document.querySelectorAll("form[data-search]")) watch(form);

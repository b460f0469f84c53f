// What will happen, while a form is being filled in: asked of the server a moment after each change, the last answer
// counts. Without it the form shows the same on the next page, before anything is sent.

const WAIT = 300;

// What the preview hangs on: neither what is hidden nor what is written to the partner.
function asked(form) {
  const left = new Set([...form.querySelectorAll("input[type=hidden], textarea")].map((control) => control.name));
  const given = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !left.has(name));
  return new URLSearchParams(given).toString();
}

const proofs = (place) => place.querySelectorAll("[name=seen], [name=seen_for]");
const words = (place) => place.textContent.replace(/\s+/g, " ").trim();

// The same words are left where they are: nobody wants to hear them twice.
function show(panel, fresh) {
  if (words(panel) !== words(fresh)) {
    panel.replaceChildren(...fresh.childNodes);
  } else {
    for (const proof of proofs(fresh)) panel.querySelector(`[name=${proof.name}]`).value = proof.value;
  }
}

function watch(form) {
  const panel = form.querySelector("[data-preview-panel]");
  const failed = form.querySelector("[data-preview-failed]");
  let shown = null;
  let waiting = null;
  let asking = null;

  async function refresh() {
    const query = asked(form);
    shown = query;
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const address = new URL(form.dataset.preview, location.href);
    for (const [name, value] of new URLSearchParams(query)) address.searchParams.append(name, value);
    try {
      const answer = await fetch(address, { signal });
      if (!answer.ok || answer.redirected) throw new Error("no preview");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!signal.aborted) show(panel, fresh.body);
    } catch {
      if (signal.aborted) return;
      shown = null;
      // What the server has rendered stays, as long as nothing was changed.
      if (panel.hasAttribute("aria-busy")) panel.replaceChildren(failed.content.cloneNode(true));
    }
    panel.removeAttribute("aria-busy");
  }

  // A form that has been changed does not carry the picture of what it asked for before.
  function later() {
    if (asked(form) === shown) return;
    for (const proof of proofs(panel)) proof.value = "";
    panel.setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    waiting = setTimeout(refresh, WAIT);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  // On the way back, and after a change of language, something else may be filled in than the server knew of.
  addEventListener("pageshow", refresh);
}

const form = document.querySelector("form[data-preview]");
if (form) watch(form);

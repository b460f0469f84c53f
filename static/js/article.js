// How an article will read, beneath the form while it is written: asked of the server, which alone knows. Without it the
// button opens the same on a page of its own.

const WAIT = 400;

for (const place of document.querySelectorAll("[data-article]")) {
  const form = place.closest("form");
  const shown = place.querySelector("[data-article-shown]");
  const button = place.querySelector("[data-show-article]");
  let waiting = null;
  let asking = null;

  async function show() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const body = new URLSearchParams({ live: "1", csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    for (const text of place.querySelectorAll("textarea")) body.set(text.name, text.value);
    try {
      const answer = await fetch(place.dataset.article, { method: "POST", body, signal });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!signal.aborted) shown.replaceChildren(...page.body.children);
    } catch {
      // What was shown stays; the next letter asks again.
    }
  }

  button.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
  place.addEventListener("input", () => {
    if (!shown.childElementCount) return;
    clearTimeout(waiting);
    waiting = setTimeout(show, WAIT);
  });
}

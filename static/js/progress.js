// Work in the background: the page asks every other second how far it has got, and is shown anew once it is over.

const EVERY = 2000;

async function look() {
  const place = document.querySelector("[data-progress]");
  if (!place) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-progress]");
    if (!answer.ok || answer.redirected || !fresh) {
      location.assign(answer.redirected ? answer.url : location.href);
      return;
    }
    if (fresh.innerHTML !== place.innerHTML && !place.contains(document.activeElement)) {
      place.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // no network for a moment: ask again
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);

// How far something is that goes on in the background: the page is asked for again every two seconds, and what is new
// takes the place of what was shown. Its end is told once. Without it the page loads itself anew.

const PAUSE = 2000;

async function refresh(place) {
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) throw new Error("not now");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
    if (answer.redirected || !fresh) {
      location.assign(answer.redirected ? answer.url : location.href);
      return;
    }
    place.replaceChildren(...fresh.childNodes);
    if (!fresh.hasAttribute("data-running")) {
      const end = place.querySelector("[data-progress-end]");
      const told = document.querySelector("[data-progress-told]");
      if (told) told.textContent = end ? end.textContent : "";
      return;
    }
  } catch {
    // the next turn may do better
  }
  setTimeout(refresh, PAUSE, place);
}

const place = document.querySelector("[data-progress][data-running]");
if (place) setTimeout(refresh, PAUSE, place);

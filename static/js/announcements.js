// Opening a message notes that it was read; without this the button beside it does.

function countDown() {
  const badge = document.querySelector("[data-news]");
  const number = badge?.querySelector("[data-news-count]");
  if (!number || number.textContent.endsWith("+")) return;
  const left = Number(number.textContent) - 1;
  number.textContent = left;
  if (left > 0) return;
  badge.remove();
  document.querySelector("[data-read-all]")?.remove();
}

async function noteAsRead(place) {
  const form = place.querySelector("[data-read-form]");
  if (!form || form.dataset.sent) return;
  form.dataset.sent = "yes";
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
  if (answer.type !== "opaqueredirect") return; // refused: the button says why
  form.remove();
  place.querySelector("[data-unread]")?.remove();
  countDown();
}

for (const message of document.querySelectorAll("[data-announcement]")) {
  message.addEventListener("toggle", () => message.open && noteAsRead(message));
}

const page = document.querySelector("[data-announcement-page]");
if (page) noteAsRead(page);

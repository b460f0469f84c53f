// Tells the site which links and resources are opened, so that who keeps them learns what they are good for. Following a
// link asks for nothing and waits for nothing; without this module nothing is counted. What carries data-opens names a
// link or a resource: a link is opened by a press, what unfolds by unfolding, and anything else by being on the page.

const { content: address, dataset } = document.querySelector("meta[name=openings]");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
const told = new Set();

function tell(what) {
  if (told.has(what)) return;
  told.add(what);
  const [kind, key] = what.split(":");
  const body = new URLSearchParams({ [kind]: key, customer: dataset.customer, csrfmiddlewaretoken: token });
  navigator.sendBeacon(address, body);
}

function pressed(event) {
  const link = event.target.closest("a[data-opens]"); // one that a search has found was not on the page at first
  if (link && (event.type === "click" || event.button === 1)) tell(link.dataset.opens);
}

if (token) {
  document.addEventListener("click", pressed);
  document.addEventListener("auxclick", pressed);
  for (const one of document.querySelectorAll("[data-opens]:not(a)")) {
    const opened = () => tell(one.dataset.opens);
    if (one.matches("details")) one.addEventListener("toggle", () => one.open && opened());
    else opened();
  }
}

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

if (token) {
  for (const one of document.querySelectorAll("[data-opens]")) {
    const opened = () => tell(one.dataset.opens);
    if (one.matches("a")) {
      one.addEventListener("click", opened);
      one.addEventListener("auxclick", (event) => event.button === 1 && opened());
    } else if (one.matches("details")) {
      one.addEventListener("toggle", () => one.open && opened());
    } else {
      opened();
    }
  }
}

// A button beside a value that is to be copied; without this there is the value alone, to be selected by hand. What
// became of it is said on the button for the eye, and in one place of the page for those who listen.

const SHOWN = 2000;

const said = document.querySelector("[data-copy-status]");

function select(value) {
  const range = document.createRange();
  range.selectNodeContents(value);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

async function copy(button) {
  const value = button.parentElement.querySelector("[data-copy-value]");
  let done = true;
  try {
    await navigator.clipboard.writeText(value.textContent.trim());
  } catch {
    done = false;
    select(value); // refused by the browser: one more key copies it
  }
  const word = done ? said.dataset.done : said.dataset.failed;
  said.textContent = "";
  button.querySelector("[data-copy-word]").textContent = word;
  button.dataset.copied = done ? "yes" : "no";
  clearTimeout(button.waiting);
  requestAnimationFrame(() => (said.textContent = `${button.dataset.copy}: ${word}`)); // the same words, said again
  button.waiting = setTimeout(() => {
    button.querySelector("[data-copy-word]").textContent = "";
    delete button.dataset.copied;
  }, SHOWN);
}

if (said && navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

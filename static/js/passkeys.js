// Passkeys need a script. allauth's own (mfa/js) talks to the browser; this one says which button does what, shows the
// buttons where the browser can, and tells the person when nothing came of it.

const button = document.querySelector("[data-passkey]");

if (button && window.PublicKeyCredential) {
  const forms = window.allauth.webauthn.forms;
  const ids = { credential: button.dataset.credential, data: "passkey-options" };
  const start = {
    add: () => forms.signupForm({ ids: { ...ids, signup: button.id } }),
    use: () => forms.authenticateForm({ ids: { ...ids, authenticate: button.id } }),
    login: () => forms.loginForm({ ids: { credential: ids.credential, login: button.id } }),
  };
  start[button.dataset.passkey]();
  for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;
} else if (button) {
  for (const part of document.querySelectorAll("[data-passkey-missing]")) part.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault(); // it would be written to the console, where nobody looks
  const notice = document.querySelector("[data-passkey-failed]");
  notice.hidden = false;
});

// Enter in the name's field would send the form without a passkey.
button?.form.addEventListener("submit", (event) => {
  if (button.type !== "button") return;
  event.preventDefault();
  button.click();
});

button?.addEventListener("click", () => {
  document.querySelector("[data-passkey-failed]").hidden = true;
});

// Passkeys: the device signs our question by finger, face or PIN, and what it says goes off like anything typed.

const KEYS = window.PublicKeyCredential;
const can = KEYS?.parseRequestOptionsFromJSON && KEYS.parseCreationOptionsFromJSON;
const SAID = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotAllowedError: "The device signed nothing. Try again when you like.",
};

async function sign(form) {
  const answer = await fetch(form.dataset.passkey, { headers: { Accept: "application/json" } });
  const isIn = answer.ok && !answer.redirected;
  if (!isIn) return null;
  const { publicKey } = await answer.json();
  return form.dataset.makes
    ? navigator.credentials.create({ publicKey: KEYS.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: KEYS.parseRequestOptionsFromJSON(publicKey) });
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("[type=submit]");
  const news = form.querySelector("[role=status]");
  news.textContent = "";
  button.disabled = true;
  try {
    const key = await sign(form);
    form.elements.passkey.value = key ? JSON.stringify(key) : "";
    // Not asked again by what listens: it goes off as it is.
    HTMLFormElement.prototype.submit.call(form);
  } catch (error) {
    news.textContent = SAID[error.name] ?? "That didn’t work on this device. Sign in by mail instead.";
    button.disabled = false;
    button.focus();
  }
}

if (can) {
  for (const form of document.querySelectorAll("form[data-passkey]")) form.addEventListener("submit", send);
  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-passkeys]")) part.hidden = true;
}

// The pages of the door in a dialog over the page: whoever comes in goes on where they were.

const { alive, signIn } = document.body.dataset;
let dialog = null;
let comeIn = () => {};

function open() {
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "dialog flow";
    dialog.setAttribute("aria-label", "Sign in again");
    dialog.addEventListener("submit", send);
    document.body.append(dialog);
  }
  if (!dialog.open) dialog.showModal();
}

function closer() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = "Back to the page";
  button.addEventListener("click", close);
  return button;
}

export function close() {
  dialog?.close();
}

export function isIn(form) {
  return Boolean(dialog?.contains(form));
}

export function say(words) {
  open();
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.textContent = words;
  dialog.replaceChildren(text, closer());
}

// A page of the door inside the dialog, or the end of it.
async function show(answer) {
  if (new URL(answer.url).pathname === alive && answer.ok) {
    comeIn(await answer.json());
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const words = document.createElement("p");
  words.textContent = "Your sign-in has ended. Sign in again: nothing you typed is lost.";
  const form = page.querySelector("main form");
  form?.setAttribute("action", form.getAttribute("action") || answer.url);
  const parts = [page.getElementById("faults"), form].filter(Boolean);
  dialog.replaceChildren(words, ...parts.map((part) => document.adoptNode(part)), closer());
  dialog.querySelector("input:not([type=hidden])")?.focus();
}

async function ask(path, how) {
  try {
    await show(await fetch(path, how));
  } catch {
    say("There was no answer. Try again in a moment.");
  }
}

function send(event) {
  event.preventDefault();
  event.stopPropagation();
  const form = event.target;
  ask(form.getAttribute("action"), { method: "POST", body: new FormData(form, event.submitter) });
}

export function signInAgain(then) {
  if (dialog?.open) return;
  comeIn = then;
  open();
  ask(`${signIn}?next=${encodeURIComponent(alive)}`);
}

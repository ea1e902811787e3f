// A sign-in that ends while somebody types: signing in again happens over the page, and the form goes on.
import { close, isIn, say, signInAgain } from "./door.js";

const { alive, member } = document.body.dataset;
const sure = new WeakSet();
let waiting = null;

// Who is signed in by now; null when nobody is, undefined when there is no answer at all.
async function whoIsHere() {
  try {
    const answer = await fetch(alive, { headers: { Accept: "application/json" } });
    if (answer.ok) return await answer.json();
    return answer.status === 401 ? null : undefined;
  } catch {
    return undefined;
  }
}

function takeKey(key) {
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = key;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": key }));
}

function send(form, button) {
  if (!form?.isConnected) return;
  sure.add(form);
  form.requestSubmit(button?.isConnected ? button : undefined);
}

function goOn(here) {
  const [form, button] = waiting ?? [];
  waiting = null;
  if (here.member !== member) {
    say("Somebody else is signed in here by now. Copy what you typed, then load this page anew.");
    return;
  }
  takeKey(here.key);
  close();
  send(form, button);
}

async function ask(event) {
  const form = event.target;
  if (form.getAttribute("method")?.toLowerCase() !== "post" || isIn(form)) return;
  if (sure.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const isAsking = waiting?.[2];
  if (isAsking) return;
  waiting = [form, event.submitter, true];
  const here = await whoIsHere();
  if (here) {
    goOn(here);
  } else if (here === null) {
    // Whoever closes the dialog and presses again is asked again.
    waiting[2] = false;
    signInAgain(goOn);
  } else {
    // No answer: the browser says so itself.
    waiting = null;
    send(form, event.submitter);
  }
}

if (alive && member) {
  document.addEventListener("submit", ask, true);
  document.body.addEventListener("signed-out", () => signInAgain(goOn));
}

// A form that can't be sent stays where it is, instead of the browser's own page of errors: bottles are asked for as
// soon as there is a connection, an order is placed by a press only.
import { tell } from "./telling.js";

const EVERY = 1000;

// A device says that it is online before anything reaches it: asked for is a file that every page has.
async function connected() {
  try {
    return (await fetch(import.meta.url, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function whenConnected(then) {
  if (navigator.onLine && (await connected())) then();
  else setTimeout(() => whenConnected(then), EVERY);
}

let waits = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (navigator.onLine || event.defaultPrevented || !form.matches("[data-following], [data-offer]")) return;
  event.preventDefault();
  const [goesOn, button] = [form.matches("[data-offer]"), event.submitter];
  tell(`There is no connection just now. Nothing is lost: ${goesOn ? "it is sent" : "press again"} as soon as there is one.`);
  if (waits) return;
  waits = true;
  whenConnected(() => {
    waits = false;
    tell("");
    if (goesOn) form.requestSubmit(button?.isConnected ? button : undefined);
  });
});

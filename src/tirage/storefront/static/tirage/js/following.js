// While a total follows what is chosen, an old total is never shown as the new one: until the answer is there nothing
// can be ordered, and when none comes that is said, and asked again until one does. The parts that follow are
// [data-follows], which says what their buttons read meanwhile; the forms are [data-following].
import { tell } from "./telling.js";

const OFFLINE = "There is no connection just now. What you chose is kept, and the new total comes as soon as there is one.";
const SILENT = "There was no answer. What you chose is kept, and we ask again in a moment.";
const FIRST = 1500;
const LAST = 20000;
let wait = FIRST;
let again = null;
let slow = 0;
let timer = 0;
// Requests by themselves: an answer takes the box that asked for it out of its form.
const asked = new WeakSet();

const isOurs = (element) => (element.form ?? element.closest?.("form"))?.matches("[data-following]") ?? false;

function pause() {
  for (const part of document.querySelectorAll("[data-follows]")) {
    part.setAttribute("aria-busy", "true");
    for (const button of part.querySelectorAll("button")) button.disabled = true;
  }
}

function blank() {
  pause();
  for (const part of document.querySelectorAll("[data-follows]")) {
    for (const amount of part.querySelectorAll(".money")) amount.textContent = "…";
    for (const label of part.querySelectorAll("button > span")) label.textContent = part.dataset.follows;
  }
}

function retry() {
  clearTimeout(timer);
  const [element, kind] = again ?? [];
  if (element?.isConnected) window.htmx.trigger(element, kind);
}

function fail({ detail }) {
  if (!asked.has(detail.xhr)) return;
  clearTimeout(slow);
  clearTimeout(timer);
  again = [detail.elt, detail.requestConfig?.triggeringEvent?.type ?? "change"];
  blank();
  tell(navigator.onLine ? SILENT : OFFLINE);
  timer = setTimeout(retry, wait);
  wait = Math.min(wait * 2, LAST);
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!isOurs(detail.elt)) return;
  asked.add(detail.xhr);
  clearTimeout(slow);
  pause();
  slow = setTimeout(blank, 700);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!asked.has(detail.xhr) || !detail.successful) return;
  clearTimeout(slow);
  clearTimeout(timer);
  [again, wait] = [null, FIRST];
  tell("");
});

for (const kind of ["sendError", "timeout", "responseError"]) document.addEventListener(`htmx:${kind}`, fail);
window.addEventListener("online", retry);

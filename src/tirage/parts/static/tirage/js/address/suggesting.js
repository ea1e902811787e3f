// Towns and ZIPs are suggested while an address is typed: a list under the field, and under a whole ZIP one button.
// What is chosen fills its fields; nothing is filled in by itself.
import { close, show } from "./offers.js";

const PAUSE = 200;
let timer = 0;
let latest = 0;

const part = (form, what) => form.querySelector(`[data-place="${what}"]`);
const text = (form, what) => part(form, what)?.value.trim() ?? "";

// The line under a field that is read out.
function lineOf(field) {
  const row = field.parentElement;
  if (!row.nextElementSibling?.matches(".field-offered")) {
    row.insertAdjacentHTML("afterend", '<p class="field-offered" role="status"></p>');
  }
  return row.nextElementSibling;
}

function fill(field, place) {
  clearTimeout(timer);
  latest += 1;
  for (const what of ["city", "state", "zip"]) {
    const one = part(field.form, what);
    if (!one || !place[what] || one.value === place[what]) continue;
    one.value = place[what];
    one.dispatchEvent(new Event("input", { bubbles: true }));
  }
  lineOf(field).textContent = `Filled in: ${place.words}`;
}

function offerTown(field, place) {
  const { form } = field;
  const stands = text(form, "city").toLowerCase() === place.city.toLowerCase();
  if (stands && text(form, "state") === place.state) return;
  const words = place.words.slice(6);
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: `Use ${words}` });
  button.addEventListener("click", () => {
    fill(field, { ...place, words, zip: "" });
    field.focus();
  });
  lineOf(field).append(button);
}

function offer(field, places) {
  lineOf(field).textContent = "";
  const whole = places.find(({ zip }) => zip && text(field.form, "zip").startsWith(zip));
  if (whole) offerTown(field, whole);
  if (whole || document.activeElement !== field) close(field);
  else show(field, places);
}

async function ask(field) {
  const { form, dataset } = field;
  // An answer of the page may have taken the field away meanwhile.
  if (!form) return;
  const asked = new URLSearchParams({ city: text(form, "city"), state: text(form, "state") });
  if (dataset.place === "zip") asked.set("zip", text(form, "zip").slice(0, 5));
  latest += 1;
  const mine = latest;
  const answer = await fetch(`${dataset.places}?${asked}`).catch(() => null);
  if (!answer?.ok) return;
  const { places } = await answer.json();
  if (mine === latest && field.isConnected) offer(field, places);
}

document.addEventListener("input", ({ target, isTrusted }) => {
  if (!isTrusted || !target.dataset?.places) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE, target);
});

document.addEventListener("focusin", ({ target }) => {
  if (target.dataset?.place === "zip" && !target.value) ask(target);
});

document.addEventListener("tirage:taken", ({ target, detail }) => fill(target, detail));

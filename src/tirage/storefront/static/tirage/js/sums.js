// What the sum is by now is said once aloud when it stands still: nobody who hears the page has to go and look.

const PAUSE = 800;
const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
let waits = 0;

const text = (part) => part?.textContent.trim();

function sum() {
  const totals = [...document.querySelectorAll("[data-total], #totals dd.total")];
  const bottles = document.querySelector("[data-bottles]");
  return [text(bottles), text(totals.at(-1))].filter(Boolean).join(", ");
}

let said = sum();

function say() {
  waits = 0;
  const now = sum();
  if (now && now !== said) status.textContent = `Total: ${now}`;
  said = now || said;
}

if (said) {
  document.body.append(status);
  const ask = () => {
    clearTimeout(waits);
    waits = setTimeout(say, PAUSE);
  };
  for (const event of ["input", "change", "htmx:afterSettle"]) document.addEventListener(event, ask);
}

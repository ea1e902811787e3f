// Minus and plus around a number input, and the words under it: [data-stepper] holds [data-step] buttons.
// Delegated from the document, so parts that htmx swaps in need no setup. Where a button sends its form, that was for
// the time before this script.

function refresh(stepper) {
  const input = stepper.querySelector("input");
  const value = Number(input.value || 0);
  const said = stepper.querySelector("[data-stepper-value]");
  if (said) said.textContent = String(value);
  for (const button of stepper.querySelectorAll("[data-step]")) {
    const up = Number(button.dataset.step) > 0;
    const limit = up ? input.max : input.min;
    // aria-disabled keeps the focus where the thumb is; a disabled button would lose it.
    const done = limit !== "" && (up ? value >= Number(limit) : value <= Number(limit));
    button.setAttribute("aria-disabled", String(done));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-stepper] [data-step]");
  if (!button) return;
  event.preventDefault();
  if (button.disabled || button.getAttribute("aria-disabled") === "true") return;
  const stepper = button.closest("[data-stepper]");
  const input = stepper.querySelector("input");
  const before = input.value;
  if (Number(button.dataset.step) > 0) input.stepUp();
  else input.stepDown();
  refresh(stepper);
  if (input.value === before) return;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("input", (event) => {
  const stepper = event.target.closest?.("[data-stepper]");
  if (stepper) refresh(stepper);
});

function refreshAll(root) {
  for (const stepper of root.querySelectorAll("[data-stepper]")) refresh(stepper);
}

refreshAll(document);
document.addEventListener("htmx:afterSettle", (event) => refreshAll(event.target.parentElement ?? document));

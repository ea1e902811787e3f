// An answer never takes back what was typed or chosen after it was asked for: such an answer is thrown away, and asked
// for again with what stands in the fields now.

let moment = 0;
const touched = new WeakMap();
const asked = new WeakMap();

function isNewer({ xhr, target }) {
  const since = asked.get(xhr) ?? moment;
  return [...target.querySelectorAll("input, select, textarea")].some((field) => touched.get(field) > since);
}

document.addEventListener("input", ({ target }) => touched.set(target, ++moment), true);
document.addEventListener("htmx:beforeRequest", ({ detail }) => asked.set(detail.xhr, moment));
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap || !isNewer(detail)) return;
  detail.shouldSwap = false;
  window.htmx.trigger(detail.elt, detail.requestConfig.triggeringEvent?.type ?? "change");
});

// "/" goes to the search box, the arrows go through what was found under it, Enter opens, Escape goes back and then leaves.

function typing(element) {
  return element?.matches?.("input, textarea, select, [contenteditable]") ?? false;
}

function finds(box) {
  return [...box.form.querySelectorAll(".search-finds a[href]")];
}

// One step through the box and what is under it, round and round.
function step(box, by) {
  const stops = [box, ...finds(box)];
  const at = stops.indexOf(document.activeElement);
  if (at < 0 || stops.length < 2) return false;
  stops[(at + by + stops.length) % stops.length].focus();
  return true;
}

function leave(box) {
  if (document.activeElement === box) box.blur();
  else box.focus();
}

document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-search]");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  const inside = box.form.contains(document.activeElement);
  if (event.key === "/" && !typing(document.activeElement)) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (inside && event.key === "ArrowDown") {
    if (step(box, 1)) event.preventDefault();
  } else if (inside && event.key === "ArrowUp") {
    if (step(box, -1)) event.preventDefault();
  } else if (inside && event.key === "Escape") {
    event.preventDefault();
    leave(box);
  }
});

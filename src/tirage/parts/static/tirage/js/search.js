// "/" goes to the search box, Escape leaves it.

function typing(element) {
  return element?.matches?.("input, textarea, select, [contenteditable]") ?? false;
}

document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-search]");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !typing(document.activeElement)) {
    event.preventDefault();
    box.focus();
    box.select();
  }
  if (event.key === "Escape" && document.activeElement === box) box.blur();
});

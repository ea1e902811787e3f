// A list of suggestions under a field: arrows go through it, Enter or a press takes one, Escape and leaving close it.
// The field is told by "tirage:taken" with the place.

const listOf = (field) => field.parentElement?.querySelector(":scope > [role=listbox]");

function make(field) {
  const list = document.createElement("ul");
  Object.assign(list, { id: `${field.id}-offers`, className: "offers", role: "listbox", ariaLabel: "Suggestions" });
  field.parentElement.append(list);
  Object.assign(field, { role: "combobox", ariaAutoComplete: "list" });
  field.setAttribute("aria-controls", list.id);
  return list;
}

function option(place, index) {
  const row = document.createElement("li");
  return Object.assign(row, { role: "option", ariaSelected: "false", textContent: place.words, place, index });
}

export function close(field) {
  if (listOf(field)) show(field, []);
}

export function show(field, places) {
  const list = listOf(field) ?? make(field);
  list.replaceChildren(...places.map(option));
  list.hidden = places.length === 0;
  for (const row of list.children) row.id = `${list.id}-${row.index}`;
  field.ariaExpanded = String(!list.hidden);
  field.removeAttribute("aria-activedescendant");
}

function go(field, rows, by) {
  const at = rows.findIndex((row) => row.ariaSelected === "true");
  const next = rows[at < 0 && by < 0 ? rows.length - 1 : (at + by + rows.length) % rows.length];
  for (const row of rows) row.ariaSelected = String(row === next);
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

function take(field, { place }) {
  close(field);
  field.dispatchEvent(new CustomEvent("tirage:taken", { bubbles: true, detail: place }));
}

function press(event) {
  const { target: field, key } = event;
  const list = field.role === "combobox" && listOf(field);
  if (!list || list.hidden) return;
  const chosen = list.querySelector("[aria-selected=true]");
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (moves[key]) go(field, [...list.children], moves[key]);
  else if (key === "Escape") close(field);
  else if (key === "Enter" && chosen) take(field, chosen);
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", press);
document.addEventListener("focusout", ({ target }) => close(target));
document.addEventListener("mousedown", (event) => {
  const row = event.target.closest?.(".offers > [role=option]");
  if (!row) return;
  event.preventDefault();
  take(row.parentElement.parentElement.querySelector("[role=combobox]"), row);
});

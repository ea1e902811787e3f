// The cells of the sheet, by row and column of the layer that shows (maximums, minimums …).

export const sheet = () => document.querySelector("form[data-sheet]");
export const isCell = (node) => Boolean(node?.matches?.("form[data-sheet] .sheet-cell input"));
export const layer = () => sheet().elements.layer.value;
export const cells = () => [...sheet().querySelectorAll(".sheet-cell input")];
export const at = (row, column) => sheet().elements[`${layer()}-${row}-${column}`];

export function size() {
  const count = (name) => sheet().querySelectorAll(`input[type=hidden][name=${name}]`).length;
  return { rows: count("row"), columns: count("column") };
}

export function placeOf(cell) {
  const [, row, column] = cell.name.split("-");
  return { row: Number(row), column: Number(column) };
}

// Inside the grid, whatever is asked for.
export function inside(row, column) {
  const { rows, columns } = size();
  const clamp = (value, most) => Math.max(0, Math.min(value, most - 1));
  return { row: clamp(row, rows), column: clamp(column, columns) };
}

export function go(place) {
  const cell = at(place.row, place.column);
  cell.focus();
  cell.select();
}

// As if it had been typed; answers whether it was something else.
export function write(cell, text) {
  if (cell.value === text) return false;
  cell.value = text;
  cell.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

export function say(words) {
  sheet().querySelector("[data-said]").textContent = words;
}

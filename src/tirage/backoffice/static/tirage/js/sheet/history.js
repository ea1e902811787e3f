// What was changed since the page was opened: marked beside what stands, undone and done again step by step.
import { cells, sheet, write } from "./cells.js";

const undos = [];
const redos = [];
// Every cell as of the last step, by name: whatever differs from it is the next step.
const known = new Map(cells().map((cell) => [cell.name, cell.value]));

export const before = (cell) => known.get(cell.name) ?? "";

export function commit() {
  const step = [];
  for (const cell of cells()) {
    const was = known.get(cell.name) ?? "";
    if (was !== cell.value) step.push([cell.name, was, cell.value]);
    known.set(cell.name, cell.value);
  }
  if (!step.length) return;
  undos.push(step);
  redos.length = 0;
  buttons();
}

function walk(from, to, which) {
  commit();
  const step = from.pop();
  if (!step) return;
  to.push(step);
  for (const entry of step) {
    const cell = sheet().elements[entry[0]];
    known.set(entry[0], entry[which]);
    if (cell) write(cell, entry[which]);
  }
  sheet().elements[step[0][0]]?.focus();
  buttons();
}

export const undo = () => walk(undos, redos, 1);
export const redo = () => walk(redos, undos, 2);

function buttons() {
  const part = sheet().querySelector(".sheet-history");
  part.hidden = false;
  part.querySelector("[data-undo]").disabled = !undos.length;
  part.querySelector("[data-redo]").disabled = !redos.length;
}

function mark(cell) {
  const changed = cell.value.trim() !== cell.dataset.now;
  cell.classList.toggle("is-changed", changed);
  const said = cell.parentElement.querySelector(".sheet-now");
  if (!changed) {
    if (said) cell.removeAttribute("aria-describedby");
    said?.remove();
    return 0;
  }
  if (!said && !cell.matches("[aria-invalid]")) {
    const words = document.createElement("small");
    Object.assign(words, { className: "sheet-now", id: `${cell.id}_now`, textContent: `now ${cell.dataset.now || "–"}` });
    cell.after(words);
    cell.setAttribute("aria-describedby", words.id);
  }
  return 1;
}

// Marks one cell, or all, and counts.
export function refresh(one) {
  if (one) mark(one);
  else for (const cell of cells()) mark(cell);
  const count = sheet().querySelectorAll("input.is-changed").length;
  const words = count === 1 ? "cell changed" : "cells changed";
  sheet().querySelector("[data-changed]").textContent = count ? `${count.toLocaleString()} ${words}` : "";
  buttons();
}

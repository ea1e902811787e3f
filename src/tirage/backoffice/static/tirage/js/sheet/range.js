// The block of cells that is chosen: from where it began (anchor) to where it is led (end).
import { at, inside, isCell, placeOf } from "./cells.js";

let anchor = null;
let end = null;

export function range() {
  const a = anchor ?? { row: 0, column: 0 };
  const b = end ?? a;
  return {
    top: Math.min(a.row, b.row),
    bottom: Math.max(a.row, b.row),
    left: Math.min(a.column, b.column),
    right: Math.max(a.column, b.column),
  };
}

export const isBlock = () => {
  const { top, bottom, left, right } = range();
  return top !== bottom || left !== right;
};

export const where = () => end ?? anchor;

// Every chosen cell, row by row.
export function chosen() {
  const { top, bottom, left, right } = range();
  const rows = [];
  for (let row = top; row <= bottom; row += 1) {
    rows.push([]);
    for (let column = left; column <= right; column += 1) rows.at(-1).push(at(row, column));
  }
  return rows;
}

function paint() {
  for (const cell of document.querySelectorAll(".sheet-cell input.is-chosen")) cell.classList.remove("is-chosen");
  if (isBlock()) for (const cell of chosen().flat()) cell.classList.add("is-chosen");
}

export function begin(place) {
  anchor = place;
  end = place;
  paint();
}

export function lead(place) {
  end = inside(place.row, place.column);
  at(end.row, end.column).scrollIntoView({ block: "nearest", inline: "nearest" });
  paint();
}

document.addEventListener("focusin", (event) => {
  if (isCell(event.target) && !isBlock()) begin(placeOf(event.target));
});
document.addEventListener("pointerdown", (event) => {
  if (!isCell(event.target)) return;
  if (event.shiftKey && anchor) {
    event.preventDefault();
    lead(placeOf(event.target));
  } else begin(placeOf(event.target));
});
document.addEventListener("pointerover", (event) => {
  if (event.buttons === 1 && isCell(event.target) && isCell(document.activeElement)) lead(placeOf(event.target));
});

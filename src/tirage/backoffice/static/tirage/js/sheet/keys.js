// The keyboard of a spreadsheet. A cell is either stood on (arrows move, typing replaces) or edited (F2, a second click).
import { go, inside, isCell, placeOf, size, write } from "./cells.js";
import { fill } from "./fill.js";
import { before, commit, redo, undo } from "./history.js";
import { begin, chosen, isBlock, lead, where } from "./range.js";

let editing = false;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export const isEditing = () => editing;

document.addEventListener("focusin", (event) => {
  editing = false;
  if (isCell(event.target)) event.target.select();
});
let stood = null;
document.addEventListener("pointerdown", (event) => {
  stood = document.activeElement;
});
document.addEventListener("click", (event) => {
  if (!isCell(event.target)) return;
  if (event.target === stood) editing = true;
  else event.target.select();
});

function move([down, across], event) {
  const far = event.ctrlKey || event.metaKey ? Math.max(size().rows, size().columns) : 1;
  const from = where();
  const place = inside(from.row + down * far, from.column + across * far);
  if (event.shiftKey && event.key !== "Enter") {
    lead(place);
    return;
  }
  commit();
  begin(place);
  go(place);
}

const WITH_CONTROL = {
  z: (event) => (event.shiftKey ? redo() : undo()),
  y: redo,
  d: () => fill(1, 0),
  r: () => fill(0, 1),
  a: () => {
    begin({ row: 0, column: 0 });
    lead({ row: size().rows, column: size().columns });
  },
};

const ALONE = {
  Enter: (event) => move([event.shiftKey ? -1 : 1, 0], event),
  F2: ({ target }) => {
    editing = true;
    target.setSelectionRange(target.value.length, target.value.length);
  },
  Escape: ({ target }) => {
    write(target, before(target));
    editing = false;
    begin(placeOf(target));
    target.select();
  },
};

function empty() {
  for (const cell of chosen().flat()) write(cell, "");
  commit();
}

function act(event) {
  if (event.ctrlKey || event.metaKey) {
    const found = editing ? null : WITH_CONTROL[event.key.toLowerCase()];
    if (found) return found;
  }
  if (ARROWS[event.key] && (!editing || ARROWS[event.key][0])) return () => move(ARROWS[event.key], event);
  if ((event.key === "Delete" && !editing) || (event.key === "Backspace" && isBlock())) return empty;
  return ALONE[event.key];
}

document.addEventListener("keydown", (event) => {
  if (!isCell(event.target) || event.altKey || event.isComposing) return;
  if (event.key === "Tab") begin(placeOf(event.target));
  const found = act(event);
  if (!found) return;
  event.preventDefault();
  found(event);
});

// Filling a block from its first row or column; a single cell takes what stands above it or to its left.
import { at, placeOf, write } from "./cells.js";
import { commit } from "./history.js";
import { chosen, isBlock } from "./range.js";

export function fill(down, across) {
  const rows = chosen();
  const one = !isBlock();
  const { row, column } = placeOf(rows[0][0]);
  const above = one ? at(row - down, column - across) : null;
  if (one && above) write(rows[0][0], above.value);
  if (!one) rows.forEach((cells, y) => cells.forEach((cell, x) => write(cell, rows[down ? 0 : y][across ? 0 : x].value)));
  commit();
}

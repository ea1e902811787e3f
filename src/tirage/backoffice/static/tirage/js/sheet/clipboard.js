// Blocks to and from a spreadsheet: cells by tab, rows by line.
import { at, isCell, say, sheet, size, write } from "./cells.js";
import { commit } from "./history.js";
import { isEditing } from "./keys.js";
import { begin, chosen, isBlock, lead, range } from "./range.js";

// Cells with tabs or lines of their own stand in quotation marks.
export function split(text) {
  const rows = [[]];
  const part = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/y;
  let found = part.exec(text);
  while (found) {
    rows.at(-1).push((found[1]?.replaceAll('""', '"') ?? found[2]).trim());
    if (!found[3]) break;
    if (found[3] !== "\t") rows.push([]);
    found = part.exec(text);
  }
  while (rows.length && rows.at(-1).every((cell) => !cell)) rows.pop();
  return rows;
}

function put(rows) {
  const { top, left } = range();
  const { rows: most, columns } = size();
  const emptiesOut = sheet().elements.empty.value === "out";
  const told = { changed: 0, empty: 0, outside: 0 };
  rows.forEach((cells, down) => cells.forEach((text, across) => {
    const isEmpty = text === "" || text === "–" || text === "-";
    if (top + down >= most || left + across >= columns) told.outside += isEmpty ? 0 : 1;
    else if (isEmpty && !emptiesOut) told.empty += 1;
    else told.changed += write(at(top + down, left + across), isEmpty ? "" : text);
  }));
  commit();
  begin({ row: top, column: left });
  lead({ row: top + rows.length - 1, column: left + rows[0].length - 1 });
  const said = [`${told.changed} ${told.changed === 1 ? "cell" : "cells"} changed, nothing is saved yet.`];
  if (told.empty) said.push(`${told.empty} empty: what is there stays.`);
  if (told.outside) said.push(`${told.outside} outside of the grid: left out.`);
  say(said.join(" "));
}

for (const name of ["copy", "cut"]) {
  document.addEventListener(name, (event) => {
    if (!isCell(event.target) || isEditing()) return;
    event.preventDefault();
    const text = chosen().map((cells) => cells.map((cell) => cell.value).join("\t")).join("\r\n");
    event.clipboardData.setData("text/plain", text);
    if (name === "cut") for (const cell of chosen().flat()) write(cell, "");
    commit();
  });
}

document.addEventListener("paste", (event) => {
  if (!isCell(event.target)) return;
  const rows = split(event.clipboardData.getData("text/plain"));
  const single = rows.length === 1 && rows[0].length === 1;
  if (!rows.length || (single && isEditing())) return;
  event.preventDefault();
  put(single && isBlock() ? chosen().map((cells) => cells.map(() => rows[0][0])) : rows);
});

// A sheet of cells edited like a spreadsheet. Everything here only helps: the same cells are a form without it.
import "./keys.js";
import "./clipboard.js";
import "./acts.js";
import { commit, redo, refresh, undo } from "./history.js";
import { recount } from "./totals.js";

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-undo]")) undo();
  if (event.target.closest?.("[data-redo]")) redo();
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("[data-sheet]")) setTimeout(() => { commit(); refresh(); recount(); });
});
document.addEventListener("input", (event) => {
  if (event.target.matches?.(".sheet-cell input")) { refresh(event.target); recount(); }
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.(".sheet-cell input")) commit();
});
refresh();
recount();

// Choosing rows of a table: a form with [data-choose-row] boxes, [data-choose-all] boxes, and a bar that counts. A form
// with [data-keep] takes the choice along to other pages of its list.
import { counted, refresh } from "./chosen.js";

let last = null;

// Shift chooses everything between two clicks.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-choose-row]");
  if (!row) return;
  const rows = [...row.form.querySelectorAll("[data-choose-row]")];
  if (event.shiftKey && last?.form === row.form) {
    const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((a, b) => a - b);
    for (const between of rows.slice(from, to + 1)) between.checked = row.checked;
    refresh(row.form);
  }
  last = row;
});

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-choose-row], [data-choose-all], [data-choose-every]")) return;
  // All found, or none of them: the page's rows follow, and what was left out elsewhere is in again.
  if (!box.matches("[data-choose-row]")) {
    for (const row of box.form.querySelectorAll("[data-choose-row]")) row.checked = box.checked;
  }
  if (box.matches("[data-choose-every]")) {
    const kept = box.form.querySelector("[name=choice]");
    if (kept) kept.value = "";
    const label = box.form.querySelector("[data-choose-count]");
    if (label) label.dataset.elsewhere = "0";
  }
  refresh(box.form);
});

// Other pages and orders of the list: what is chosen goes along.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-list] a[href]");
  const form = link?.closest("[data-list]").querySelector("form[data-keep]");
  if (!form || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.pathname !== location.pathname) return;
  if (!counted(form).count && !form.elements.choice?.value) return;
  event.preventDefault();
  const then = document.createElement("input");
  Object.assign(then, { type: "hidden", name: "then", value: link.pathname + link.search });
  form.append(then);
  form.action = form.dataset.keep;
  form.submit();
});

function refreshAll() {
  for (const bar of document.querySelectorAll("[data-choose-bar]")) {
    const form = bar.closest("form");
    if (form) refresh(form);
  }
}

refreshAll();
// A page that the browser brings back has its ticks; they are counted once they are there.
window.addEventListener("pageshow", refreshAll);
document.addEventListener("htmx:afterSettle", refreshAll);

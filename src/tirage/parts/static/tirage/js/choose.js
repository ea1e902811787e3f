// Choosing rows of a table: a form with [data-choose-row] boxes, [data-choose-all] in the head, and a bar that counts.

function words(label, count) {
  return `${count.toLocaleString()} ${count === 1 ? label.dataset.one : label.dataset.many} chosen`;
}

function refresh(form) {
  const rows = [...form.querySelectorAll("[data-choose-row]")];
  const chosen = rows.filter((row) => row.checked).length;
  const every = form.querySelector("[data-choose-every]");
  const all = form.querySelector("[data-choose-all]");
  const label = form.querySelector("[data-choose-count]");
  if (every?.checked && chosen < rows.length) every.checked = false;
  if (all) {
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  }
  if (label) label.textContent = words(label, every?.checked ? Number(label.dataset.found) : chosen);
  form.querySelector("[data-choose-bar]")?.toggleAttribute("data-chosen", chosen > 0);
}

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
  if (!box.matches("[data-choose-row]") && (box.checked || box.matches("[data-choose-all]"))) {
    for (const row of box.form.querySelectorAll("[data-choose-row]")) row.checked = box.checked;
  }
  refresh(box.form);
});

function refreshAll() {
  for (const bar of document.querySelectorAll("[data-choose-bar]")) {
    const form = bar.closest("form");
    if (form) refresh(form);
  }
}

refreshAll();
document.addEventListener("htmx:afterSettle", refreshAll);

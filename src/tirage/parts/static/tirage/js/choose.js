// Choosing rows of a table: a form with [data-choose-row] boxes, [data-choose-all] boxes, and a bar that counts. All found
// may be chosen but for some: then what is unticked is left out. A form with [data-keep] takes the choice along to
// other pages of its list.

function counted(form) {
  const rows = [...form.querySelectorAll("[data-choose-row]")];
  const ticked = rows.filter((row) => row.checked).length;
  const label = form.querySelector("[data-choose-count]");
  const every = form.querySelector("[data-choose-every]")?.checked ?? false;
  // What was chosen on other pages counts as long as it is the same kind of choice.
  const same = Boolean(label?.dataset.every) === every;
  const elsewhere = same ? Number(label?.dataset.elsewhere ?? 0) : 0;
  const found = Number(label?.dataset.found ?? 0);
  const left = rows.length - ticked + elsewhere;
  return { rows, ticked, every, count: every ? found - left : ticked + elsewhere, left, found, label };
}

function say({ every, count, left, found, label }) {
  const one = every && left ? found : count;
  const words = one === 1 ? label.dataset.one : label.dataset.many;
  return every && left ? `${count.toLocaleString()} of ${found.toLocaleString()} ${words} chosen` : `${count.toLocaleString()} ${words} chosen`;
}

function refresh(form) {
  const now = counted(form);
  const minus = form.querySelector("[name=minus]");
  if (minus) minus.value = now.every ? "1" : "";
  for (const all of form.elements) {
    if (!all.matches("[data-choose-all]")) continue;
    all.checked = now.ticked > 0 && now.ticked === now.rows.length;
    all.indeterminate = now.ticked > 0 && now.ticked < now.rows.length;
  }
  if (now.label) now.label.textContent = say(now);
  form.querySelector("[data-choose-bar]")?.toggleAttribute("data-chosen", now.count > 0);
  const said = document.querySelector("[data-choose-said]");
  if (said && now.label) said.textContent = now.count > 0 ? say(now) : said.dataset.none;
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

// What is chosen of a list: how many rows, and how that is said. All found may be chosen but for some: then what is
// unticked is left out.

export function counted(form) {
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

export function refresh(form) {
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

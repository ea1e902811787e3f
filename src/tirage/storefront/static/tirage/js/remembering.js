// What was chosen and typed is there again after Back, also where the browser forgets fields of private pages: kept in
// this tab, for its customer (form[data-remember]), until it is sent or somebody signs out. Never cards.

const SKIPPED = "[type=hidden], [type=password], [name^=card_], [autocomplete^=cc-]";
const SENT = "sent";
const key = (form) => `${form.dataset.remember} ${location.pathname} ${form.id}`;
const isTick = (one) => one.type === "radio" || one.type === "checkbox";
const kept = (form) => JSON.parse(sessionStorage.getItem(key(form)) ?? "[]");

function changed(one) {
  if (isTick(one)) return one.checked !== one.defaultChecked;
  if (one.options) return ![...one.options].every((option) => option.selected === option.defaultSelected);
  return one.value !== one.defaultValue;
}

// What was once touched stays known: an answer of the server may have made it what the page began with.
function keep(form) {
  const fields = [...form.elements].filter((one) => one.name && one.matches("input, select, textarea"));
  const open = fields.filter((one) => !one.matches(SKIPPED));
  const names = new Set([...kept(form).map(([name]) => name), ...open.filter(changed).map((one) => one.name)]);
  const said = open
    .filter((one) => names.has(one.name) && (one.type !== "radio" || one.checked))
    .map((one) => [one.name, one.value, one.checked]);
  sessionStorage.setItem(key(form), JSON.stringify(said));
}

function putBack(form) {
  for (const [name, value, ticked] of kept(form)) {
    const fields = [...form.elements].filter((one) => one.name === name);
    const one = fields.find((field) => !isTick(field) || field.value === value);
    if (!one || one.disabled) continue;
    if (isTick(one)) one.checked = ticked;
    else one.value = value;
    const fold = changed(one) && one.closest("details");
    if (fold) fold.open = true;
    for (const kind of ["input", "change"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

function isBack() {
  return document.wasDiscarded || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}

function start() {
  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches("[data-remember]")) keep(target.form);
  });
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (defaultPrevented) return;
    if (target.matches("[action*='sign-out']")) sessionStorage.clear();
    else if (target.matches("[data-remember]")) sessionStorage.setItem(SENT, key(target));
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) return;
    // What was answered is the server's; after a page of errors it is put back.
    const sent = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
    if (!isBack()) sessionStorage.removeItem(sent ?? "");
    else for (const form of document.querySelectorAll("form[data-remember]")) putBack(form);
  });
}

try {
  // Some browsers are told to keep nothing at all.
  sessionStorage.getItem("");
  start();
} catch {}

// What was chosen and typed is there again after Back, also where the browser forgets fields of private pages: kept in
// this tab, for its customer (form[data-remember]), until it is sent or somebody signs out. Never cards.

const SKIPPED = "[type=hidden], [type=password], [type=submit], [type=file], [name^=card_], [autocomplete^=cc-]";
const SENT = "sent";
const key = (form) => `${form.dataset.remember} ${location.pathname} ${form.id}`;
const isTick = (one) => one.type === "radio" || one.type === "checkbox";

function changed(one) {
  if (isTick(one)) return one.checked !== one.defaultChecked;
  if (one.options) return ![...one.options].every((option) => option.selected === option.defaultSelected);
  return one.value !== one.defaultValue;
}

// Of radio buttons only the chosen one.
function typed(form) {
  const fields = [...form.elements].filter((one) => one.name && one.matches("input, select, textarea"));
  return fields
    .filter((one) => !one.matches(SKIPPED) && changed(one) && (one.type !== "radio" || one.checked))
    .map((one) => (isTick(one) ? [one.name, one.value, one.checked] : [one.name, one.value]));
}

function keep(form) {
  const said = typed(form);
  if (said.length) sessionStorage.setItem(key(form), JSON.stringify(said));
  else sessionStorage.removeItem(key(form));
}

function putBack(form) {
  for (const [name, value, ticked] of JSON.parse(sessionStorage.getItem(key(form)) ?? "[]")) {
    const fields = [...form.elements].filter((one) => one.name === name);
    const one = fields.find((field) => !isTick(field) || field.value === value);
    if (!one || one.disabled) continue;
    if (isTick(one)) one.checked = ticked;
    else one.value = value;
    const fold = one.closest("details");
    if (fold) fold.open = true;
    for (const kind of ["input", "change"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

function isBack() {
  return document.wasDiscarded || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}

function start() {
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-remember]")) keep(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.matches("[action*='sign-out']")) sessionStorage.clear();
    else if (form.matches("[data-remember]")) sessionStorage.setItem(SENT, key(form));
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) return;
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
} catch {
  // Then nothing is kept.
}

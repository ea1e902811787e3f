// What the server works out (a part of a column, a pasted table, one more wine) comes back into this page, so that it can
// be undone like anything else.
import { sheet } from "./cells.js";
import { commit, refresh } from "./history.js";
import { recount } from "./totals.js";

const WORKED = ["add", "scale", "paste"];

let isFailed = false;

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (isFailed || event.target !== sheet() || !WORKED.includes(button?.value)) return;
  event.preventDefault();
  commit();
  // Before it is disabled: a disabled button isn't sent.
  const body = new FormData(event.target, button);
  button.disabled = true;
  try {
    const answer = await fetch(event.target.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("form[data-sheet]");
    if (!answer.ok || !fresh) throw new Error("no sheet");
    const faults = [...page.querySelectorAll("#faults li")].map((one) => one.textContent.trim());
    const scroll = sheet().querySelector(".sheet-scroll");
    const [left, top] = [scroll.scrollLeft, scroll.scrollTop];
    sheet().replaceWith(document.adoptNode(fresh));
    Object.assign(sheet().querySelector(".sheet-scroll"), { scrollLeft: left, scrollTop: top });
    if (faults.length) sheet().querySelector("[data-said]").textContent = faults.join(" ");
    commit();
    refresh();
    recount();
    const again = sheet().querySelector(`button[name=act][value=${button.value}]:not([tabindex])`);
    again?.focus();
    // Forms that were changed ask before they are left; this one was.
    sheet().querySelector(".sheet-cell input.is-changed")?.dispatchEvent(new Event("input", { bubbles: true }));
  } catch {
    // As without scripts: the whole page is asked for, once.
    isFailed = true;
    button.disabled = false;
    if (event.target.isConnected) event.target.requestSubmit(button);
  }
});

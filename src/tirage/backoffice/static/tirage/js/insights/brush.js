// Choosing an area, a stretch of days or a row changes the parts of the page that are linked, and nothing else.

let asked = 0;

export async function follow(url, quiet = false) {
  const mine = ++asked;
  const parts = [...document.querySelectorAll("[data-part]")];
  if (!quiet) parts.forEach((part) => part.setAttribute("data-busy", ""));
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    history[quiet ? "replaceState" : "pushState"]({ brushed: true }, "", url);
    for (const part of parts) {
      const next = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next || (quiet && part.dataset.part !== "map")) continue;
      const onMap = document.activeElement?.matches(".atlas-canvas") && next.querySelector(".atlas-canvas");
      const focused = part.contains(document.activeElement) && document.activeElement.closest("[data-key]")?.dataset.key;
      part.replaceWith(next);
      if (onMap) onMap.tabIndex = 0;
      if (onMap) onMap.focus({ preventScroll: true });
      if (focused) next.querySelector(`a[data-key="${focused}"], [data-key="${focused}"] a`)?.focus({ preventScroll: true });
    }
    document.querySelectorAll(".atlas-form input[type=hidden], .atlas-days input[type=hidden]").forEach((one) => one.remove());
    for (const form of ["atlas-form", "atlas-days form"]) adopt(page, `.${form}`);
    dispatchEvent(new Event("tirage:mapped"));
  } catch {
    location.assign(url);
  }
}

// What else the forms keep follows the address, too.
function adopt(page, selector) {
  const form = document.querySelector(selector);
  const hidden = page.querySelectorAll(`${selector} input[type=hidden]`);
  form?.prepend(...hidden);
}

function addressOf(event) {
  const link = event.target.closest?.("a[data-brush]");
  if (link) return link.href?.baseVal ?? link.href;
  const area = event.target.closest?.("g[data-key]");
  if (!area || area.dataset.key.endsWith("-")) return "";
  const url = new URL(area.closest("[data-map]").dataset.choose, location.href);
  if (!area.classList.contains("is-chosen")) url.searchParams.set("area", area.dataset.key);
  return url.href;
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const url = addressOf(event);
  if (!url) return;
  event.preventDefault();
  const next = new URL(url, location.href);
  const view = new URL(location.href).searchParams.get("view");
  if (view && !next.searchParams.get("view")) next.searchParams.set("view", view);
  follow(next);
});
addEventListener("popstate", () => location.reload());

// Menus are <details>, which open and close by themselves; here they also close on Escape, with the focus back where it
// was, on a press elsewhere, and when the focus goes elsewhere.

const MENUS = "details.menu[open], details.rail-menu[open]";

function openMenus() {
  return [...document.querySelectorAll(MENUS)];
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const menu = event.target.closest?.(MENUS) ?? openMenus().at(-1);
  if (!menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

function closeOthers(event) {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
}

document.addEventListener("pointerdown", closeOthers);
document.addEventListener("focusin", closeOthers);

// What lies under the pointer, in words beside it. The words are the shapes' own titles.

let tip, last;

function hide() {
  if (tip) tip.hidden = true;
  last = null;
}

export function tell(stage, event) {
  const area = stage && event.target.closest?.(".atlas-area");
  if (!area || event.pointerType === "touch") return hide();
  if (!tip?.isConnected) {
    tip = document.createElement("div");
    tip.className = "atlas-tip";
    tip.setAttribute("aria-hidden", "true");
    stage.append(tip);
  }
  if (area !== last) {
    last = area;
    const title = area.querySelector("title");
    // The browser's own words would stand over ours.
    if (title) {
      area.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    tip.textContent = area.getAttribute("aria-label");
  }
  tip.hidden = false;
  const { left, top, width } = stage.getBoundingClientRect();
  const x = event.clientX - left;
  tip.style.transform = `translate(${x > width / 2 ? `calc(${x - 12}px - 100%)` : `${x + 12}px`}, ${event.clientY - top + 14}px)`;
  tip.style.insetBlockStart = tip.style.insetInlineStart = "0";
}

document.addEventListener("pointerleave", hide);

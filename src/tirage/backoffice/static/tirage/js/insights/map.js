// The map: closer, wider, along, what lies under the pointer. Without it every step is a link.

import { follow } from "./brush.js";
import { drag } from "./drag.js";
import { hands } from "./hands.js";

const MOST = 40;
let stage, canvas, whole, box, settled;

function begin() {
  stage = document.querySelector("[data-map]");
  canvas = stage?.querySelector(".atlas-canvas");
  if (!canvas) return;
  whole = canvas.dataset.whole.split(" ").map(Number);
  box = canvas.getAttribute("viewBox").split(" ").map(Number);
  drag(stage, canvas, (x, y) => {
    const scale = box[2] / stage.clientWidth;
    show([box[0] - x * scale, box[1] - y * scale, box[2]]);
  });
  hands(canvas, { along, zoom, share });
}

function show(next) {
  const width = Math.min(whole[2], Math.max(whole[2] / MOST, next[2]));
  const height = (width * whole[3]) / whole[2];
  const x = Math.min(Math.max(whole[0], next[0]), whole[2] - width);
  const y = Math.min(Math.max(whole[1], next[1]), whole[3] - height);
  box = [x, y, width, height];
  canvas.setAttribute("viewBox", box.map((one) => one.toFixed(0)).join(" "));
  clearTimeout(settled);
  settled = setTimeout(settle, 400);
}

// Where shapes follow from what is seen (hexagons, clusters), the page is asked for them.
function settle() {
  const url = new URL(location.href);
  if (box[2] < whole[2]) url.searchParams.set("view", box.slice(0, 3).map((one) => (one / 10).toFixed(0)));
  else url.searchParams.delete("view");
  if (/^(hexagons|points|cities)$/.test(url.searchParams.get("layer"))) follow(url, true);
  else history.replaceState(history.state, "", url);
}

function along(x, y) {
  show([box[0] + box[2] * x, box[1] + box[3] * y, box[2]]);
}

// By nought: all of it.
function zoom(by, at = [0.5, 0.5]) {
  if (!by) return show(whole);
  const width = box[2] * by;
  show([box[0] + (box[2] - width) * at[0], box[1] + (box[3] - (box[3] * by)) * at[1], width]);
}

function share(event) {
  const { left, top, width, height } = stage.getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / height];
}

document.addEventListener("click", (event) => {
  const by = event.target.closest?.("[data-zoom]")?.dataset.zoom;
  if (!by || !canvas) return;
  event.preventDefault();
  zoom(Number(by));
});
addEventListener("wheel", (event) => {
  if (!canvas?.contains(event.target) || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.25 : 0.8, share(event));
}, { passive: false });
addEventListener("tirage:mapped", begin);
begin();

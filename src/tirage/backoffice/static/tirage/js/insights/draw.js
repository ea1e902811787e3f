// A place drawn on the map with the pointer. Its corners go along to the form that names it.

const MOST = 60;
let points = null, line = null;

const stage = () => document.querySelector("[data-map]");
const opener = () => document.querySelector("[data-draw]");

function place(event) {
  const canvas = stage().querySelector(".atlas-canvas");
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse());
  return [at.x, at.y];
}

function stop() {
  points = null;
  line?.remove();
  line = null;
  stage()?.removeAttribute("data-draws");
  document.querySelector("[data-draw-help]")?.setAttribute("hidden", "");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-draw]");
  if (!button || !stage()) return;
  event.preventDefault();
  if (stage().dataset.draws) return stop();
  stage().dataset.draws = "1";
  document.querySelector("[data-draw-help]")?.removeAttribute("hidden");
  stage().scrollIntoView({ block: "nearest" });
});
addEventListener("pointerdown", (event) => {
  if (!stage()?.dataset.draws || !stage().contains(event.target)) return;
  event.preventDefault();
  points = [place(event)];
  line = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  line.setAttribute("class", "atlas-drawn");
  stage().querySelector(".atlas-canvas").append(line);
}, true);
addEventListener("pointermove", (event) => {
  if (!points) return;
  points.push(place(event));
  line.setAttribute("points", points.map((one) => one.map(Math.round)).join(" "));
});
addEventListener("pointerup", () => {
  if (!points) return;
  const every = Math.ceil(points.length / MOST);
  const corners = points.filter((_, at) => at % every === 0).map((one) => one.map((part) => (part / 10).toFixed(1)));
  const url = new URL(opener().href);
  url.searchParams.set("drawn", corners.join(" "));
  url.searchParams.set("of", opener().dataset.draw);
  stop();
  if (corners.length > 2) location.assign(url);
});
// A drawn line chooses nothing.
addEventListener("click", (event) => {
  if (stage()?.dataset.draws && stage().contains(event.target)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);
addEventListener("keydown", (event) => event.key === "Escape" && stop());

// The map by keys and by two fingers. Arrows move it, + and − bring it closer and farther, 0 shows all of it.

const STEP = 0.15;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const CLOSER = { "+": 0.5, "=": 0.5, "-": 2, 0: 0 };
const fingers = new Map();
let canvas, map, apart, middle;

export function hands(picture, moves) {
  [canvas, map] = [picture, moves];
  // Only with this can the keys do anything there.
  canvas.tabIndex = 0;
  canvas.setAttribute("aria-keyshortcuts", "ArrowLeft ArrowRight ArrowUp ArrowDown + - 0");
}

addEventListener("keydown", (event) => {
  if (!canvas?.contains(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in ARROWS) map.along(...ARROWS[event.key]);
  else if (event.key in CLOSER) map.zoom(CLOSER[event.key]);
  else return;
  event.preventDefault();
});

// How far the two are from each other, and where their middle is, as a share of the map.
function spread() {
  const [one, other] = [...fingers.values()];
  const between = { clientX: (one.x + other.x) / 2, clientY: (one.y + other.y) / 2 };
  return [Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)), map.share(between)];
}

addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "touch" || !canvas?.contains(event.target)) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (fingers.size === 2) [apart, middle] = spread();
});
// What was between them stays between them.
addEventListener("pointermove", (event) => {
  if (!fingers.has(event.pointerId)) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (fingers.size !== 2) return;
  const [now, here] = spread();
  map.zoom(apart / now, middle);
  map.along(middle[0] - here[0], middle[1] - here[1]);
  [apart, middle] = [now, here];
});
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => fingers.delete(event.pointerId));

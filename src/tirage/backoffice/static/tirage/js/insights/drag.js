// The map along with the pointer: moved as one picture while it is held, drawn anew once it is let go.

import { tell } from "./tip.js";

let stage, canvas, drop, held, moved;

export function drag(on, picture, dropped) {
  [stage, canvas, drop] = [on, picture, dropped];
}

addEventListener("pointerdown", (event) => {
  if (!canvas?.contains(event.target) || event.button || stage.dataset.draws) return;
  // Two fingers don't drag.
  if (!event.isPrimary) return letGo();
  held = [event.clientX, event.clientY];
  moved = false;
});
addEventListener("pointermove", (event) => {
  if (!held) return tell(stage, event);
  const [x, y] = [event.clientX - held[0], event.clientY - held[1]];
  if (!moved && Math.hypot(x, y) < 5) return;
  moved = true;
  stage.classList.add("is-held");
  canvas.style.transform = `translate(${x}px, ${y}px)`;
});
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, (event) => {
    const [from, far] = [held, moved];
    letGo();
    if (from && far && end === "pointerup") drop(event.clientX - from[0], event.clientY - from[1]);
  });
}
function letGo() {
  if (held && moved) canvas.style.transform = "";
  held = null;
  stage?.classList.remove("is-held");
}
// Letting go of the map chooses nothing.
addEventListener("click", (event) => {
  if (!moved || !canvas?.contains(event.target)) return;
  event.preventDefault();
  event.stopPropagation();
  moved = false;
}, true);
addEventListener("dragstart", (event) => canvas?.contains(event.target) && event.preventDefault());

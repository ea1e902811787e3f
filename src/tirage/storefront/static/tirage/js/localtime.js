// A moment on the reader's own clock, beside the winery's; nothing where both clocks say the same.
const say = (at, timeZone) => at.toLocaleString(document.documentElement.lang, {
  weekday: "long", hour: "numeric", minute: "2-digit", timeZone, timeZoneName: "short",
});

for (const place of document.querySelectorAll("[data-local]")) {
  const at = new Date(place.dataset.local);
  const plain = { dateStyle: "short", timeStyle: "short" };
  const there = at.toLocaleString("en", { ...plain, timeZone: place.dataset.zone });
  if (at.toLocaleString("en", plain) === there) continue;
  place.textContent = `On your clock: ${say(at)}.`;
  place.hidden = false;
}

// What the connection does is said once aloud, and stands where the thumb and the total are: [data-thumb].

const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.body.append(status);

export function tell(words) {
  if (status.textContent !== words) status.textContent = words;
  for (const old of document.querySelectorAll(".told")) old.remove();
  if (!words) return;
  for (const part of document.querySelectorAll("[data-thumb]")) {
    const place = document.createElement("p");
    place.className = "told";
    place.textContent = words;
    part.prepend(place);
  }
}

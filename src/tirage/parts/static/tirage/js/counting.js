// How long a text may be: counted beside textarea[data-most] as it is typed or pasted, and never cut off.

function count(area) {
  const most = Number(area.dataset.most);
  const length = [...area.value.trim()].length;
  let place = area.nextElementSibling;
  if (!place?.matches(".field-count")) {
    place = document.createElement("output");
    place.className = "field-count";
    place.setAttribute("for", area.id);
    area.after(place);
  }
  place.textContent = `${length.toLocaleString()} of ${most.toLocaleString()}`;
  place.classList.toggle("is-over", length > most);
  if (length > most) area.setAttribute("aria-invalid", "true");
  else area.removeAttribute("aria-invalid");
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("textarea[data-most]")) count(event.target);
});

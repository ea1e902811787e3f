// The time of kept bottles is over: a notice that waits beside the countdown takes its place. It is said once, nothing
// is asked of the server, and nothing else of the page is touched.

document.addEventListener("tirage:ended", (event) => {
  const place = event.target.closest?.("[data-hold]");
  const over = place?.querySelector("template[data-hold-over]");
  if (!over) return;
  event.preventDefault();
  const notice = over.content.cloneNode(true);
  for (const old of place.querySelectorAll(".countdown, .hold-closing")) old.remove();
  over.remove();
  const said = place.querySelector("[data-hold-said]");
  said.replaceChildren(notice);
  window.htmx?.process(said);
});

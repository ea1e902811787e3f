// The fields of an address follow its country at once; without this by the button beside it.

function follow(list) {
  const button = list.parentElement.querySelector("[data-country-act]");
  if (button) list.form.requestSubmit(button);
}

addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-country]")) follow(target);
});

// Chosen before this was there, or put back by the browser.
for (const list of document.querySelectorAll("[data-country]")) {
  if (!list.selectedOptions[0]?.defaultSelected) follow(list);
}

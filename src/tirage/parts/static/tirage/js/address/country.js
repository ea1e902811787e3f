// The fields of an address follow its country at once; without this by the button beside it.

addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-country]")) return;
  const button = target.parentElement.querySelector("[data-country-act]");
  if (button) target.form.requestSubmit(button);
});

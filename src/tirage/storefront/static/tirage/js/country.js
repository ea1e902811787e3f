// The fields of an address follow its country at once; without this they do when the form is sent.

addEventListener("change", ({ target }) => {
  const path = target.dataset?.country;
  if (!path) return;
  const act = document.createElement("input");
  act.type = "hidden";
  act.name = "act";
  act.value = "country";
  target.form.append(act);
  target.form.action = path;
  target.form.submit();
});

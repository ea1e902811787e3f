// A row of the checkout says what is chosen in it: [data-picked] of the details around the choices.

document.addEventListener("change", ({ target }) => {
  const said = target.type === "radio" && target.closest("details.pick")?.querySelector("[data-picked]");
  const words = target.closest("label")?.querySelector(".choice-words");
  if (said && words) said.textContent = [...(words.children.length ? words.children : [words])].map((one) => one.textContent).join(" · ");
});

// <a href="#name" data-dialog="name"> opens <dialog id="name">; [data-dialog-close] or a click beside it closes.

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const open = event.target.closest?.("dialog[open]");
  if (!open) return;
  const close = event.target.closest("[data-dialog-close]");
  if (close) event.preventDefault();
  if (close || event.target === open) open.close();
});

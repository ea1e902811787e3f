// The map as a PNG: the picture that the server draws, painted twice as large.

const LARGER = 2;

function show() {
  document.querySelectorAll("[data-picture]").forEach((one) => one.removeAttribute("hidden"));
}

async function save(url) {
  const text = await (await fetch(url)).text();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * LARGER, image.height * LARGER];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png");
  link.download = "map.png";
  link.click();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-picture]");
  if (!link) return;
  event.preventDefault();
  save(link.href).catch(() => location.assign(link.href));
});
addEventListener("tirage:mapped", show);
show();

// Counts the server's time down, whatever the device's clock says: [data-countdown] has data-now and data-until.

const URGENT_SECONDS = 120;
const running = new WeakMap();

// The device's time at which the page (or the swapped part) left the server. The browser's own origin of time may be
// another: it stays where it was when somebody sets the device's clock right.
function sentAt(fresh) {
  const navigation = performance.getEntriesByType("navigation")[0];
  return fresh && navigation ? Date.now() - (performance.now() - navigation.responseStart) : Date.now();
}

function face(seconds) {
  const pad = (number) => String(number).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) return `${days} ${days === 1 ? "day" : "days"} ${hours}:${pad(minutes)}:${pad(seconds % 60)}`;
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

function say(element, words) {
  const said = element.querySelector("[data-countdown-said]");
  if (said) said.textContent = words;
}

function end(element) {
  // A page may say it in its own way.
  const ended = new CustomEvent("tirage:ended", { bubbles: true, cancelable: true });
  if (!element.dispatchEvent(ended)) return;
  const words = element.dataset.ended ?? "Time is up.";
  element.dataset.state = "ended";
  element.querySelector(".countdown-words").textContent = words;
  say(element, words);
  if ("reload" in element.dataset) window.location.reload();
}

function start(element, fresh) {
  if (running.has(element)) return;
  const length = Date.parse(element.dataset.until) - Date.parse(element.dataset.now);
  const origin = sentAt(fresh);
  const time = element.querySelector("[data-countdown-time]");
  if (length <= 0) return;
  const tick = () => {
    const left = Math.ceil((length - (Date.now() - origin)) / 1000);
    if (!element.isConnected || left <= 0) {
      clearInterval(running.get(element));
      if (element.isConnected) end(element);
      return;
    }
    time.textContent = face(left);
    if (left <= URGENT_SECONDS && element.dataset.state !== "urgent") {
      element.dataset.state = "urgent";
      say(element, "Two minutes left.");
    }
  };
  running.set(element, setInterval(tick, 1000));
  tick();
}

function startAll(root, fresh) {
  for (const element of root.querySelectorAll("[data-countdown]")) start(element, fresh);
}

startAll(document, true);
document.addEventListener("htmx:afterSettle", (event) => startAll(event.target.parentElement ?? document, false));

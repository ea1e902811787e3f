// What customers and the team share. Everything here only helps; each page works without it.
import "./stepper.js";
import "./countdown.js";
import "./counting.js";

// A summary of errors is read first.
const readFirst = (part) => part.querySelector?.("[data-focus]")?.focus();
readFirst(document);
document.addEventListener("htmx:afterSettle", (event) => readFirst(event.target));

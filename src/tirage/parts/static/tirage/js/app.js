// Everything here only helps; each page works without it.
import "./stepper.js";
import "./countdown.js";
import "./dialog.js";
import "./search.js";
import "./choose.js";
import "./menu.js";
import "./unsaved.js";
import "./counting.js";
import "./session.js";
import "./newer.js";

// A summary of errors is read first.
const readFirst = (part) => part.querySelector?.("[data-focus]")?.focus();
readFirst(document);
document.addEventListener("htmx:afterSettle", (event) => readFirst(event.target));

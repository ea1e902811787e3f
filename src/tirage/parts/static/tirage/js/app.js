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

// A summary of errors is read first.
document.querySelector("[data-focus]")?.focus();

// What only the team's pages use, so that customers don't wait for it. Everything here only helps.
import "./dialog.js";
import "./search.js";
import "./choose.js";
import "./menu.js";
import "./unsaved.js";
import "./session.js";
import "./newer.js";

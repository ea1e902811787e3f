// Everything here only helps; each page of the shop works without it.
import "./hold.js";
import "./unsent.js";
import "./remembering.js";
import "./sums.js";

// Everything here only helps; each page of the shop works without it.
import "./hold.js";

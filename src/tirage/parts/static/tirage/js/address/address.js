// Everything here only helps; an address can be typed without it.
import "./country.js";
import "./suggesting.js";

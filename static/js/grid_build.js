/** The cells of a trial run on a map: all of it where it is small, else amid what is built-up. */

import { createMap } from "./lib/map.js";
import { token } from "./lib/labels.js";

const L = globalThis.L;
const CELLS_FROM = 15; // the zoom from which cells are drawn
const element = document.getElementById("preview-map");
const config = JSON.parse(document.getElementById("map-config").textContent);
const { map } = createMap(element, config);
map.placed = true;
L.rectangle(config.bounds, { color: token("--accent", element), weight: 1.5, dashArray: "6 4", fill: false, interactive: false }).addTo(map);
if (map.getBoundsZoom(config.bounds) >= CELLS_FROM) map.fitBounds(config.bounds);
else map.setView(config.spot, CELLS_FROM);

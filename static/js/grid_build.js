/** The cells of a trial run on a map. */

import { createMap } from "./lib/map.js";

const config = JSON.parse(document.getElementById("map-config").textContent);
const { map } = createMap(document.getElementById("preview-map"), config);
map.placed = true;
map.fitBounds(config.bounds);

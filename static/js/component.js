/** Where a component stands, with what stands around it. */

import { createMap } from "./lib/map.js";

const config = JSON.parse(document.getElementById("component-map-config").textContent);
const { map } = createMap(document.getElementById("component-map"), config);
const icon = globalThis.L.divIcon({ className: "", html: '<i class="bi bi-geo-alt-fill map-pin"></i>', iconSize: [28, 28], iconAnchor: [14, 28] });
globalThis.L.marker(config.center, { icon, keyboard: false, interactive: false }).addTo(map);

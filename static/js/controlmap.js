/** The ground of one control area. */

import { createMap } from "./lib/map.js";
import { baseStyle } from "./lib/mapstyle.js";

const L = globalThis.L;
const element = document.getElementById("control-map");
const view = createMap(element, JSON.parse(document.getElementById("map-config").textContent));
const shape = L.geoJSON(JSON.parse(document.getElementById("control-shape").textContent), { style: baseStyle("controls", element) });
shape.addTo(view.map);
view.map.fitBounds(shape.getBounds(), { padding: [60, 60], maxZoom: 18 });

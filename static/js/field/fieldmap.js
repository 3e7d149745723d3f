/** The map of the phone: the city's layers, the own duty grids, and where one stands. */

import { createMap } from "../lib/map.js";
import { token } from "../lib/labels.js";
import { ask } from "../lib/session.js";
import { word } from "./words.js";

const L = globalThis.L;

/** A map with the layers named in `only` of the page's #on-map. */
export function fieldMap(element, { only, ...options } = {}) {
  const setup = JSON.parse(document.getElementById("on-map").textContent);
  if (only) for (const name of ["cells", "cases"]) if (!only.includes(name)) delete setup[name];
  if (!setup.center) delete setup.center;
  const view = createMap(element, { ...setup, ...options });
  view.grids = drawGrids(view, element);
  return view;
}

async function drawGrids({ map }, element) {
  const response = await ask(word("grids"), { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} grids`);
  const data = await response.json();
  const style = { color: token("--accent", element), weight: 3, dashArray: "8 5", fill: false };
  return L.geoJSON(data, { style, interactive: false }).addTo(map);
}

/** Draws (or moves) the mark of the phone itself, with its accuracy as a circle. */
export function standAt(view, { longitude, latitude, accuracy }) {
  const place = [latitude, longitude];
  const color = token("--accent", view.map.getContainer());
  view.me?.remove();
  view.me = L.layerGroup([
    L.circle(place, { radius: Math.min(accuracy, 500), color, weight: 1, fillOpacity: 0.1, interactive: false }),
    L.circleMarker(place, { radius: 7, color: token("--surface"), weight: 2, fillColor: color, fillOpacity: 1, interactive: false }),
  ]).addTo(view.map);
}

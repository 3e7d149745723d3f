/** How the base map looks: strokes and fills by kind, read from the tokens at the map's element. */

import { token } from "./labels.js";

const L = globalThis.L;

const STYLES = {
  ground: { fill: "--map-ground", fillOpacity: 1 },
  river: { fill: "--map-river", stroke: "--map-river", weight: 4, fillOpacity: 1 },
  park: { fill: "--map-park", fillOpacity: 1 },
  hill: { fill: "--map-hill", fillOpacity: 1 },
  road_main: { stroke: "--map-road", weight: 6, line: true },
  road_main_edge: { stroke: "--map-road-edge", weight: 8, line: true },
  road_secondary: { stroke: "--map-road", weight: 3.5, line: true },
  road_secondary_edge: { stroke: "--map-road-edge", weight: 5, line: true },
  lane: { stroke: "--map-lane", weight: 2, line: true },
  district: { stroke: "--map-border", weight: 2, dashArray: "8 4 2 4" },
  street: { stroke: "--map-border", weight: 1.5, dashArray: "6 4" },
  community: { stroke: "--map-border", weight: 0.8, dashArray: "2 3" },
  duty: { stroke: "--state-dispatch", weight: 2, fill: "--state-dispatch", fillOpacity: 0.05 },
  management: { stroke: "--state-dispose", weight: 1.5, fill: "--state-dispose", fillOpacity: 0.05 },
  evaluation: { stroke: "--state-intake", weight: 2, dashArray: "6 3", fill: "--state-intake", fillOpacity: 0.05 },
  controls: { stroke: "--alert", weight: 2, dashArray: "4 4", fill: "--alert", fillOpacity: 0.12 },
  cell: { stroke: "--map-cell", weight: 0.8, fill: "--map-cell", fillOpacity: 0.04 },
};

/** How much larger than on a desk the text at `element` is: lines and marks grow with it. */
export function scaleOf(element) {
  return parseFloat(getComputedStyle(element).fontSize) / 13;
}

const dashed = (dashes, element) => dashes?.split(" ").map((length) => length * scaleOf(element)).join(" ");

/** Leaflet's path options for a kind; null where the kind has no such style. */
export function baseStyle(kind, element, properties = {}) {
  const style = STYLES[kind];
  if (!style) return null;
  const fill = properties.load ? `--map-load-${Math.min(5, Math.max(1, properties.load))}` : style.fill;
  return {
    color: style.stroke ? token(style.stroke, element) : undefined,
    stroke: Boolean(style.stroke), weight: style.weight * scaleOf(element) || 0, dashArray: dashed(style.dashArray, element),
    fill: Boolean(fill) && !style.line, fillColor: fill ? token(fill, element) : undefined,
    fillOpacity: properties.load ? 0.65 : style.fillOpacity, lineCap: "round", lineJoin: "round",
  };
}

const NAMED = new Set(["district", "street", "community", "park", "river", "hill", "road_main"]);

/** The name of an area, park, river or main road as a label in its middle; null where none. */
export function nameOf(feature) {
  const { kind, name } = feature.properties;
  if (!name || !NAMED.has(kind)) return null;
  const text = Object.assign(document.createElement("span"), { textContent: name }).innerHTML;
  return L.tooltip({ permanent: true, direction: "center", pane: "names", className: `map-name map-name-${kind}`, interactive: false })
    .setLatLng(middle(feature)).setContent(text);
}

function middle(feature) {
  const shape = L.geoJSON(feature);
  if (!feature.geometry.type.endsWith("LineString")) return shape.getBounds().getCenter();
  const line = feature.geometry.type === "LineString" ? feature.geometry.coordinates : feature.geometry.coordinates[0];
  const [lon, lat] = line[Math.floor(line.length / 2)];
  return L.latLng(lat, lon);
}

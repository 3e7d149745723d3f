/** Marks of cases and components: hue is the state, a square is overdue, a number is a cluster. */

import { token } from "./labels.js";
import { scaleOf } from "./mapstyle.js";

const L = globalThis.L;

/** `properties`: {state, overdue, suspended, fresh, selected}; `element`: the map's. */
export function caseIcon({ state, overdue, suspended, fresh, selected }, element) {
  const size = 14 * scaleOf(element);
  const flags = { "is-overdue": overdue, "is-suspended": suspended || state === "suspended", "is-new": fresh, "is-selected": selected };
  const classes = ["map-case", `hue-${state}`, ...Object.keys(flags).filter((name) => flags[name])];
  return L.divIcon({ className: "", html: `<span class="${classes.join(" ")}"></span>`, iconSize: [size, size] });
}

/** A cluster of cases has a red ring as soon as one of them is overdue. */
export function caseCluster(cluster, element) {
  const overdue = cluster.getAllChildMarkers().some((marker) => marker.options.properties?.overdue);
  return clusterIcon(cluster.getChildCount(), `map-cluster-cases${overdue ? " has-overdue" : ""}`, element);
}

/** Components may already be counted by the server: a point's `count` is added up. */
export function componentCluster(cluster, element) {
  const counts = cluster.getAllChildMarkers().map((marker) => marker.options.count ?? 1);
  return clusterIcon(counts.reduce((sum, count) => sum + count, 0), "", element);
}

function clusterIcon(count, name, element) {
  const size = (count < 100 ? 28 : count < 1000 ? 34 : 42) * scaleOf(element);
  return L.divIcon({ className: "marker-cluster", html: `<span class="map-cluster ${name}">${count}</span>`, iconSize: [size, size] });
}

export function componentStyle(feature, element) {
  const { count = 1, status } = feature.properties;
  const scale = scaleOf(element);
  return {
    count, radius: (count > 1 ? Math.min(16, 5 + Math.log2(count)) : 4) * scale, weight: 1.5 * scale,
    color: token("--surface", element), fillColor: token(status === "gone" ? "--state-void" : "--map-component", element), fillOpacity: 1,
  };
}

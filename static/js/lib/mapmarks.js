/** Marks of cases and components: hue is the state, a square is overdue, a number is a cluster. */

import { token } from "./labels.js";

const L = globalThis.L;

/** `properties`: {state, overdue, suspended, fresh, selected}. */
export function caseIcon({ state, overdue, suspended, fresh, selected }) {
  const flags = { "is-overdue": overdue, "is-suspended": suspended || state === "suspended", "is-new": fresh, "is-selected": selected };
  const classes = ["map-case", `hue-${state}`, ...Object.keys(flags).filter((name) => flags[name])];
  return L.divIcon({ className: "", html: `<span class="${classes.join(" ")}"></span>`, iconSize: [14, 14] });
}

/** A cluster of cases has a red ring as soon as one of them is overdue. */
export function caseCluster(cluster) {
  const overdue = cluster.getAllChildMarkers().some((marker) => marker.options.properties?.overdue);
  return clusterIcon(cluster.getChildCount(), `map-cluster-cases${overdue ? " has-overdue" : ""}`);
}

/** Components may already be counted by the server: a point's `count` is added up. */
export function componentCluster(cluster) {
  const counts = cluster.getAllChildMarkers().map((marker) => marker.options.count ?? 1);
  return clusterIcon(counts.reduce((sum, count) => sum + count, 0), "");
}

function clusterIcon(count, name) {
  const size = count < 100 ? 28 : count < 1000 ? 34 : 42;
  return L.divIcon({ className: "marker-cluster", html: `<span class="map-cluster ${name}">${count}</span>`, iconSize: [size, size] });
}

export function componentStyle(feature, element) {
  const { count = 1, status } = feature.properties;
  return {
    count, radius: count > 1 ? Math.min(16, 5 + Math.log2(count)) : 4, weight: 1.5,
    color: token("--surface", element), fillColor: token(status === "gone" ? "--state-void" : "--map-component", element), fillOpacity: 1,
  };
}

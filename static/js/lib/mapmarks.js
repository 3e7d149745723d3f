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

const FAMILIES = {
  intake: "draft registered verifying to_file decline_review", dispatch: "to_dispatch to_dispose", dispose: "disposing dept_review",
  check: "feedback_in to_check checking to_close close_review", suspended: "suspended", closed: "closed", void: "void",
};
const FAMILY = new Map(Object.entries(FAMILIES).flatMap(([family, states]) => states.split(" ").map((state) => [state, family])));

/** A cluster of cases is a ring of their states; a red square around it as soon as one is overdue. */
export function caseCluster(cluster, element) {
  const cases = cluster.getAllChildMarkers().map((marker) => marker.options.properties ?? {});
  const icon = clusterIcon(cases.length, `map-cluster-cases${cases.some((one) => one.overdue) ? " has-overdue" : ""}`, element);
  icon.options.html.style.setProperty("--ring", ring(cases.map(({ state }) => FAMILY.get(state) ?? "void")));
  return icon;
}

function ring(families) {
  let from = 0;
  const slices = Object.keys(FAMILIES).flatMap((family) => {
    const to = from + (100 * families.filter((one) => one === family).length) / families.length;
    const slice = to > from ? [`var(--state-${family}) ${from}% ${to}%`] : [];
    from = to;
    return slice;
  });
  return `conic-gradient(${slices.join(", ")})`;
}

/** Components may already be counted by the server: a point's `count` is added up. */
export function componentCluster(cluster, element) {
  const counts = cluster.getAllChildMarkers().map((marker) => marker.options.count ?? 1);
  return clusterIcon(counts.reduce((sum, count) => sum + count, 0), "", element);
}

function clusterIcon(count, name, element) {
  const size = (count < 100 ? 28 : count < 1000 ? 34 : 42) * scaleOf(element);
  const html = Object.assign(document.createElement("span"), { className: `map-cluster ${name}`, textContent: count });
  return L.divIcon({ className: "marker-cluster", html, iconSize: [size, size] });
}

export function componentStyle(feature, element) {
  const { count = 1, status } = feature.properties;
  const scale = scaleOf(element);
  return {
    count, radius: (count > 1 ? Math.min(16, 5 + Math.log2(count)) : 4) * scale, weight: 1.5 * scale,
    color: token("--surface", element), fillColor: token(status === "gone" ? "--state-void" : "--map-component", element), fillOpacity: 1,
  };
}

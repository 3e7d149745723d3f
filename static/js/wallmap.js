/**
 * The map of the wall: open cases by state, collectors on duty; moved by the feed. Of the whole,
 * communities are shaded by their open cases; of one street, its unit grids.
 */

import { createMap } from "./lib/map.js";
import { caseCluster, caseIcon } from "./lib/mapmarks.js";
import { baseStyle, scaleOf } from "./lib/mapstyle.js";
import { token } from "./lib/labels.js";

const L = globalThis.L;
const FINAL = new Set(["closed", "void"]);
const SHADES = 5;
const PER_SHADE = 2; // open cases of a community
const SHADED = 0.55;
const APART = 30; // px of a desk between two clusters: their rings stand beside each other
const FAREWELL_MS = 4000; // a closed case is seen green before it leaves the map

export class WallMap {
  /** `ground`: address of the base map; `scenes`: [{code, name, box}], the whole first. */
  constructor(element, { ground, scenes }) {
    const { box } = scenes[0];
    this.element = element;
    const [west, south, east, north] = box ?? [103.6, 36.05, 103.8, 36.15];
    this.view = createMap(element, { base: ground, switch: false, detail: 2, center: [(south + north) / 2, (west + east) / 2] });
    const { map } = this.view;
    Object.assign(map.options, { zoomSnap: 0, zoomDelta: 0.5 });
    map.createPane("load").style.zIndex = 290; // over the ground, under roads, borders and marks
    this.communities = L.geoJSON(null, { pane: "load", interactive: false, stroke: false });
    element.addEventListener("map:base", ({ detail: { features } }) => this.know(features));
    this.cells = L.geoJSON(null, { pane: "load", interactive: false, style: (feature) => this.cellStyle(feature) });
    map.createPane("people").style.zIndex = 440; // under the names
    this.people = L.layerGroup().addTo(map);
    this.cases = L.markerClusterGroup({
      maxClusterRadius: APART * scaleOf(element), disableClusteringAtZoom: 16, showCoverageOnHover: false,
      iconCreateFunction: (cluster) => caseCluster(cluster, element),
    }).addTo(map);
    this.marks = new Map();
    this.streets = scenes.slice(1).filter((scene) => scene.box).map((scene) => this.street(scene));
    this.box = box;
    this.show(box, "");
    new ResizeObserver(() => this.show(this.box)).observe(element);
  }

  /** Takes the communities from the base map. */
  know(features) {
    this.communities.clearLayers().addData(features.filter(({ properties: { kind } }) => kind === "community"));
    this.shade();
  }

  /** Shades the communities by the open cases on the map. */
  shade() {
    const found = new Map();
    for (const { options: { properties: { area, state } } } of this.marks.values()) {
      if (!FINAL.has(state)) found.set(area, (found.get(area) ?? 0) + 1);
    }
    this.communities.setStyle(({ properties: { code } }) => {
      const shade = Math.min(SHADES, Math.ceil((found.get(code) ?? 0) / PER_SHADE));
      return { stroke: false, fill: shade > 0, fillColor: shade ? token(`--map-load-${shade}`, this.element) : undefined, fillOpacity: SHADED };
    });
  }

  /** `code`: of the area that is looked at, empty for the whole. */
  show(box, code = this.code) {
    this.code = code;
    const { map } = this.view;
    map[code ? "removeLayer" : "addLayer"](this.communities);
    map[code ? "addLayer" : "removeLayer"](this.cells);
    if (!box) return;
    this.box = box;
    const [west, south, east, north] = box;
    const room = [12, 12].map((side) => side * scaleOf(this.element));
    this.view.map.fitBounds([[south, west], [north, east]], { padding: room, animate: false });
  }

  /** The name of a street with its open cases, above the middle of its ground. */
  street({ code, name, box: [west, south, east, north] }) {
    const text = L.tooltip({ permanent: true, direction: "center", pane: "names", className: "wall-street", interactive: false });
    text.setLatLng([south + (north - south) * 0.66, (west + east) / 2]).setContent(Object.assign(document.createElement("div"), { textContent: name })).addTo(this.view.map);
    return { code, name, box: text.getContent() };
  }

  /** Counts the cases on the map by street and writes the numbers at their names. */
  number() {
    const found = new Map();
    for (const { options: { properties: { area, overdue, state } } } of this.marks.values()) {
      if (FINAL.has(state)) continue;
      const code = area.slice(0, 9);
      const [open, late] = found.get(code) ?? [0, 0];
      found.set(code, [open + 1, late + Number(overdue)]);
    }
    for (const { code, name, box } of this.streets) {
      if (!code.startsWith(this.code)) {
        box.replaceChildren(name);
        continue;
      }
      const [open, late] = found.get(code) ?? [0, 0];
      const count = document.createElement("strong");
      count.textContent = open;
      if (late) count.append(" ", Object.assign(document.createElement("span"), { className: "light light-red", textContent: late }));
      box.replaceChildren(name, count);
    }
    this.shade();
  }

  cellStyle({ properties }) {
    const style = baseStyle("cell", this.element, properties);
    return properties.overdue ? { ...style, color: token("--light-red", this.element), weight: 1.5 * scaleOf(this.element) } : style;
  }

  /** Takes the document of /wall/layers.json; answers the number of collectors. */
  put({ cases, cells, collectors }) {
    this.cells.clearLayers().addData(cells);
    this.marks.clear();
    this.cases.clearLayers();
    this.cases.addLayers(cases.features.map(({ geometry, properties }) => this.mark(geometry.coordinates, properties)));
    this.people.clearLayers();
    const size = 14 * scaleOf(this.element);
    for (const { geometry: { coordinates: [lon, lat] } } of collectors.features) {
      const icon = L.divIcon({ className: "", html: '<span class="map-person"></span>', iconSize: [size, size] });
      this.people.addLayer(L.marker([lat, lon], { icon, interactive: false, keyboard: false, pane: "people" }));
    }
    this.number();
    return collectors.features.length;
  }

  mark([lon, lat], properties) {
    const marker = L.marker([lat, lon], { icon: caseIcon(properties, this.element), properties, title: properties.number, keyboard: false });
    marker.on("click", () => location.assign(`/cases/${properties.number}/`));
    this.marks.set(properties.number, marker);
    return marker;
  }

  /** Whether this case is on the map as overdue. */
  isOverdue(number) {
    return Boolean(this.marks.get(number)?.options.properties.overdue);
  }

  /** A move told by the live feed: the mark appears, changes, or takes its leave. */
  hear(event) {
    const known = this.marks.get(event.case);
    if (known) this.cases.removeLayer(known);
    const properties = { number: event.case, area: event.area, state: event.state, overdue: event.overdue, fresh: event.action === "report" };
    const marker = this.mark([event.lon, event.lat], properties);
    this.cases.addLayer(marker);
    this.number();
    if (!FINAL.has(event.state)) return;
    setTimeout(() => {
      if (this.marks.get(event.case) !== marker) return;
      this.cases.removeLayer(marker);
      this.marks.delete(event.case);
    }, FAREWELL_MS);
  }
}

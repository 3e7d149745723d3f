/**
 * Leaflet maps drawn from the city's own layers; no tiles unless a configuration names some.
 *
 * Needs parts/map_assets.html and parts/map_styles.html in the page. Colours come from the tokens
 * in force at the element, so the same code draws the light desk and the dark wall.
 */

import { baseStyle, nameOf, scaleOf } from "./mapstyle.js";
import { caseIcon, caseCluster, componentCluster, componentStyle } from "./mapmarks.js";
import { label } from "./labels.js";
import { Refusal, answerOf, asker } from "./latest.js";
import { jsonOf } from "./received.js";

const L = globalThis.L;
const DRAWN_ABOVE = 0.3; // share of the view loaded beyond its edge, so small moves load nothing

/**
 * Makes a map in `element`. Options, all but the first may be missing or be given in
 * data-config (JSON): base, cells, components, cases (addresses), center [lat, lon], zoom,
 * tiles [{url, attribution, name, maxZoom}], only (layer names shown at first), detail (how many
 * zoom levels sooner roads and borders appear). A drawn base map is told as `map:base` on the element.
 * Answers {map, layers, refresh(name), fit(), destroy()}.
 */
export function createMap(element, options = {}) {
  const config = { ...JSON.parse(element.dataset.config ?? "{}"), ...options };
  const map = L.map(element, {
    crs: L.CRS.EPSG3857, zoomControl: false, preferCanvas: true, attributionControl: true,
    center: config.center ?? [36.1, 103.72], zoom: config.zoom ?? 14, minZoom: 9, maxZoom: 20,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: label("map-zoom-in"), zoomOutTitle: label("map-zoom-out") }).addTo(map);
  map.createPane("ground").style.zIndex = 280; // under what is shaded by load
  map.createPane("base").style.zIndex = 300; // under cells, components and cases
  map.createPane("names").style.zIndex = 450; // over cells, under marks
  map.getPane("names").style.pointerEvents = "none";
  const view = { map, element, layers: {}, config, notes: {}, failed: new Set(), loads: new Map() };
  addTiles(view);
  addLayers(view);
  // A map that was hidden or resized (columns, folded parts) has to measure itself again.
  const watcher = new ResizeObserver(() => map.invalidateSize({ pan: false }));
  watcher.observe(element);
  const again = () => { for (const name of view.failed) view.layers[name].reload(); };
  addEventListener("online", again);
  return {
    map, layers: view.layers,
    refresh: (name) => view.layers[name]?.reload(),
    fit: () => view.bounds && map.fitBounds(view.bounds),
    destroy: () => { watcher.disconnect(); removeEventListener("online", again); map.remove(); },
  };
}

function addTiles({ map, config }) {
  for (const tile of config.tiles ?? []) {
    L.tileLayer(tile.url, { attribution: tile.attribution, maxZoom: 20, maxNativeZoom: tile.maxZoom ?? 18 }).addTo(map);
  }
}

function addLayers(view) {
  const { config } = view;
  if (config.base) view.layers.areas = baseLayer(view, config.base);
  if (config.roads) view.layers.roads = viewportLayer(view, "roads", config.roads, 15, roadLayer(view));
  if (config.cells) view.layers.cells = viewportLayer(view, "cells", config.cells, 15, cellLayer(view));
  for (const name of GROUNDS) if (config[name]) view.layers[name] = viewportLayer(view, name, config[name], GROUND_ZOOM[name] ?? 0, groundLayer(view, name));
  if (config.components) view.layers.components = viewportLayer(view, "components", config.components, 15, componentLayer(view));
  if (config.cases) view.layers.cases = viewportLayer(view, "cases", config.cases, 0, caseLayer(view));
  const shown = config.only ?? Object.keys(view.layers);
  const overlays = {};
  for (const [name, layer] of Object.entries(view.layers)) {
    if (shown.includes(name)) layer.group.addTo(view.map);
    overlays[label(`map-layer-${name}`)] = layer.group;
  }
  if (config.switch ?? Object.keys(overlays).length > 1) {
    const control = L.control.layers(null, overlays, { collapsed: true }).addTo(view.map);
    control.getContainer().querySelector(".leaflet-control-layers-toggle").title = label("map-layers");
  }
}

// Ground that other grids and rules lay over the unit grids; wide ones first, so that each is hit.
const GROUNDS = ["evaluation", "duty", "management", "controls"];
const GROUND_ZOOM = { management: 14 };

async function load(view, name, url, signal) {
  const response = await answerOf(url, { headers: { Accept: "application/json" }, signal });
  const data = await jsonOf(response);
  if (!data) throw new Refusal(0, url);
  fail(view, name, false);
  if (data.schematic) note(view, "schematic", label("map-schematic"));
  if ("truncated" in data) note(view, `more-${name}`, data.truncated ? label("map-truncated", { name: label(`map-layer-${name}`) }) : "");
  if (data.attribution) view.map.attributionControl.addAttribution(escaped(data.attribution));
  return data;
}

/** Loads and says in the map itself when that fails; a load that was given up is no failure. */
async function tryLoad(view, name, url, signal) {
  try {
    return await load(view, name, url, signal);
  } catch (error) {
    if (error.name === "AbortError") return null;
    if (!(error instanceof Refusal)) throw error;
    fail(view, name, true);
    return null;
  }
}

/** The map names the layers that are missing, until they come. */
function fail(view, name, missing) {
  if (missing === view.failed.has(name)) return;
  if (missing) view.failed.add(name);
  else view.failed.delete(name);
  const names = [...view.failed].map((one) => label(`map-layer-${one}`)).join(", ");
  note(view, "failed", names && label("map-failed", { name: names }));
}

function note(view, kind, text) {
  view.notes[kind]?.remove();
  delete view.notes[kind];
  if (!text) return;
  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => Object.assign(L.DomUtil.create("div", `map-${kind}`), { textContent: text });
  view.notes[kind] = control.addTo(view.map);
}

function escaped(text) {
  return Object.assign(document.createElement("span"), { textContent: text }).innerHTML;
}

/* --- layers ------------------------------------------------------------------------------- */

const PANES = ["ground", "hill", "park", "river", "lane", "road_secondary", "road_main", "community", "street", "district"];
const FIRST_ZOOM = { lane: 16, community: 15, road_secondary: 14, street: 12, park: 12 };
const NAMES_FROM = { street: 13, community: 15, park: 14, road_main: 14 };
const NAMES_TO = { district: 12, street: 15 };

function baseLayer(view, url) {
  const group = L.layerGroup();
  const kinds = new Map();
  let shown = "";
  // Canvas draws in the order of adding, so a change of what is shown adds all of it again.
  const arrange = () => {
    const zoom = view.map.getZoom() - Math.log2(scaleOf(view.element));
    const layers = PANES.flatMap((kind) => kinds.get(kind) ?? []).filter((one) => one.fits(zoom));
    const now = layers.map((one) => one.id).join();
    if (now === shown) return;
    shown = now;
    group.clearLayers();
    for (const { layer } of layers) group.addLayer(layer);
  };
  const reload = async () => {
    const data = await tryLoad(view, "areas", url);
    if (!data) return;
    for (const kind of PANES) {
      const drawn = kind === "ground" ? "district" : kind;
      kinds.set(kind, kindLayers(view, kind, data.features.filter((feature) => feature.properties.kind === drawn)));
    }
    arrange();
    view.element.dispatchEvent(new CustomEvent("map:base", { detail: data }));
    view.bounds = L.geoJSON(data).getBounds();
    // Whoever has set a pin meanwhile stays where it is.
    if (!view.config.center && !view.map.placed && view.bounds.isValid()) view.map.fitBounds(view.bounds, { animate: false });
  };
  view.map.on("zoomend", arrange);
  reload();
  return { group, reload };
}

/** [{id, layer, fits(zoom)}]: edge, shape and names of one kind, in the order of drawing. */
function kindLayers(view, kind, features) {
  if (!features.length) return [];
  const shape = (name) => {
    const style = baseStyle(name, view.element);
    if (!style) return null;
    const styled = ({ geometry }) => (geometry.type.endsWith("LineString") ? { ...style, fill: false } : style);
    return L.geoJSON(features, { style: styled, interactive: false, pane: kind === "ground" ? kind : "base" });
  };
  if (kind === "ground") return [{ layer: shape(kind), fits: () => true }].map((one) => ({ ...one, id: L.stamp(one.layer) }));
  const from = (FIRST_ZOOM[kind] ?? 0) - (view.config.detail ?? 0);
  const [first, last] = [NAMES_FROM[kind] ?? from, NAMES_TO[kind] ?? 99];
  const drawn = (zoom) => zoom >= from;
  return [
    { layer: shape(`${kind}_edge`), fits: drawn },
    { layer: shape(kind), fits: drawn },
    { layer: L.layerGroup(features.map(nameOf).filter(Boolean)), fits: (zoom) => zoom >= first && zoom <= last },
  ].filter(({ layer }) => layer).map((one) => ({ ...one, id: L.stamp(one.layer) }));
}

/** A layer that loads what the view shows, and a margin, whenever the view leaves what is loaded. */
function viewportLayer(view, name, url, minZoom, { group, put }) {
  let loaded = null;
  let zoom = null;
  let controller = null;
  const reload = async () => {
    controller?.abort();
    controller = new AbortController();
    const bounds = view.map.getBounds().pad(DRAWN_ABOVE);
    const address = new URL(url, location.href);
    address.searchParams.set("bbox", bounds.toBBoxString());
    address.searchParams.set("zoom", view.map.getZoom());
    const data = await tryLoad(view, name, address, controller.signal);
    if (!data) return;
    [loaded, zoom] = [bounds, view.map.getZoom()];
    put(data.features);
  };
  const moved = () => {
    if (!view.map.hasLayer(group)) return;
    if (view.map.getZoom() < minZoom) {
      loaded = null;
      put([]);
    } else if (!loaded?.contains(view.map.getBounds()) || zoom !== view.map.getZoom()) reload();
  };
  view.map.on("moveend", moved);
  group.on("add", moved);
  return { group, reload };
}

/** The smaller roads of a city too large to have them all in its base map. */
function roadLayer(view) {
  const style = ({ properties }) => ({ ...baseStyle(properties.kind, view.element), fill: false });
  const layer = L.geoJSON(null, { style, interactive: false, pane: "base" });
  return { group: layer, put: (features) => layer.clearLayers().addData(features) };
}

function cellLayer(view) {
  view.loads ??= new Map(); // the cells may come before the cases that colour them
  const layer = L.geoJSON(null, {
    style: ({ properties }) => baseStyle("cell", view.element, { ...properties, load: properties.code && view.loads.get(properties.code) }),
    onEachFeature: (feature, cell) => describe(view, feature, cell),
  });
  view.shade = () => layer.resetStyle();
  return { group: layer, put: (features) => layer.clearLayers().addData(features) };
}

function groundLayer(view, name) {
  const layer = L.geoJSON(null, {
    style: () => baseStyle(name, view.element),
    onEachFeature: (feature, ground) => describe(view, feature, ground),
  });
  return { group: layer, put: (features) => layer.clearLayers().addData(features) };
}

function componentLayer(view) {
  const group = L.markerClusterGroup({
    disableClusteringAtZoom: 18, maxClusterRadius: 56, showCoverageOnHover: false, chunkedLoading: true,
    iconCreateFunction: (cluster) => componentCluster(cluster, view.element),
  });
  const draw = (feature, place) => describe(view, feature, L.circleMarker(place, componentStyle(feature, view.element)));
  return { group, put: (features) => replace(group, features, draw) };
}

function caseLayer(view) {
  const group = L.markerClusterGroup({
    disableClusteringAtZoom: 16, maxClusterRadius: 44, showCoverageOnHover: false,
    iconCreateFunction: (cluster) => caseCluster(cluster, view.element),
  });
  const draw = (feature, place) => describe(view, feature, L.marker(place, {
    icon: caseIcon(feature.properties, view.element), keyboard: true, title: feature.properties.number,
    alt: feature.properties.title ?? feature.properties.number, properties: feature.properties,
  }));
  return { group, put: (features) => {
    replace(group, features, draw);
    // Cells are coloured by the open cases in them.
    view.loads = new Map();
    for (const { properties: { cell } } of features) view.loads.set(cell, (view.loads.get(cell) ?? 0) + 1);
    view.shade?.();
  } };
}

/** Server clusters come as points with `count`; they open by zooming in. */
function replace(group, features, draw) {
  group.clearLayers();
  group.addLayers(features.map((feature) => {
    const [lon, lat] = feature.geometry.coordinates;
    return draw(feature, L.latLng(lat, lon));
  }));
}

/** A click opens what the server says of a feature at `properties.url`, as a fragment of HTML. */
function describe(view, feature, layer) {
  const { url, name, count } = feature.properties;
  if (count > 1) return layer.on("click", () => view.map.setView(layer.getLatLng(), view.map.getZoom() + 2));
  if (name) layer.bindTooltip(escaped(name), { sticky: true });
  if (!url) return layer;
  layer.on("click", (event) => openPopup(view, url, event.latlng));
  return layer.on("keypress", ({ originalEvent }) => originalEvent.key === "Enter" && openPopup(view, url, layer.getLatLng()));
}

const lookUp = asker();

/** What a popup says that got no answer. */
function unanswered(error) {
  if (!(error instanceof Refusal)) throw error;
  return label(error.status ? "error-missing" : "error-network");
}

/** The popup belongs to the map, not to the mark: it outlives the reload that its own panning starts. */
async function openPopup(view, url, place) {
  const popup = L.popup({ minWidth: 220, maxWidth: 320 }).setLatLng(place).setContent(label("map-loading")).openOn(view.map);
  const said = await lookUp(url, { headers: { "HX-Request": "true" } }, (response) => response.text()).catch(unanswered);
  if (said === null) return; // another place was asked for meanwhile
  popup.setContent(said);
  const content = popup.getElement();
  if (content) globalThis.htmx?.process(content);
}

/* --- picking a place ---------------------------------------------------------------------- */

/**
 * A pin that writes into two inputs. Drag it, click the map, or move it by the arrow keys.
 * Dispatches `place:picked` on the map's element, detail {lon, lat}. Answers {set(lon, lat), locate()}.
 */
export function pickPoint(view, { lon, lat }) {
  const { map } = view;
  const element = map.getContainer();
  const icon = L.divIcon({ className: "", html: '<i class="bi bi-geo-alt-fill map-pin"></i>', iconSize: [28, 28], iconAnchor: [14, 28] });
  const start = lon.value && lat.value ? L.latLng(Number(lat.value), Number(lon.value)) : map.getCenter();
  const pin = L.marker(start, { icon, draggable: true, autoPan: true, keyboard: true, alt: label("map-pin"), title: label("map-pin"), zIndexOffset: 1000 }).addTo(map);
  const mark = pin.getElement();
  const show = () => mark.classList.toggle("is-unset", !lon.value || !lat.value);
  const set = (x, y, pan = true) => {
    pin.setLatLng([y, x]);
    map.placed = true;
    lon.value = x.toFixed(7);
    lat.value = y.toFixed(7);
    show();
    if (pan && !map.getBounds().pad(-0.1).contains(pin.getLatLng())) map.panTo(pin.getLatLng());
    element.dispatchEvent(new CustomEvent("place:picked", { bubbles: true, detail: { lon: x, lat: y } }));
  };
  pin.on("dragend", () => set(pin.getLatLng().lng, pin.getLatLng().lat, false));
  map.on("click", (event) => set(event.latlng.lng, event.latlng.lat, false));
  mark.addEventListener("keydown", (event) => nudge(event, map, pin, set));
  mark.addEventListener("focus", () => mark.matches(".is-unset") && pin.setLatLng(map.getCenter()));
  lat.addEventListener("draft:filled", () => {
    if (lon.value && lat.value) pin.setLatLng([Number(lat.value), Number(lon.value)]);
    show();
  });
  show();
  map.placed = Boolean(lon.value && lat.value);
  if (map.placed) map.setView(start, Math.max(map.getZoom(), 17));
  return { set, show, pin, locate: () => locate(element, map, set) };
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function nudge(event, map, pin, set) {
  if (!ARROWS[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  const pixels = event.shiftKey ? 40 : 4;
  const [x, y] = ARROWS[event.key];
  const place = map.unproject(map.project(pin.getLatLng()).add([x * pixels, y * pixels]));
  set(place.lng, place.lat);
}

/** Moves the pin to where the device is (WGS-84, which CGCS2000 equals to the centimetre). */
function locate(element, map, set) {
  const failed = () => element.dispatchEvent(new CustomEvent("place:failed", { bubbles: true, detail: { why: label("map-locate-failed") } }));
  if (!navigator.geolocation) return failed();
  return navigator.geolocation.getCurrentPosition(({ coords }) => {
    set(coords.longitude, coords.latitude, false);
    settle(map, () => map.setView([coords.latitude, coords.longitude], 17, { animate: false }));
    element.dispatchEvent(new CustomEvent("place:located", { bubbles: true, detail: { accuracy: coords.accuracy } }));
  }, failed, { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 });
}

/** Does it now, or when the zooming under way has ended: Leaflet drops a view set meanwhile. */
function settle(map, act) {
  if (!map.getContainer().querySelector(".leaflet-zoom-anim")) return act();
  return map.once("zoomend", () => setTimeout(act));
}

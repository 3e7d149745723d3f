/**
 * Drawing one area or line on a map: by mouse and touch with Geoman, by keyboard with a crosshair.
 *
 * drawArea(view, {input, tools, shape}) keeps what is drawn as GeoJSON in `input` (empty: nothing)
 * and dispatches `area:drawn` on the map's element. shape() answers "Polygon" (the default) or
 * "Line". Buttons: templates/grid/change/draw_tools.html. Answers {start, clear, finish, edit(geojson)}.
 */

import { token } from "./labels.js";

const L = globalThis.L;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const DIGITS = 7;

export function drawArea({ map }, { input, tools, shape = () => "Polygon" }) {
  const element = map.getContainer();
  const style = { color: token("--alert", element), weight: 2, fillOpacity: 0.15 };
  const state = { layer: null, corners: null, line: null, cross: null };
  map.pm.setGlobalOptions({ allowSelfIntersection: false, tooltips: false, pathOptions: style });

  const keep = () => {
    input.value = state.layer ? JSON.stringify(L.GeoJSON.asFeature(state.layer.toGeoJSON(DIGITS)).geometry) : "";
    tools.querySelector("[data-draw=clear]").disabled = !state.layer;
    element.dispatchEvent(new CustomEvent("area:drawn", { bubbles: true, detail: { drawn: Boolean(state.layer) } }));
  };
  const clear = () => {
    stopKeys();
    map.pm.disableDraw();
    state.layer?.remove();
    state.layer = null;
    keep();
  };
  const adopt = (layer) => {
    state.layer?.remove();
    state.layer = layer.addTo(map);
    layer.pm.enable({ allowSelfIntersection: false });
    layer.on("pm:edit pm:dragend pm:markerdragend", keep);
    keep();
  };
  const stopKeys = () => {
    for (const part of ["line", "cross"]) state[part]?.remove();
    Object.assign(state, { corners: null, line: null, cross: null });
  };
  const start = () => {
    clear();
    map.pm.enableDraw(shape(), { snappable: false, pathOptions: style, templineStyle: style, hintlineStyle: style });
    state.corners = [];
    state.line = L.polyline([], style).addTo(map);
    element.focus();
  };
  const finish = () => {
    const { corners } = state;
    const line = shape() === "Line";
    if (corners?.length < (line ? 2 : 3)) return;
    map.pm.disableDraw();
    stopKeys();
    adopt(line ? L.polyline(corners, style) : L.polygon(corners, style));
  };
  const moveCross = ([x, y], pixels) => {
    const here = state.cross?.getLatLng() ?? map.getCenter();
    const place = map.unproject(map.project(here).add([x * pixels, y * pixels]));
    state.cross ??= L.circleMarker(place, { radius: 7, color: style.color, weight: 2, fill: false }).addTo(map);
    state.cross.setLatLng(place);
    if (!map.getBounds().pad(-0.05).contains(place)) map.panTo(place, { animate: false });
  };
  const onKey = (event) => {
    if (!state.corners || event.ctrlKey || event.metaKey || event.altKey) return;
    if (ARROWS[event.key]) moveCross(ARROWS[event.key], event.shiftKey ? 60 : 12);
    else if (event.key === "Enter") state.corners.push(state.cross?.getLatLng() ?? map.getCenter());
    else if (event.key === "Backspace") state.corners.pop();
    else if (event.key.toLowerCase() === "f") finish();
    else if (event.key === "Escape") clear();
    else return;
    state.line?.setLatLngs(state.corners ?? []);
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  map.on("pm:create", ({ layer }) => {
    stopKeys();
    adopt(layer);
  });
  element.addEventListener("keydown", onKey, true);
  tools.querySelector("[data-draw=start]").addEventListener("click", start);
  tools.querySelector("[data-draw=clear]").addEventListener("click", start);
  const edit = (geojson) => {
    clear();
    adopt(L.geoJSON(geojson, { style }).getLayers()[0]);
  };
  if (input.value) restore(input, adopt, map, style);
  return { start, clear, finish, edit };
}

/** A refused form comes back with what was drawn. */
function restore(input, adopt, map, style) {
  const [layer] = L.geoJSON(JSON.parse(input.value), { style }).getLayers();
  map.placed = true;
  map.fitBounds(layer.getBounds(), { padding: [40, 40] });
  adopt(layer);
}

/** One duty grid: choosing unit grids on the map and in the list are the same thing. */

import { createMap } from "./lib/map.js";
import { token } from "./lib/labels.js";

const L = globalThis.L;
const element = document.getElementById("duty-map");
const form = document.getElementById("move");
const said = form.querySelector("[data-chosen]");
const target = form.elements.to;
const boxes = new Map([...form.querySelectorAll("input[name=cells]")].map((box) => [box.value, box]));
const view = createMap(element, JSON.parse(document.getElementById("map-config").textContent));
const shapes = JSON.parse(document.getElementById("cell-shapes").textContent);

const style = ({ properties: { code } }) => {
  const chosen = boxes.get(code)?.checked;
  return {
    color: token("--accent", element), weight: chosen ? 2.5 : 1,
    fillColor: token("--accent", element), fillOpacity: chosen ? 0.45 : 0.1,
  };
};

const cells = L.geoJSON(shapes, {
  style,
  onEachFeature: ({ properties: { code } }, layer) => {
    layer.bindTooltip(code, { sticky: true });
    layer.on("click", () => toggle(code));
  },
}).addTo(view.map);
if (shapes.features.length) {
  view.map.placed = true;
  view.map.fitBounds(cells.getBounds(), { padding: [24, 24] });
}

function toggle(code) {
  const box = boxes.get(code);
  box.checked = !box.checked;
  box.closest("li").scrollIntoView({ block: "nearest" });
  tell();
}

function tell() {
  cells.setStyle(style);
  const n = [...boxes.values()].filter((box) => box.checked).length;
  said.textContent = said.dataset.chosen.replace("{n}", n);
}

/** The name is asked for only where a new duty grid is wanted. */
function askName() {
  form.querySelector("[data-new-name]").hidden = target.value !== "new";
}

form.addEventListener("change", tell);
target.addEventListener("change", askName);
askName();
tell();

/** Surgery on cells: choosing on the map and in the field is the same; a drawing goes with the form. */

import { createMap } from "./lib/map.js";
import { drawArea } from "./lib/mapdraw.js";
import { label, token } from "./lib/labels.js";
import { Refusal, asker } from "./lib/latest.js";
import { toast } from "./lib/toast.js";

const L = globalThis.L;
const LINES = new Set(["split"]);
const ALONE = new Set(["split", "redraw"]); // one cell at a time
const WHOLE = new Set(["renumber", "reimport"]); // a whole community
const FROM_ZOOM = 15;

const element = document.getElementById("edit-map");
const form = document.getElementById("change");
const preview = document.getElementById("preview");
const { kind, codes, community, on, drawn } = form.elements;
const said = form.querySelector("[data-chosen]");
const config = JSON.parse(document.getElementById("map-config").textContent);
const { map } = createMap(element, { ...config, cells: undefined });
const drawing = drawArea({ map }, {
  input: drawn, tools: form.querySelector("[data-draw-tools]"),
  shape: () => (LINES.has(kind.value) ? "Line" : "Polygon"),
});

/* --- cells to choose from ------------------------------------------------------------------- */

const shapes = new Map();
const cells = L.geoJSON(null, { style, onEachFeature: offer }).addTo(map);
const outcome = L.geoJSON(null, { style: outcomeStyle, onEachFeature: name, interactive: false }).addTo(map);
const [askCells, askPlace] = [asker(), asker()];

function chosen() {
  return new Set(codes.value.split(/[\s,、]+/).filter(Boolean));
}

function isChosen(code) {
  return WHOLE.has(kind.value) ? code.startsWith(community.value || "none") : chosen().has(code);
}

function style({ properties: { code } }) {
  const marked = isChosen(code);
  return { color: token("--accent", element), weight: marked ? 2.5 : 1, fillColor: token("--accent", element), fillOpacity: marked ? 0.4 : 0.04 };
}

function offer(feature, layer) {
  const { code } = feature.properties;
  shapes.set(code, feature.geometry);
  layer.bindTooltip(code, { sticky: true });
  layer.on("click", () => !map.pm.globalDrawModeEnabled() && choose(code));
}

function choose(code) {
  if (WHOLE.has(kind.value)) community.value = code.slice(0, 12);
  else {
    const now = chosen();
    const had = now.delete(code);
    if (ALONE.has(kind.value)) now.clear();
    if (!had) now.add(code);
    codes.value = [...now].join(" ");
  }
  tell();
}

function tell() {
  said.textContent = said.dataset.chosen.replace("{n}", chosen().size);
  cells.setStyle(style);
}

const hint = L.control({ position: "bottomleft" });
hint.onAdd = () => Object.assign(L.DomUtil.create("div", "map-hint"), { textContent: element.dataset.far });

async function load() {
  hint.remove();
  if (map.getZoom() < FROM_ZOOM) {
    hint.addTo(map);
    return cells.clearLayers();
  }
  const address = new URL(config.cells, location.href);
  address.searchParams.set("bbox", map.getBounds().pad(0.2).toBBoxString());
  if (on.value) address.searchParams.set("on", on.value);
  const answer = await askCells(address, {}, (response) => response.json()).catch(unanswered);
  if (!answer) return;
  cells.clearLayers().addData(answer.features);
  element.dataset.ready = "";
}

/** Nothing is shown without an answer, and that is said: one would wait for it. */
function unanswered(error) {
  if (!(error instanceof Refusal)) throw error;
  toast({ kind: "error", what: label("error-network") });
  return null;
}

addEventListener("online", load);

map.on("moveend", load);
on.addEventListener("change", load);
codes.addEventListener("input", tell);
codes.addEventListener("change", () => seek([...chosen()].find((code) => !shapes.has(code))));
community.addEventListener("input", tell);
community.addEventListener("change", () => seek(community.value));

/** A code that was written instead of clicked: the map goes there. */
async function seek(code) {
  if (!code) return;
  const address = new URL(element.dataset.search, location.href);
  address.searchParams.set("q", code);
  const answer = await askPlace(address, {}, (response) => response.json()).catch(unanswered);
  const [place] = answer?.results ?? [];
  if (!place) return;
  map.placed = true;
  map.setView([place.lat, place.lon], Math.max(place.zoom, FROM_ZOOM + 1));
}

/* --- the form ------------------------------------------------------------------------------- */

function fit() {
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind.value);
}

kind.addEventListener("change", () => {
  drawing.clear();
  discard();
  fit();
  tell();
});
form.querySelector("[data-clear]").addEventListener("click", () => {
  codes.value = "";
  community.value = "";
  drawing.clear();
  discard();
  tell();
});
form.querySelector("[data-take]").addEventListener("click", () => {
  const [code] = chosen();
  if (shapes.has(code)) drawing.edit(shapes.get(code));
});

/* --- what would change ------------------------------------------------------------------------ */

function outcomeStyle({ properties: { role } }) {
  if (role === "ending") return { color: token("--muted", element), weight: 1.5, dashArray: "4 4", fill: false };
  return { color: token("--light-green", element), weight: 3, fillColor: token("--light-green", element), fillOpacity: 0.2 };
}

function name({ properties: { code, role } }, layer) {
  if (role === "beginning") layer.bindTooltip(code.slice(-3), { permanent: true, direction: "center", className: "map-name" });
}

function discard() {
  outcome.clearLayers();
  preview.replaceChildren();
}

preview.addEventListener("click", (event) => event.target.closest("[data-discard]") && discard());
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== preview) return;
  outcome.clearLayers();
  const seen = preview.querySelector("[data-shapes]");
  if (!seen) return preview.querySelector("[role=alert]")?.focus();
  outcome.addData(JSON.parse(seen.dataset.shapes));
  const bounds = outcome.getBounds();
  if (bounds.isValid() && !map.getBounds().contains(bounds)) map.fitBounds(bounds, { padding: [24, 24] });
  preview.querySelector("[name=note]").focus();
});

fit();
tell();
load();
seek([...chosen()][0] ?? community.value);

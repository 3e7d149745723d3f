/** The public pages: tiles instead of the long list, a pin on the map, the position of the phone. */

import { createMap, pickPoint } from "./lib/map.js";
import { caseIcon } from "./lib/mapmarks.js";
import { label } from "./lib/labels.js";

const L = globalThis.L;
const COARSE = 3; // decimals sent when only the surroundings are asked for: about 100 m

for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;

/* --- what --------------------------------------------------------------------------------- */

function startKinds(box) {
  const select = box.querySelector("select");
  const [search, options, none] = ["search", "options", "none"].map((name) => box.querySelector(`[data-kind-${name}]`));
  const groups = [...box.querySelectorAll("[data-group]")];
  const all = [...select.querySelectorAll("optgroup")].map((group) => [...group.children]);

  const show = (chosen) => {
    options.replaceChildren(...chosen.map((option) => {
      const tile = Object.assign(document.createElement("button"), { type: "button", className: "choice", textContent: option.textContent });
      tile.setAttribute("aria-pressed", String(option.value === select.value));
      tile.addEventListener("click", () => { select.value = option.value; show(chosen); select.dispatchEvent(new Event("change", { bubbles: true })); });
      return tile;
    }));
  };
  const press = (pressed) => {
    for (const group of groups) group.setAttribute("aria-pressed", String(group === pressed));
  };
  const open = (group) => {
    press(group);
    none.hidden = true;
    show(all[Number(group.dataset.group)]);
  };
  for (const group of groups) group.addEventListener("click", () => { search.value = ""; open(group); });
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? all.flat().filter((option) => words.every((word) => option.textContent.toLowerCase().includes(word))) : [];
    press(null);
    none.hidden = !words.length || found.length > 0;
    show(found);
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  const known = all.findIndex((group) => group.some((option) => option.value && option.value === select.value));
  if (known >= 0) open(groups[known]);
}

/* --- where -------------------------------------------------------------------------------- */

function startPlace(form, element) {
  const { lon, lat } = form.elements;
  const failed = form.querySelector("[data-locate-failed]");
  const view = createMap(element);
  const pin = pickPoint(view, { lon, lat });
  element.addEventListener("place:picked", () => { failed.hidden = true; });
  element.addEventListener("place:failed", ({ detail }) => { failed.textContent = detail.why; failed.hidden = false; });
  form.querySelector("[data-locate]").addEventListener("click", () => pin.locate());
  // Whoever chooses a community takes back the pin.
  form.elements.community.addEventListener("change", ({ target }) => { if (target.value) lon.value = lat.value = ""; });
}

/* --- nearby ------------------------------------------------------------------------------- */

function startNear(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const failed = document.querySelector("[data-locate-failed]");
    const say = () => { failed.textContent = label("map-locate-failed"); failed.hidden = false; };
    if (!navigator.geolocation) return say();
    return navigator.geolocation.getCurrentPosition(({ coords }) => {
      const here = new URLSearchParams({ lon: coords.longitude.toFixed(COARSE), lat: coords.latitude.toFixed(COARSE) });
      location.assign(`?${here}`);
    }, say, { timeout: 10_000, maximumAge: 60_000 });
  });
}

function showNear(element) {
  element.hidden = false;
  const marks = JSON.parse(document.getElementById("marks").textContent);
  const { map } = createMap(element);
  map.placed = true; // on the cases, not on the whole city
  const layer = L.geoJSON(marks, {
    pointToLayer: ({ properties }, place) => L.marker(place, { icon: caseIcon(properties, element), title: properties.name, alt: properties.name }),
    onEachFeature: ({ properties }, mark) => mark.bindPopup(Object.assign(document.createElement("span"), { textContent: properties.name })),
  }).addTo(map);
  map.fitBounds(layer.getBounds().pad(0.3), { maxZoom: 16 });
}

const start = (selector, act) => { const found = document.querySelector(selector); if (found) act(found); };
start("[data-kinds]", startKinds);
start("#place-map", (element) => startPlace(document.getElementById("report"), element));
start("[data-locate-near]", startNear);
start("#near-map", showNear);

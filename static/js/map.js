/** The map page: layers, search by place or code, place and layers kept in the address. */

import { Refusal, asker } from "./lib/latest.js";
import { createMap } from "./lib/map.js";

const PAUSE_MS = 250;
const element = document.getElementById("city-map");
const form = document.getElementById("map-search");
const field = form.elements.q;
const found = document.getElementById("map-found");
const said = document.getElementById("map-said");
const { map } = createMap(element, placeInAddress());
let mark = null;
const ask = asker();
let waiting = 0;

/** #zoom/lat/lon, as maps write it; null when the address holds none. */
function placeInAddress() {
  const [zoom, lat, lon] = location.hash.slice(1).split("/").map(Number);
  return zoom && lat && lon ? { center: [lat, lon], zoom } : {};
}

map.on("moveend", () => {
  const { lat, lng } = map.getCenter();
  history.replaceState(null, "", `#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await search();
  found.querySelector("button")?.click();
});
field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, PAUSE_MS);
});
form.addEventListener("keydown", (event) => {
  const buttons = [...found.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && buttons.length) {
    event.preventDefault();
    const next = buttons.indexOf(document.activeElement) + step;
    (buttons[next] ?? field).focus();
  } else if (event.key === "Escape") {
    found.hidden = true;
    field.focus();
  }
});
document.addEventListener("click", (event) => {
  if (!form.contains(event.target)) found.hidden = true;
});

// The place and what narrows the cases stay when the day changes.
const day = document.getElementById("map-day");
day?.addEventListener("submit", (event) => {
  event.preventDefault();
  const kept = new URLSearchParams(location.search);
  kept.delete("on");
  if (day.elements.on.value) kept.set("on", day.elements.on.value);
  location.assign(`${location.pathname}${kept.size ? `?${kept}` : ""}${location.hash}`);
});

// So does it on the way to what a cell came from or became.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".map-card a[data-day]");
  if (!link) return;
  event.preventDefault();
  location.assign(link.href + location.hash);
});

// ?mark=lon,lat: the place of a finding.
const [lon, lat] = (new URLSearchParams(location.search).get("mark") ?? "").split(",").map(Number);
if (lon && lat) pinAt(lon, lat);

async function search() {
  clearTimeout(waiting);
  const text = field.value.trim();
  if (text.length < 2) {
    found.hidden = true;
    return;
  }
  const address = new URL(form.action);
  address.searchParams.set("q", text);
  const answer = await ask(address, {}, (response) => response.json()).catch(unanswered);
  if (answer && field.value.trim() === text) show(answer.results);
}

function unanswered(error) {
  if (!(error instanceof Refusal)) throw error;
  say(form.dataset.failed);
  return null;
}

function show(results) {
  if (!results.length) return say(form.dataset.none);
  said.textContent = String(results.length);
  found.replaceChildren(...results.map(line));
  found.hidden = false;
}

function say(text) {
  said.textContent = text;
  const item = document.createElement("li");
  item.append(Object.assign(document.createElement("p"), { textContent: text }));
  found.replaceChildren(item);
  found.hidden = false;
}

function line(result) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const name = Object.assign(document.createElement("strong"), { textContent: result.name });
  const note = Object.assign(document.createElement("span"), { textContent: result.note, className: "muted small" });
  button.append(name, note);
  button.addEventListener("click", () => go(result));
  item.append(button);
  return item;
}

function pinAt(x, y) {
  mark?.remove();
  const icon = globalThis.L.divIcon({ className: "", html: '<i class="bi bi-geo-alt-fill map-pin"></i>', iconSize: [28, 28], iconAnchor: [14, 28] });
  mark = globalThis.L.marker([y, x], { icon, keyboard: false, interactive: false }).addTo(map);
}

function go({ lon: x, lat: y, zoom }) {
  found.hidden = true;
  pinAt(x, y);
  map.setView([y, x], zoom);
}

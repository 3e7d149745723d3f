/** The public pages: tiles instead of the long list, a pin on the map, the position of the phone. */

import { createMap, pickPoint } from "./lib/map.js";
import { caseIcon } from "./lib/mapmarks.js";
import { label } from "./lib/labels.js";
import { getJson } from "./lib/received.js";
import { farness, folded, words } from "./lib/writing.js";
import { startMine, startTicket } from "./portal/mine.js";
import { Sender } from "./portal/send.js";
import { word } from "./portal/words.js";

const L = globalThis.L;
const KINDS_SHOWN = 12; // of a group at first; the rest behind one button, in the same scroll
const INACCURATE_M = 100;
const COARSE = 3; // decimals sent when only the surroundings are asked for: about 100 m

for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;

/* --- what --------------------------------------------------------------------------------- */

/** What is called exactly so first, then what begins so, then the rest in the order of the list. */
function ranked(options, typed) {
  const far = ({ textContent }) => farness([textContent], typed);
  return options.toSorted((one, other) => far(one) - far(other));
}

function startKinds(box) {
  const select = box.querySelector("select");
  const [search, options, none] = ["search", "options", "none"].map((name) => box.querySelector(`[data-kind-${name}]`));
  const groups = [...box.querySelectorAll("[data-group]")];
  const all = [...select.querySelectorAll("optgroup")].map((group) => [...group.children]);

  const more = box.querySelector("[data-kind-more]");
  const show = (chosen, all = false) => {
    const first = all ? chosen : chosen.filter((option, n) => n < KINDS_SHOWN || option.value === select.value);
    more.hidden = first.length === chosen.length;
    more.textContent = word("more", { n: chosen.length });
    more.onclick = () => { show(chosen, true); options.children[first.length]?.focus(); };
    options.replaceChildren(...first.map((option) => {
      const tile = Object.assign(document.createElement("button"), { type: "button", className: "choice", textContent: option.textContent });
      tile.setAttribute("aria-pressed", String(option.value === select.value));
      tile.addEventListener("click", () => { select.value = option.value; show(chosen, all); select.dispatchEvent(new Event("change", { bubbles: true })); });
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
    const asked = words(search.value);
    const fits = (option) => asked.every((one) => folded(option.textContent).includes(one));
    const found = asked.length ? ranked(all.flat().filter(fits), search.value) : [];
    press(null);
    none.hidden = !asked.length || found.length > 0;
    show(found);
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  const openChosen = () => {
    const known = all.findIndex((group) => group.some((option) => option.value && option.value === select.value));
    if (known >= 0) return open(groups[known]);
    press(null);
    return show([]);
  };
  openChosen();
  for (const name of ["form:cleared", "form:filled"]) box.closest("form").addEventListener(name, openChosen);
}

/* --- where -------------------------------------------------------------------------------- */

function startPlace(form, element) {
  const { lon, lat } = form.elements;
  const failed = form.querySelector("[data-locate-failed]");
  const view = createMap(element);
  const pin = pickPoint(view, { lon, lat });
  element.addEventListener("place:picked", () => { failed.hidden = true; });
  element.addEventListener("place:failed", ({ detail }) => { failed.textContent = detail.why; failed.hidden = false; });
  const words = new PlaceWords(form, element.dataset.words);
  form.querySelector("[data-locate]").addEventListener("click", () => { words.look(); pin.locate(); });
  element.addEventListener("place:located", ({ detail }) => words.accuracy(detail.accuracy));
  element.addEventListener("place:picked", () => words.ask());
  element.addEventListener("place:failed", () => words.ask());
  form.addEventListener("form:cleared", () => { pin.show(); words.forget(); });
  form.addEventListener("form:filled", () => {
    if (!lon.value || !lat.value) return words.forget();
    view.map.setView([Number(lat.value), Number(lon.value)], 17, { animate: false });
    return pin.set(Number(lon.value), Number(lat.value), false);
  });
  if (lon.value && lat.value) words.ask();
  // Whoever chooses a community takes back the pin.
  form.elements.community.addEventListener("change", ({ target }) => { if (target.value) { lon.value = lat.value = ""; pin.show(); words.forget(); } });
}

/** Says in words where the pin stands; the last question wins. */
class PlaceWords {
  constructor(form, url) {
    const part = (name) => form.querySelector(`[data-${name}]`);
    const { lon, lat } = form.elements;
    Object.assign(this, { lon, lat, url, said: part("place-words"), near: part("accuracy"), asked: 0, timer: 0 });
    this.none = this.said.textContent;
  }

  look() {
    this.said.textContent = word("locating");
    this.near.textContent = "";
  }

  accuracy(metres) {
    const m = Math.round(metres);
    this.near.textContent = word(m > INACCURATE_M ? "inaccurate" : "accuracy", { m });
    this.near.classList.toggle("field-error", m > INACCURATE_M);
  }

  forget() {
    this.asked += 1;
    clearTimeout(this.timer);
    this.said.textContent = this.none;
    this.near.textContent = "";
  }

  ask() {
    clearTimeout(this.timer);
    if (!this.lon.value) return this.forget();
    this.timer = setTimeout(() => this.name(), 300);
    return null;
  }

  async name() {
    const mine = ++this.asked;
    const answer = await getJson(`${this.url}?${new URLSearchParams({ lon: this.lon.value, lat: this.lat.value })}`);
    if (mine !== this.asked) return;
    const { road, community, street, detail } = answer?.body ?? {};
    this.said.textContent = answer?.ok ? [road, community, street].filter(Boolean).join(" · ") : detail ?? word("unknown-place");
  }
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
  map.fitBounds(layer.getBounds().pad(0.1), { maxZoom: 16 });
}

const start = (selector, act) => { const found = document.querySelector(selector); if (found) act(found); };
start("[data-kinds]", startKinds);
start("[data-mine]", startMine);
start("[data-ticket]", startTicket);
start("#place-map", (element) => startPlace(document.getElementById("report"), element));
start("[data-locate-near]", startNear);
start("#near-map", showNear);
const report = document.getElementById("report");
if (report) new Sender(report);

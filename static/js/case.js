/** The work area: its map, the keys of an open form, phrases, and the report form's pin. */

import { asking } from "./lib/latest.js";
import { createMap, pickPoint } from "./lib/map.js";
import { goesOn, onward } from "./lib/onward.js";
import { settled } from "./lib/selection.js";

function startMaps(root) {
  for (const element of root.querySelectorAll("[data-case-map]:not(.leaflet-container)")) createMap(element);
  for (const element of root.querySelectorAll("[data-pick-map]:not(.leaflet-container)")) startPicking(element);
}

/* --- the report form ------------------------------------------------------------------------ */

function startPicking(element) {
  const form = element.closest("form");
  const [lon, lat, component] = ["lon", "lat", "component"].map((name) => form.elements.namedItem(name));
  const picker = pickPoint(createMap(element), { lon, lat });
  for (const input of [lon, lat]) {
    input.addEventListener("change", () => lon.value && lat.value && picker.set(Number(lon.value), Number(lat.value)));
  }
  element.addEventListener("place:picked", () => { component.value = ""; });
  form.addEventListener("click", (event) => {
    const place = event.target.closest("[data-place]");
    if (!place) return;
    const { lon: x, lat: y, component: code, label } = place.dataset;
    picker.set(Number(x), Number(y));
    component.value = code;
    form.elements.namedItem("place_q").value = label;
    place.parentElement.replaceChildren();
  });
  document.addEventListener("htmx:afterSwap", (event) => nameRoad(event.target, form));
  form.addEventListener("input", forget);
  form.addEventListener("keydown", goOn);
  keepClass(form);
}

/** What was found by other words is not what is meant. */
function forget({ target, currentTarget: form }) {
  if (target.id === "place_q") document.getElementById("place-list").replaceChildren();
  if (target.id !== "class_q") return;
  form.elements.chosen.value = "";
  for (const choice of form.querySelectorAll("#class-list [name=matter]:checked")) choice.checked = false;
}

/** The list of classes comes and goes; the chosen one is kept beside it, also in the draft. */
function keepClass(form) {
  const [search, list] = [form.elements.class_q, document.getElementById("class-list")];
  const note = () => { form.elements.chosen.value = list.querySelector("[name=matter]:checked")?.value ?? ""; };
  list.addEventListener("change", note);
  list.addEventListener("htmx:afterSwap", note);
  if (!search.value || list.querySelector("[name=matter]")) return;
  globalThis.htmx.process(search); // a draft comes back while the page still starts
  globalThis.htmx.trigger(search, "class:known");
}

/** Enter takes the first place that was found, or goes on to the next field. */
function goOn(event) {
  if (!goesOn(event)) return;
  event.preventDefault();
  const list = document.getElementById("place-list");
  const place = event.target.id === "place_q" && !asking(list) && list.querySelector("[data-place]");
  if (place) place.click();
  else onward(event.target);
}

/** The road's name stands in an empty place; what a person typed stays. */
function nameRoad(target, form) {
  const road = target.id === "near" && target.querySelector("[data-road]")?.dataset.road;
  const address = form.elements.namedItem("address");
  if (road && (!address.value || address.value === address.dataset.road)) {
    address.value = address.dataset.road = road;
  }
}

/* --- keys of an open form ---------------------------------------------------------------- */

function cancel() {
  const form = document.querySelector("[data-action-form]");
  form?.remove();
  return Boolean(form);
}

function phrase(form, number) {
  const chip = form.querySelectorAll("[data-phrase]")[number - 1];
  if (chip) fill(chip);
  return Boolean(chip);
}

function fill(chip) {
  const field = chip.closest("form").querySelector("[data-opinion]");
  field.value = chip.dataset.phrase;
  field.focus();
}

/**
 * Opens the likely duplicate with that number, as it stands there; with Shift: proposes to merge into
 * it, which acts on the case and waits until that is the chosen one.
 */
function duplicate(number, merging) {
  const link = document.querySelector(`[data-${merging ? "merge" : "duplicate"}="${number}"]`);
  if (!link || merging && !settled()) return false;
  link.click();
  return true;
}

/** Alt and a digit: a phrase of the open form, or else a likely duplicate. */
function altDigit(form, digit, shift) {
  return (form && !shift && phrase(form, digit)) || duplicate(digit, shift);
}

function onKey(event) {
  const form = event.target.closest?.("form[data-action-form], form[data-report-form]") ?? document.querySelector("[data-action-form]");
  if (form && (event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    const button = form.querySelector("[data-send]");
    if (!button?.disabled) form.requestSubmit(button);
  } else if (event.altKey && /^Digit[1-9]$/.test(event.code) && altDigit(form, Number(event.code.at(-1)), event.shiftKey)) {
    event.preventDefault();
  } else if (event.key === "Escape" && !event.target.matches?.("[aria-expanded=true]") && event.target.closest?.("[data-action-form]") && cancel()) {
    event.preventDefault();
  }
}

document.addEventListener("keydown", onKey, true);
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-phrase]");
  if (chip) fill(chip);
  if (event.target.closest("[data-cancel-form]")) cancel();
});
document.addEventListener("htmx:afterSwap", (event) => startMaps(event.target));
startMaps(document);

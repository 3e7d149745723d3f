/**
 * The call form: typeahead for class and place, a pin on the map, what is near it, who is calling.
 * Enter goes to the next field, Ctrl+Enter saves, Alt+1…9 attaches the call to a case nearby.
 */

import { label } from "./lib/labels.js";
import { Refusal, asker, asking } from "./lib/latest.js";
import { createMap, pickPoint } from "./lib/map.js";
import { goesOn, onward } from "./lib/onward.js";
import { toast } from "./lib/toast.js";

const form = document.getElementById("call");
const [phone, address, lon, lat, classId] = ["phone", "address", "lon", "lat", "matter_class"].map((name) => form.elements[name]);
const element = document.getElementById("place-map");
const view = createMap(element);
const pin = pickPoint(view, { lon, lat });
const htmx = globalThis.htmx;
const WAIT = 180;

/* --- place and caller --------------------------------------------------------------------- */

const nearby = document.getElementById("nearby");

/** A form that comes filled asks while the page still starts: htmx may not have seen the panel. */
function fetchInto(panel, event) {
  htmx.process(panel);
  htmx.trigger(panel, event);
}

/** What is listed belongs to the place before: nothing of it may be chosen until the answer. */
function lookNear() {
  nearby.inert = true;
  fetchInto(nearby, "place:near");
}

function lookUpCaller() {
  if (phone.value.trim().length >= 5) fetchInto(document.getElementById("caller"), "caller:known");
}

element.addEventListener("place:picked", lookNear);
phone.addEventListener("change", lookUpCaller);
if (lon.value && lat.value) lookNear();
if (phone.value) lookUpCaller();

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target === nearby) nearby.inert = asking(nearby);
  const road = target.querySelector?.("[data-road]");
  // The road is proposed where nothing was typed, and follows the pin until something is.
  if (road && (!address.value || address.dataset.proposed === address.value)) {
    address.value = address.dataset.proposed = road.dataset.road;
  }
  const known = target.querySelector?.("[data-name]");
  if (!known) return;
  for (const name of ["name", "sex"]) propose(form.elements[name], known.dataset[name]);
});

/** Who already stands in the field types over what is proposed, not behind it. */
function propose(field, value) {
  if (field.value) return;
  field.value = value;
  if (field === document.activeElement) field.select?.();
}

/* --- typeahead ---------------------------------------------------------------------------- */

/** Nothing is found without an answer, and that is said: the clerk would wait for it. */
function unanswered(error) {
  if (!(error instanceof Refusal)) throw error;
  toast({ kind: "error", what: label("error-network") });
}

/** Fills a list under an input from `url`?q=; `line` makes [text, note], `choose` takes a result. */
function finder(box, url, line, choose, forget) {
  const [input, list] = [box.querySelector("input[type=text]"), box.querySelector(".found")];
  let results = [];
  let answered = ""; // the words that the results belong to
  let awaited = false; // Enter was pressed before the answer: the best result is taken when it comes
  let at = 0;
  let timer = null;
  const ask = asker();
  list.id = `found-${input.id}`;
  input.setAttribute("aria-controls", list.id);

  const close = () => { results = []; list.hidden = true; input.setAttribute("aria-expanded", "false"); };
  const mark = (index) => {
    at = (index + results.length) % results.length;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
    list.children[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const pick = (index) => { choose(results[index], input); close(); };
  const draw = () => {
    list.replaceChildren(...results.map((result, n) => {
      const item = Object.assign(document.createElement("li"), { id: `${list.id}-${n}`, role: "option" });
      const [text, note] = line(result);
      item.append(Object.assign(document.createElement("span"), { textContent: text }));
      item.append(Object.assign(document.createElement("span"), { className: "muted", textContent: note }));
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); pick(n); });
      return item;
    }));
    list.hidden = !results.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (results.length) mark(0);
  };
  const lookUp = async () => {
    const words = input.value;
    const address = `${url}?q=${encodeURIComponent(words)}`;
    const found = await ask(address, { headers: { Accept: "application/json" } }, (response) => response.json()).catch(unanswered);
    if (!found || input.value !== words) return;
    [results, answered] = [found.results, words];
    if (awaited && results.length) pick(0);
    else if (document.activeElement === input) draw();
    awaited = false;
  };
  input.addEventListener("input", () => {
    forget();
    awaited = false;
    clearTimeout(timer);
    timer = setTimeout(lookUp, WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const known = answered === input.value; // nothing is taken of other words
    if (goesOn(event) && !known) awaited = Boolean(input.value.trim());
    if (!results.length) return;
    const take = () => { if (known) pick(at); else close(); onward(input); };
    const act = { ArrowDown: () => mark(at + 1), ArrowUp: () => mark(at - 1), Enter: take, Escape: close }[event.key];
    if (!act || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}

finder(form.querySelector("[data-find=places]"), form.dataset.places, ({ label }) => [label, ""], (place, input) => {
  input.value = place.label;
  delete input.dataset.proposed;
  view.map.setView([place.lat, place.lon], 17);
  pin.set(place.lon, place.lat);
}, () => { delete address.dataset.proposed; });

finder(form.querySelector("[data-find=classes]"), form.dataset.classes,
  ({ code, name, major, kind }) => [`${code} ${name}`, `${kind} · ${major}`],
  ({ id, code, name }, input) => { classId.value = id; input.value = `${code} ${name}`; },
  () => { classId.value = ""; });

/* --- keyboard ----------------------------------------------------------------------------- */

form.addEventListener("keydown", (event) => {
  if (!goesOn(event)) return;
  event.preventDefault();
  onward(event.target);
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || !/^Digit[1-9]$/.test(event.code)) return;
  const button = document.querySelector(`[data-attach="${event.code.at(-1)}"]`);
  if (!button?.checkVisibility() || button.closest("[inert]")) return;
  event.preventDefault();
  button.click();
});

(form.querySelector("[aria-invalid=true]:not([type=hidden])") ?? (phone.value ? form.elements.content : phone)).focus();

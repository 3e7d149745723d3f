/** One case on the phone: where it is, and the answer to a verify or check task. */

import { tooMany } from "./lib/counter.js";
import { pointAt, startGaps } from "./field/gap.js";
import { find, items, put, send } from "./field/outbox.js";
import { fieldMap, standAt } from "./field/fieldmap.js";
import { here } from "./lib/place.js";
import { startShell } from "./field/shell.js";
import { word } from "./field/words.js";

const L = globalThis.L;
const form = document.getElementById("answer");
const missing = document.querySelector("[data-missing]");
const editing = new URLSearchParams(location.search).get("edit");
let current = editing ?? undefined; // the item this form is, once it was kept
const photos = () => form.querySelector("[data-photos]").photos;
const result = () => form.querySelector("[name$=_result]:checked");

startShell();
showPlace();
if (form) startAnswer();

async function showPlace() {
  const element = document.getElementById("case-map");
  const place = [Number(element.dataset.lat), Number(element.dataset.lon)];
  const view = fieldMap(element, { only: ["cells"], switch: false, center: place, zoom: 17 });
  const icon = L.divIcon({ className: "", html: '<i class="bi bi-geo-alt-fill map-pin"></i>', iconSize: [28, 28], iconAnchor: [14, 28] });
  L.marker(place, { icon, interactive: false, keyboard: false }).addTo(view.map);
  const coords = await here().catch(() => null); // without a position the place alone is shown
  if (coords) standAt(view, coords);
}

function startAnswer() {
  startGaps(missing, firstGap);
  form.addEventListener("submit", keep);
  form.addEventListener("change", check);
  document.addEventListener("photos:change", check);
  document.addEventListener("outbox:sent", ({ detail: { item } }) => { if (item.case === form.dataset.case) location.assign(word("tasks")); });
  restore();
}

function check() {
  const gaps = [[result(), "result"], [photos()?.items.length, "photo"]];
  const what = gaps.filter(([there]) => !there).map(([, name]) => word(name));
  missing.textContent = what.length ? word("missing", { what: new Intl.ListFormat(document.documentElement.lang).format(what) }) : "";
  return !what.length;
}

function firstGap() {
  if (!result()) return form.querySelector(".choices");
  return photos()?.items.length ? null : form.querySelector("[data-photos]");
}

async function keep(event) {
  event.preventDefault();
  if (!check()) return pointAt(firstGap());
  if (tooMany(form)) return form.scrollIntoView();
  const { name, value } = result();
  const fields = { [name]: value, opinion: form.elements.opinion.value.trim() };
  const kept = await put({ id: current, url: form.action, title: form.dataset.title, case: form.dataset.case, fields, photos: photos().taken() });
  current = kept.id;
  await send();
  return showWaiting();
}

/** An answer that waits is not given twice; a refused one comes back to be corrected. */
async function restore() {
  const kept = editing && (await find(editing));
  if (!kept) return showWaiting().then(check);
  for (const { file } of kept.photos) photos().show(file);
  kept.photos.forEach(({ type }, index) => { photos().items[index].chooser.value = type; });
  photos().carry();
  form.elements.opinion.value = kept.fields.opinion;
  for (const input of form.querySelectorAll("[name$=_result]")) input.checked = kept.fields[input.name] === input.value;
  return check();
}

async function showWaiting() {
  const waits = (await items()).some((item) => item.case === form.dataset.case && item.state === "waiting" && !item.volatile);
  form.hidden = waits;
  document.querySelector(".field-foot").hidden = waits;
  document.querySelector("[data-answered]").hidden = !waits;
}

/** A new report: photo, place, class, one sentence. It is kept on the phone first and sent from there. */

import { tooMany } from "./lib/counter.js";
import { getJson } from "./lib/received.js";
import { toast } from "./lib/toast.js";
import { pickPoint } from "./lib/map.js";
import { ClassPicker } from "./field/classes.js";
import { fieldMap, standAt } from "./field/fieldmap.js";
import { OnSite } from "./field/onsite.js";
import { pointAt, startGaps } from "./field/gap.js";
import { find, put, send } from "./field/outbox.js";
import { here } from "./lib/place.js";
import { startShell } from "./field/shell.js";
import { word } from "./field/words.js";

const form = document.getElementById("report");
const missing = document.querySelector("[data-missing]");
const names = document.querySelector("[data-place-names]");
const elsewhere = document.querySelector("[data-elsewhere]");
const { lon, lat, address, description, urgent, on_guard, self_disposed } = form.elements;
const photos = () => form.querySelector("[data-photos]").photos;
const onSite = new OnSite({ urgent, on_guard, self_disposed }, photos);
const editing = new URLSearchParams(location.search).get("edit");
let current = editing ?? undefined; // the item this form is, while it cannot be kept

startShell();
const view = fieldMap(document.getElementById("place"), { only: ["cells"], switch: false });
const pin = pickPoint(view, { lon, lat });
const picker = new ClassPicker(form.querySelector("[data-class-picker]"), chosen);

function chosen() {
  check();
  askKnown();
}

/* --- place -------------------------------------------------------------------------------- */

let asked = 0;
let controls = [];

/** Names of the ground under the pin; the last question wins. */
async function nameplace() {
  const mine = ++asked;
  const query = new URLSearchParams({ lon: lon.value, lat: lat.value });
  const answer = await getJson(`${word("place")}?${query}`);
  if (mine !== asked) return;
  const said = answer?.body;
  const known = answer?.ok;
  controls = known ? said.controls : [];
  names.textContent = known ? [said.road, said.community, said.street].filter(Boolean).join(" · ") : said?.detail ?? word("unknown-place");
  address.value = known ? said.road : "";
  elsewhere.hidden = !known || said.own;
  elsewhere.textContent = word("elsewhere");
  check();
}

/** The pin goes where the phone is; without a position it stays in the middle of the duty grid. */
async function locate() {
  const accuracy = document.querySelector("[data-accuracy]");
  accuracy.textContent = "";
  names.textContent = word("locating");
  try {
    const coords = await here({ enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 });
    standAt(view, coords);
    view.map.setView([coords.latitude, coords.longitude], 18);
    pin.set(coords.longitude, coords.latitude, false);
    accuracy.textContent = word("accuracy", { m: Math.round(coords.accuracy) });
  } catch {
    const { lng, lat: y } = pin.pin.getLatLng();
    pin.set(lng, y);
    accuracy.textContent = "";
    toast({ kind: "warning", what: word("no-position") });
  }
}

/** What may be known already at the pin, likeliest first; without a network nothing is said. */
async function askKnown() {
  const box = form.querySelector("[data-known]");
  if (!lon.value || !lat.value) return;
  const matter = picker.value ? `${picker.value.kind}:${picker.value.code}` : "";
  const query = new URLSearchParams({ lon: lon.value, lat: lat.value, matter });
  const answer = await getJson(`${word("known")}?${query}`);
  const { results = [] } = answer?.ok ? answer.body : {};
  box.hidden = !results.length;
  box.querySelector("ul").replaceChildren(...results.map(({ what, label, away, likely, on }) => {
    const line = Object.assign(document.createElement("li"), { textContent: `${what} · ${label} · ${away} m · ${on}` });
    line.classList.toggle("is-likely", likely);
    return line;
  }));
}

let timer = 0;
document.addEventListener("place:picked", () => {
  check();
  clearTimeout(timer);
  timer = setTimeout(() => { nameplace(); askKnown(); }, 300);
});
document.querySelector("[data-locate]").addEventListener("click", locate);

/* --- sending ------------------------------------------------------------------------------ */

function lacking() {
  const gaps = [[lon.value && lat.value, "place-word"], [picker?.value, "class"]];
  return [...onSite.lacking(), ...gaps.filter(([there]) => !there).map(([, name]) => name)].map((name) => word(name));
}

/** What a control area says of this class at this place; nothing when it may be reported. */
function controlled() {
  const chosen = picker?.value && `${picker.value.kind}:${picker.value.code}`;
  return controls.find(({ classes }) => classes.includes(chosen));
}

function check() {
  const control = controlled();
  const box = document.querySelector("[data-control]");
  box.hidden = !control;
  box.textContent = control ? word("control", control) : "";
  if (control) {
    missing.textContent = word("controlled");
    return false;
  }
  const what = lacking();
  missing.textContent = what.length ? word("missing", { what: new Intl.ListFormat(document.documentElement.lang).format(what) }) : "";
  return !what.length;
}

async function keep(event) {
  event.preventDefault();
  if (tooMany(form)) return description.focus();
  if (!check()) return pointAt(form.querySelector(firstGap()));
  const { kind, code, name, major } = picker.value;
  const fields = {
    source: "patrol", kind, class_code: code, lon: lon.value, lat: lat.value,
    address: address.value, description: description.value.trim(), ...onSite.fields,
  };
  const kept = await put({ id: current, url: form.action, title: name, fields: { ...fields }, photos: photos().taken() });
  if (kept.volatile) return sendFromHere(kept);
  if (!navigator.onLine) toast({ kind: "info", what: word("kept") });
  clear();
  return send();
}

/** The phone keeps nothing: the report stays in the form as well until it has arrived. */
async function sendFromHere({ id }) {
  current = id;
  await send();
  if (current) toast({ kind: "warning", what: word("volatile") });
}

function firstGap() {
  if (controlled()) return "[data-control]";
  if (onSite.lacking().length) return "[data-photos]";
  return lon.value ? "[data-class-picker]" : "#place";
}

/** Ready for the next one; the place stays, one is still there. */
function clear() {
  photos().clear();
  onSite.fields = {};
  picker.clear();
  description.value = "";
  current = undefined;
  if (editing) history.replaceState(null, "", word("report"));
  scrollTo({ top: 0 });
}

document.addEventListener("outbox:sent", ({ detail: { item, answer } }) => {
  if (item.id === current) clear();
  toast({ kind: "success", what: word("sent", { number: answer.number }) });
});
document.addEventListener("photos:change", check);
form.addEventListener("change", check);
form.addEventListener("submit", keep);
startGaps(missing, () => missing.textContent && form.querySelector(firstGap()));

/* --- start -------------------------------------------------------------------------------- */

/** A refused report comes back as it was given. */
async function restore(item) {
  const { fields } = item;
  onSite.fields = fields;
  for (const { file } of item.photos) photos().show(file);
  item.photos.forEach(({ type }, index) => { photos().items[index].chooser.value = type; });
  photos().carry();
  description.value = fields.description;
  picker.choose({ kind: fields.kind, code: fields.class_code, name: item.title });
  view.map.setView([fields.lat, fields.lon], 18);
  pin.set(Number(fields.lon), Number(fields.lat), false);
}

const kept = editing && (await find(editing));
if (kept) restore(kept);
else locate();
check();

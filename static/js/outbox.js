/**
 * The outbox of the pages of cases: a form[data-kept] (its action is an address of the HTTP
 * interface) is kept on this device when it is sent, goes as soon as there is a network, and what
 * the server refuses comes back to be corrected. See lib/queue.js; said by parts/outbox.html.
 */

import { discardDraft } from "./lib/drafts.js";
import { explainRefusal, refuse } from "./lib/forms.js";
import { label } from "./lib/labels.js";
import { here, lastPlace } from "./lib/place.js";
import { Queue } from "./lib/queue.js";
import { signature } from "./lib/session.js";
import { toast } from "./lib/toast.js";

const WHY = { "signed-out": "outbox-signed-out", foreign: "outbox-foreign", server: "outbox-server" };
const CARRIED = matchMedia("(pointer: coarse), (max-width: 899px)"); // goes where its person goes
const APART = new Set(["csrfmiddlewaretoken", "client_uuid", "back", "seen", "signed_in_as"]);
const box = document.getElementById("outbox");
const queue = new Queue({
  name: "desk-outbox",
  owner: () => document.body.dataset.person ?? "",
  headers: signature,
  keys: ["number"],
});
const correcting = () => new URLSearchParams(location.search).get("kept");
const openForm = () => document.querySelector("form[data-kept]");
const photosOf = (form) => form.querySelector("[data-photos]")?.photos;

/* --- sending -------------------------------------------------------------------------------- */

function fieldsOf(form) {
  const photos = form.querySelector("[data-photos]")?.dataset.name;
  const own = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !APART.has(name) && !(photos && name.startsWith(photos)));
  return Object.fromEntries(own);
}

function itemOf(form) {
  return {
    id: form.elements.client_uuid.value, url: form.dataset.kept, title: form.dataset.title, case: form.dataset.case,
    fields: fieldsOf(form), photos: photosOf(form)?.taken() ?? [], place: lastPlace(),
  };
}

/** Kept first, then sent; what is refused at once is said in the form, and is not kept. */
async function send(event) {
  const form = event.target;
  if (!form.matches?.("form[data-kept]")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  document.dispatchEvent(new CustomEvent("case:sending", { detail: { number: form.dataset.case } }));
  const item = await queue.put(itemOf(form));
  form.elements.client_uuid.value = item.id;
  await queue.send();
  delete form.dataset.sending;
  const left = await queue.find(item.id);
  if (left?.state === "refused") {
    await queue.discard(item.id);
    refuse(form, left.refusal.status, JSON.stringify(left.refusal.body));
    if (left.refusal.status !== 400) document.dispatchEvent(new CustomEvent("case:outdated", { detail: { status: left.refusal.status } }));
  } else if (left) {
    discardDraft(form);
    form.replaceWith(note(left, form));
  }
}

/** An answer of this page's case moves it on; of another one it is said in the corner. */
function sent({ detail: { item } }) {
  const shown = document.querySelector(`#work [data-case="${item.case}"]`);
  const form = openForm();
  if (form?.dataset.kept === item.url) {
    delete form.dataset.sending; // the list may go on
    discardDraft(form);
  }
  const back = document.querySelector(`[data-kept-note="${item.id}"]`)?.dataset.back;
  if (shown) document.dispatchEvent(new CustomEvent("case:moved", { detail: { number: item.case, back } }));
  else toast({ kind: "info", what: label("outbox-sent", { number: item.case }) });
}

/* --- the form ------------------------------------------------------------------------------- */

/** In the place of the form: what it said of where to go on stays. */
function note(item, form) {
  const text = label(item.volatile ? "outbox-volatile" : "outbox-kept");
  const line = Object.assign(document.createElement("p"), { className: "outbox-note", textContent: text });
  line.setAttribute("role", "status");
  line.dataset.keptNote = item.id;
  line.dataset.back = form.elements.back.value;
  return line;
}

/** A step that waits is not given twice; a refused one comes back with all that was typed. */
async function startForm() {
  const form = openForm();
  if (!form || "started" in form.dataset) return;
  form.dataset.started = "";
  askPlace();
  const mine = (await queue.items()).find((item) => item.url === form.dataset.kept);
  if (mine?.id === correcting()) return restore(form, mine);
  if (mine?.state === "waiting") form.replaceWith(note(mine, form));
}

/** A device that is carried about is asked; others tell their place if they may already. Without one the act goes without. */
async function askPlace() {
  const allowed = await navigator.permissions?.query({ name: "geolocation" });
  if (CARRIED.matches || allowed?.state === "granted") await here().catch(() => null);
}

function restore(form, item) {
  form.elements.client_uuid.value = item.id;
  for (const [name, value] of Object.entries(item.fields)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  const photos = photosOf(form);
  if (!photos) return;
  item.photos.forEach(({ file, type }, index) => {
    photos.show(file);
    photos.items[index].chooser.value = type;
  });
  photos.carry();
}

/* --- what is said --------------------------------------------------------------------------- */

function say({ detail: items }) {
  box.hidden = !items.length;
  const refused = items.filter(({ state }) => state === "refused").length;
  const words = [];
  if (items.length > refused) words.push(label(WHY[queue.why] ?? "outbox-waiting", { n: items.length - refused }));
  if (items.some((item) => item.volatile)) words.push(label("outbox-volatile"));
  if (refused) words.push(label("outbox-refused", { n: refused }));
  box.querySelector("[data-outbox-said]").textContent = words.join(" · ");
  box.querySelector("[data-outbox-list]").replaceChildren(...items.map(row));
}

function row(item) {
  const line = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const link = line.querySelector("a");
  link.href = `/cases/${item.case}/`;
  link.textContent = `${item.case} ${item.title}`;
  line.querySelector("time").textContent = new Date(item.made).toLocaleString(document.documentElement.lang, { hour12: false });
  const why = line.querySelector("[data-why]");
  const actions = line.querySelector("[data-refused]");
  actions.hidden = item.state !== "refused";
  if (!actions.hidden) {
    why.textContent = [explainRefusal(item.refusal.status, JSON.stringify(item.refusal.body)).why, ...Object.values(item.refusal.body.fields ?? {}).flat()].join(" ");
    line.querySelector("[data-correct]").href = `/cases/${item.case}/do/${item.url.split("/").at(-2)}/?kept=${item.id}`;
    line.querySelector("[data-again]").addEventListener("click", () => queue.again(item.id));
    line.querySelector("[data-discard]").addEventListener("click", ({ target }) => confirm(target.dataset.sure) && queue.discard(item.id));
  }
  return line;
}

document.addEventListener("submit", send, true);
document.addEventListener("outbox:change", say);
document.addEventListener("outbox:sent", sent);
document.addEventListener("htmx:afterSwap", startForm);
document.addEventListener("session:resumed", () => queue.send());
document.addEventListener("live:status", ({ detail }) => detail.status === "live" && queue.send());
queue.start();
startForm();

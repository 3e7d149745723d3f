/**
 * What was reported or answered on this phone and is not yet with the server.
 *
 * An item: {id, user, made, url, title, case, fields, photos: [{file, type}], state, refusal}.
 * `id` goes along as client_uuid: however often an item is sent, it is done once. `state` is
 * "waiting" or "refused" (refusal: {status, body}); what the server took is removed.
 * Events on document: `outbox:change` (detail: own items), `outbox:sent` (detail: {item, answer}).
 */

import { openDB } from "../../idb/index.js";
import { cookie, person } from "./words.js";

const STORE = "items";
const LONGEST = 120_000;
const NO_NETWORK = new Set(["TypeError", "TimeoutError"]);
const LATER = new Set([401, 408, 425, 429]); // nothing is wrong with the item itself
let opened = null;
let signedOut = false;
let next = null; // the turn not yet begun

function store() {
  opened ??= openDB("field-outbox", 1, {
    upgrade: (db) => db.createObjectStore(STORE, { keyPath: "id" }),
  });
  return opened;
}

/** A random identifier; `crypto.randomUUID` is missing where the page has no secure context. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Items of the signed-in person, the oldest first. A shared phone may hold those of others. */
export async function items() {
  const all = await (await store()).getAll(STORE);
  return all.filter((item) => item.user === person()).sort((a, b) => a.made - b.made);
}

export async function find(id) {
  return (await items()).find((item) => item.id === id);
}

export function isSignedOut() {
  return signedOut;
}

/** Keeps an item (an existing id is replaced) and starts sending. */
export async function put({ id, url, title, case: number, fields, photos }) {
  const item = { id: id ?? newId(), user: person(), made: Date.now(), url, title, case: number, fields, photos, state: "waiting" };
  await (await store()).put(STORE, item);
  await changed();
  return item;
}

export async function discard(id) {
  await (await store()).delete(STORE, id);
  await changed();
}

export async function again(id) {
  const item = await find(id);
  if (item) await (await store()).put(STORE, { ...item, state: "waiting", refusal: undefined });
  await changed();
  return send();
}

async function changed() {
  document.dispatchEvent(new CustomEvent("outbox:change", { detail: await items() }));
}

/**
 * Sends what waits, one after the other; two pages at once do not send the same. A call while
 * another one is sending takes its turn: what the other met may have changed by then.
 */
export function send() {
  next ??= inTurn(() => {
    next = null;
    return sendWaiting();
  });
  return next;
}

/** Locks are missing where the page has no secure context; client_uuid keeps the server from doubling. */
function inTurn(deed) {
  return navigator.locks ? navigator.locks.request("field-outbox", deed) : Promise.resolve().then(deed);
}

async function sendWaiting() {
  for (const item of await items()) {
    if (item.state === "waiting" && !(await sendOne(item))) return;
  }
}

/** False when the network, the server or the session is what fails: the rest waits too. */
async function sendOne(item) {
  const headers = { "X-CSRFToken": cookie("csrftoken"), "X-Signed-In-As": item.user, Accept: "application/json" };
  const response = await fetch(item.url, { method: "POST", body: packed(item), headers, signal: AbortSignal.timeout(LONGEST) })
    .catch((error) => { if (NO_NETWORK.has(error.name)) return null; throw error; });
  signedOut = response?.status === 401;
  if (!response || LATER.has(response.status) || response.status >= 500) {
    await changed();
    return false;
  }
  const body = await response.text();
  if (response.ok) {
    await discard(item.id);
    document.dispatchEvent(new CustomEvent("outbox:sent", { detail: { item, answer: JSON.parse(body) } }));
  } else {
    await (await store()).put(STORE, { ...item, state: "refused", refusal: { status: response.status, body } });
    await changed();
  }
  return true;
}

function packed({ id, fields, photos }) {
  const data = new FormData();
  data.set("client_uuid", id);
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  for (const { file, type } of photos) {
    data.append("photos", file, file.name || "photo.jpg");
    data.append("photo_types", type);
  }
  return data;
}

/** Sends at once, whenever the network comes back, and every fifteen seconds. */
export function startOutbox() {
  changed();
  send();
  addEventListener("online", send);
  document.addEventListener("live:status", (event) => event.detail.status === "live" && send());
  setInterval(send, 15_000);
}

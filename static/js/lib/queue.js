/**
 * What was written on this device and is not yet with the server.
 *
 * An item: {id, owner, made, place, url, title, case, fields, photos: [{file, type}], state, refusal}.
 * `id` goes along as client_uuid: however often an item is sent, it is done once. `made` (ms) and
 * `place` ({lon, lat}) say when and where it was written. `state` is "waiting" or "refused"
 * (refusal: {status, body}); what the server took is removed, and nothing else is.
 * Where the device keeps nothing (its store is full or forbidden) an item is `volatile`: it lives
 * as long as the page, and leaving the page is asked about.
 * Events on document: `outbox:change` (detail: own items), `outbox:sent` (detail: {item, answer}).
 */

import { openDB } from "../../idb/index.js";
import { REUSED, newId } from "./identifiers.js";
import { post } from "./received.js";

const STORE = "items";
const EVERY = 15_000;

function openStore(name) {
  return openDB(name, 1, { upgrade: (db) => db.createObjectStore(STORE, { keyPath: "id" }) });
}

export class Queue {
  /**
   * `name`: of the store · `owner()`: whose items · `headers()` · `keys`: of an answer that counts ·
   * `open(name)`: a promise of the store (getAll, put, delete)
   */
  constructor({ name, owner = () => "", headers = () => ({}), keys, open = openStore }) {
    Object.assign(this, { name, owner, headers, keys, open });
    this.memory = new Map();
    this.opened = null;
    this.next = null; // the turn not yet begun
    this.why = ""; // what the last try failed of, see lib/received.js
    this.notBefore = 0;
    this.ask = (event) => event.preventDefault();
  }

  /* --- keeping ---------------------------------------------------------------------------- */

  /** The answer of the store, or null where the device has none or it is full. */
  async stored(act) {
    try {
      this.opened ??= this.open(this.name);
      return { value: await act(await this.opened) };
    } catch (error) {
      if (!this.failed) console.warn(`${this.name}: ${error.name}`); // said on the page as well
      this.failed = error.name;
      this.opened = null;
      return null;
    }
  }

  /** Own items, the oldest first. A shared device may hold those of others. */
  async items() {
    const kept = (await this.stored((db) => db.getAll(STORE)))?.value ?? [];
    const all = [...kept.filter(({ id }) => !this.memory.has(id)), ...this.memory.values()];
    return all.filter((item) => (item.owner ?? item.user ?? "") === this.owner()).sort((a, b) => a.made - b.made);
  }

  async find(id) {
    return (await this.items()).find((item) => item.id === id);
  }

  /** Keeps an item (an existing id is replaced); answers it as it is kept. */
  async put({ id, url, title, case: number, fields, photos, place }) {
    const before = id && (await this.find(id));
    const fresh = before?.refusal?.body.code === REUSED;
    if (fresh) await this.remove(id);
    const item = {
      id: !id || fresh ? newId() : id, owner: this.owner(), made: Date.now(), place,
      url, title, case: number, fields, photos, state: "waiting",
    };
    return this.keep(item);
  }

  async keep(item) {
    const kept = await this.stored((db) => db.put(STORE, { ...item, volatile: false }));
    if (kept) this.memory.delete(item.id);
    else this.memory.set(item.id, { ...item, volatile: true });
    await this.changed();
    return { ...item, volatile: !kept };
  }

  async remove(id) {
    this.memory.delete(id);
    await this.stored((db) => db.delete(STORE, id));
  }

  async discard(id) {
    await this.remove(id);
    await this.changed();
  }

  async again(id) {
    const item = await this.find(id);
    if (item) await this.keep({ ...item, state: "waiting", refusal: undefined });
    return this.send();
  }

  async changed() {
    // Only while there is something to lose: a page that listens is not kept for going back.
    if (this.memory.size) addEventListener("beforeunload", this.ask);
    else removeEventListener("beforeunload", this.ask);
    document.dispatchEvent(new CustomEvent("outbox:change", { detail: await this.items() }));
  }

  /* --- sending ---------------------------------------------------------------------------- */

  /**
   * Sends what waits, one after the other; two pages at once do not send the same. A call while
   * another one is sending takes its turn: what the other met may have changed by then.
   */
  send() {
    this.next ??= this.inTurn(() => {
      this.next = null;
      return this.sendWaiting();
    });
    return this.next;
  }

  /**
   * Locks are missing where the page has no secure context; client_uuid keeps the server from
   * doubling. Never begun before `send` has noted that a turn is waited for.
   */
  async inTurn(act) {
    await null;
    return navigator.locks ? navigator.locks.request(this.name, act) : act();
  }

  async sendWaiting() {
    if (Date.now() < this.notBefore) return;
    for (const { id } of await this.items()) {
      const item = await this.find(id); // as it is by now: changed or taken back while others went
      if (item?.state === "waiting" && !(await this.sendOne(item))) return;
    }
  }

  /** False when the network, the server or the session is what fails: the rest waits too. */
  async sendOne(item) {
    const { verdict, answer, status, body, why, wait } = await post(item.url, {
      body: packed(item), headers: this.headers(), keys: this.keys,
    });
    this.why = verdict === "later" ? why : "";
    this.notBefore = verdict === "later" ? Date.now() + wait : 0;
    if (verdict === "received") {
      if (await this.stands(item)) await this.remove(item.id);
      await this.changed();
      document.dispatchEvent(new CustomEvent("outbox:sent", { detail: { item, answer } }));
    } else if (verdict === "refused" && (await this.stands(item))) {
      await this.keep({ ...item, state: "refused", refusal: { status, body } });
    } else await this.changed();
    return verdict !== "later";
  }

  /** Whether an item is still as it was sent: neither written anew nor taken back meanwhile. */
  async stands(item) {
    const kept = await this.find(item.id);
    return kept?.made === item.made && kept.state === item.state;
  }

  /** Sends at once, whenever the network comes back, and every fifteen seconds. */
  start() {
    this.changed();
    this.send();
    addEventListener("online", () => {
      this.notBefore = 0;
      this.send();
    });
    setInterval(() => this.send(), EVERY);
  }
}

function packed({ id, made, place, fields, photos }) {
  const data = new FormData();
  data.set("client_uuid", id);
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  data.set("made_at", new Date(made).toISOString());
  if (place) {
    data.set("made_lon", place.lon);
    data.set("made_lat", place.lat);
  }
  for (const { file, type } of photos) {
    data.append("photos", file, file.name || "photo.jpg");
    data.append("photo_types", type);
    data.append("photos_made_at", new Date(file.lastModified || made).toISOString());
  }
  return data;
}

/**
 * The websocket of live updates. Messages carry ids and states, never pages: listeners refetch.
 *
 * Events on document: `live:event` (detail: the message), `live:status` (detail: {status}),
 * `live:reset` (the gap is too large, refetch everything), `live:notice` (a new notice for one),
 * `live:presence` (who else has the case open that this page shows).
 * Status: "connecting" (not yet heard), "live", "stale" (nothing heard for 25 s: another connection
 * is made), "offline" or
 * "signed-out" (no further connection until the person has signed in again).
 */

import { label } from "./labels.js";
import { shown } from "./selection.js";
import { check } from "./session.js";

const STALE_AFTER = 25_000;
const PINGED_WITHIN = 12_000; // the server is heard every 10 s
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const SIGNED_OUT = 4401;

export class Live {
  /** `since`: the last sequence number known, or null. `ask` answers "in", "out" or "unknown". */
  constructor({ url, since = null, target = document, Socket = globalThis.WebSocket, ask = check }) {
    Object.assign(this, { url, target, Socket, ask });
    this.seq = since;
    this.status = "connecting";
    this.offset = 0;
    this.wait = FIRST_WAIT;
    this.heardAt = 0;
    this.closed = false;
  }

  /** Another connection; the one before is left to itself, whatever it still says. */
  open() {
    clearTimeout(this.retry);
    if (this.closed || !this.Socket) return;
    this.drop();
    const socket = new this.Socket(this.url);
    this.socket = socket;
    this.listen();
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", since: this.seq }));
      this.tellOpen();
    };
    socket.onmessage = (message) => socket === this.socket && this.hear(JSON.parse(message.data));
    socket.onclose = (event) => socket === this.socket && this.lost(event.code);
  }

  /** Stops for good. */
  close() {
    this.closed = true;
    clearTimeout(this.retry);
    this.drop();
  }

  /** A dead line answers no goodbye: nobody waits for it. */
  drop() {
    clearTimeout(this.silence);
    const { socket } = this;
    this.socket = null;
    this.opened = null;
    socket?.close();
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.stale(), STALE_AFTER);
  }

  stale() {
    this.say("stale");
    this.drop();
    this.later();
  }

  /** Something happened to the network or the page: a line not heard of lately is not trusted. */
  doubt() {
    if (this.status === "signed-out" || (this.status === "live" && Date.now() - this.heardAt < PINGED_WITHIN)) return;
    this.wait = FIRST_WAIT;
    this.open();
  }

  /** The case that is in view on this page, or null: told to the others who look at it. */
  looksAt(number) {
    this.number = number;
    if (this.socket && this.socket.readyState === this.Socket.OPEN) this.tellOpen();
  }

  tellOpen() {
    const open = this.hidden ? null : this.number ?? null;
    if (open === (this.opened ?? null)) return;
    this.opened = open;
    this.socket.send(JSON.stringify({ type: "open", case: open }));
  }

  hear(message) {
    this.wait = FIRST_WAIT;
    this.heardAt = Date.now();
    this.say("live");
    this.listen();
    if (message.now) this.offset = Date.parse(message.now) - Date.now();
    if (message.type === "event") this.take(message);
    else if (message.type === "notice") this.tell("live:notice", message);
    else if (message.type === "presence") this.tell("live:presence", message);
    else if (message.type === "welcome") this.seq ??= message.seq;
    else if (message.type === "reset") {
      this.seq = message.seq ?? null;
      this.tell("live:reset", message);
    }
  }

  take(message) {
    if (this.seq !== null && message.seq <= this.seq) return;
    this.seq = message.seq;
    this.tell("live:event", message);
  }

  /** A refused handshake and a cut look alike to a page: the session is asked for. */
  async lost(code) {
    const heard = this.status === "live";
    this.drop();
    this.say("offline");
    if (code === SIGNED_OUT || !heard) {
      this.later(LONGEST_WAIT); // should no answer come either
      const answer = await this.ask();
      if (answer === "out") return this.signedOut();
    }
    return this.socket ? undefined : this.later(); // another line may live by the time of the answer
  }

  signedOut() {
    clearTimeout(this.retry);
    this.drop();
    this.say("signed-out");
  }

  later(wait = this.wait) {
    clearTimeout(this.retry);
    if (this.status === "signed-out") return;
    this.retry = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  say(status) {
    if (status === this.status) return;
    this.status = status;
    this.tell("live:status", { status });
  }

  tell(name, detail) {
    this.target.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

let live = null;

/** The server's time in ms, as far as the connection has told it; else this machine's. */
export function serverNow() {
  return Date.now() + (live?.offset ?? 0);
}

/**
 * Opens the page's connection from <body data-live data-live-since>, once every script of the page
 * listens: what is told before would be told to nobody.
 */
export function startLive() {
  const { liveSince } = document.body.dataset;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  document.addEventListener("live:status", (event) => show(event.detail.status));
  live = new Live({ url: `${scheme}://${location.host}/ws/live/`, since: liveSince ? Number(liveSince) : null });
  show(live.status);
  live.looksAt(shown());
  document.addEventListener("case:shown", ({ detail: { number } }) => live.looksAt(number));
  document.addEventListener("visibilitychange", () => {
    live.hidden = document.hidden;
    live.looksAt(shown());
  });
  document.addEventListener("DOMContentLoaded", () => live.open());
  document.addEventListener("session:ended", () => live.signedOut());
  document.addEventListener("session:resumed", () => { live.say("connecting"); live.open(); });
  addEventListener("online", () => live.doubt());
  addEventListener("pageshow", (event) => event.persisted && live.doubt());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && live.doubt());
  return live;
}

function show(status) {
  for (const element of document.querySelectorAll("[data-live-status]")) {
    element.dataset.status = status;
    const word = element.querySelector("[data-live-word]");
    if (word) word.textContent = label(`live-${status}`);
  }
}

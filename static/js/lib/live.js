/**
 * The websocket of live updates. Messages carry ids and states, never pages: listeners refetch.
 *
 * Events on document: `live:event` (detail: the message), `live:status` (detail: {status}),
 * `live:reset` (the gap is too large, refetch everything), `live:notice` (a new notice for one),
 * `live:presence` (who else has the case open that this page shows).
 * Status: "live", "stale" (nothing heard for 25 s) or "offline".
 */

import { label } from "./labels.js";
import { shown } from "./selection.js";

const STALE_AFTER = 25_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export class Live {
  /** `topics`: e.g. ["desk", "case:20261121-0042"]; `since`: the last sequence number known, or null. */
  constructor({ url, topics, since = null, target = document, Socket = globalThis.WebSocket }) {
    Object.assign(this, { url, topics, target, Socket });
    this.seq = since;
    this.status = "offline";
    this.offset = 0;
    this.wait = FIRST_WAIT;
    this.closed = false;
  }

  open() {
    clearTimeout(this.retry);
    if (this.closed || !this.Socket) return;
    const socket = new this.Socket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", topics: this.topics, since: this.seq }));
      this.tellOpen();
    };
    socket.onmessage = (message) => this.hear(JSON.parse(message.data));
    socket.onclose = () => this.lost(socket);
  }

  /** Stops for good. */
  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    this.socket?.close();
  }

  /** Adds a topic, e.g. of the case that was just opened; resumes from where we are. */
  follow(topic) {
    if (this.topics.includes(topic)) return;
    this.topics.push(topic);
    this.socket?.close();
  }

  /** The case that is in view on this page, or null: told to the others who look at it. */
  looksAt(number) {
    this.number = number;
    if (this.socket?.readyState === this.Socket?.OPEN) this.tellOpen();
  }

  tellOpen() {
    const open = this.hidden ? null : this.number ?? null;
    if (open === (this.opened ?? null)) return;
    this.opened = open;
    this.socket.send(JSON.stringify({ type: "open", case: open }));
  }

  hear(message) {
    this.wait = FIRST_WAIT;
    this.say("live");
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.say("stale"), STALE_AFTER);
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

  lost(socket) {
    if (socket !== this.socket || this.closed) return;
    clearTimeout(this.silence);
    this.opened = null;
    this.say("offline");
    this.retry = setTimeout(() => this.open(), this.wait * (0.5 + Math.random() / 2));
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

/** Follows one more topic on the page's connection. */
export function follow(topic) {
  live?.follow(topic);
}

/**
 * Opens the page's connection from <body data-live-topics data-live-since>, once every script of
 * the page listens: what is told before would be told to nobody.
 */
export function startLive() {
  const { liveTopics, liveSince } = document.body.dataset;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  document.addEventListener("live:status", (event) => show(event.detail.status));
  live = new Live({
    url: `${scheme}://${location.host}/ws/live/`,
    topics: liveTopics.split(/[\s,]+/).filter(Boolean),
    since: liveSince ? Number(liveSince) : null,
  });
  show(live.status);
  live.looksAt(shown());
  document.addEventListener("case:shown", ({ detail: { number } }) => live.looksAt(number));
  document.addEventListener("visibilitychange", () => {
    live.hidden = document.hidden;
    live.looksAt(shown());
  });
  document.addEventListener("DOMContentLoaded", () => live.open());
  addEventListener("online", () => live.status === "offline" && live.open());
  return live;
}

function show(status) {
  for (const element of document.querySelectorAll("[data-live-status]")) {
    element.dataset.status = status;
    const word = element.querySelector("[data-live-word]");
    if (word) word.textContent = label(`live-${status}`);
  }
}

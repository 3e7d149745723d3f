/** The live connection: nothing that the feed tells is lost, doubled or believed too long. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { Live } from "../../../static/js/lib/live.js";
import { settled } from "./page.mjs";

const NOW = Date.UTC(2026, 2, 2, 1);
const SIGNED_OUT = 4401;

/** A connection as a browser makes it; the test is the server. */
class Socket {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];
  closed = false;

  constructor(url) {
    this.url = url;
    Socket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  open() {
    this.readyState = Socket.OPEN;
    this.onopen();
  }

  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  cut(code = 1006) {
    this.onclose({ code });
  }
}

let target = null;
let told = [];

function connect({ since = null, ask = async () => "in" } = {}) {
  const live = new Live({ url: "ws://city.test/ws/live/", since, target, Socket, ask });
  live.open();
  return live;
}

const socket = () => Socket.all.at(-1);
const event = (seq) => ({ type: "event", seq, case: `case-${seq}` });
const names = (name) => told.filter((one) => one.type === name).map(({ detail }) => detail);
const seqs = () => names("live:event").map(({ seq }) => seq);
const statuses = () => names("live:status").map(({ status }) => status);

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW });
  mock.method(Math, "random", () => 1); // the longest of the waits
  Socket.all = [];
  target = new EventTarget();
  told = [];
  for (const name of ["event", "status", "reset", "notice", "presence"]) {
    target.addEventListener(`live:${name}`, (one) => told.push(one));
  }
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

describe("the sequence", () => {
  test("events are told in their order, each once", () => {
    connect({ since: 10 });
    socket().open();
    for (const seq of [11, 12, 12, 11, 15, 13]) socket().say(event(seq));
    assert.deepEqual(seqs(), [11, 12, 15]); // numbers of what others may see are missing, none is late
  });

  test("a connection begins after the last event that was told", () => {
    connect({ since: 10 });
    socket().open();
    assert.deepEqual(socket().sent, [{ type: "hello", since: 10 }]);
    socket().say(event(11));
    socket().cut();
    mock.timers.tick(500);
    socket().open();
    assert.deepEqual(socket().sent, [{ type: "hello", since: 11 }]);
  });

  test("what was missed meanwhile follows, what was told already does not", () => {
    connect({ since: 10 });
    socket().open();
    socket().say(event(11));
    socket().cut();
    mock.timers.tick(500);
    socket().open();
    for (const seq of [11, 12, 13]) socket().say(event(seq));
    assert.deepEqual(seqs(), [11, 12, 13]);
  });

  test("a page that knows no number begins where the server stands", () => {
    const live = connect();
    socket().open();
    assert.deepEqual(socket().sent, [{ type: "hello", since: null }]);
    socket().say({ type: "welcome", seq: 40 });
    socket().say(event(40));
    socket().say(event(41));
    assert.deepEqual([seqs(), live.seq], [[41], 41]);
  });

  test("a welcome does not skip what the page has not seen yet", () => {
    const live = connect({ since: 10 });
    socket().open();
    socket().say({ type: "welcome", seq: 40 });
    socket().say(event(11));
    assert.deepEqual([seqs(), live.seq], [[11], 11]);
  });

  test("too large a gap is told, and counted from anew, also downwards", () => {
    const live = connect({ since: 10 });
    socket().open();
    socket().say({ type: "reset", seq: 5 });
    socket().say(event(6));
    assert.equal(names("live:reset").length, 1);
    assert.deepEqual([seqs(), live.seq], [[6], 6]);
  });

  test("what an earlier connection still says is not heard", () => {
    const live = connect({ since: 10 });
    const first = socket();
    first.open();
    first.say(event(11));
    live.open();
    first.say(event(12));
    first.cut();
    assert.deepEqual([seqs(), first.closed, Socket.all.length], [[11], true, 2]);
  });
});

describe("connections", () => {
  test("without an answer the waits double, up to ten seconds", () => {
    connect();
    const waits = [];
    for (let n = 0; n < 7; n += 1) {
      mock.timers.tick(25_000); // not a word comes
      const before = Socket.all.length;
      for (waits.push(0); Socket.all.length === before; mock.timers.tick(100)) waits[n] += 100;
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test("after a word from the server the first wait is the shortest again", () => {
    connect();
    for (let n = 0; n < 3; n += 1) {
      socket().open();
      socket().say({ type: "ping" });
      socket().cut();
      mock.timers.tick(499);
      assert.equal(Socket.all.length, n + 1);
      mock.timers.tick(1);
      assert.equal(Socket.all.length, n + 2);
    }
  });

  test("silence of 25 seconds is stale, and another connection is made", () => {
    connect({ since: 1 });
    const first = socket();
    first.open();
    first.say({ type: "ping" });
    mock.timers.tick(24_999);
    assert.deepEqual(statuses(), ["live"]);
    mock.timers.tick(1);
    assert.deepEqual([statuses(), first.closed], [["live", "stale"], true]);
    mock.timers.tick(500);
    socket().open();
    socket().say({ type: "ping" });
    assert.deepEqual(statuses(), ["live", "stale", "live"]);
  });

  test("a connection that never opens is given up too", () => {
    connect();
    mock.timers.tick(25_000);
    assert.deepEqual(statuses(), ["stale"]);
    mock.timers.tick(500);
    assert.equal(Socket.all.length, 2);
  });

  test("each word from the server begins the silence anew", () => {
    connect();
    socket().open();
    for (let n = 0; n < 10; n += 1) {
      mock.timers.tick(24_000);
      socket().say({ type: "ping" });
    }
    assert.deepEqual([statuses(), Socket.all.length], [["live"], 1]);
  });

  test("a network that comes back is tried at once, unless the line was heard just now", () => {
    const live = connect();
    socket().open();
    socket().say({ type: "ping" });
    mock.timers.tick(11_999);
    live.doubt();
    assert.equal(Socket.all.length, 1);
    mock.timers.tick(1);
    live.doubt();
    assert.equal(Socket.all.length, 2);
    assert.equal(Socket.all[0].closed, true);
  });

  test("closed it stays closed", async () => {
    const live = connect();
    socket().open();
    live.close();
    mock.timers.tick(60_000);
    live.doubt();
    await settled();
    assert.equal(Socket.all.length, 1);
  });

  test("where a browser has no websocket nothing happens", () => {
    const live = new Live({ url: "ws://city.test/", target, Socket: null });
    live.open();
    live.looksAt("1");
    assert.equal(live.status, "connecting");
  });
});

describe("the session", () => {
  test("after a refusal the session is asked for; signed out, no further connection is made", async () => {
    const live = connect({ ask: async () => "out" });
    socket().cut(SIGNED_OUT);
    await settled();
    mock.timers.tick(600_000);
    live.doubt();
    assert.deepEqual([statuses(), Socket.all.length], [["offline", "signed-out"], 1]);
  });

  test("a cut of a line that was heard is no question of the session", async () => {
    let asked = 0;
    connect({ ask: async () => { asked += 1; return "out"; } });
    socket().open();
    socket().say({ type: "ping" });
    socket().cut();
    await settled();
    assert.deepEqual([asked, statuses()], [0, ["live", "offline"]]);
  });

  test("a center that cannot tell is tried again", async () => {
    connect({ ask: async () => "unknown" });
    socket().cut();
    await settled();
    mock.timers.tick(10_000);
    assert.equal(Socket.all.length, 2);
  });

  test("a question of the session that nobody answers stops nothing", async () => {
    connect({ ask: () => new Promise(() => {}) });
    socket().cut();
    await settled();
    mock.timers.tick(10_000);
    assert.equal(Socket.all.length, 2);
  });

  test("an answer that comes late does not cut the line that lives by then", async () => {
    let say = null;
    const live = connect({ ask: () => new Promise((done) => { say = done; }) });
    socket().cut();
    live.doubt();
    socket().open();
    socket().say({ type: "ping" });
    say("in");
    await settled();
    mock.timers.tick(20_000);
    assert.deepEqual([Socket.all.length, socket().closed, live.status], [2, false, "live"]);
  });
});

describe("what else is told", () => {
  test("notices and who looks on", () => {
    connect();
    socket().open();
    socket().say({ type: "notice", unread: 1 });
    socket().say({ type: "presence", case: "1", people: [] });
    assert.deepEqual([names("live:notice").length, names("live:presence")[0].case], [1, "1"]);
  });

  test("the server's time is known to the millisecond of its message", () => {
    const live = connect();
    socket().open();
    socket().say({ type: "ping", now: new Date(NOW + 90_000).toISOString() });
    assert.equal(live.offset, 90_000);
  });

  test("the case in view is told once, again after a cut, and not while the page is hidden", () => {
    const live = connect();
    live.looksAt("1");
    socket().open();
    live.looksAt("1");
    live.looksAt("2");
    live.hidden = true;
    live.looksAt("2");
    const opens = () => socket().sent.filter(({ type }) => type === "open").map((one) => one.case);
    assert.deepEqual(opens(), ["1", "2", null]);
    live.hidden = false;
    live.open();
    socket().open();
    assert.deepEqual(opens(), ["2"]);
  });
});

/** Nothing of a report is lost: what is written on a device until the center has it. */

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";

import { REUSED } from "../../../static/js/lib/identifiers.js";
import { Queue } from "../../../static/js/lib/queue.js";
import { answer, heard, network, page, settled } from "./page.mjs";

const URL_OF_CASES = "/api/v1/cases/";
const TAKEN = { number: "62010520260302000001" };
const received = () => answer(TAKEN, { status: 201 });
const refusal = (body = { code: "bad", detail: "No such place." }, status = 400) => answer(body, { status });
const unreachable = () => { throw new TypeError("Failed to fetch"); };

/** The store of a device: items outlive the page, and it fails as browsers' stores do. */
class Device {
  rows = new Map();
  failing = ""; // name of the exception that the next calls throw
  forbidden = false;

  open = async () => {
    if (this.forbidden) throw new DOMException("forbidden", "SecurityError");
    return this;
  };

  async tried(act) {
    if (this.failing) throw new DOMException("failed", this.failing);
    return act();
  }

  getAll = () => this.tried(() => [...this.rows.values()].map((row) => ({ ...row })));
  put = (store, row) => this.tried(() => this.rows.set(row.id, { ...row }));
  delete = (store, id) => this.tried(() => this.rows.delete(id));
}

let device = null;

function queue({ owner = "7", keys = ["number"] } = {}) {
  return new Queue({
    name: `outbox-of-${owner}`, owner: () => owner, headers: () => ({ "X-CSRFToken": "t" }), keys, open: device.open,
  });
}

const report = (title, rest = {}) => ({ url: URL_OF_CASES, title, fields: { description: title }, photos: [], ...rest });
const titles = async (box) => (await box.items()).map(({ title }) => title);
const sentTitles = (calls) => calls.map(({ options: { body } }) => body.get("description"));

beforeEach(() => {
  mock.reset();
  mock.timers.reset();
  mock.method(console, "warn", () => {});
  device = new Device();
});

describe("keeping", () => {
  test("what is written is kept with its owner and moment, and outlives the page", async () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000 });
    const item = await queue().put(report("pothole", { place: { lon: 103.7, lat: 36.1 } }));
    mock.timers.reset();

    assert.equal(item.volatile, false);
    const [kept] = await queue().items();
    assert.deepEqual(kept, { ...item, volatile: false });
    assert.deepEqual([kept.owner, kept.made, kept.state], ["7", 1_000, "waiting"]);
    assert.match(kept.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("items come in the order in which they were written", async () => {
    const box = queue();
    mock.timers.enable({ apis: ["Date"], now: 3_000 });
    await box.put(report("third"));
    for (const [now, title] of [[1_000, "first"], [2_000, "second"]]) {
      mock.timers.setTime(now);
      await box.put(report(title));
    }
    mock.timers.reset();
    assert.deepEqual(await titles(box), ["first", "second", "third"]);
  });

  test("a shared device shows nobody what another person wrote, and sends it for nobody else", async () => {
    await queue({ owner: "8" }).put(report("of another"));
    const calls = network(received);

    const mine = queue();
    await mine.send();
    assert.deepEqual(await mine.items(), []);
    assert.equal(calls.length, 0);
    assert.deepEqual(await titles(queue({ owner: "8" })), ["of another"]);
  });

  for (const name of ["QuotaExceededError", "UnknownError"]) {
    test(`where the store fails (${name}) an item lives as long as the page, and leaving is asked about`, async () => {
      const box = queue();
      device.failing = name;
      const item = await box.put(report("pothole"));

      assert.equal(item.volatile, true);
      assert.deepEqual(await titles(box), ["pothole"]);
      const leaving = new Event("beforeunload", { cancelable: true });
      dispatchEvent(leaving);
      assert.equal(leaving.defaultPrevented, true);

      device.failing = "";
      network(received);
      await box.send();
      assert.deepEqual(await box.items(), []);
      const again = new Event("beforeunload", { cancelable: true });
      dispatchEvent(again);
      assert.equal(again.defaultPrevented, false);
    });
  }

  test("where no store may be opened the report is sent all the same", async () => {
    device.forbidden = true;
    const box = queue();
    const calls = network(received);
    assert.equal((await box.put(report("pothole"))).volatile, true);
    await box.send();
    assert.deepEqual(sentTitles(calls), ["pothole"]);
    assert.deepEqual(await box.items(), []);
  });

  test("a correction that no longer fits the store stands before what the store holds", async () => {
    const box = queue();
    const { id } = await box.put(report("pothole"));
    device.failing = "QuotaExceededError";
    await box.put(report("deep pothole", { id }));
    device.failing = "";
    assert.deepEqual(await titles(box), ["deep pothole"]);
  });

  test("an item of the page alone is kept by the device as soon as it can", async () => {
    const box = queue();
    device.failing = "QuotaExceededError";
    const { id } = await box.put(report("pothole"));
    device.failing = "";
    network(unreachable);
    await box.again(id);
    assert.deepEqual([...device.rows.keys()], [id]);
    assert.equal((await box.find(id)).volatile, false);
  });
});

describe("sending", () => {
  test("the oldest first, each with what it was written with, and removed once it is received", async () => {
    const box = queue();
    const sent = heard("outbox:sent");
    const photo = new File(["jpeg"], "road.jpg", { type: "image/jpeg", lastModified: Date.UTC(2026, 2, 2, 1) });
    mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 2, 2, 2) });
    const first = await box.put(report("first", { photos: [{ file: photo, type: "close" }], place: { lon: 103.7, lat: 36.1 } }));
    mock.timers.setTime(Date.UTC(2026, 2, 2, 3));
    await box.put(report("second"));
    mock.timers.reset();
    const calls = network(received);
    await box.send();

    assert.deepEqual(sentTitles(calls), ["first", "second"]);
    const [{ url, options: { method, headers, body } }] = calls;
    assert.deepEqual([url, method, headers["X-CSRFToken"]], [URL_OF_CASES, "POST", "t"]);
    const said = ["client_uuid", "made_at", "made_lon", "made_lat", "photo_types", "photos_made_at"].map((name) => body.get(name));
    assert.deepEqual(said, [first.id, "2026-03-02T02:00:00.000Z", "103.7", "36.1", "close", "2026-03-02T01:00:00.000Z"]);
    assert.equal(body.get("photos").name, "road.jpg");
    assert.equal(calls[1].options.body.has("made_lon"), false);
    assert.deepEqual(await box.items(), []);
    assert.deepEqual(sent.map(({ item, answer: { number } }) => [item.title, number]), [["first", TAKEN.number], ["second", TAKEN.number]]);
  });

  test("without a network everything waits, under the same identifiers", async () => {
    const box = queue();
    await box.put(report("first"));
    await box.put(report("second"));
    const before = (await box.items()).map(({ id }) => id);
    const calls = network(unreachable);
    await box.send();

    assert.equal(box.why, "network");
    assert.deepEqual(sentTitles(calls), ["first"]); // the second would fare no better
    assert.deepEqual((await box.items()).map(({ id }) => id), before);
    network(received);
    await box.send();
    assert.deepEqual([await box.items(), box.why], [[], ""]);
  });

  test("an answer that got lost is asked for again with the same identifier", async () => {
    const box = queue();
    const { id } = await box.put(report("pothole"));
    network(unreachable); // the center has it, the phone does not know
    await box.send();
    const calls = network(received);
    await box.send();
    assert.equal(calls[0].options.body.get("client_uuid"), id);
  });

  test("a busy center is not asked before the time it named, a network that is back at once", async () => {
    mock.timers.enable({ apis: ["Date", "setInterval"], now: 1_000_000 });
    const box = queue();
    await box.put(report("pothole"));
    const calls = network(() => answer({ code: "busy", detail: "Later." }, { status: 429, "Retry-After": "30" }));
    await box.send();
    assert.equal(calls.length, 1);
    mock.timers.setTime(1_029_999);
    await box.send();
    assert.equal(calls.length, 1);
    mock.timers.setTime(1_030_000);
    await box.send();
    assert.equal(calls.length, 2);

    box.start();
    await settled();
    assert.equal(calls.length, 2);
    dispatchEvent(new Event("online"));
    await settled();
    assert.equal(calls.length, 3);
    mock.timers.reset();
  });

  test("by itself at the start and every fifteen seconds", async () => {
    mock.timers.enable({ apis: ["setInterval"] });
    const box = queue();
    await box.put(report("pothole"));
    const calls = network(unreachable);
    box.start();
    await settled();
    assert.equal(calls.length, 1);
    mock.timers.tick(14_999);
    await settled();
    assert.equal(calls.length, 1);
    mock.timers.tick(1);
    await settled();
    assert.equal(calls.length, 2);
    mock.timers.reset();
  });

  test("two pages of one device send each item once", async () => {
    const [one, other] = [queue(), queue()];
    await one.put(report("first"));
    await one.put(report("second"));
    const calls = network(async () => { await settled(); return received(); });
    await Promise.all([one.send(), other.send(), one.send(), other.send()]);
    assert.deepEqual(sentTitles(calls), ["first", "second"]);
    assert.deepEqual(await other.items(), []);
  });

  test("a call while another one is sending takes its turn: what is added meanwhile goes too", async () => {
    const box = queue();
    await box.put(report("first"));
    let add = () => box.put(report("second"));
    const calls = network(async () => {
      await add();
      add = async () => {};
      return received();
    });
    const running = box.send();
    await settled();
    await Promise.all([running, box.send()]);
    assert.deepEqual(sentTitles(calls), ["first", "second"]);
  });

  test("where a page has no locks it sends all the same", async () => {
    Object.defineProperty(navigator, "locks", { value: undefined, configurable: true });
    try {
      const box = queue();
      await box.put(report("pothole"));
      network(received);
      await box.send();
      assert.deepEqual(await box.items(), []);
    } finally {
      delete navigator.locks;
    }
  });
});

describe("refused", () => {
  test("what is refused stays with its reason, and the next one goes", async () => {
    const box = queue();
    await box.put(report("wrong"));
    await box.put(report("right"));
    network((url, { body }) => (body.get("description") === "wrong" ? refusal() : received()));
    await box.send();
    const [item] = await box.items();
    assert.deepEqual([item.title, item.state, item.refusal.status, item.refusal.body.detail], ["wrong", "refused", 400, "No such place."]);

    const calls = network(received);
    await box.send();
    assert.equal(calls.length, 0); // a refused one waits for its person
    await box.again(item.id);
    assert.deepEqual([sentTitles(calls), await box.items()], [["wrong"], []]);
  });

  test("corrected it goes under its identifier", async () => {
    const box = queue();
    const { id } = await box.put(report("wrong"));
    network(() => refusal());
    await box.send();
    const corrected = await box.put(report("right", { id }));
    assert.deepEqual([corrected.id, corrected.state, corrected.refusal], [id, "waiting", undefined]);
    assert.deepEqual(await titles(box), ["right"]);
  });

  test("an identifier that is used up for another content is replaced, and nothing doubled", async () => {
    const box = queue();
    const { id } = await box.put(report("pothole"));
    network(() => refusal({ code: REUSED, detail: "Used." }, 409));
    await box.send();
    const corrected = await box.put(report("deep pothole", { id }));
    assert.notEqual(corrected.id, id);
    assert.deepEqual(await titles(box), ["deep pothole"]);
    assert.deepEqual([...device.rows.keys()], [corrected.id]);
  });

  test("discarded it is gone, and the page hears of it", async () => {
    const box = queue();
    const { id } = await box.put(report("pothole"));
    const changes = heard("outbox:change");
    await box.discard(id);
    assert.deepEqual([await box.items(), changes.at(-1)], [[], []]);
  });
});

describe("written anew while the old one is on its way", () => {
  for (const [what, reply] of [["received", received], ["refused", () => refusal()], ["lost on the way", unreachable]]) {
    test(`what came last stays when the old one is ${what}`, async () => {
      mock.timers.enable({ apis: ["Date"], now: 1_000 });
      const box = queue();
      const { id } = await box.put(report("pothole"));
      mock.timers.setTime(2_000);
      let arrive = null;
      const arrived = new Promise((done) => { arrive = done; });
      network(async () => { await arrived; return reply(); });
      const sending = box.send();
      await settled();
      await box.put(report("deep pothole", { id }));
      arrive();
      await sending;
      const [item] = await box.items();
      assert.deepEqual([item?.title, item?.state], ["deep pothole", "waiting"]);
    });
  }

  test("what is changed or taken back while others go is sent as it is then, or not at all", async () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000 });
    const box = queue();
    await box.put(report("first"));
    const [changed, gone] = [await box.put(report("second")), await box.put(report("third"))];
    let act = async () => {
      mock.timers.setTime(2_000);
      await box.put(report("second, corrected", { id: changed.id }));
      await box.discard(gone.id);
    };
    const calls = network(async () => { await act(); act = async () => {}; return received(); });
    await box.send();
    assert.deepEqual(sentTitles(calls), ["first", "second, corrected"]);
    assert.deepEqual(await box.items(), []);
  });

  test("what its person took back does not return", async () => {
    const box = queue();
    const { id } = await box.put(report("pothole"));
    network(async () => { await box.discard(id); return refusal(); });
    await box.send();
    assert.deepEqual(await box.items(), []);
  });
});

test("the document hears of every change with all own items", async () => {
  const changes = heard("outbox:change");
  const box = queue();
  await box.put(report("pothole"));
  assert.equal(page instanceof EventTarget, true);
  assert.deepEqual(changes.at(-1).map(({ title }) => title), ["pothole"]);
});

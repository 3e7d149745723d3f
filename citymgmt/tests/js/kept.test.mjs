/** What a browser keeps besides the outbox: drafts, own reports, photos to be sent, a place. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { discardDraft, draftOf, forgetDrafts, givenBack } from "../../../static/js/lib/drafts.js";
import { newId } from "../../../static/js/lib/identifiers.js";
import { Photos, fit, isHeif, jpegName, nextType, retyped } from "../../../static/js/lib/photos.js";
import { here, lastPlace } from "../../../static/js/lib/place.js";
import { lastSent, mine, remember } from "../../../static/js/portal/mine.js";

const stores = [localStorage, sessionStorage];

beforeEach(() => {
  for (const store of stores) Object.assign(store, { forbidden: false, full: false, rows: new Map() });
});

afterEach(() => mock.timers.reset());

describe("a draft", () => {
  const field = (id, value, given = "") => ({ id, value, given });

  test("keeps what differs from what the server gave", () => {
    assert.deepEqual(draftOf([field("opinion", "ok"), field("why", "same", "same")]), { opinion: { was: "", value: "ok" } });
  });

  test("is none where nothing is typed: boxes and blanks alone are no text", () => {
    assert.equal(draftOf([field("agree", true, false), field("opinion", "  ")]), null);
    assert.deepEqual(draftOf([field("agree", true, false), field("opinion", "a")]), {
      agree: { was: false, value: true }, opinion: { was: "", value: "a" },
    });
  });

  test("remembers what stood there when the typing began, not what a later page gave", () => {
    const before = { opinion: { was: "", value: "o" } };
    assert.deepEqual(draftOf([field("opinion", "ok", "from the server")], before), { opinion: { was: "", value: "ok" } });
    assert.equal(draftOf([field("opinion", "", "from the server")], before), null);
  });

  test("comes back only where the server still shows what it showed then", () => {
    const kept = { opinion: { was: "", value: "ok" }, why: { was: "a", value: "b" }, areas: { was: [], value: ["1"] } };
    const back = (fields) => givenBack(kept, fields).map(({ id }) => id);
    assert.deepEqual(back([field("opinion", ""), field("why", "a", "a"), field("areas", [], [])]), ["opinion", "why", "areas"]);
    assert.deepEqual(back([field("opinion", "x", "x"), field("why", "b", "a"), field("areas", ["1"], [])]), []);
    assert.deepEqual(back([field("other", "")]), []);
  });

  test("goes with its author, and with what was taken", () => {
    for (const key of ["draft:7:a", "draft:7:b", "draft:8:a"]) localStorage.setItem(key, "{}");
    discardDraft({ dataset: { draft: "a" }, querySelector: () => null });
    assert.deepEqual([...localStorage.rows.keys()], ["draft:7:b", "draft:8:a"]);
    forgetDrafts();
    assert.deepEqual([...localStorage.rows.keys()], ["draft:8:a"]);
  });
});

describe("own reports of the public", () => {
  test("the newest first, each once, at most twenty", () => {
    for (let n = 1; n <= 21; n += 1) assert.equal(remember({ number: `${n}`, code: "c", title: "t", at: n }), true);
    assert.deepEqual([mine().length, mine()[0].number, mine().at(-1).number], [20, "21", "2"]);
    remember({ number: "5", code: "d", at: 99 });
    assert.deepEqual([mine().length, mine()[0]], [20, { number: "5", code: "d", title: "", at: 99 }]);
    assert.equal(lastSent(), "5");
  });

  test("where the device remembers nothing the page works on", () => {
    for (const store of stores) store.forbidden = true;
    assert.deepEqual([remember({ number: "1", code: "c" }), mine(), lastSent()], [false, [], ""]);
  });

  test("where it is full it says so, and what was there stays", () => {
    remember({ number: "1", code: "c", at: 1 });
    localStorage.full = true;
    assert.equal(remember({ number: "2", code: "c", at: 2 }), false);
    assert.deepEqual(mine().map(({ number }) => number), ["1"]);
  });

  for (const text of ["not JSON", '{"a": 1}', "null"]) {
    test(`what somebody else wrote there (${text}) is no list`, () => {
      localStorage.setItem("public-reports", text);
      assert.deepEqual(mine(), []);
    });
  }
});

describe("photos", () => {
  for (const [width, height, size] of [
    [4000, 3000, [2048, 1536]], [3000, 4000, [1536, 2048]], [2048, 2048, [2048, 2048]],
    [2049, 1, [2048, 1]], [1, 12_000, [1, 2048]], [640, 480, [640, 480]], [4032, 3024, [2048, 1536]],
  ]) {
    test(`${width} × ${height} is sent as ${size.join(" × ")}`, () => assert.deepEqual(Object.values(fit(width, height)), size));
  }

  test("usual types are proposed in turn, in the end the last one", () => {
    const usual = ["before", "after"];
    assert.deepEqual([nextType(usual, []), nextType(usual, ["before"]), nextType(usual, usual), nextType(usual, ["after"])],
      ["before", "after", "after", "before"]);
  });

  test("where others are asked for, types that stay are kept and the others become usual ones", () => {
    const types = ["before", "after", "reference"];
    assert.deepEqual(retyped(["close", "reference", "wide", "close"], types, ["before", "after"]), ["before", "reference", "after", "after"]);
    assert.deepEqual(retyped(["after", "close"], types, ["before", "after"]), ["after", "before"]);
    assert.deepEqual(retyped([], types, ["before"]), []);
  });

  test("names and formats of telephones", () => {
    assert.deepEqual(["road.HEIC", "a.b.png", ".png", "road"].map(jpegName), ["road.jpg", "a.b.jpg", "photo.jpg", "road.jpg"]);
    const files = [["x.HEIC", ""], ["x", "image/heic"], ["x", "image/heif-sequence"], ["x.jpg", "image/jpeg"]];
    assert.deepEqual(files.map(([name, type]) => isHeif({ name, type })), [true, true, true, false]);
  });

  test("what a page sends by itself are the files with their types, in their order", () => {
    const items = [["a", "before"], ["b", "after"]].map(([file, value]) => ({ file, chooser: { value } }));
    const taken = Photos.prototype.taken.call({ items });
    assert.deepEqual(taken, [{ file: "a", type: "before" }, { file: "b", type: "after" }]);
  });
});

describe("the place of the device", () => {
  const locate = (act) => Object.defineProperty(navigator, "geolocation", { value: { getCurrentPosition: act }, configurable: true });

  test("is known for five minutes", async () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    locate((found) => found({ coords: { longitude: 103.7, latitude: 36.1, accuracy: 9 } }));
    assert.equal(lastPlace(), undefined);
    assert.equal((await here()).accuracy, 9);
    mock.timers.setTime(1_299_999);
    assert.deepEqual(lastPlace(), { lon: 103.7, lat: 36.1 });
    mock.timers.setTime(1_300_000);
    assert.equal(lastPlace(), undefined);
  });

  test("may be refused, or missing", async () => {
    locate((found, failed) => failed(new Error("denied")));
    await assert.rejects(here(), /denied/);
    Object.defineProperty(navigator, "geolocation", { value: undefined, configurable: true });
    await assert.rejects(here(), /no geolocation/);
  });
});

test("an identifier is a random UUID", () => {
  const ids = new Set(Array.from({ length: 200 }, newId));
  assert.equal(ids.size, 200);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

/** The session of a page: whose answers count, and what waits until its person is back. */

import assert from "node:assert/strict";
import { afterEach, describe, mock, test } from "node:test";

import { ask, check, cookie, signature } from "../../../static/js/lib/session.js";
import { answer, heard, network, page, settled } from "./page.mjs";

afterEach(() => mock.timers.reset());

const out = () => answer({ code: "signed_out" }, { status: 401 });

test("every request names its person and the browser's present token", async () => {
  const calls = network(() => answer({}));
  await ask("/x/", { headers: { Accept: "application/json" } });
  assert.deepEqual(calls[0].options.headers, { Accept: "application/json", "X-CSRFToken": "abc", "X-Signed-In-As": "7" });
  assert.deepEqual([cookie("csrftoken"), cookie("none"), signature()["X-Signed-In-As"]], ["abc", "", "7"]);
});

test("an answer of somebody else is none", async () => {
  network(() => answer({}, { own: false }));
  await assert.rejects(ask("/x/"), TypeError);
});

test("what was to be read when the session ended is read once its person is back", async () => {
  const ended = heard("session:ended");
  let over = true;
  const calls = network(() => (over ? out() : answer({ n: 1 })));
  const reading = ask("/x/");
  await settled();
  assert.deepEqual([ended.at(-1).code, calls.length], ["signed_out", 1]);
  over = false;
  page.dispatchEvent(new CustomEvent("session:resumed"));
  assert.deepEqual([await (await reading).json(), calls.length], [{ n: 1 }, 2]);
});

test("what was to be sent is not sent again by itself", async () => {
  const calls = network(out);
  assert.equal((await ask("/x/", { method: "POST" })).status, 401);
  assert.equal(calls.length, 1);
});

test("a page of nobody gets its 401", async () => {
  const { person } = page.body.dataset;
  delete page.body.dataset.person;
  network(out);
  assert.equal((await ask("/x/")).status, 401);
  assert.equal("X-Signed-In-As" in signature(), false);
  page.body.dataset.person = person;
});

describe("how the session is", () => {
  test("unknown without an answer of the product", async () => {
    for (const act of [() => { throw new TypeError("Failed to fetch"); }, () => answer({}, { own: false }), () => answer("<p>", { type: "text/html" })]) {
      network(act);
      assert.equal(await check(), "unknown");
    }
    network(() => { throw new RangeError("fault"); });
    await assert.rejects(check(), { name: "RangeError" });
  });

  test("out, which is told", async () => {
    const ended = heard("session:ended");
    network(() => answer({ code: "other_person" }, { status: 401 }));
    assert.equal(await check(), "out");
    assert.equal(ended.at(-1).code, "other_person");
  });

  test("in, and looked at again a minute before it ends", async () => {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
    const calls = network(() => answer({ left: 600, renewable: true }));
    assert.equal(await check(), "in");
    mock.timers.tick(539_999);
    assert.equal(calls.length, 1);
    mock.timers.tick(1);
    assert.equal(calls.length, 2);
    assert.equal(calls[1].options.method, "GET"); // nobody has touched the page
    await settled();
  });

  test("of a center that cannot tell it says so", async () => {
    network(() => answer({ code: "clock" }, { status: 503 }));
    assert.deepEqual(await check(), { status: 503, said: { code: "clock" } });
  });
});

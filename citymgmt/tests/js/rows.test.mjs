/** Lists and the case in view while others work: an older answer never takes the place of a newer one. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Refusal, answerOf, asker, nothing } from "../../../static/js/lib/latest.js";
import { isNewer, matched } from "../../../static/js/lib/rows.js";
import { choose, isTurn, selected, sending, settled as mayAct, shown } from "../../../static/js/lib/selection.js";
import { answer, network, page, settled } from "./page.mjs";

const row = (id, version = "1") => ({ id, dataset: { version } });
const plan = (known, fresh) => {
  const { rows, gone } = matched(known, fresh);
  return { rows: rows.map(({ row: { id }, old, same }) => [id, Boolean(old), same]), gone: gone.map(({ id }) => id) };
};

describe("rows of a list asked for anew", () => {
  test("those at the same version are left alone, whatever their order is now", () => {
    assert.deepEqual(plan([row("a"), row("b")], [row("b"), row("a")]), { rows: [["b", true, true], ["a", true, true]], gone: [] });
  });

  test("those that changed are replaced", () => {
    assert.deepEqual(plan([row("a", "1")], [row("a", "2")]), { rows: [["a", true, false]], gone: [] });
  });

  test("new ones come, those that are no more go", () => {
    assert.deepEqual(plan([row("a"), row("b")], [row("c"), row("b")]), { rows: [["c", false, false], ["b", true, true]], gone: ["a"] });
  });

  test("a list that became empty loses all", () => {
    assert.deepEqual(plan([row("a"), row("b")], []), { rows: [], gone: ["a", "b"] });
    assert.deepEqual(plan([], []), { rows: [], gone: [] });
  });

  test("headings and the line of an empty list are no known rows", () => {
    const heading = { id: "", dataset: {} };
    assert.deepEqual(plan([row("a")], [heading, row("a")]).rows, [["", false, false], ["a", true, true]]);
  });
});

describe("the case in view", () => {
  for (const [now, came, anew, newer] of [
    [5, 6, false, true], [5, 5, false, false], [5, 4, false, false],
    [5, 5, true, true], [5, 4, true, false], [5, 6, true, true],
    [5, NaN, false, false], [5, NaN, true, false], [NaN, 5, true, false],
  ]) {
    test(`a log of ${came} after one of ${now}${anew ? ", asked for anew" : ""}`, () => assert.equal(isNewer(now, came, anew), newer));
  }
});

describe("questions of a script", () => {
  const text = (response) => response.text();

  test("of two about the same place the older is answered by nothing, in whatever order answers come", async () => {
    const answers = [];
    network(() => new Promise((done) => answers.push(done)));
    const ask = asker();
    const [first, second] = [ask("/1/", {}, text), ask("/2/", {}, text)];
    answers[1](answer("new"));
    assert.equal(await second, "new");
    answers[0](answer("old"));
    assert.equal(await first, null);
  });

  test("the older is given up while it is read, too", async () => {
    network(() => answer("x"));
    const ask = asker();
    let finish = null;
    const first = ask("/1/", {}, () => new Promise((done) => { finish = done; }));
    await settled();
    const second = ask("/2/", {}, text);
    finish("old");
    assert.deepEqual(await Promise.all([first, second]), [null, "x"]);
  });

  test("two places do not disturb each other", async () => {
    network((url) => answer(url));
    assert.deepEqual(await Promise.all([asker()("/1/", {}, text), asker()("/2/", {}, text)]), ["/1/", "/2/"]);
  });

  for (const [what, reply, status] of [
    ["without a network", () => { throw new TypeError("Failed to fetch"); }, 0],
    ["answered by somebody else", () => answer("<p>", { own: false }), 0],
    ["refused", () => answer({}, { status: 404 }), 404],
    ["cut while it is read", () => answer('{"half'), 0],
  ]) {
    test(`${what} it is a Refusal`, async () => {
      network(reply);
      await assert.rejects(asker()("/1/", {}, (response) => response.json()), (error) => error instanceof Refusal && error.status === status);
    });
  }

  test("a fault of the script stays one", async () => {
    network(() => answer("x"));
    await assert.rejects(asker()("/1/", {}, () => { throw new RangeError("fault"); }), { name: "RangeError" });
    assert.throws(() => nothing(new RangeError("fault")), { name: "RangeError" });
  });

  test("for whom no answer is as good as none", async () => {
    network(() => answer({}, { status: 500 }));
    assert.equal(await answerOf("/1/", {}).catch(nothing), null);
    const given = new AbortController();
    network(() => { throw given.signal.reason; });
    given.abort();
    assert.equal(await answerOf("/1/", { signal: given.signal }).catch(nothing), null);
  });
});

describe("the chosen case", () => {
  const show = (number) => page.elements.set("#work [data-case]", { dataset: { case: number } });

  test("no key acts before what is chosen is shown", () => {
    const bar = { inert: false };
    page.elements.set("#actions", bar);
    show("1");
    choose("1");
    assert.deepEqual([shown(), selected(), mayAct(), bar.inert], ["1", "1", true, false]);
    choose("2");
    assert.deepEqual([shown(), selected(), mayAct(), bar.inert], ["1", "2", false, true]);
    show("2");
    assert.equal(mayAct(), true);
  });

  test("no key acts while a form is on its way", () => {
    page.elements.set("[data-action-form][data-sending]", {});
    assert.deepEqual([sending(), mayAct()], [true, false]);
    page.elements.delete("[data-action-form][data-sending]");
    assert.deepEqual([sending(), mayAct()], [false, true]);
  });

  test("a turn is over as soon as somebody chooses again", () => {
    const turn = choose(null);
    assert.equal(isTurn(turn), true);
    choose("3");
    assert.equal(isTurn(turn), false);
  });
});

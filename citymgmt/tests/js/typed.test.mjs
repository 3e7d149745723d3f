/** What people type, and what it is looked for in: the same in scripts and on the server. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { found } from "../../../static/js/field/classes.js";
import { isCalled, matching } from "../../../static/js/lib/choose.js";
import { lengthOf, tooMany } from "../../../static/js/lib/counter.js";
import { isoDay } from "../../../static/js/lib/dates.js";
import { placeAfter } from "../../../static/js/lib/keys.js";
import { code, farness, folded, plain, words } from "../../../static/js/lib/writing.js";

const shared = JSON.parse(readFileSync(new URL("../shared.json", import.meta.url), "utf-8"));

describe("one spelling", () => {
  for (const [typed, one] of shared.spellings) test(JSON.stringify(typed), () => assert.equal(plain(typed), one));

  test("a code has no blanks, a searched word no capitals", () => {
    assert.equal(code("620105 — ０００１"), "620105-0001");
    assert.equal(folded(" Ｌamp　Post "), "lamp post");
    assert.deepEqual(words("  Lamp　post "), ["lamp", "post"]);
    assert.deepEqual(words(" "), []);
  });
});

describe("a day", () => {
  for (const [typed, day] of shared.days) test(JSON.stringify(typed), () => assert.equal(isoDay(typed), day));
});

describe("a choice", () => {
  const row = (value, label, group = "") => ({ value, label, text: folded(`${label} ${value} ${group}`) });
  const rows = [row("10", "路灯杆", "照明"), row("11", "路灯", "照明"), row("12", "Manhole cover"), row("111", "井盖")];
  const labels = (typed) => matching(rows, typed).map(({ label }) => label);

  test("every typed word must stand in it, in any order", () => {
    assert.deepEqual(labels("cover MANHOLE"), ["Manhole cover"]);
    assert.deepEqual(labels("cover lid"), []);
    assert.deepEqual(labels("照明").length, 2);
  });

  test("nothing typed is everything, in its order", () => assert.deepEqual(labels(" "), rows.map(({ label }) => label)));

  test("a whole name or code comes before parts of others", () => {
    assert.deepEqual(labels("路灯"), ["路灯", "路灯杆"]);
    assert.deepEqual(labels("１１"), ["路灯", "井盖"]);
    assert.deepEqual([isCalled(rows[1], " 路灯 "), isCalled(rows[0], "路灯")], [true, false]);
  });
});

describe("a class", () => {
  const one = (no, zh, en) => ({ code: no, name_zh: zh, name_en: en, text: folded(`${no} ${zh} ${en}`) });
  const classes = [one("0102", "公共绿地（树）", "Trees, fallen"), one("0101", "树", "Tree"), one("0103", "树池", "Tree pit")];
  const codes = (typed) => found(classes, typed).map(({ code: no }) => no);

  test("the one called so first, then what begins so, then the rest", () => {
    assert.deepEqual(codes("tree"), ["0101", "0102", "0103"]);
    assert.deepEqual(codes("树"), ["0101", "0103", "0102"]);
    assert.deepEqual(codes("0103"), ["0103"]);
  });

  test("brackets of either kind find it", () => {
    assert.deepEqual(codes("绿地(树)"), ["0102"]);
    assert.deepEqual(codes("绿地（树）"), ["0102"]);
  });

  test("how far a name is", () => assert.deepEqual(["ab", "a", "b"].map((typed) => farness(["AB"], typed)), [0, 1, 2]));
});

describe("a long text", () => {
  test("is as long as the server counts it", () => {
    assert.deepEqual(["", "路灯", "𠮷", "a\nb", "a\r\nb"].map(lengthOf), [0, 2, 1, 4, 4]);
  });

  test("says by how much it is too long, over all fields", () => {
    const field = (value, most) => ({ value, dataset: { most: String(most) } });
    const form = { querySelectorAll: () => [field("12345", 3), field("1", 3), field("1234", 3)] };
    assert.equal(tooMany(form), 3);
  });
});

describe("a list moved through by keys", () => {
  for (const [here, step, count, place] of [[-1, 1, 3, 0], [-1, -1, 3, 0], [0, 1, 3, 1], [2, 1, 3, 2], [0, -1, 3, 0], [1, -1, 3, 0], [0, 1, 1, 0]]) {
    test(`from ${here} by ${step} of ${count}`, () => assert.equal(placeAfter(here, step, count), place));
  }
});

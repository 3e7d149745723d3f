/** The clocks of a page turn at the server's second, and say what is left as it is. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, mock, test } from "node:test";

import { drawClocks, isOverdue, lightOf, partsOf } from "../../../static/js/lib/clock.js";
import { heard } from "./page.mjs";

const { lights } = JSON.parse(readFileSync(new URL("../shared.json", import.meta.url), "utf-8"));
const [due, warn] = [Date.parse(lights.due), Date.parse(lights.warn)];
const SECOND = 1000;
const MINUTE = 60 * SECOND;

afterEach(() => mock.timers.reset());

describe("lights", () => {
  for (const { now: text, light, late } of lights.rows) {
    const now = Date.parse(text);
    test(`${light} at ${text}`, () => {
      assert.equal(lightOf({ due, warn, paused: false, now }), light);
      assert.equal(isOverdue(due, now), late);
      assert.equal(lightOf({ due, warn, paused: true, now }), "grey");
    });
  }

  test("without a warning it is green until the deadline", () => {
    assert.equal(lightOf({ due, warn: NaN, paused: false, now: due }), "green");
    assert.equal(lightOf({ due, warn: NaN, paused: false, now: due + SECOND }), "red");
  });
});

describe("what is left", () => {
  for (const [distance, parts] of [
    [0, { unit: "minutes", d: 0, h: 0, m: 0 }],
    [59_999, { unit: "minutes", d: 0, h: 0, m: 0 }],
    [60 * MINUTE - 1, { unit: "minutes", d: 0, h: 0, m: 59 }],
    [60 * MINUTE, { unit: "hours", d: 0, h: 1, m: 0 }],
    [1440 * MINUTE - 1, { unit: "hours", d: 0, h: 23, m: 59 }],
    [1440 * MINUTE, { unit: "days", d: 1, h: 0, m: 0 }],
    [(2 * 1440 + 3 * 60 + 4) * MINUTE, { unit: "days", d: 2, h: 3, m: 4 }],
  ]) {
    test(`${distance} ms, before and after`, () => {
      assert.deepEqual([partsOf(distance), partsOf(-distance)], [parts, parts]);
    });
  }
});

/** An element [data-due] as far as a clock looks at it. */
class Clock {
  classes = new Set();
  textContent = "";
  classList = {
    add: (name) => this.classes.add(name),
    remove: (...names) => names.forEach((name) => this.classes.delete(name)),
  };

  constructor(attributes = {}) {
    this.dataset = { due: lights.due, warn: lights.warn };
    this.attributes = attributes;
  }

  hasAttribute = (name) => name in this.attributes;
  querySelector = () => null;
}

describe("a page", () => {
  const drawn = (clock, now) => {
    mock.timers.reset();
    mock.timers.enable({ apis: ["Date"], now });
    drawClocks({ querySelectorAll: (selector) => (selector === "[data-due]" ? [clock] : []) });
    return [clock.dataset.light, [...clock.classes].join(), clock.textContent];
  };

  test("shows light and words, and tells when a light that was seen becomes another", () => {
    const turned = heard("clock:turned");
    const clock = new Clock();
    assert.deepEqual(drawn(clock, warn - 1), ["green", "light-green", "clock-left-minutes"]);
    assert.equal(turned.length, 0);
    assert.deepEqual(drawn(clock, warn), ["yellow", "light-yellow", "clock-left-minutes"]);
    assert.deepEqual(drawn(clock, due + 999), ["yellow", "light-yellow", "clock-left-minutes"]);
    assert.equal(turned.length, 1);
    assert.deepEqual(drawn(clock, due + SECOND), ["red", "light-red", "clock-over-minutes"]);
    assert.equal(turned.length, 2);
  });

  test("a clock that stands is grey", () => {
    assert.deepEqual(drawn(new Clock({ "data-paused": "" }), due + MINUTE), ["grey", "light-grey", "clock-paused"]);
  });
});

/** Only the interface's own answer says that something arrived. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { getJson, jsonOf, post } from "../../../static/js/lib/received.js";
import { answer, network } from "./page.mjs";

const sent = () => post("/api/v1/cases/", { body: new FormData(), headers: {}, keys: ["number"] });
const failing = (name) => () => { throw Object.assign(new Error(name), { name }); };

/** An answer of the browser's, which no script can make: redirected, or kept from following. */
function bent(response, properties) {
  return new Proxy(response, { get: (of, key) => (key in properties ? properties[key] : Reflect.get(of, key, of)?.bind?.(of) ?? Reflect.get(of, key, of)) });
}

describe("what counts as received", () => {
  test("JSON of the product, with success and every key", async () => {
    network(() => answer({ number: "1" }, { status: 201 }));
    assert.deepEqual(await sent(), { verdict: "received", answer: { number: "1" } });
  });

  const page = "<html>Sign in to the free network</html>";
  for (const [what, reply, why] of [
    ["a page of a network in between", () => answer(page, { type: "text/html", own: false }), "foreign"],
    ["such a page with our status", () => answer(page, { status: 201, type: "text/html", own: false }), "foreign"],
    ["JSON of somebody else", () => answer({ number: "1" }, { own: false }), "foreign"],
    ["half an answer", () => answer('{"number": "1', { status: 201 }), "foreign"],
    ["an answer without the key", () => answer({ ok: true }, { status: 201 }), "foreign"],
    ["an answer with an empty key", () => answer({ number: "" }, { status: 201 }), "foreign"],
    ["no object", () => answer("null", { status: 201 }), "foreign"],
    ["a page of the product itself", () => answer(page, { type: "text/html" }), "foreign"],
    ["another address", () => bent(answer({ number: "1" }), { redirected: true }), "foreign"],
    ["a redirect that is not followed", () => bent(answer({}), { type: "opaqueredirect" }), "foreign"],
    ["a proxy without a server", () => answer(page, { status: 502, type: "text/html", own: false }), "server"],
    ["the product out of order", () => answer({ detail: "x" }, { status: 503 }), "server"],
    ["too many requests", () => answer({ detail: "x" }, { status: 429 }), "server"],
    ["too slow a body", () => answer({ detail: "x" }, { status: 408 }), "server"],
    ["a busy record", () => answer({ code: "busy", detail: "x" }, { status: 409 }), "server"],
    ["a clock that is wrong", () => answer({ code: "clock", detail: "x" }, { status: 400 }), "server"],
    ["a session that is over", () => answer({ code: "signed_out", detail: "x" }, { status: 401 }), "signed-out"],
    ["a 401 of any kind", () => answer({ detail: "x" }, { status: 401 }), "signed-out"],
    ["another person's session", () => answer({ code: "other_person", detail: "x" }, { status: 409 }), "signed-out"],
    ["an old form", () => answer({ code: "stale_form", detail: "x" }, { status: 403 }), "signed-out"],
    ["a password to be chosen", () => answer({ code: "choose_password", detail: "x" }, { status: 403 }), "signed-out"],
    ["a refusal that says nothing", () => answer({}, { status: 400 }), "foreign"],
  ]) {
    test(`${what} is none: it is sent again`, async () => {
      network(reply);
      assert.deepEqual(await sent(), { verdict: "later", why, wait: 0 });
    });
  }

  for (const name of ["TypeError", "TimeoutError"]) {
    test(`no network (${name}) is none`, async () => {
      network(failing(name));
      assert.deepEqual(await sent(), { verdict: "later", why: "network", wait: 0 });
    });
  }

  test("a fault of the script is not taken for the network", async () => {
    network(failing("RangeError"));
    await assert.rejects(sent(), { name: "RangeError" });
  });

  test("a refusal that can be corrected comes back with what it says", async () => {
    const body = { code: "bad", detail: "No such place.", fields: { lon: ["?"] } };
    network(() => answer(body, { status: 400 }));
    assert.deepEqual(await sent(), { verdict: "refused", status: 400, body });
  });

  test("the time the center names is waited for", async () => {
    network(() => answer({ detail: "x" }, { status: 503, "Retry-After": "7" }));
    assert.equal((await sent()).wait, 7000);
    network(() => answer({ detail: "x" }, { status: 503, "Retry-After": "Mon, 02 Mar 2026 01:00:00 GMT" }));
    assert.equal((await sent()).wait, 0);
  });

  test("a form asks for JSON, follows no redirect and is given up after two minutes", async () => {
    const calls = network(() => answer({ number: "1" }));
    await sent();
    const [{ options }] = calls;
    assert.deepEqual([options.method, options.redirect, options.headers.Accept], ["POST", "manual", "application/json"]);
    assert.ok(options.signal instanceof AbortSignal);
  });
});

describe("reading", () => {
  test("what is read comes with its status", async () => {
    network(() => answer({ detail: "none" }, { status: 404 }));
    assert.deepEqual(await getJson("/x/"), { ok: false, status: 404, body: { detail: "none" } });
  });

  for (const [what, reply] of [
    ["no network", failing("TypeError")],
    ["somebody else's answer", () => answer({}, { own: false })],
    ["a page", () => answer("<p>", { type: "text/html" })],
  ]) {
    test(`${what} is nothing`, async () => {
      network(reply);
      assert.equal(await getJson("/x/"), null);
    });
  }

  test("an answer that is cut while it is read is nothing", async () => {
    const cut = bent(answer({}), { text: async () => { throw new TypeError("network error"); } });
    assert.equal(await jsonOf(cut), null);
    const fault = bent(answer({}), { text: async () => { throw new RangeError("fault"); } });
    await assert.rejects(jsonOf(fault), { name: "RangeError" });
  });

  test("a problem in JSON is JSON", async () => {
    assert.deepEqual(await jsonOf(answer({ a: 1 }, { type: "application/problem+json; charset=utf-8" })), { a: 1 });
    assert.equal(await jsonOf(answer({ a: 1 }, { type: "application/jsonp" })), null);
  });
});

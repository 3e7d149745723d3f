/**
 * What counts as received. A public network, a proxy or a firewall answers in the place of the
 * server now and then, often with a page of its own and status 200: only the interface's own
 * answer says that something arrived. It has the right status, is JSON with the expected keys, and
 * comes from the address that was asked. Everything else means: keep it and try again.
 */

import { label } from "./labels.js";
import { isOwn, isOwnXhr } from "./own.js";
import { ask } from "./session.js";
import { toast } from "./toast.js";

const LONGEST = 120_000;
const JSON_TYPE = /^application\/([\w.]+\+)?json\b/;
const NO_NETWORK = new Set(["TypeError", "TimeoutError"]);
// sent again after signing in, or after choosing a password
const SESSION = new Set(["signed_out", "other_person", "stale_form", "choose_password"]);
// nothing is wrong with what was sent
const LATER = new Set([401, 408, 425, 429]);
const NOT_NOW = new Set(["busy", "clock"]);

/** The JSON of a response as an object; null where it is none: a page, half an answer, a redirect. */
export async function jsonOf(response) {
  const type = response.headers.get("Content-Type") ?? "";
  if (response.redirected || response.type === "opaqueredirect" || !JSON_TYPE.test(type)) return null;
  try {
    return Object(JSON.parse(await response.text()));
  } catch (error) {
    if (error instanceof SyntaxError || NO_NETWORK.has(error.name)) return null;
    throw error;
  }
}

/** Fetches JSON; null without a network or without an answer of our own, whatever its status. */
export async function getJson(url, options = {}) {
  const response = await tried(ask, url, { headers: { Accept: "application/json" }, ...options });
  const body = response && (await jsonOf(response));
  return body && { ok: response.ok, status: response.status, body };
}

/**
 * Sends a form and judges the answer by the keys it must have:
 * {verdict: "received", answer}, {verdict: "refused", status, body} (it can be corrected), or
 * {verdict: "later", why, wait}: why is "network", "foreign", "signed-out" or "server".
 */
export async function post(url, { body, headers, keys }) {
  const asked = { method: "POST", body, headers: { Accept: "application/json", ...headers } };
  const response = await tried(fetch, url, { ...asked, redirect: "manual", signal: AbortSignal.timeout(LONGEST) });
  return response ? judge(response, keys) : { verdict: "later", why: "network", wait: 0 };
}

async function judge(response, keys) {
  const said = isOwn(response) ? await jsonOf(response) : null;
  const wait = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  if (!said) return { verdict: "later", why: response.status >= 500 ? "server" : "foreign", wait };
  if (response.ok && keys.every((key) => said[key])) return { verdict: "received", answer: said };
  if (response.status === 401 || SESSION.has(said.code)) return { verdict: "later", why: "signed-out", wait };
  const later = LATER.has(response.status) || response.status >= 500 || NOT_NOW.has(said.code);
  if (later) return { verdict: "later", why: "server", wait };
  if (response.status >= 400 && said.detail) return { verdict: "refused", status: response.status, body: said };
  return { verdict: "later", why: "foreign", wait };
}

async function tried(how, url, options) {
  try {
    return await how(url, options);
  } catch (error) {
    if (NO_NETWORK.has(error.name)) return null;
    throw error;
  }
}

/** Parts of pages are swapped in only if the product wrote them; what was typed stays. */
export function startReceived() {
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 || isOwnXhr(xhr)) return;
    event.preventDefault();
    toast({ kind: "error", what: label("error-foreign"), todo: label("error-foreign-do") });
  });
}

/**
 * A desk or terminal: lists and a work area #main that stay true while others work. Rows are matched
 * by number and version; what is being read never moves.
 *
 * What stands in the work area is the selection's business (lib/selection.js): nothing here puts a
 * case there that is not the chosen one.
 */

import { drawClocks } from "./lib/clock.js";
import { startFilters } from "./lib/filters.js";
import { openRow } from "./lib/keys.js";
import { label } from "./lib/labels.js";
import { asker, asking, Refusal } from "./lib/latest.js";
import { isNewer, matched } from "./lib/rows.js";
import { choose, isTurn, selected, sending, settled, shown } from "./lib/selection.js";
import { notice, placeIn, toast } from "./lib/toast.js";

const WAIT = 120;
const parser = new DOMParser();
const askers = new WeakMap();
const main = () => document.getElementById("main"); // the filters put another one there

/** A part of the page as nodes, or null when it was asked for anew meanwhile. */
export async function fragment(place, url, target) {
  if (!askers.has(place)) askers.set(place, asker());
  const text = await askers.get(place)(url, { headers: { "HX-Request": "true", "HX-Target": target } }, (response) => response.text());
  return text === null ? null : parser.parseFromString(`<body>${text}`, "text/html").body;
}

const withParam = (url, name, value) => `${url}${url.includes("?") ? "&" : "?"}${name}=${value}`;
const numberOf = (row) => row.dataset.number;
const rows = () => [...document.querySelectorAll("[data-row]")];
const sheetOf = (where) => where.querySelector("#work [data-case]");
const openForm = () => document.querySelector("[data-action-form]");

/* --- lists --------------------------------------------------------------------------------- */

/** Makes the rows of `list` those of `fresh`: new ones are highlighted, known ones left alone. */
export function reconcile(list, fresh) {
  for (const other of list.querySelectorAll(":scope > :not([data-row])")) other.remove();
  const { rows: found, gone: left } = matched([...list.querySelectorAll("[data-row]")], [...fresh.children]);
  for (const { row, old, same } of found) {
    if (!same) dressNew(row, old);
    list.append(same ? old : row);
    if (!same) old?.remove();
  }
  for (const row of left) row.remove();
  drawClocks(list);
}

function dressNew(row, old) {
  if (old?.getAttribute("aria-current")) row.setAttribute("aria-current", "true");
  row.classList.toggle("fresh", row.hasAttribute("data-row"));
  globalThis.htmx.process(row);
}

async function refreshLists() {
  await Promise.all([...document.querySelectorAll("[data-list][data-url]")].map(async (list) => {
    const size = Math.max(50, list.querySelectorAll("[data-row]").length);
    const fresh = await fragment(list, withParam(list.dataset.url, "size", size), list.id);
    if (!fresh) return;
    const top = list.scrollTop;
    reconcile(list, fresh);
    list.scrollTop = top;
  }));
}

async function refreshQueues() {
  const queues = document.getElementById("queues");
  const body = queues && (await fragment(queues, queues.dataset.url, "queues"));
  if (!body) return;
  queues.replaceChildren(...body.childNodes);
  globalThis.htmx.process(queues);
}

const parts = [refreshLists, refreshQueues];

/** A page with lists of its own adds what fills them anew. */
export function refreshBy(part) {
  parts.push(part);
}

/** All lists as they are now. */
function refresh() {
  return trying(() => Promise.all(parts.map((part) => part())));
}

/** Without an answer all stays as it was, and that is said. */
async function trying(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    toast({ kind: "error", what: label("error-stale"), todo: label("error-stale-do") });
  }
}

function backOf() {
  const url = document.querySelector("[data-list][data-url]")?.dataset.url ?? document.getElementById("lanes")?.dataset.lanes;
  return url ?? "";
}

/** Where the form of a page without a list says to go on. */
function backField() {
  return openForm()?.querySelector("[name=back]")?.value ?? "";
}

/* --- the case in view ----------------------------------------------------------------------- */

/**
 * The case in view changed: shown at once, but an open form keeps what was typed. `anew`: also
 * where the log has not grown, because what may be done has changed.
 */
async function renew(anew = false) {
  const number = shown();
  if (!number || !settled()) return;
  const url = withParam(sheetOf(document).dataset.url, "back", encodeURIComponent(backOf()));
  try {
    const fresh = await fragment(main(), url, "main");
    if (fresh && selected() === number && settled() && isNewer(lengthIn(document), lengthIn(fresh), anew)) put(fresh);
  } catch (error) {
    if (error.status !== 404 || selected() !== number) throw error;
    await gone(number);
  }
}

/** Length of the log that a page, or a part of it, shows. */
const lengthIn = (where) => Number(sheetOf(where)?.dataset.version);

function put(fresh) {
  const top = document.getElementById("work").scrollTop;
  if (openForm()) {
    fill("#work", fresh);
    fill("#buttons", fresh);
    doubt(sheetOf(fresh).dataset.last);
  } else fill("#main", fresh);
  document.getElementById("work").scrollTop = top;
}

function fill(selector, fresh) {
  const source = selector === "#main" ? fresh : fresh.querySelector(selector);
  globalThis.htmx.swap(document.querySelector(selector), source?.innerHTML ?? "", { swapStyle: "innerHTML" });
}

/** A form of what is no longer possible keeps its words, but is not sent. `last`: what was done. */
function doubt(last) {
  const form = openForm();
  const possible = document.querySelector(`#buttons [data-action="${form.dataset.actionForm}"]`) !== null;
  form.querySelector("[data-send]").disabled = !possible;
  form.querySelector("[data-doubt]")?.remove();
  if (possible || form.querySelector("[data-refusal]")) return;
  const box = notice({ kind: "warning", what: label("case-changed"), why: last, todo: label("case-changed-do") });
  box.dataset.doubt = "";
  placeIn(form, box);
}

/** The person may no longer see the case: the next one is shown, but what was typed can be read. */
function gone(number) {
  document.getElementById("buttons")?.replaceChildren();
  if (openForm()) return doubt(label("error-missing"));
  toast({ kind: "warning", what: label("error-missing"), why: number });
  return goOn(number, followers(number));
}

/* --- after an action: the next case of the queue ------------------------------------------ */

let following = { number: null, numbers: [] };

/** The rows after a case, then those before it, nearest first. */
function followers(number) {
  const numbers = rows().map(numberOf);
  const place = numbers.indexOf(number);
  return [...numbers.slice(place + 1), ...numbers.slice(0, Math.max(place, 0)).reverse()];
}

/** Who follows is noted when the form is sent: the list may hear of the action before its sender. */
function note({ target, detail: { requestConfig } }) {
  const form = requestConfig.verb !== "get" && target.closest?.("[data-action-form]");
  if (form) noteFollowers(document.getElementById("actions").dataset.of);
}

function noteFollowers(number) {
  following = { number, numbers: followers(number) };
}

async function moved({ detail: { number, back } }) {
  if (!document.querySelector("[data-list]")) return location.assign(back || backField() || location.pathname);
  if (number !== selected()) return refresh();
  return goOn(number, following.number === number ? following.numbers : followers(number));
}

/** Leaves a case for the first of `numbers` that is still there, unless the person chooses. */
async function goOn(number, numbers) {
  document.getElementById("actions")?.replaceChildren(); // no key may act on what is done
  const turn = choose(null);
  await refresh();
  if (!isTurn(turn)) return undefined;
  const row = numbers.map((one) => document.getElementById(`row-${one}`)).find(Boolean) ?? rows()[0];
  return row ? openRow(row) : location.assign(backOf());
}

/* --- starting ------------------------------------------------------------------------------ */

let timer = null;
const touched = new Set();

function later(number) {
  touched.add(number);
  timer ??= setTimeout(async () => {
    timer = null;
    if (sending() || asking(main())) return later(number); // what comes is as new, or is asked for then
    const numbers = [...touched];
    touched.clear();
    await refresh();
    return numbers.includes(shown()) || numbers.includes(null) ? trying(() => renew()) : undefined;
  }, WAIT);
}

/** Refused: the state is another one than this page shows, or the case is out of sight. */
async function refused({ detail: { status } }) {
  if (status !== 403 && status !== 404 && status !== 409) return;
  await refresh();
  await trying(() => renew(true));
}

startFilters();
document.addEventListener("live:event", (event) => later(event.detail.case));
document.addEventListener("live:reset", () => later(null));
// Lists that go by the light, and the number of late cases; the server's second has turned by then.
document.addEventListener("clock:turned", () => setTimeout(later, 1000, ""));
document.addEventListener("htmx:beforeSend", note);
document.addEventListener("case:sending", ({ detail }) => noteFollowers(detail.number));
document.addEventListener("case:moved", moved);
document.addEventListener("case:outdated", refused);
document.addEventListener("htmx:afterRequest", ({ target, detail: { xhr, failed } }) => {
  if (failed && target.closest?.("#actions")) refused({ detail: { status: xhr.status } });
});
// On a phone there is no room beside the list: a row opens the page of its case.
document.addEventListener("htmx:beforeRequest", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || !matchMedia("(max-width: 899px)").matches) return;
  event.preventDefault();
  location.assign(`/cases/${row.dataset.number}/?back=${encodeURIComponent(backOf())}`);
});
document.querySelector("[data-row][aria-current=true]")?.scrollIntoView({ block: "nearest" });

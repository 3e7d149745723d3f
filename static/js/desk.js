/**
 * A desk or terminal: lists [data-list][data-url] and a work area #main that stay true while others
 * work. Rows are matched by number and version; what is being read never moves.
 */

import { drawClocks } from "./lib/clock.js";
import { startFilters } from "./lib/filters.js";
import { follow, select } from "./lib/keys.js";
import { ask } from "./lib/session.js";

const WAIT = 120;
const parser = new DOMParser();

async function fragment(url, target) {
  const response = await ask(url, { headers: { "HX-Request": "true", "HX-Target": target } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return parser.parseFromString(`<body>${await response.text()}`, "text/html").body;
}

const withParam = (url, name, value) => `${url}${url.includes("?") ? "&" : "?"}${name}=${value}`;

/** Makes the rows of `list` those of `fresh`: new ones are highlighted, known ones left alone. */
export function reconcile(list, fresh) {
  const known = new Map([...list.querySelectorAll("[data-row]")].map((row) => [row.id, row]));
  for (const other of list.querySelectorAll(":scope > :not([data-row])")) other.remove();
  for (const row of [...fresh.children]) {
    const old = known.get(row.id);
    known.delete(row.id);
    const put = old && old.dataset.version === row.dataset.version ? old : row;
    if (old && put !== old && old.getAttribute("aria-current")) put.setAttribute("aria-current", "true");
    if (put === row) row.classList.toggle("fresh", row.hasAttribute("data-row"));
    if (put !== old) globalThis.htmx.process(row);
    list.append(put);
    if (old && put !== old) old.remove();
  }
  for (const gone of known.values()) gone.remove();
  drawClocks(list);
}

async function refreshList(list) {
  const size = Math.max(50, list.querySelectorAll("[data-row]").length);
  const top = list.scrollTop;
  reconcile(list, await fragment(withParam(list.dataset.url, "size", size), list.id));
  list.scrollTop = top;
}

async function refreshQueues() {
  const queues = document.getElementById("queues");
  if (!queues) return;
  const body = await fragment(queues.dataset.url, "queues");
  queues.replaceChildren(...body.childNodes);
  globalThis.htmx.process(queues);
}

/** The case in view changed: shown at once, but an open form keeps what was typed. */
async function refreshCase() {
  const sheet = document.querySelector("#work [data-case]");
  if (!sheet) return;
  const typing = document.querySelector("[data-action-form]");
  const target = typing ? "#work" : "#main";
  const url = withParam(sheet.dataset.url, "back", encodeURIComponent(backOf()));
  await globalThis.htmx.ajax("GET", url, { target, swap: "innerHTML" });
}

function backOf() {
  const url = document.querySelector("[data-list][data-url]")?.dataset.url ?? document.getElementById("lanes")?.dataset.lanes;
  return url ?? "";
}

/** Where the form of a page without a list says to go on. */
function backField() {
  return document.querySelector("[data-action-form] [name=back]")?.value ?? "";
}

function refresh() {
  return Promise.all([...[...document.querySelectorAll("[data-list][data-url]")].map(refreshList), refreshQueues()]);
}

/* --- after an action: the next case of the queue ------------------------------------------ */

function neighbour(number) {
  const here = document.getElementById(`row-${number}`);
  const rows = [...document.querySelectorAll("[data-row]")];
  const place = rows.indexOf(here);
  const next = rows[place + 1] ?? rows[place - 1];
  return next && next !== here ? next.id : null;
}

async function moved({ detail: { number } }) {
  document.getElementById("actions")?.replaceChildren(); // no key may act on what is done
  if (document.getElementById("lanes")) return undefined; // the terminal goes on by itself
  if (!document.querySelector("[data-list][data-url]")) return location.assign(backField() || location.pathname);
  const next = neighbour(number);
  await refresh();
  const row = (next && document.getElementById(next)) ?? document.querySelector("[data-row]");
  if (!row) return location.assign(backOf());
  select(row);
  return follow(row.querySelector("a"));
}

/* --- starting ------------------------------------------------------------------------------ */

let timer = null;
const touched = new Set();

function later(number) {
  touched.add(number);
  timer ??= setTimeout(async () => {
    timer = null;
    const numbers = [...touched];
    touched.clear();
    await refresh();
    const shown = document.querySelector("#work [data-case]")?.dataset.case;
    if (numbers.includes(shown) || numbers.includes(null)) await refreshCase();
  }, WAIT);
}

startFilters();
document.addEventListener("live:event", (event) => later(event.detail.case));
document.addEventListener("live:reset", () => later(null));
document.addEventListener("case:moved", moved);
document.addEventListener("case:refused", (event) => {
  if (event.detail.status !== 409) return;
  const sheet = document.querySelector("#work [data-case]");
  if (sheet) globalThis.htmx.ajax("GET", sheet.dataset.url, { target: "#work", swap: "innerHTML" });
});
// On a phone there is no room beside the list: a row opens the page of its case.
document.addEventListener("htmx:beforeRequest", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || !matchMedia("(max-width: 899px)").matches) return;
  event.preventDefault();
  location.assign(`/cases/${row.dataset.number}/?back=${encodeURIComponent(backOf())}`);
});

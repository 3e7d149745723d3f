/** The terminal: its lanes follow the log like the list of a desk, as one piece. */

import { fragment, refreshBy } from "./desk.js";
import { drawClocks } from "./lib/clock.js";
import { startNearest } from "./lib/nearest.js";
import { selected } from "./lib/selection.js";

const lanes = document.getElementById("lanes");
const narrow = document.querySelector("form[data-narrow]");
const rows = () => [...lanes.querySelectorAll("[data-row]")];

async function refresh() {
  const fresh = await fragment(lanes, lanes.dataset.lanes, "lanes");
  if (!fresh) return;
  const known = new Map(rows().map((row) => [row.id, row]));
  const tops = [...lanes.querySelectorAll(".list")].map((list) => list.scrollTop);
  for (const row of fresh.querySelectorAll("[data-row]")) {
    const old = known.get(row.id);
    if (old?.dataset.version === row.dataset.version) row.replaceWith(old); // an answer may be on its way to it
  }
  lanes.replaceChildren(...fresh.childNodes);
  for (const row of rows()) {
    row.removeAttribute("aria-current");
    if (row.dataset.number === selected()) row.setAttribute("aria-current", "true");
    if (!known.has(row.id)) row.classList.add("fresh");
  }
  lanes.querySelectorAll(".list").forEach((list, n) => { list.scrollTop = tops[n] ?? 0; });
  globalThis.htmx.process(lanes);
  drawClocks(lanes);
  document.dispatchEvent(new CustomEvent("rows:changed"));
}

/** More rows: the lanes are filled anew, longer, and stay so. */
async function more(event) {
  const link = event.target.closest("[data-more-lane]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  lanes.dataset.lanes = link.getAttribute("href");
  await refresh();
}

/** The same cases in the order by distance: every row says how far it is. */
async function byDistance(query) {
  lanes.dataset.lanes = `${narrow.getAttribute("action")}?${query}`;
  for (const row of rows()) row.dataset.version = "";
  await refresh();
}

lanes.addEventListener("click", more);
refreshBy(refresh);
startNearest(narrow, byDistance);

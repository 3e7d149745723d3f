/** The terminal: its lanes follow the log like the list of a desk, as one piece. */

import "./desk.js";
import { drawClocks } from "./lib/clock.js";
import { follow, select } from "./lib/keys.js";
import { ask } from "./lib/session.js";

const lanes = document.getElementById("lanes");
let timer = null;

async function refresh() {
  const response = await ask(lanes.dataset.lanes, { headers: { "HX-Request": "true", "HX-Target": "lanes" } });
  if (!response.ok) throw new Error(`${response.status} ${lanes.dataset.lanes}`);
  const selected = lanes.querySelector("[data-row][aria-current=true]")?.id;
  const known = new Set([...lanes.querySelectorAll("[data-row]")].map((row) => row.id));
  const tops = [...lanes.querySelectorAll(".list")].map((list) => list.scrollTop);
  lanes.innerHTML = await response.text();
  for (const row of lanes.querySelectorAll("[data-row]")) {
    row.toggleAttribute("aria-current", false);
    if (row.id === selected) row.setAttribute("aria-current", "true");
    if (!known.has(row.id)) row.classList.add("fresh");
  }
  lanes.querySelectorAll(".list").forEach((list, n) => { list.scrollTop = tops[n] ?? 0; });
  globalThis.htmx.process(lanes);
  drawClocks(lanes);
}

async function moved({ detail: { number } }) {
  const ids = [...lanes.querySelectorAll("[data-row]")].map((row) => row.id);
  const place = ids.indexOf(`row-${number}`);
  const next = ids[place + 1] ?? ids[place - 1];
  await refresh();
  const row = document.getElementById(next) ?? lanes.querySelector("[data-row]");
  if (!row) return location.assign(lanes.dataset.lanes);
  select(row);
  return follow(row.querySelector("a"));
}

/** More rows: the lanes are filled anew, longer, and stay so. */
async function more(event) {
  const link = event.target.closest("[data-more-lane]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  lanes.dataset.lanes = link.getAttribute("href");
  await refresh();
}

lanes.addEventListener("click", more);
document.addEventListener("case:moved", moved);
for (const name of ["live:event", "live:reset"]) {
  document.addEventListener(name, () => { timer ??= setTimeout(() => { timer = null; refresh(); }, 400); });
}

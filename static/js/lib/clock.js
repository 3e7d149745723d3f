/**
 * Keeps every [data-due] element true to the second: light, words and shape.
 *
 * `clock:turned` on document: a light that was seen has become another one.
 * data-due, data-warn: ISO moments · data-paused: the clock stands · data-explain: address of the
 * line-by-line explanation, opened by click, by hover, and by the key t for the selected case.
 */

import { label } from "./labels.js";
import { Refusal, asker } from "./latest.js";
import { serverNow } from "./live.js";

const LIGHTS = ["green", "yellow", "red", "grey"];
const MINUTE = 60_000;

const SECOND = 1000;

/** Whether the second of the deadline has passed, as the server counts it: in it, it is on time. */
export function isOverdue(due, now) {
  return Math.floor(now / SECOND) > Math.floor(due / SECOND);
}

/** "green" | "yellow" | "red" | "grey"; all moments in ms, `warn` may be NaN. */
export function lightOf({ due, warn, paused, now }) {
  if (paused) return "grey";
  if (isOverdue(due, now)) return "red";
  return now >= warn ? "yellow" : "green";
}

/** Splits a distance in ms: {unit, d, h, m} with the parts that unit speaks of. */
export function partsOf(distance) {
  const minutes = Math.floor(Math.abs(distance) / MINUTE);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60), minutes % 60];
  if (d > 0) return { unit: "days", d, h: h % 24, m };
  return h > 0 ? { unit: "hours", d, h, m } : { unit: "minutes", d, h, m };
}

function words(due, now, paused) {
  if (paused) return label("clock-paused");
  const { unit, ...values } = partsOf(due - now);
  return label(`clock-${isOverdue(due, now) ? "over" : "left"}-${unit}`, values);
}

function draw(element, now) {
  const due = Date.parse(element.dataset.due);
  const warn = Date.parse(element.dataset.warn ?? "");
  const paused = element.hasAttribute("data-paused");
  const light = lightOf({ due, warn, paused, now });
  const text = words(due, now, paused);
  if (element.dataset.light !== light) {
    if (element.dataset.light) document.dispatchEvent(new CustomEvent("clock:turned"));
    element.dataset.light = light;
    element.classList.remove(...LIGHTS.map((name) => `light-${name}`));
    element.classList.add(`light-${light}`);
  }
  const place = element.querySelector(".clock-left") ?? element;
  if (place.textContent !== text) place.textContent = text;
}

/** Draws all clocks inside `root` as of now. */
export function drawClocks(root = document) {
  const now = serverNow();
  for (const element of root.querySelectorAll("[data-due]")) draw(element, now);
  for (const element of root.querySelectorAll("time[data-now]")) drawNow(element, now);
}

function drawNow(element, now) {
  const text = new Intl.DateTimeFormat(document.documentElement.lang, {
    timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "short",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).format(now);
  if (element.textContent !== text) element.textContent = text;
}

const ask = asker();
let panel = null;
let hover = null;

/** What the explanation says where there was no answer. */
function unanswered(error) {
  if (!(error instanceof Refusal)) throw error;
  return Object.assign(document.createElement("p"), { textContent: label(error.status ? "error-missing" : "error-network") }).outerHTML;
}

/** Opens the explanation of one clock beside it; a second call closes it. */
export async function explain(clock) {
  if (panel?.owner === clock) return closeExplanation();
  closeExplanation();
  const lines = await ask(clock.dataset.explain, { headers: { "HX-Request": "true" } }, (response) => response.text()).catch(unanswered);
  if (lines === null || !clock.isConnected) return;
  const box = document.createElement("div");
  box.className = "clock-explain";
  box.role = "tooltip";
  box.id = "clock-explain";
  box.innerHTML = lines;
  closeExplanation();
  document.body.append(box);
  const at = clock.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
  const below = at.bottom + 4 + box.offsetHeight < innerHeight;
  box.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - box.offsetHeight)}px`;
  clock.setAttribute("aria-describedby", box.id);
  panel = { owner: clock, box };
}

export function closeExplanation() {
  if (!panel) return false;
  panel.owner.removeAttribute("aria-describedby");
  panel.box.remove();
  panel = null;
  return true;
}

function startExplaining() {
  document.addEventListener("click", (event) => {
    const clock = event.target.closest("[data-explain]");
    clearTimeout(hover);
    if (clock) explain(clock);
    else if (!event.target.closest(".clock-explain")) closeExplanation();
  });
  document.addEventListener("mouseover", (event) => {
    const clock = event.target.closest("[data-explain]");
    if (clock === panel?.owner || event.target.closest(".clock-explain")) return;
    clearTimeout(hover);
    if (clock) hover = setTimeout(() => explain(clock), 500);
  });
}

export function startClocks() {
  drawClocks();
  setInterval(drawClocks, 1000);
  document.addEventListener("htmx:afterSwap", (event) => drawClocks(event.target));
  startExplaining();
}

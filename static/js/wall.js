/**
 * The wall: figures from one document, kept true by the live feed.
 *
 * The document is valid up to a place in the feed (`seq`). What is heard from there on is counted
 * at once by the server's own rule (`setup.counted`); the document is fetched again every 30 s,
 * soon after something moved, and when the gap was too large.
 */

import { bars, lines, spark } from "./lib/charts.js";
import { serverNow } from "./lib/live.js";
import { ask, isOver } from "./lib/session.js";
import { WallMap } from "./wallmap.js";

const REFETCH_MS = 30_000;
const SETTLE_MS = 5_000; // rankings and alarms follow a move after at most this
const OLD_MS = 75_000; // figures older than this are said to be old, whatever the connection says
const GRACE_MS = 4_000; // a short cut is no news
const COUNT_MS = 400;
const SCENE_MS = 20_000;
const MOVES = 12;
const SPOTS = 6;

const setup = JSON.parse(document.getElementById("wall-setup").textContent);
const words = document.getElementById("wall-words").dataset;
const node = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const wall = { asked: 0, figures: null, heard: [], scene: 0, status: "offline", cutAt: Date.now(), goodAt: Date.now(), timer: null };
const map = new WallMap(node("wall-map"), { ground: setup.ground, scenes: setup.scenes });

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

/* --- figures ------------------------------------------------------------------------------ */

async function get(url) {
  const { code } = setup.scenes[wall.scene];
  const response = await ask(code ? `${url}?area=${code}` : url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response.json();
}

async function load() {
  clearTimeout(wall.timer);
  const [scene, mine] = [wall.scene, wall.asked += 1];
  try {
    const [figures, layers] = await Promise.all([get(setup.figures), get(setup.layers)]);
    if (scene !== wall.scene || mine !== wall.asked) return; // an older answer says nothing new
    wall.goodAt = Date.now();
    take(figures);
    node("collectors").textContent = map.put(layers);
  } catch (error) {
    console.warn(error); // the banner tells the room as soon as the figures are old
  }
  wall.due = Date.now() + REFETCH_MS;
  wall.timer = setTimeout(load, REFETCH_MS);
}

/** Fetches again soon, but at most once in SETTLE_MS. */
function loadSoon() {
  if (wall.due - Date.now() <= SETTLE_MS) return;
  wall.due = Date.now() + SETTLE_MS;
  clearTimeout(wall.timer);
  wall.timer = setTimeout(load, SETTLE_MS);
}

function take(figures) {
  wall.figures = figures;
  wall.heard = wall.heard.filter((event) => event.seq > figures.seq);
  wall.heard.forEach(count);
  draw();
  const { dataset } = node("wall-state");
  node("wall-state").textContent = fill(dataset.refreshed, { time: clock.format(Date.parse(figures.at)) });
}

/* --- the live feed ------------------------------------------------------------------------ */

function hear(event) {
  const { code } = setup.scenes[wall.scene];
  if (!event.area.startsWith(code)) return;
  const late = Number(event.overdue) - Number(map.isOverdue(event.case));
  map.hear(event);
  if (!wall.figures) return void wall.heard.push(event);
  if (event.seq <= wall.figures.seq) return;
  wall.heard.push(event);
  count(event);
  wall.figures.counters.overdue += late;
  drawCounters();
  drawMoves();
  loadSoon();
}

/** Counts one event as the server would: `actions` and `target` of each rule, today only. */
function count(event) {
  const { figures } = wall;
  if (event.at < figures.day_start && Date.parse(event.at) < Date.parse(figures.day_start)) return;
  for (const { name, actions, target } of setup.counted) {
    const counts = (!actions.length || actions.includes(event.action)) && (!target || target === event.state);
    if (counts) figures.counters[name] += 1;
  }
  if (event.action === "warn") return;
  figures.moves = [{
    seq: event.seq, at: event.at, number: event.case, area: event.area, class: setup.names.classes[`${event.kind}:${event.class}`] ?? event.class,
    action: event.action, state: event.state, post: event.post, live: true,
  }, ...figures.moves].slice(0, MOVES);
}

/* --- drawing ------------------------------------------------------------------------------ */

function draw() {
  drawCounters();
  drawCharts();
  drawRanks();
  drawAlarms();
  drawMoves();
}

/** Lists show as much as there is room for: another size of the screen, another length. */
let resized = 0;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => wall.figures && draw(), COUNT_MS);
});

function drawCounters() {
  const { counters, hourly, due } = wall.figures;
  // A close told by the feed only moves from what is due to what is closed: `due` stays.
  const rate = due ? (100 * counters.closed) / due : null;
  for (const box of document.querySelectorAll("[data-counter]")) {
    const name = box.dataset.counter;
    const chart = box.querySelector(".spark");
    if (chart) spark(chart, hourly[name], { hue: chart.dataset.hue });
    setNumber(box, name === "rate" ? rate : counters[name], name === "rate" ? 1 : 0);
  }
  const note = document.querySelector(".counter-rate [data-note]");
  note.textContent = fill(note.dataset.note, { closed: counters.closed, due });
  document.querySelector(".counter-rate .gauge > i").style.width = `${rate ?? 0}%`;
}

/** Runs the number to its new value in COUNT_MS and lights the box for as long. */
function setNumber(box, value, digits) {
  const place = box.querySelector(".value");
  const show = (number) => { place.textContent = number == null ? "–" : digits ? `${number.toFixed(digits)}%` : Math.round(number); };
  const from = box.number ?? value;
  box.number = value;
  if (from === value || value == null || still) return show(value);
  box.classList.remove("changed");
  void box.offsetWidth; // lets the animation start anew
  box.classList.add("changed");
  const start = performance.now();
  const step = (now) => {
    if (box.number !== value) return;
    const part = Math.min(1, (now - start) / COUNT_MS);
    show(from + (value - from) * part);
    if (part < 1) requestAnimationFrame(step);
  };
  return requestAnimationFrame(step);
}

function drawCharts() {
  const { sources, classes, spots, hours, hourly } = wall.figures;
  bars(node("sources"), sources, { names: 9 });
  bars(node("classes"), classes, { names: 9 });
  bars(node("spots"), spots.slice(0, SPOTS), { names: 9 });
  lines(node("trend"), hours, [
    { name: words.reported, values: hourly.reported, state: "intake" },
    { name: words.filed, values: hourly.filed, state: "dispatch" },
    { name: words.closed, values: hourly.closed, state: "closed" },
  ]);
}

function drawRanks() {
  const { departments, streets } = wall.figures;
  fitEnds(node("departments"), departments.map((row, place) => rank(row, place)));
  fitEnds(node("streets"), streets.map((row, place) => {
    const scene = setup.scenes.findIndex(({ code }) => code === row.code);
    return rank(row, place, scene > 0 ? () => go(scene) : null);
  }));
}

const lightOf = (rate) => (rate >= 90 ? "green" : rate >= 60 ? "yellow" : "red");

function rank(row, place, onclick) {
  const item = element("li", "", "");
  const name = onclick ? Object.assign(element("button", "clip", row.name), { type: "button", onclick }) : element("span", "clip", row.name);
  const bar = element("span", `gauge gauge-${lightOf(row.rate)}`, "");
  bar.append(element("i", "", ""));
  bar.firstChild.style.width = `${row.rate}%`;
  const late = row.overdue ? element("span", "light light-red", row.overdue) : element("span", "", "");
  if (row.overdue) late.title = fill(words.late, { n: row.overdue });
  item.append(element("span", "place", place + 1), name, late, bar, element("strong", "rate", `${row.rate.toFixed(1)}%`));
  return item;
}

function drawAlarms() {
  fitFirst(node("alarms"), wall.figures.alarms.map((row) => {
    const item = element("li", "", "");
    const link = Object.assign(element("a", "clip", `${row.class} · ${row.place}`), { href: `/cases/${row.number}/` });
    const first = element("div", "alarm", "");
    if (row.urgent) first.append(element("span", "urgent", words.urgent));
    first.append(link);
    const second = element("div", "alarm muted", "");
    second.append(element("span", `state state-${row.state}`, row.state_name), element("span", "clip", row.department));
    if (row.due) {
      const due = element("span", "clock light push", "");
      due.dataset.due = row.due;
      due.dataset.warn = row.warn ?? "";
      due.append(element("span", "clock-left", ""));
      second.append(due);
    }
    item.append(first, second);
    return item;
  }));
}

/** Fills a panel, or says that there is nothing; answers how many whole rows have room. */
function fit(list, items) {
  if (!items.length) {
    list.replaceChildren(element("li", "muted none", words.none));
    return { shown: 0 };
  }
  list.replaceChildren(...items);
  const bottom = list.getBoundingClientRect().bottom;
  const shown = items.filter((item) => item.getBoundingClientRect().bottom <= bottom + 1).length;
  return { shown };
}

/** Of a ranking too long for its panel, the best and the worst. */
function fitEnds(list, items) {
  const { shown } = fit(list, items);
  if (!items.length || shown === items.length) return;
  const best = Math.floor(shown / 2);
  const worst = items.slice(items.length - Math.max(0, shown - best));
  worst[0]?.classList.add("after-gap");
  list.replaceChildren(...items.slice(0, best), ...worst);
}

/** Of a list too long for its panel, the first ones. */
function fitFirst(list, items) {
  const { shown } = fit(list, items);
  for (const item of items.slice(shown)) item.hidden = true;
}

/** As on the desks: month and day, then the number of the day. */
const short = (number) => `${number.slice(10, 14)}-${number.slice(14)}`;

function drawMoves() {
  const { areas, actions, posts } = setup.names;
  const items = wall.figures.moves.map((move) => {
    const item = element("li", move.live ? "changed" : "", "");
    item.dataset.number = move.number;
    delete move.live;
    item.append(
      Object.assign(element("time", "muted", clock.format(Date.parse(move.at)).slice(0, 5)), { dateTime: move.at }),
      Object.assign(element("a", "number", short(move.number)), { title: move.number, href: `/cases/${move.number}/` }),
      element("span", "", `${areas[move.area] ?? ""} ${move.class}`),
      element("span", move.action === "overdue" ? "light light-red" : `state state-${move.state}`, actions[move.action]),
      element("span", "muted", posts[move.post] ?? ""),
    );
    return item;
  });
  const list = node("moves");
  list.replaceChildren(...items);
  const right = list.parentElement.getBoundingClientRect().right;
  for (const item of items) item.hidden = item.getBoundingClientRect().right > right;
}

/* --- stale -------------------------------------------------------------------------------- */

function watch() {
  const now = Date.now();
  const out = isOver();
  const cut = wall.status !== "live" && now - wall.cutAt > GRACE_MS;
  const old = now - wall.goodAt > OLD_MS;
  const banner = node("stale");
  document.body.classList.toggle("is-stale", out || cut || old);
  banner.hidden = !(out || cut || old);
  if (banner.hidden) return;
  const seconds = Math.floor((now - wall.goodAt) / 1000);
  const age = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const text = fill(out ? banner.dataset.signedOut : banner.dataset.text, { age, time: clock.format(serverNow() - (now - wall.goodAt)) });
  if (banner.textContent !== text) banner.textContent = text;
  if (serverNow() >= Date.parse(wall.figures?.day_end ?? "")) loadSoon();
}

/* --- scenes ------------------------------------------------------------------------------- */

function go(place) {
  const count = setup.scenes.length;
  wall.scene = ((place % count) + count) % count;
  const { code, name, box } = setup.scenes[wall.scene];
  node("scene").textContent = count > 1 ? `${name} ${wall.scene + 1}/${count}` : name;
  for (const counter of document.querySelectorAll("[data-counter]")) delete counter.number;
  map.show(box, code);
  for (const part of document.querySelectorAll("[data-of]")) part.hidden = (part.dataset.of === "whole") === Boolean(code);
  load();
}

let rotation = null;

function rotate() {
  const button = node("rotate");
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", on);
  clearInterval(rotation);
  if (on) rotation = setInterval(() => go(wall.scene + 1), SCENE_MS);
}

const KEYS = { ArrowLeft: () => go(wall.scene - 1), ArrowRight: () => go(wall.scene + 1), Home: () => go(0), Escape: () => go(0), " ": rotate };

document.addEventListener("keydown", (event) => {
  const deed = KEYS[event.key];
  if (!deed || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("button, a, .map")) return;
  event.preventDefault();
  deed();
});
for (const button of document.querySelectorAll("[data-scene-step]")) {
  button.addEventListener("click", () => go(wall.scene + Number(button.dataset.sceneStep)));
}
node("rotate").addEventListener("click", rotate);
document.addEventListener("live:event", ({ detail }) => hear(detail));
document.addEventListener("live:reset", () => load());
for (const name of ["session:ended", "session:resumed"]) document.addEventListener(name, () => setTimeout(watch));
document.addEventListener("live:status", ({ detail: { status } }) => {
  if (wall.status === "live") wall.cutAt = Date.now();
  wall.status = status;
  watch(); // the banner and the dot never contradict each other
  if (status === "live") load();
});
setInterval(watch, 1000);
go(0);

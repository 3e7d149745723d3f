/** The overview: charts of the figures on the page; the page's parts follow the live feed. */

import { bars, lines } from "./lib/charts.js";

const SETTLE_MS = 5_000;
const REFRESH_MS = 30_000; // a case becomes overdue without anybody moving it
const words = document.getElementById("overview-words").dataset;
let timer = null;

function draw() {
  const { figures, daily } = JSON.parse(document.getElementById("overview-charts").textContent);
  bars(document.getElementById("states"), figures.states);
  bars(document.getElementById("classes"), figures.classes);
  trend(document.getElementById("hours"), figures.hours, figures.hourly);
  trend(document.getElementById("days"), daily.days, daily);
}

function trend(element, labels, values) {
  lines(element, labels, [
    { name: words.reported, values: values.reported, state: "intake" },
    { name: words.filed, values: values.filed, state: "dispatch" },
    { name: words.closed, values: values.closed, state: "closed" },
  ]);
}

/** Never while an opinion is being written: what one types is not taken away. */
function busy() {
  return [...document.querySelectorAll(".overview-case [name=opinion]")].some((field) => field.value || field === document.activeElement);
}

function refreshSoon() {
  timer ??= setTimeout(() => {
    timer = null;
    if (busy()) return refreshSoon();
    return globalThis.htmx.trigger("#overview", "overview:refresh");
  }, SETTLE_MS);
}

/** A row that is decided goes at once, and the count with it; the rest follows with the next round. */
function decided({ target }) {
  const row = target.closest?.(".overview-case");
  if (row) {
    row.remove();
    const count = document.querySelector("[data-waiting]");
    count.textContent = Number(count.textContent) - 1;
  }
  refreshSoon();
}

document.addEventListener("case:moved", decided);
document.addEventListener("live:event", refreshSoon);
document.addEventListener("live:reset", refreshSoon);
setInterval(refreshSoon, REFRESH_MS);
document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "overview" && draw());
draw();

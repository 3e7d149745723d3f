/** Scores: bars of the composite, explanations that open in place, print. */

import { bars } from "./lib/charts.js";

const BAR_PX = 26;
const data = document.getElementById("scores-data");
const chart = document.getElementById("scores-chart");

if (data && chart) {
  const rows = JSON.parse(data.textContent);
  chart.style.height = `${rows.length * BAR_PX}px`;
  bars(chart, rows, { max: 100, names: innerWidth > 700 ? 18 : 8, digits: 2 });
}

for (const button of document.querySelectorAll(".scores-why")) {
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = open;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => globalThis.print());
}

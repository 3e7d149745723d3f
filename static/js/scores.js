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

/* Words of a bulletin: a field goes where the cursor was last. */
const WORDS = ".scores-words textarea";
let place = document.activeElement.matches(WORDS) ? document.activeElement : document.querySelector(WORDS);
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(WORDS)) place = target;
});
for (const button of document.querySelectorAll("[data-field]")) {
  button.addEventListener("click", () => {
    place.setRangeText(button.dataset.field, place.selectionStart, place.selectionEnd, "end");
    place.focus();
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => globalThis.print());
}

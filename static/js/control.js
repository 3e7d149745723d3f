/** Asking for a control area: its ground is drawn, its classes are searched and ticked. */

import { createMap } from "./lib/map.js";
import { drawArea } from "./lib/mapdraw.js";

const form = document.getElementById("control");
const view = createMap(document.getElementById("draw-map"), JSON.parse(document.getElementById("map-config").textContent));
drawArea(view, { input: form.elements.ground, tools: document.querySelector("[data-draw-tools]") });

const list = form.querySelector("[data-classes]");
const said = form.querySelector("[data-chosen]");
const search = document.getElementById("class-filter");

function tell() {
  said.textContent = said.dataset.chosen.replace("{n}", list.querySelectorAll(":checked").length);
}

search.addEventListener("input", () => {
  const words = search.value.trim().toLowerCase().split(/\s+/);
  for (const item of list.children) {
    const text = item.textContent.toLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
  }
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault(); // the search does not send the form
  list.querySelector("li:not([hidden]) input")?.focus();
});
list.addEventListener("change", tell);
tell();

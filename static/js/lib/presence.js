/** Who else has the case open that is shown: one line in the head of the case. */

import { label } from "./labels.js";
import { shown } from "./selection.js";

let known = { case: null, people: [] };

function draw() {
  const line = document.querySelector("[data-presence]");
  if (!line) return;
  const people = known.case === shown() ? known.people : [];
  const lang = document.documentElement.lang;
  const names = people.map(({ name, post }) => (post[lang] ? `${name} (${post[lang]})` : name));
  line.querySelector("span").textContent = people.length ? label("case-open", { people: new Intl.ListFormat(lang).format(names) }) : "";
  line.hidden = !people.length;
}

export function startPresence() {
  document.addEventListener("live:presence", ({ detail }) => {
    known = detail;
    draw();
  });
  document.addEventListener("live:status", ({ detail: { status } }) => {
    if (status === "live") return;
    known = { case: null, people: [] }; // nobody tells who goes
    draw();
  });
  document.addEventListener("htmx:afterSwap", draw);
}

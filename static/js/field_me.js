/** Own page: duty, own reports, and what waits on this phone with what the server said of it. */

import { explainRefusal } from "./lib/forms.js";
import { notice } from "./lib/toast.js";
import { again, discard, send } from "./field/outbox.js";
import { startShell } from "./field/shell.js";
import { word } from "./field/words.js";

const section = document.querySelector("[data-outbox-section]");
const list = document.querySelector("[data-outbox-list]");

function element(tag, className, textContent = "") {
  return Object.assign(document.createElement(tag), { className, textContent });
}

function row(item) {
  const box = element("li", "task field-item");
  const state = element("span", `light light-${item.state === "refused" ? "red" : "yellow"} task-end`, word(`state-${item.state}`));
  const made = new Date(item.made).toLocaleString(document.documentElement.lang, { hour12: false });
  box.append(element("span", "task-title", item.title), state, element("span", "task-place", `${made} ${item.fields.description ?? item.fields.opinion ?? ""}`));
  if (item.state === "refused") box.append(reason(item), buttons(item));
  return box;
}

/** What the server said, with each field's problem. */
function reason({ refusal: { status, body } }) {
  const box = notice(explainRefusal(status, JSON.stringify(body)));
  for (const problems of Object.values(body.fields ?? {})) box.append(element("p", "", [problems].flat().join(" ")));
  return box;
}

function buttons(item) {
  const bar = element("div", "field-buttons");
  const page = item.case ? `${word("tasks")}cases/${item.case}/` : word("report");
  const correct = Object.assign(element("a", "btn btn-primary", word("correct")), { href: `${page}?edit=${item.id}` });
  const retry = Object.assign(element("button", "btn btn-secondary", word("again")), { type: "button" });
  const drop = Object.assign(element("button", "btn btn-outline-danger", word("discard")), { type: "button" });
  retry.addEventListener("click", () => again(item.id));
  drop.addEventListener("click", () => confirm(word("discard-sure")) && discard(item.id));
  bar.append(correct, retry, drop);
  return bar;
}

document.addEventListener("outbox:change", ({ detail: items }) => {
  section.hidden = !items.length;
  list.replaceChildren(...items.map(row));
});

/** The pages kept for offline use are this person's: they go when the person goes. */
document.querySelector("[data-sign-out]").addEventListener("submit", () => {
  localStorage.removeItem("field-person");
  navigator.serviceWorker?.controller?.postMessage("forget");
});

startShell();
send();

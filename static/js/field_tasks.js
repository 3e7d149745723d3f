/** The collector's list of tasks: fetched again whenever something happened, never out of sight. */

import { items } from "./field/outbox.js";
import { startShell } from "./field/shell.js";
import { word } from "./field/words.js";

const list = document.getElementById("tasks");

/** Tasks whose answer still waits on this phone say so. */
async function markAnswered() {
  const waiting = new Map((await items()).map((item) => [item.case, item.state]));
  for (const row of list.querySelectorAll("[data-case]")) {
    const tag = row.querySelector("[data-unsent]");
    tag.hidden = !waiting.has(row.dataset.case);
    tag.textContent = tag.hidden ? "" : word("to-be-sent");
  }
}

document.addEventListener("outbox:change", markAnswered);
document.addEventListener("htmx:afterSwap", markAnswered);
document.addEventListener("position:sent", () => globalThis.htmx.trigger(list, "refresh"));
startShell();

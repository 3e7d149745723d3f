/** What every page of a collector does: keep, send, tell where one is, and notice new tasks. */

import { ask } from "../lib/session.js";
import { toast } from "../lib/toast.js";
import { isSignedOut, startOutbox } from "./outbox.js";
import { startPositions } from "./position.js";
import { person, word } from "./words.js";

const SENT_BY_CENTER = new Set(["send_verify", "send_check"]);
let timer = 0;

function showQueue({ detail: items }) {
  const line = document.querySelector("[data-outbox]");
  const refused = items.filter((item) => item.state === "refused").length;
  const waiting = items.length - refused;
  const said = [];
  if (waiting) said.push(word(isSignedOut() ? "signed-out" : "waiting", { n: waiting }));
  if (refused) said.push(word("refused", { n: refused }));
  line.hidden = !said.length;
  const link = Object.assign(document.createElement("a"), { href: word("me"), textContent: said.join(" · ") });
  line.querySelector("[data-outbox-text]").replaceChildren(link);
}

/** Several events at once are one reason to fetch again. */
function hear({ detail }) {
  clearTimeout(timer);
  timer = setTimeout(refresh, 100);
  if (SENT_BY_CENTER.has(detail.action)) noticeTask(detail);
}

function refresh() {
  for (const list of document.querySelectorAll("[hx-trigger~=refresh]")) globalThis.htmx.trigger(list, "refresh");
  countTasks();
}

/** The number on the tab tells whether a task just sent is one's own. */
async function countTasks() {
  const response = await ask(word("count"), { headers: { Accept: "application/json" } });
  if (!response.ok || response.redirected) return null;
  const { tasks } = await response.json();
  const tab = document.querySelector(".tabbar a");
  let mark = tab.querySelector(".count");
  if (!mark) tab.append(mark = Object.assign(document.createElement("span"), { className: "count count-red" }));
  mark.textContent = tasks;
  mark.hidden = !tasks;
  return tasks;
}

function noticeTask() {
  toast({ kind: "info", what: word("new-task") });
  navigator.vibrate?.(200);
}

/** The worker answers from its cache without a network; it is told to forget when the person leaves or changes. */
async function startWorker() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(word("worker"));
  const { active } = await navigator.serviceWorker.ready;
  const before = localStorage.getItem("field-person");
  if (before !== person()) {
    active.postMessage("forget");
    localStorage.setItem("field-person", person());
    active.postMessage("keep");
  }
}

export function startShell() {
  document.addEventListener("outbox:change", showQueue);
  document.addEventListener("outbox:sent", refresh);
  document.addEventListener("live:event", hear);
  document.addEventListener("live:reset", refresh);
  startOutbox();
  startPositions();
  startWorker();
}

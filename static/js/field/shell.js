/** What every page of a collector does: keep, send, tell where one is, and notice new tasks. */

import { label } from "../lib/labels.js";
import { getJson } from "../lib/received.js";
import { toast } from "../lib/toast.js";
import { failure, startOutbox } from "./outbox.js";
import { startPositions } from "./position.js";
import { person, word } from "./words.js";

// What is said of items that wait, by what the last try failed of.
const WAITING = { "signed-out": "signed-out", foreign: "waiting-foreign", server: "waiting-server" };
const SENT_BY_CENTER = new Set(["send_verify", "send_check"]);
let timer = 0;

function showQueue({ detail: items }) {
  const line = document.querySelector("[data-outbox]");
  const refused = items.filter((item) => item.state === "refused").length;
  const waiting = items.length - refused;
  const said = [];
  if (waiting) said.push(word(WAITING[failure()] ?? "waiting", { n: waiting }));
  if (items.some((item) => item.volatile)) said.push(word("volatile"));
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
  const answer = await getJson(word("count"));
  if (!answer?.ok) return null;
  const { tasks } = answer.body;
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
  try {
    await navigator.serviceWorker.register(word("worker"));
  } catch (error) {
    if (error.name !== "TypeError") throw error;
    return; // cut off: the next page that is opened tries again
  }
  const { active } = await navigator.serviceWorker.ready;
  const before = localStorage.getItem("field-person");
  if (before !== person()) {
    active.postMessage("forget");
    localStorage.setItem("field-person", person());
    active.postMessage("keep");
  }
}

/** The dot of the live connection: without a network it is grey at once, whatever the socket thinks. */
function startDot() {
  let status = "connecting";
  const show = () => {
    const shown = navigator.onLine ? status : "offline";
    for (const dot of document.querySelectorAll("[data-live-status]")) {
      dot.dataset.status = shown;
      dot.querySelector("[data-live-word]").textContent = label(`live-${shown}`);
    }
  };
  document.addEventListener("live:status", ({ detail }) => {
    status = detail.status;
    show();
  });
  for (const name of ["online", "offline"]) addEventListener(name, show);
}

export function startShell() {
  startDot();
  document.addEventListener("outbox:change", showQueue);
  document.addEventListener("outbox:sent", refresh);
  document.addEventListener("live:event", hear);
  document.addEventListener("live:reset", refresh);
  startOutbox();
  startPositions();
  startWorker();
}

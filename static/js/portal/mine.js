/**
 * What was reported from this device: number and code, remembered here and nowhere else, so that
 * one finds the way back. Where the device remembers nothing, the page says the same as before.
 */

import { element, word } from "./words.js";

const KEY = "public-reports";
const LAST = "public-report-last";
const MOST = 20;

/** The answer of a store that may be forbidden, or null. */
function tried(act) {
  try {
    return act();
  } catch (error) {
    if (error instanceof DOMException || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** [{number, code, title, at}], the newest first. */
export function mine() {
  const kept = tried(() => JSON.parse(localStorage.getItem(KEY)));
  return Array.isArray(kept) ? kept : [];
}

/** Remembers a report; true where the device does. */
export function remember({ number, code, title = "", at = Date.now() }) {
  const others = mine().filter((one) => one.number !== number);
  const rows = [{ number, code, title, at }, ...others].slice(0, MOST);
  tried(() => sessionStorage.setItem(LAST, number));
  return tried(() => { localStorage.setItem(KEY, JSON.stringify(rows)); return true; }) ?? false;
}

/** The number of the report that this window sent last, or "". */
export function lastSent() {
  return tried(() => sessionStorage.getItem(LAST)) ?? "";
}

function row({ number, code, title, at }, form) {
  const day = new Date(at).toLocaleDateString(document.documentElement.lang, { month: "2-digit", day: "2-digit" });
  const button = element("button", "btn btn-secondary mine-row", "", { type: "button" });
  button.append(element("strong", "", title || number), element("span", "muted", day), element("span", "muted number", number));
  button.addEventListener("click", () => {
    form.elements.number.value = number;
    form.elements.code.value = code;
    form.requestSubmit();
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/** Fills the list of [data-mine]; its form asks how a report stands. */
export function showMine(box) {
  const rows = mine();
  box.hidden = !rows.length;
  box.querySelector("[data-mine-list]").replaceChildren(...rows.map((one) => row(one, box.querySelector("form"))));
}

export function startMine(box) {
  showMine(box);
  box.querySelector("[data-forget]").addEventListener("click", () => {
    if (!confirm(word("forget-sure"))) return;
    tried(() => localStorage.removeItem(KEY));
    showMine(box);
  });
}

/** The page after sending: remembers what it shows, and copies it. */
export function startTicket(ticket) {
  const { number, code, title, at } = ticket.dataset;
  const kept = remember({ number, code, title, at: Number(at) * 1000 });
  document.querySelector("[data-kept]").hidden = !kept;
  const button = document.querySelector("[data-copy]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(word("ticket", { number, code }), ticket);
    document.querySelector("[data-copied]").textContent = word(done ? "copied" : "copy-failed");
  });
}

/** The clipboard where the page may use it, else what is marked; marked it stays for the hand. */
async function copy(text, marked) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
  }
  getSelection().selectAllChildren(marked);
  return document.execCommand("copy");
}

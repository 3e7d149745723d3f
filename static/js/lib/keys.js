/**
 * The keyboard of the desks. Never fires inside a field, a dialog's field, or with Ctrl/Alt/Meta.
 *
 * [data-list] holds rows [data-row] (else its links); the selected one has aria-current="true". Moving
 * clicks the row's link, so that selecting by key and by mouse are the same thing.
 * [data-main-action] is what Enter does; [data-search] is where / goes; [data-new-report] is n.
 * Ctrl+Enter sends the form one is in, by its [data-send] or [data-main-action]. A key
 * of a case acts only while the case that is shown is the chosen one and nothing is under way.
 */

import { closeExplanation, explain } from "./clock.js";
import { sending, settled } from "./selection.js";

const FIELD = "input:not([type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable]";
const KEYS = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  Enter: mainAction, "/": search, n: () => press("[data-new-report]"), t: explainClock, "?": help,
};

function visible(selector) {
  return [...document.querySelectorAll(selector)].find((element) => element.checkVisibility());
}

function rowsOf(list) {
  const rows = list.querySelectorAll("[data-row]");
  return [...(rows.length ? rows : list.querySelectorAll("a[href], a[hx-get]"))];
}

/** The place in a list of `count` that is `step` from `here`; the first where none is chosen (-1). */
export function placeAfter(here, step, count) {
  return here < 0 ? 0 : Math.min(Math.max(here + step, 0), count - 1);
}

/** Marks one row of a list as selected and shows it; tells `list:select` on the row. */
export function select(row) {
  const list = row.closest("[data-list]");
  for (const other of list.querySelectorAll("[aria-current=true]")) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  row.dispatchEvent(new CustomEvent("list:select", { bubbles: true }));
}

/** Selects the row `step` away and opens it. Answers whether there was a list. */
export function move(step) {
  const list = visible("[data-list]");
  if (!list || sending()) return false;
  const rows = rowsOf(list);
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = placeAfter(here, step, rows.length);
  if (next !== here) openRow(rows[next]);
  return true;
}

/** Chooses a row and shows what it stands for. */
export function openRow(row) {
  select(row);
  follow(row.matches("a, button") ? row : row.querySelector("a[href], a[hx-get]"));
}

/**
 * Clicks; answers whether there was something to click. A link that htmx has not seen yet (a key
 * pressed while the page still starts) would leave the page instead of filling its place.
 */
export function follow(element) {
  if (element) globalThis.htmx?.process(element);
  element?.click();
  return Boolean(element);
}

function press(selector) {
  return follow(visible(selector));
}

function mainAction(event) {
  if (event.target.closest("a, button, summary, [role=button], .leaflet-marker-icon")) {
    const inList = event.target.closest("[data-list]")?.querySelector("[aria-current=true]");
    if (!inList || !inList.contains(event.target) && inList !== event.target) return false;
  }
  return !openForm() && settled() && press("[data-main-action]:not([disabled])");
}

const openForm = () => document.querySelector("[data-action-form]");

/** The action of a case whose key this is; never over an open form, whose words would go. */
export function act(key) {
  if (openForm() || !settled()) return false;
  return follow(visible(`[data-action-key="${CSS.escape(key)}"]`));
}

function search() {
  const field = visible("[data-search]");
  field?.focus();
  field?.select();
  return Boolean(field);
}

function explainClock() {
  if (closeExplanation()) return true;
  const clock = visible("#work [data-explain]") ?? visible("[aria-current=true] [data-explain]") ?? visible("[data-explain]");
  if (clock) explain(clock);
  return Boolean(clock);
}

function help() {
  const dialog = document.getElementById("keys");
  if (!dialog) return false;
  dialog.showModal();
  return true;
}

function escape(event) {
  if (closeExplanation()) return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.target.matches(FIELD)) event.target.blur();
}

function sendForm({ target }) {
  const form = target.closest?.("form");
  const button = form?.querySelector("button:is([data-send], [data-main-action])");
  if (button && !button.disabled) form.requestSubmit(button);
  return Boolean(button);
}

function onKey(event) {
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  if (sends && !event.defaultPrevented && sendForm(event)) return event.preventDefault();
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return escape(event);
  if (event.target.matches(FIELD) || event.target.closest(".leaflet-container, details.menu[open], [role=slider]") || event.target.matches("[type=range]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (KEYS[key] ? KEYS[key](event) : act(key)) event.preventDefault();
}

function onClick(event) {
  const row = event.target.closest("[data-list] [data-row], [data-list]:not(:has([data-row])) a");
  if (row) select(row);
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || opener) menu.open = false;
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
}

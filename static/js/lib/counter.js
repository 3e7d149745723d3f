/**
 * Long texts say how long they may be. Without this the browser cuts off in silence what is pasted
 * beyond the limit: here all of it stays, and the line below says how much is too much.
 */

import { label } from "./labels.js";

const SAID_FROM = 0.8; // share of the limit

/** Length as the server counts it: whole characters, and a new line as two. */
export function lengthOf(text) {
  return [...text.replace(/\r?\n/g, "\r\n")].length;
}

/** How many characters too many stand in the long texts of a form. */
export function tooMany(form) {
  const fields = [...form.querySelectorAll("textarea[data-most]")];
  return fields.reduce((sum, field) => sum + Math.max(0, lengthOf(field.value) - field.dataset.most), 0);
}

function count(field) {
  const [length, most] = [lengthOf(field.value), Number(field.dataset.most)];
  const line = lineOf(field);
  line.hidden = length < most * SAID_FROM;
  line.classList.toggle("field-error", length > most);
  line.textContent = length > most ? label("count-over", { n: length - most, most }) : label("count", { n: length, most });
}

function lineOf(field) {
  const known = field.nextElementSibling;
  if (known?.matches("[data-count]")) return known;
  const line = Object.assign(document.createElement("p"), { className: "field-count muted small" });
  line.dataset.count = "";
  line.setAttribute("aria-live", "polite");
  field.after(line);
  return line;
}

function take({ target }) {
  if (!target.matches?.("textarea[maxlength], textarea[data-most]")) return;
  target.dataset.most ??= target.maxLength;
  target.removeAttribute("maxlength");
  count(target);
}

export function startCounters() {
  for (const name of ["focusin", "input"]) document.addEventListener(name, take);
}

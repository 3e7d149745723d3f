/**
 * Days are typed as YYYY-MM-DD ([data-date], parts/date.html): a browser's own date field speaks
 * the browser's language, not the page's. The browser's calendar still helps to find the day.
 */

import { label } from "./labels.js";
import { code } from "./writing.js";

/** As citymgmt/lib/dates.py reads it: "2026/11/8" is "2026-11-08"; anything else stays. */
export function isoDay(text) {
  const written = code(text);
  const found = written.match(/^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/) ?? written.match(/^(\d{4})(\d\d)(\d\d)$/);
  if (!found) return text;
  const [, year, month, day] = found;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

function tell(field, value) {
  if (field.value === value) return;
  field.value = value;
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

function start(field) {
  field.dataset.date = "started";
  field.addEventListener("change", () => tell(field, isoDay(field.value)));
  const calendar = Object.assign(document.createElement("input"), { type: "date", tabIndex: -1 });
  calendar.ariaHidden = "true";
  const button = Object.assign(document.createElement("button"), { type: "button", className: "icon-btn", title: label("date-choose") });
  button.ariaLabel = label("date-choose");
  button.append(Object.assign(document.createElement("i"), { className: "bi bi-calendar3", ariaHidden: "true" }));
  button.addEventListener("click", () => {
    calendar.value = isoDay(field.value); // what is no day leaves it empty
    calendar.showPicker();
  });
  calendar.addEventListener("change", () => {
    tell(field, calendar.value);
    field.focus();
  });
  field.after(calendar, button);
}

/** Starts every date field inside `root` that is not started yet. */
export function startDates(root = document) {
  root.querySelectorAll("[data-date]:not([data-date=started])").forEach(start);
}

/**
 * Choosing rows of a table: all at once, a stretch with Shift, up and down with the arrow keys.
 * What the chosen step asks for is shown; the button works once something is chosen.
 */

const form = document.querySelector("form[data-choose]");
const boxes = form ? [...form.querySelectorAll("td.choose-cell input")] : [];
const all = form?.querySelector("[data-choose-all]");
const bar = form?.querySelector("[data-bulk]");
let last = 0;

function tell() {
  const chosen = boxes.filter((box) => box.checked).length;
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  const said = bar.querySelector("[data-chosen]");
  said.dataset.idle ??= said.textContent;
  said.textContent = chosen ? `${said.dataset.words} ${chosen}` : said.dataset.idle;
  bar.querySelector("button").disabled = chosen === 0;
}

function ask() {
  const action = bar.querySelector("[name=action]")?.value;
  for (const part of bar.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== action;
}

function stretch(from, to, checked) {
  const [first, end] = from < to ? [from, to] : [to, from];
  for (const box of boxes.slice(first, end + 1)) box.checked = checked;
}

function onClick(event) {
  const here = boxes.indexOf(event.target);
  if (here < 0) return;
  if (event.shiftKey) stretch(last, here, event.target.checked);
  last = here;
  tell();
}

function onKey(event) {
  const here = boxes.indexOf(event.target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (here < 0 || !step) return;
  event.preventDefault();
  boxes[Math.min(Math.max(here + step, 0), boxes.length - 1)].focus();
}

if (bar) {
  form.addEventListener("click", onClick);
  form.addEventListener("keydown", onKey);
  all.addEventListener("change", () => { stretch(0, boxes.length - 1, all.checked); tell(); });
  bar.querySelector("[name=action]")?.addEventListener("change", ask);
  tell();
  ask();
}

/**
 * Ticks: rows of a list chosen for one step. form[data-ticks] holds the ticks or is named by them
 * (`form=`); [data-tick-all] chooses all of its table or section, Shift a stretch, the arrow keys go
 * from one to the next. What the chosen step asks for is shown, with the ticks of the rows that
 * permit it (data-steps); the button works once something is chosen. Rows may come and go.
 */

const form = document.querySelector("form[data-ticks]");
const bar = form?.querySelector("[data-bulk]");
const step = bar?.querySelector("[name=action]");
let last = null;

const ticks = () => [...form.elements].filter((field) => field.type === "checkbox" && !("tickAll" in field.dataset));
const shown = () => ticks().filter((tick) => !tick.hidden);
const groups = () => [...form.elements].filter((field) => "tickAll" in field.dataset);
const partOf = (all) => all.closest("table, section");
const permits = (tick) => !step || !tick.dataset.steps || tick.dataset.steps.split(" ").includes(step.value);

function tell() {
  const chosen = ticks().filter((tick) => tick.checked).length;
  for (const all of groups()) showAll(all);
  const said = bar.querySelector("[data-chosen]");
  said.dataset.idle ??= said.textContent;
  said.textContent = chosen ? `${said.dataset.words} ${chosen}` : said.dataset.idle;
  bar.querySelector("button").disabled = chosen === 0;
  bar.classList.toggle("has-chosen", chosen > 0);
}

function showAll(all) {
  const own = shown().filter((tick) => partOf(all).contains(tick));
  const chosen = own.filter((tick) => tick.checked).length;
  all.hidden = own.length === 0;
  all.checked = chosen > 0 && chosen === own.length;
  all.indeterminate = chosen > 0 && chosen < own.length;
}

/** The fields and the ticks of the chosen step; what it does not permit is not chosen either. */
function ask() {
  for (const part of bar.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== step?.value;
  for (const tick of ticks()) {
    tick.hidden = !permits(tick);
    if (tick.hidden) tick.checked = false;
  }
  bar.hidden = ticks().length === 0;
  tell();
}

/** To begin with: the first step that a row permits. */
function propose() {
  const known = new Set(ticks().flatMap((tick) => (tick.dataset.steps ?? "").split(" ")));
  const first = [...(step?.options ?? [])].find(({ value }) => known.has(value));
  if (first) step.value = first.value;
}

function stretch(from, to, checked) {
  const all = shown();
  const [first, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const tick of all.slice(Math.max(first, 0), end + 1)) tick.checked = checked;
}

function onClick({ target, shiftKey }) {
  if (target.form !== form || target.type !== "checkbox") return;
  if ("tickAll" in target.dataset) {
    for (const tick of shown()) if (partOf(target).contains(tick)) tick.checked = target.checked;
  } else {
    if (shiftKey && last?.isConnected) stretch(last, target, target.checked);
    last = target;
  }
  tell();
}

function onKey(event) {
  const all = shown();
  const here = all.indexOf(event.target);
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (here < 0 || !way) return;
  event.preventDefault();
  all[Math.min(Math.max(here + way, 0), all.length - 1)].focus();
}

if (bar) {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("rows:changed", ask);
  step?.addEventListener("change", ask);
  propose();
  ask();
}

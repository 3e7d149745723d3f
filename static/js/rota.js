/**
 * The table of the rota by keyboard: one cell has the focus, arrow keys move it. Enter opens the form
 * of a cell, Escape leaves it, C copies a cell's people, V puts them where the focus is, Delete empties.
 */

const table = document.querySelector("[data-rota]");
const side = document.getElementById("rota-edit");
const idle = side?.innerHTML;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
let copied = null;

document.querySelector("[data-street] select")?.addEventListener("change", (event) => event.target.form.requestSubmit());

const rows = () => [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll(".rota-cell > button")]);

function place(button) {
  const all = rows();
  const row = all.findIndex((line) => line.includes(button));
  return [all, row, all[row]?.indexOf(button) ?? -1];
}

/** One stop of the Tab key in the whole table. */
function hold(button) {
  for (const other of table.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
  button.tabIndex = 0;
}

function go(button) {
  if (!button) return;
  hold(button);
  button.focus();
  button.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function onKey(event) {
  const button = event.target.closest(".rota-cell > button");
  if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
  const [all, row, column] = place(button);
  if (STEPS[event.key]) go(all[row + STEPS[event.key][0]]?.[column + STEPS[event.key][1]]);
  else if (event.key === "Home") go(all[row][0]);
  else if (event.key === "End") go(all[row].at(-1));
  else if (event.key === "c") copied = peopleOf(button);
  else if (event.key === "v" && copied) put(button, copied);
  else if (event.key === "Delete") put(button, []);
  else return;
  event.preventDefault();
}

const peopleOf = (button) => button.dataset.people.trim().split(/\s+/).filter(Boolean);

/** The cell with other people, without opening its form. */
function put(button, people) {
  if (button.ariaDisabled === "true") return;
  const cell = button.parentElement;
  globalThis.htmx.ajax("POST", button.dataset.url, { source: cell, target: cell, swap: "outerHTML", values: { people } });
}

function close(id) {
  side.innerHTML = idle;
  for (const cell of table.querySelectorAll(".is-open")) cell.classList.remove("is-open");
  go(document.getElementById(id)?.querySelector("button"));
}

/** A cell was saved: it is new in the page, and takes the focus back. */
function swapped(event) {
  const cell = event.detail.target ?? event.target;
  if (event.target.id === "rota-edit") {
    const open = side.querySelector("[data-rota-form]");
    for (const other of table.querySelectorAll(".is-open")) other.classList.remove("is-open");
    if (open) {
      document.getElementById(open.dataset.cell).classList.add("is-open");
      open.querySelector("input, button")?.focus();
    }
  } else if (cell.classList?.contains("rota-cell") || event.target.classList?.contains("rota-cell")) close(cell.id || event.target.id);
}

if (table) {
  const first = table.querySelector(".rota-cell:not(.is-locked) > button") ?? table.querySelector(".rota-cell > button");
  if (first) hold(first);
  table.addEventListener("keydown", onKey);
  table.addEventListener("focusin", (event) => event.target.matches(".rota-cell > button") && hold(event.target));
  document.addEventListener("htmx:afterSettle", swapped);
  // A refused form comes back in its own place, not in the cell.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422 && event.detail.target.classList.contains("rota-cell")) {
      event.detail.target = side;
      event.detail.swapOverride = "innerHTML";
    }
  });
  side.addEventListener("click", (event) => event.target.closest("[data-rota-close]") && close(side.querySelector("[data-rota-form]").dataset.cell));
  side.addEventListener("keydown", (event) => {
    const open = side.querySelector("[data-rota-form]");
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    event.stopPropagation();
    close(open.dataset.cell);
  });
}

/**
 * The one case that a desk is about. What is marked in the list, shown in the work area and named by
 * the buttons must be the same case before anything may be done to it.
 *
 * A row that is marked is chosen at once; the work area follows when its answer comes. Until then the
 * old buttons are dead. Without an answer the mark goes back to what is shown.
 * `case:shown` on document (detail: {number}): another case, or none (null), stands in the work area.
 */

import { asking } from "./latest.js";

const main = () => document.getElementById("main");
let chosen = null;
let told = null;
let turn = 0;

/** The number of the case in the work area, or null. */
export function shown() {
  return document.querySelector("#work [data-case]")?.dataset.case ?? null;
}

/** The number of the chosen case, or null while it is not known yet. */
export function selected() {
  return chosen;
}

/** Chooses a case, or none; answers the turn, which is over as soon as somebody chooses again. */
export function choose(number) {
  chosen = number;
  turn += 1;
  dress();
  return turn;
}

export function isTurn(number) {
  return number === turn;
}

/** Whether a form of the case is on its way: nothing may take it away meanwhile. */
export function sending() {
  return document.querySelector("[data-action-form][data-sending]") !== null;
}

/** Whether a key may act: what is shown is what is chosen, and nothing is under way. */
export function settled() {
  const place = main();
  return chosen === shown() && !sending() && !(place && asking(place));
}

function dress() {
  const moving = chosen !== shown();
  main()?.setAttribute("aria-busy", String(moving));
  const bar = document.getElementById("actions");
  if (bar) bar.inert = moving;
}

function mark(number) {
  for (const row of document.querySelectorAll("[data-row][aria-current]")) row.removeAttribute("aria-current");
  document.getElementById(`row-${number}`)?.setAttribute("aria-current", "true");
}

/** The work area holds something else: that is what is chosen now. */
function settle() {
  const number = shown();
  if (chosen !== number) choose(number);
  else dress();
  mark(number);
  if (number === told) return;
  told = number;
  document.dispatchEvent(new CustomEvent("case:shown", { detail: { number } }));
}

/** An answer about another case than the chosen one comes too late. */
function refuseOther(event) {
  const { target, requestConfig, serverResponse, shouldSwap } = event.detail;
  if (target !== main() || requestConfig.verb !== "get" || !shouldSwap || chosen === null) return;
  const number = /\bdata-case="([^"]*)"/.exec(serverResponse)?.[1];
  if (number && number !== chosen) event.preventDefault();
}

/** A button or form of another case than the chosen one does nothing. */
function guard(event) {
  const bar = event.target.closest?.("#actions[data-of]");
  if (!bar || bar.dataset.of === chosen) return;
  event.preventDefault();
  event.stopPropagation();
}

/** While a form is being sent the list stands still: an answer that refuses must find its form. */
function wait(event) {
  if (!sending() || !event.target.closest?.("[data-row], #queues a, form[data-filters] a")) return;
  event.preventDefault();
  event.stopPropagation();
}

export function startSelection() {
  settle();
  document.addEventListener("list:select", ({ target }) => target.dataset.number && choose(target.dataset.number));
  document.addEventListener("htmx:beforeSwap", refuseOther);
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (main() && (target.id === "main" || target.contains(main()) || target.id === "work")) settle();
  });
  document.addEventListener("latest:failed", ({ detail: { place } }) => {
    if (place === main()) settle();
  });
  document.addEventListener("htmx:beforeRequest", guard, true);
  document.addEventListener("click", wait, true);
}

/**
 * The newest question wins. Answers come in any order; one that is older than what was asked last
 * about the same place of the page, or about a place around it, is dropped.
 *
 * For htmx this holds on every page; `asker()` gives the same to a script that fetches by itself.
 * `latest:failed` on document (detail: {place}): a question that counts got no usable answer.
 */

import { isOwnXhr } from "./own.js";
import { ask as request } from "./session.js";

const newest = new WeakMap(); // place of the page: number of the newest question about it
const asked = new WeakMap(); // request: its number
const given = new WeakSet(); // requests that were given up: another one follows
const open = new Map(); // request that waits for its answer: its place
const CUT = new Set(["SyntaxError", "TypeError"]); // of an answer that ended too early
let count = 0;

/** Whether an answer is awaited that will change this place, or a part of it. */
export function asking(place) {
  return [...open.values()].some((other) => other.contains(place) || place.contains(other));
}

function ask(xhr, place) {
  for (const [other, inside] of open) if (place.contains(inside)) other.abort();
  count += 1;
  newest.set(place, count);
  asked.set(xhr, count);
  open.set(xhr, place);
  xhr.addEventListener("abort", () => given.add(xhr));
  xhr.addEventListener("loadend", () => close(xhr, place));
}

function close(xhr, place) {
  open.delete(xhr);
  if (usable(xhr) || given.has(xhr) || outdated(xhr, place)) return;
  document.dispatchEvent(new CustomEvent("latest:failed", { detail: { place } }));
}

function usable(xhr) {
  return xhr.status >= 200 && xhr.status < 300 && isOwnXhr(xhr);
}

function outdated(xhr, place) {
  for (let around = place; around; around = around.parentElement) {
    if ((newest.get(around) ?? 0) > asked.get(xhr)) return true;
  }
  return false;
}

function onSend({ detail: { xhr, target, requestConfig } }) {
  if (requestConfig.verb === "get") ask(xhr, target);
}

function onAnswer(event) {
  const { xhr, target, shouldSwap } = event.detail;
  if (!asked.has(xhr)) {
    count += 1; // what an action answers is newer than what was asked before it
    if (shouldSwap) newest.set(target, count);
  } else if (outdated(xhr, target)) {
    event.preventDefault();
  } else {
    open.delete(xhr); // the next key may act on it
  }
}

/**
 * A function (url, options, read) that fetches: asking again gives up what it asked before. Answers
 * what `read` makes of the response, or null for a question that was given up.
 */
export function asker() {
  let asked = null;
  return async (url, options, read) => {
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    try {
      const answer = await read(await answerOf(url, { ...options, signal: mine.signal }));
      return mine.signal.aborted ? null : answer;
    } catch (error) {
      if (mine.signal.aborted) return null;
      throw CUT.has(error.name) ? new Refusal(0, url) : error;
    }
  };
}

/** The response of our own server with a status of success; else a Refusal, or AbortError when given up. */
export async function answerOf(url, options) {
  const response = await request(url, options).catch((error) => {
    throw options.signal?.aborted ? error : new Refusal(0, url);
  });
  if (!response.ok) throw new Refusal(response.status, url);
  return response;
}

/** No usable answer; `status` says why, 0 where there was none at all. */
export class Refusal extends Error {
  constructor(status, url) {
    super(`${status} ${url}`);
    this.status = status;
  }
}

/** For `catch`: no usable answer is null, like a question that was given up. */
export function nothing(error) {
  if (error instanceof Refusal || error.name === "AbortError") return null;
  throw error;
}

export function startLatest() {
  document.addEventListener("htmx:beforeSend", onSend);
  document.addEventListener("htmx:beforeSwap", onAnswer);
}

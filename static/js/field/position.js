/** Where the collector is: told to the server each 30 seconds while on duty. */

import { here } from "../lib/place.js";
import { cookie, onDuty, person, word } from "./words.js";

const EVERY = 30_000;
const LAST = "field-position-at";

function say(text) {
  for (const place of document.querySelectorAll("[data-position-said]")) place.textContent = text;
}

/** Events on document: `position:sent` after the server took it. */
async function tell() {
  let coords;
  try {
    coords = await here();
  } catch {
    return say(word("position-denied"));
  }
  const body = new URLSearchParams({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy });
  const response = await fetch(word("position"), { method: "POST", body, headers: { "X-CSRFToken": cookie("csrftoken"), "X-Signed-In-As": person() } })
    .catch((error) => { if (error instanceof TypeError) return null; throw error; }); // no network
  if (response?.status !== 204) return say(word("position-failed"));
  sessionStorage.setItem(LAST, Date.now());
  say(word("position-sent", { time: new Date().toLocaleTimeString(document.documentElement.lang, { hour12: false }) }));
  return document.dispatchEvent(new CustomEvent("position:sent", { detail: coords }));
}

/** Goes on with the rhythm of the page before: a new page is no reason for one more position. */
export function startPositions() {
  if (!onDuty()) return;
  const passed = Date.now() - Number(sessionStorage.getItem(LAST) ?? 0);
  setTimeout(() => { tell(); setInterval(tell, EVERY); }, Math.max(0, EVERY - passed));
}

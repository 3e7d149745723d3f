/** Where the collector is: told to the server each 30 seconds while on duty. */

import { cookie, onDuty, person, word } from "./words.js";

const EVERY = 30_000;
const OPTIONS = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 10_000 };
const LAST = "field-position-at";
const FRESH = 300_000; // an older position says nothing of where something was done
let last = null;

/** The present position ({longitude, latitude, accuracy}, WGS-84); rejects where there is none. */
export function here(options = OPTIONS) {
  return new Promise((found, failed) => {
    if (!navigator.geolocation) return failed(new Error("no geolocation"));
    return navigator.geolocation.getCurrentPosition(({ coords }) => {
      last = { at: Date.now(), lon: coords.longitude, lat: coords.latitude };
      found(coords);
    }, failed, options);
  });
}

/** Where this page last saw the phone within five minutes ({lon, lat}), or nothing. */
export function lastPlace() {
  return last && Date.now() - last.at < FRESH ? { lon: last.lon, lat: last.lat } : undefined;
}

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

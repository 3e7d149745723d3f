/**
 * The order by distance of a list that the server sorts: form[data-narrow] holds select[name=sort],
 * whose value [data-nearest] needs the place of the device in the fields `lon` and `lat`. Where the
 * device tells none, that is said and the order stays.
 * A position is never asked for unbidden: either it is allowed already, or the order is chosen.
 */

import { toast } from "./toast.js";

const NARROW = matchMedia("(max-width: 899px)");
const OPTIONS = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 };
const VAGUE_M = 1000; // a position that wide says nothing about which case is nearer
const DECIMALS = 5; // of a degree: a metre

/** Writes the place of the device into the form; false where there is none. */
function located(form) {
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(({ coords: { longitude, latitude, accuracy } }) => {
      if (accuracy > VAGUE_M) return done(false);
      form.elements.lon.value = longitude.toFixed(DECIMALS);
      form.elements.lat.value = latitude.toFixed(DECIMALS);
      return done(true);
    }, () => done(false), OPTIONS);
  });
}

function noPlace(form, before) {
  form.elements.sort.value = before;
  toast({ kind: "warning", what: form.dataset.noPlace });
}

/**
 * Sends the form when something is chosen in it. On a phone that is allowed to tell its place, and
 * wherever the order by distance is in the address, the list is filled anew by `show(query)`.
 */
export async function startNearest(form, show) {
  const { sort } = form.elements;
  const { nearest } = sort.dataset;
  let before = sort.value;
  form.addEventListener("change", async ({ target }) => {
    if (target.matches("[type=search]")) return;
    if (target === sort && sort.value !== nearest) form.elements.lon.value = form.elements.lat.value = "";
    if (target === sort && sort.value === nearest && !(await located(form))) return noPlace(form, before);
    before = sort.value;
    form.requestSubmit();
  });
  const asked = new URLSearchParams(location.search);
  if (asked.has("sort") ? asked.get("sort") !== nearest : !NARROW.matches) return;
  const allowed = await navigator.permissions?.query({ name: "geolocation" });
  if (allowed?.state !== "granted" || !(await located(form))) return;
  sort.value = before = nearest;
  show(new URLSearchParams(new FormData(form)).toString());
}

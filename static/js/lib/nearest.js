/**
 * On a phone the cases of a lane [data-lon][data-lat] stand nearest first, once the phone tells
 * where it is; without a position the server's order by time left stays. [data-order] says which.
 * A position is never asked for unbidden: either it is allowed already, or its button is pressed.
 */

const NARROW = matchMedia("(max-width: 899px)");
const OPTIONS = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 };
const VAGUE_M = 1000; // a position that wide says nothing about which case is nearer
const RADIUS_M = 6_371_000;
let here = null;

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Metres between two places {lon, lat}, as the crow flies. */
export function metres(one, other) {
  const x = radians(other.lon - one.lon) * Math.cos(radians((one.lat + other.lat) / 2));
  return RADIUS_M * Math.hypot(x, radians(other.lat - one.lat));
}

function place(row) {
  return { lon: Number(row.dataset.lon), lat: Number(row.dataset.lat) };
}

function words(away, { metres: m, km }) {
  return away < 1000 ? m.replace("{m}", Math.round(away)) : km.replace("{km}", (away / 1000).toFixed(1));
}

/** Puts the rows of every lane in order and writes how far each is. */
export function nearestFirst(lanes) {
  const order = document.querySelector("[data-order]");
  if (!here || !NARROW.matches || !order) return;
  for (const list of lanes.querySelectorAll(".list")) {
    const rows = [...list.querySelectorAll("[data-lon]")].map((row) => ({ row, away: metres(here, place(row)) }));
    const end = list.querySelector(".list-foot");
    for (const { row, away } of rows.sort((a, b) => a.away - b.away)) {
      list.insertBefore(row, end);
      row.querySelector("[data-away]").textContent = words(away, order.dataset);
    }
  }
  order.querySelector("[data-order-said]").textContent = order.dataset.near;
  order.querySelector("[data-order-ask]").hidden = true;
}

function failed() {
  const order = document.querySelector("[data-order]");
  order.querySelector("[data-order-said]").textContent = order.dataset.failed;
}

function locate(lanes) {
  const take = ({ coords: { longitude, latitude, accuracy } }) => {
    if (accuracy > VAGUE_M) return failed();
    here = { lon: longitude, lat: latitude };
    return nearestFirst(lanes);
  };
  navigator.geolocation.getCurrentPosition(take, failed, OPTIONS);
}

/** Starts where the position is allowed; elsewhere a button offers it. */
export async function startNearest(lanes) {
  const ask = document.querySelector("[data-order-ask]");
  if (!ask || !navigator.geolocation) return;
  ask.addEventListener("click", () => locate(lanes));
  ask.hidden = false;
  const allowed = await navigator.permissions?.query({ name: "geolocation" });
  if (allowed?.state === "granted" && NARROW.matches) locate(lanes);
}

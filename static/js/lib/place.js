/** Where the device is (WGS-84), for what goes along with an act done by its person. */

const OPTIONS = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 10_000 };
const FRESH = 300_000; // an older position says nothing of where something was done
let last = null;

/** The present position ({longitude, latitude, accuracy}); rejects where there is none. */
export function here(options = OPTIONS) {
  return new Promise((found, failed) => {
    if (!navigator.geolocation) return failed(new Error("no geolocation"));
    return navigator.geolocation.getCurrentPosition(({ coords }) => {
      last = { at: Date.now(), lon: coords.longitude, lat: coords.latitude };
      found(coords);
    }, failed, options);
  });
}

/** Where this page last saw the device within five minutes ({lon, lat}), or nothing. */
export function lastPlace() {
  return last && Date.now() - last.at < FRESH ? { lon: last.lon, lat: last.lat } : undefined;
}

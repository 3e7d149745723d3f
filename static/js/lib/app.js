/** Loaded by every page: clocks, live updates, keys, forms, photos and notices. */

import { startBell } from "./bell.js";
import { startClocks } from "./clock.js";
import { startCompare } from "./compare.js";
import { startDates } from "./dates.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startLatest } from "./latest.js";
import { startLive } from "./live.js";
import { startPhotos } from "./photos.js";
import { startPresence } from "./presence.js";
import { startSelection } from "./selection.js";
import { startToasts } from "./toast.js";

startToasts();
startLatest();
startSelection();
startForms();
startKeys();
startClocks();
startPhotos();
startDates();
startCompare();
startBell();
document.addEventListener("htmx:afterSwap", (event) => {
  startPhotos(event.target);
  startDates(event.target);
  startCompare(event.target);
});
startPresence();
if (document.body.dataset.liveTopics) startLive();

/** Loaded by every page: session, drafts, clocks, live updates, keys, forms, photos and notices. */

import { startBell } from "./bell.js";
import { startClocks } from "./clock.js";
import { startCompare } from "./compare.js";
import { startDrafts } from "./drafts.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startPhotos } from "./photos.js";
import { startSession } from "./session.js";
import { startToasts } from "./toast.js";

startToasts();
startSession();
startDrafts();
startForms();
startKeys();
startClocks();
startPhotos();
startCompare();
startBell();
document.addEventListener("htmx:afterSwap", (event) => {
  startPhotos(event.target);
  startCompare(event.target);
});
if ("live" in document.body.dataset) startLive();

/** Loaded by every page: session, drafts, clocks, live updates, keys, forms, photos and notices. */

import { startBell } from "./bell.js";
import { startChoose } from "./choose.js";
import { startClocks } from "./clock.js";
import { startCompare } from "./compare.js";
import { startCounters } from "./counter.js";
import { startDates } from "./dates.js";
import { startDrafts } from "./drafts.js";
import { startForms } from "./forms.js";
import { startIdentifiers } from "./identifiers.js";
import { startKeys } from "./keys.js";
import { startLatest } from "./latest.js";
import { startLive } from "./live.js";
import { startHere } from "./here.js";
import { startPhotos } from "./photos.js";
import { startPresence } from "./presence.js";
import { startReceived } from "./received.js";
import { startSelection } from "./selection.js";
import { startSession } from "./session.js";
import { startToasts } from "./toast.js";

startToasts();
startSession();
startLatest();
startSelection();
startDrafts();
startForms();
startChoose();
startReceived();
startIdentifiers();
startCounters();
startKeys();
startClocks();
startHere();
startPhotos();
startDates();
startCompare();
startBell();
document.addEventListener("htmx:afterSwap", (event) => {
  startHere(event.target);
  startPhotos(event.target);
  startDates(event.target);
  startChoose(event.target);
  startCompare(event.target);
});
startPresence();
if ("live" in document.body.dataset) startLive();

/** Loaded by every page: clocks, live updates, keys, forms and notices. */

import { startClocks } from "./clock.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startToasts } from "./toast.js";

startToasts();
startForms();
startKeys();
startClocks();
if (document.body.dataset.liveTopics) startLive();

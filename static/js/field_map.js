/** The collector's map: own duty grids, tasks and reports, and where one stands. */

import { toast } from "./lib/toast.js";
import { fieldMap, standAt } from "./field/fieldmap.js";
import { here } from "./lib/place.js";
import { startShell } from "./field/shell.js";
import { word } from "./field/words.js";

startShell();
const view = fieldMap(document.getElementById("field-map"));
view.grids.then((grids) => { if (grids.getBounds().isValid()) view.map.fitBounds(grids.getBounds()); });

async function stand(move) {
  try {
    const coords = await here();
    standAt(view, coords);
    if (move) view.map.setView([coords.latitude, coords.longitude], 17);
  } catch {
    if (move) toast({ kind: "warning", what: word("position-denied") });
  }
}

document.querySelector("[data-locate]").addEventListener("click", () => stand(true));
document.addEventListener("live:event", () => view.refresh("cases"));
document.addEventListener("position:sent", ({ detail }) => standAt(view, detail));
stand(false);

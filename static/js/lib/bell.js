/** The number at the bell: asked for again when the live feed says that there is a new notice. */

import { asker, nothing } from "./latest.js";

const ask = asker();

async function ring(bell) {
  const found = await ask(bell.dataset.bell, { headers: { Accept: "application/json" } }, (response) => response.json()).catch(nothing);
  if (!found) return; // the number stays until the next notice
  const { unread } = found;
  const count = bell.querySelector("[data-notice-count]");
  count.textContent = unread || "";
  count.hidden = !unread;
}

export function startBell() {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  document.addEventListener("live:notice", () => ring(bell));
  document.addEventListener("live:reset", () => ring(bell));
}

/** The number at the bell: asked for again when the live feed says that there is a new notice. */

import { ask } from "./session.js";

async function ring(bell) {
  const response = await ask(bell.dataset.bell, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${bell.dataset.bell}`);
  const { unread } = await response.json();
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

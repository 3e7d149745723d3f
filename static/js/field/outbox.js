/** The outbox of the collectors' phone: reports and answers of the signed-in person. See lib/queue.js. */

import { lastPlace } from "../lib/place.js";
import { Queue } from "../lib/queue.js";
import { cookie, person } from "./words.js";

const queue = new Queue({
  name: "field-outbox",
  owner: person,
  headers: () => ({ "X-CSRFToken": cookie("csrftoken"), "X-Signed-In-As": person() }),
  keys: ["number"],
});

export const items = () => queue.items();
export const find = (id) => queue.find(id);
export const put = (item) => queue.put({ place: lastPlace(), ...item });
export const discard = (id) => queue.discard(id);
export const again = (id) => queue.again(id);
export const send = () => queue.send();

/** What the last try failed of ("network", "foreign", "signed-out", "server"), or nothing. */
export const failure = () => queue.why;

/** Sends by itself, and as soon as the live connection is back. */
export function startOutbox() {
  queue.start();
  document.addEventListener("live:status", (event) => event.detail.status === "live" && send());
}

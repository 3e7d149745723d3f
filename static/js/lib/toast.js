/**
 * Short notices in the corner. Errors stay until closed; the rest leaves after eight seconds. What is
 * said of a form stands in the form, above its button: a notice never covers what it speaks of.
 */

import { label } from "./labels.js";

const ICONS = { error: "x-octagon", warning: "exclamation-triangle", success: "check-circle", info: "info-circle" };
const STAYS = 8000;

/** A notice element: what, why and what to do, each plain text; why and todo may be missing. */
export function notice({ kind = "info", what, why = "", todo = "" }) {
  const box = document.createElement("div");
  box.className = `notice notice-${kind}`;
  if (kind === "error") box.role = "alert";
  const icon = document.createElement("i");
  icon.className = `bi bi-${ICONS[kind] ?? ICONS.info}`;
  icon.ariaHidden = "true";
  box.append(icon, line("strong", what));
  if (why) box.append(line("p", why));
  if (todo) box.append(line("p", todo, "muted"));
  return box;
}

function line(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

/** Shows a notice in the corner and answers it. The same words twice are shown once. */
export function toast(message) {
  const box = notice(message);
  const corner = document.getElementById("toasts");
  for (const other of corner.children) if (other.innerText === box.innerText) other.remove();
  dress(box, message.kind);
  corner.append(box);
  return box;
}

/** Puts a notice right above the send button of a form and shows it. */
export function placeIn(form, box) {
  const button = form.querySelector("[data-send], button:not([type=button])");
  const line = button?.closest(".row-line");
  if (line && form.contains(line)) line.before(box);
  else form.prepend(box);
  box.scrollIntoView({ block: "nearest" });
  return box;
}

function dress(box, kind) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-btn";
  button.ariaLabel = label("close");
  button.innerHTML = '<i class="bi bi-x-lg" aria-hidden="true"></i>';
  button.addEventListener("click", () => box.remove());
  box.append(button);
  if (kind !== "error") setTimeout(() => box.remove(), STAYS);
}

/** Dresses the notices the server wrote into the page. */
export function startToasts() {
  for (const box of document.querySelectorAll("#toasts > .notice")) {
    dress(box, box.classList.contains("notice-error") ? "error" : "info");
  }
}

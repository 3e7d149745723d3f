/**
 * What a form on the phone still lacks: said beside the send button in words, and shown when these
 * or the button are tapped.
 */

const FIELDS = "input:not([type=hidden]), textarea, select, button";

/** Brings the part that lacks something into view, marks it until it is touched, and puts the focus there. */
export function pointAt(part) {
  for (const other of document.querySelectorAll(".is-missing")) other.classList.remove("is-missing");
  part.classList.add("is-missing");
  part.addEventListener("pointerdown", () => part.classList.remove("is-missing"), { once: true });
  part.addEventListener("change", () => part.classList.remove("is-missing"), { once: true });
  part.scrollIntoView({ block: "center" });
  (part.matches("[tabindex]") ? part : part.querySelector(FIELDS))?.focus({ preventScroll: true });
}

/** Tapping the words shows the first part that lacks something: `first()` finds it, or nothing. */
export function startGaps(words, first) {
  words.addEventListener("click", () => {
    const part = first();
    if (part) pointAt(part);
  });
}

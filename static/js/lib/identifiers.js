/**
 * Identifiers of forms: the same one sent twice is done once, so another content needs another.
 * A page that the browser brings back (its back/forward cache, or its history) gets fresh ones.
 */

export const REUSED = "identifier_reused";

/** A random identifier; `crypto.randomUUID` is missing where the page has no secure context. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Calls `act` when the browser brings a page back instead of loading it anew. */
export function onBroughtBack(act) {
  addEventListener("pageshow", ({ persisted }) => {
    const [visit] = performance.getEntriesByType("navigation");
    if (persisted || visit?.type === "back_forward") act();
  });
}

function renew(root) {
  for (const field of root.querySelectorAll("input[name=client_uuid]")) field.value = newId();
}

function codeOf(text) {
  try {
    return Object(JSON.parse(text)).code;
  } catch (error) {
    if (error instanceof SyntaxError) return ""; // a page has no code
    throw error;
  }
}

export function startIdentifiers() {
  onBroughtBack(() => renew(document));
  document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
    if (codeOf(xhr.responseText) === REUSED) renew(elt.closest("form") ?? document);
  });
}

/** Texts for scripts, written by templates/parts/labels.html. Scripts hold no text themselves. */

/**
 * label("clock-due", {time: "14:30"}) reads data-clock-due and fills in {time}.
 * An unknown name is an error of the programmer and is thrown.
 */
export function label(name, values = {}) {
  const text = document.getElementById("labels")?.getAttribute(`data-${name}`);
  if (text == null) throw new Error(`No label ${name} in parts/labels.html`);
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

/** The value of a custom property of tokens.css, e.g. token("--accent"). */
export function token(name, element = document.documentElement) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

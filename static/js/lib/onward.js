/** Enter in a form that Ctrl+Enter sends goes to the next field: a key too many sends nothing. */

// Of a group of radio buttons only the chosen one is a stop.
const STOPS = "input:not([type=hidden], [type=radio]:not(:checked)), select, textarea, button";

export function onward(field) {
  const fields = [...field.form.querySelectorAll(STOPS)].filter((one) => one === field || one.checkVisibility());
  fields[fields.indexOf(field) + 1]?.focus();
}

/** Whether this is the Enter that goes on: not one that ends a word of an input method. */
export function goesOn(event) {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return false;
  return event.target.matches("input:not([type=submit], [type=button], [type=file]), select");
}

/** Words of the public page's scripts, written by hotline/portal/words.html. */

/** word("sent", {number}) reads data-say-sent and fills in {number}; an unknown name is thrown. */
export function word(name, values = {}) {
  const text = document.getElementById("portal-words").getAttribute(`data-say-${name}`);
  if (text == null) throw new Error(`No word ${name} in hotline/portal/words.html`);
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

export function element(tag, className, textContent = "", more = {}) {
  return Object.assign(document.createElement(tag), { className, textContent }, more);
}

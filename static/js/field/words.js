/** Words and addresses of the collectors' scripts, written by dispatch/field/parts/words.html. */

const SOURCE = () => document.getElementById("field-words");

/** word("waiting", {n: 3}) reads data-say-waiting and fills in {n}; an unknown name is thrown. */
export function word(name, values = {}) {
  const text = SOURCE().getAttribute(`data-say-${name}`);
  if (text == null) throw new Error(`No word ${name} in dispatch/field/parts/words.html`);
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

/** The number of the person this page was made for. */
export function person() {
  return SOURCE().dataset.user;
}

export function onDuty() {
  return "onDuty" in SOURCE().dataset;
}

export function cookie(name) {
  return document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

/** One spelling for what is compared, as citymgmt/lib/writing.py has it. */

const BLANK = /(?!\uFEFF)[\s\u001c-\u001f\u0085]/gu; // what Python calls a blank
const INVISIBLE = /\p{C}/gu;
const DASHES = /[‐-―−﹘﹣－ー─]/gu;

/** Compatibility forms composed, invisible characters gone, one dash, blanks single. Case stays. */
export function plain(text) {
  const seen = text.replace(BLANK, " ").replace(INVISIBLE, "").normalize("NFKC");
  return seen.replace(DASHES, "-").replace(/ +/gu, " ").trim();
}

/** A code, number or day typed by hand: `plain`, without blanks. */
export function code(text) {
  return plain(text).replaceAll(" ", "");
}

/** What a typed word is looked for in, and the word itself: `plain`, in small letters. */
export function folded(text) {
  return plain(text).toLowerCase();
}

/** The words of a search, each `folded`. */
export function words(text) {
  return folded(text).split(" ").filter(Boolean);
}

/** How far names are from what was typed: 0 one is called so, 1 one begins so, 2 it stands elsewhere. */
export function farness(names, typed) {
  const asked = folded(typed);
  const called = names.map(folded);
  if (called.includes(asked)) return 0;
  return called.some((name) => name.startsWith(asked)) ? 1 : 2;
}

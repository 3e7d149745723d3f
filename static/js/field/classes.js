/** Choosing a class: from the last ones, or by words in either language; works without a network. */

import { getJson } from "../lib/received.js";
import { farness, folded, words } from "../lib/writing.js";
import { word } from "./words.js";

const SHOWN = 30;
let known = null;

/** All classes in use, fetched once; the worker keeps the answer for the way. */
async function all() {
  known ??= getJson(word("classes"))
    .then((answer) => { if (!answer?.ok) throw new Error(`${answer?.status ?? "no answer"} classes`); return answer.body; })
    .then(({ results }) => results.map((one) => ({ ...one, text: folded(Object.values(one).join(" ")) })))
    .catch((error) => { known = null; throw error; });
  return known;
}

/** The classes that hold every typed word, the nearest first; equals stay: the most frequent first. */
export function found(classes, typed) {
  const asked = words(typed);
  const far = (one) => farness([one.code, one.name_zh, one.name_en], typed);
  const fitting = classes.filter((one) => asked.every((part) => one.text.includes(part)));
  return fitting.sort((one, other) => far(one) - far(other));
}

function named(one) {
  const zh = document.documentElement.lang.startsWith("zh");
  return { name: zh ? one.name_zh : one.name_en || one.name_zh, other: zh ? one.name_en : one.name_zh, major: zh ? one.major_zh : one.major_en };
}

export class ClassPicker {
  /** `changed` is called after every choice. */
  constructor(box, changed) {
    Object.assign(this, { box, changed });
    this.part = (name) => box.querySelector(`[data-${name}]`);
    this.kind = box.querySelector("[name=kind]");
    this.code = box.querySelector("[name=class_code]");
    this.search = this.part("class-search");
    this.search.addEventListener("input", () => this.find());
    this.search.addEventListener("focus", () => { all().catch(() => this.list([])); });
    this.part("change").addEventListener("click", () => { this.clear(); this.search.focus(); });
    box.addEventListener("click", (event) => {
      const button = event.target.closest("[data-code]");
      if (button) this.choose({ ...button.dataset, name: button.dataset.name ?? button.textContent });
    });
  }

  async find() {
    const typed = this.search.value;
    if (!words(typed).length) return this.list(null);
    return this.list(found(await all(), typed).slice(0, SHOWN));
  }

  /** null hides the list; an empty one says that nothing was found. */
  list(found) {
    const list = this.part("found");
    list.hidden = !found;
    list.replaceChildren(...(found ?? []).map(row));
    if (found?.length === 0) list.append(Object.assign(document.createElement("li"), { className: "muted", textContent: word("none") }));
  }

  choose({ kind, code, name, major = "" }) {
    [this.kind.value, this.code.value] = [kind, code];
    this.part("chosen-name").textContent = name;
    this.part("chosen-major").textContent = major;
    this.part("chosen").hidden = false;
    this.part("choose").hidden = true;
    this.changed();
  }

  clear() {
    this.kind.value = this.code.value = this.search.value = "";
    this.part("chosen").hidden = true;
    this.part("choose").hidden = false;
    this.list(null);
    this.changed();
  }

  get value() {
    return this.code.value && { kind: this.kind.value, code: this.code.value, name: this.part("chosen-name").textContent, major: this.part("chosen-major").textContent };
  }
}

function row(one) {
  const { name, other, major } = named(one);
  const button = Object.assign(document.createElement("button"), { type: "button" });
  Object.assign(button.dataset, { kind: one.kind, code: one.code, name, major });
  const small = Object.assign(document.createElement("span"), { className: "muted small", textContent: [major, other].filter(Boolean).join(" · ") });
  button.append(Object.assign(document.createElement("span"), { textContent: name }), small);
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/**
 * A choice one can type into: <select data-choose> becomes a combobox (ARIA pattern, list popup).
 *
 * The select stays in the form and holds what is sent; without a script it is used as it is. An option may
 * have data-note (why it is offered) and data-figures. Of <select multiple> the chosen ones are chips.
 * <input data-choose-url="…"> asks the server with ?q= for [{value, label, note, figures, photo}] instead;
 * the value of the field is what is sent, and `choose:chosen` tells of it.
 */

import { label } from "./labels.js";
import { folded, words } from "./writing.js";

const WAIT_MS = 200;
let made = 0;

/** The rows that hold every typed word; what a row is called in full comes before parts of others. */
export function matching(rows, typed) {
  const asked = words(typed);
  const found = rows.filter((row) => asked.every((word) => row.text.includes(word)));
  return found.sort((a, b) => isCalled(b, typed) - isCalled(a, typed));
}

/** Whether this is the whole name or code of a row. */
export function isCalled(row, typed) {
  const text = folded(typed);
  return folded(row.value) === text || folded(row.label) === text;
}

function element(tag, properties = {}, ...children) {
  const found = Object.assign(document.createElement(tag), properties);
  found.append(...children);
  return found;
}

/** The options of a select as plain rows; `text` is what a typed word is looked for in. */
function rowsOf(select) {
  return [...select.options].filter((option) => option.value).map((option) => {
    const name = option.dataset.label ?? option.textContent.trim();
    const group = option.parentElement.label ?? "";
    const { note = "", figures = "" } = option.dataset;
    return { value: option.value, label: name, note, figures, group, text: folded(`${name} ${option.value} ${group}`) };
  });
}

class Choose {
  constructor(field) {
    this.field = field;
    this.remote = field.dataset.chooseUrl;
    this.several = field.multiple === true && !this.remote;
    this.rows = this.remote ? [] : rowsOf(field);
    this.shown = [];
    this.active = -1;
    this.build();
    this.listen();
    if (!this.remote) this.rest();
  }

  build() {
    const id = `choose-${made += 1}`;
    this.input = this.remote ? this.field : element("input", { type: "text", className: "form-control" });
    this.list = element("ul", { id, className: "choose-list", role: "listbox", hidden: true });
    this.chips = element("ul", { className: "chips choose-chips" });
    const name = this.field.labels?.[0]?.textContent.trim() ?? this.field.ariaLabel ?? "";
    for (const [key, value] of Object.entries({ role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) this.input.setAttribute(key, value);
    if (!this.remote) this.input.setAttribute("aria-label", this.field.getAttribute("aria-label") ?? name);
    this.list.setAttribute("aria-label", name);
    const box = element("div", { className: "choose" });
    this.field.before(box);
    if (this.several) box.append(this.chips);
    box.append(this.input, this.list);
    if (this.remote) return;
    box.append(this.field);
    this.field.hidden = true;
    this.input.placeholder = label("choose-search");
  }

  listen() {
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("click", () => this.expanded() || this.open());
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("blur", () => this.leave());
    if (!this.remote) this.field.addEventListener("draft:filled", () => this.rest());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.take(this.shown[Number(item.dataset.n)]);
    });
    this.chips.addEventListener("click", (event) => {
      const chip = event.target.closest("[data-value]");
      if (chip) this.drop(chip.dataset.value);
    });
  }

  expanded() { return !this.list.hidden; }

  chosen() { return [...this.field.selectedOptions ?? []].filter((option) => option.value); }

  /** The field at rest names what is chosen. */
  rest() {
    const taken = this.chosen();
    const named = (option) => option.dataset.label ?? option.textContent.trim();
    if (!this.several) {
      this.input.value = taken.length ? named(taken[0]) : "";
      if (document.activeElement === this.input) this.input.select(); // another word replaces it
    } else {
      this.input.value = "";
      this.chips.replaceChildren(...taken.map((option) => {
        const button = element("button", { type: "button", className: "chip", textContent: `${named(option)} ×` });
        button.dataset.value = option.value;
        button.setAttribute("aria-label", `${label("choose-remove")} ${named(option)}`);
        return element("li", {}, button);
      }));
    }
  }

  open() { return this.remote ? this.ask(this.input.value) : this.show(this.rows.filter((row) => !this.isTaken(row))); }

  search() {
    if (!this.remote) {
      const typed = this.input.value;
      const found = matching(this.rows.filter((row) => !this.isTaken(row)), typed);
      this.show(found);
      if (found.length && isCalled(found[0], typed)) this.point(0); // before what is chosen already
      return undefined;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.input.value), WAIT_MS);
    return this.timer;
  }

  isTaken(row) { return this.several && this.chosen().some((option) => option.value === row.value); }

  /** Answers that come after a newer question, or after the field was left, are dropped. */
  async ask(text) {
    this.asked?.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    const address = new URL(this.remote, location.href);
    address.searchParams.set("q", text);
    try {
      const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
      if (!answer.ok || !answer.headers.get("content-type")?.startsWith("application/json")) throw new TypeError(`${answer.status}`);
      const found = await answer.json();
      if (document.activeElement === this.input) this.show(found.results);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.show([], label("error-network"));
    }
  }

  show(rows, empty = label("choose-none")) {
    this.shown = rows;
    let group = "";
    const items = [];
    rows.forEach((row, n) => {
      if (row.group && row.group !== group) items.push(element("li", { role: "presentation", className: "choose-group", textContent: row.group }));
      group = row.group ?? "";
      items.push(this.item(row, n));
    });
    if (!rows.length) items.push(element("li", { role: "presentation", className: "choose-none muted", textContent: empty }));
    this.list.replaceChildren(...items);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    const here = this.several ? -1 : rows.findIndex((row) => row.value === this.field.value);
    this.point(rows.length ? Math.max(here, 0) : -1);
  }

  item(row, n) {
    const item = element("li", { role: "option", id: `${this.list.id}-${n}`, className: "choose-item" });
    item.dataset.n = n;
    item.dataset.value = row.value;
    if (row.photo) item.append(element("img", { src: row.photo, alt: "", width: 64, height: 48 }));
    const what = element("span", { className: "choose-what" }, element("strong", { textContent: row.label }));
    if (row.note) what.append(element("span", { className: "muted", textContent: row.note }));
    item.append(what);
    if (row.figures) item.append(element("span", { className: "choose-figures num muted", textContent: row.figures }));
    return item;
  }

  point(n) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.active = n;
    const item = this.list.querySelector(`[data-n="${n}"]`);
    if (!item) return this.input.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    return this.input.setAttribute("aria-activedescendant", item.id);
  }

  take(row) {
    if (!row) return;
    if (this.remote) this.field.value = row.value;
    else {
      const option = [...this.field.options].find((one) => one.value === row.value);
      option.selected = true;
      this.rest();
    }
    this.close();
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.field.dispatchEvent(new CustomEvent("choose:chosen", { bubbles: true, detail: row }));
  }

  drop(value) {
    for (const option of this.field.options) if (option.value === value) option.selected = false;
    this.rest();
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.input.focus();
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  leave() {
    this.close();
    if (!this.remote) this.rest();
  }

  onKey(event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const last = this.shown.length - 1;
    const steps = {
      ArrowDown: () => this.expanded() ? this.point(Math.min(this.active + 1, last)) : this.open(),
      ArrowUp: () => this.expanded() ? this.point(Math.max(this.active - 1, 0)) : this.open(),
      Enter: () => this.expanded() && this.take(this.shown[this.active]),
      Escape: () => { this.close(); if (!this.remote) this.rest(); },
    };
    if (event.key === "Backspace" && this.several && !this.input.value) {
      const taken = this.chosen();
      if (taken.length) this.drop(taken.at(-1).value);
    }
    if (!steps[event.key] || (event.key === "Escape" && !this.expanded())) return;
    event.preventDefault();
    steps[event.key]();
  }
}

export function startChoose(root = document) {
  const fields = root.querySelectorAll("select[data-choose]:not([hidden]), input[data-choose-url]:not([role=combobox])");
  for (const field of fields) new Choose(field);
}

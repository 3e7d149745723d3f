/**
 * Sending a public report: kept on the device first, sent by itself, removed when the center has
 * it. What is refused stays in the form with its photos; what cannot be sent waits in a list.
 */

import { tooMany } from "../lib/counter.js";
import { newId, onBroughtBack, REUSED } from "../lib/identifiers.js";
import { Queue } from "../lib/queue.js";
import { notice } from "../lib/toast.js";
import { lastSent, remember, showMine } from "./mine.js";
import { element, word } from "./words.js";

const NOT_SENT = new Set(["csrfmiddlewaretoken", "client_uuid", "photos", "photos_type", "photos_made_at"]);

export class Sender {
  constructor(form) {
    this.form = form;
    this.box = document.querySelector("[data-queue]");
    this.said = form.querySelector("[data-said]");
    this.button = form.querySelector("[data-send]");
    this.sending = "";
    const token = () => form.elements.csrfmiddlewaretoken.value;
    this.queue = new Queue({ name: "public-outbox", headers: () => ({ "X-CSRFToken": token() }), keys: ["number", "code"] });
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    document.addEventListener("outbox:change", ({ detail }) => this.list(detail));
    document.addEventListener("outbox:sent", ({ detail }) => this.sent(detail));
    onBroughtBack(() => this.broughtBack());
    this.queue.start();
  }

  get photos() {
    return this.form.querySelector("[data-photos]").photos;
  }

  /* --- sending ---------------------------------------------------------------------------- */

  async submit() {
    if (this.sending) return;
    const problems = this.lacking();
    if (Object.keys(problems).length) return this.refuse(word("refused"), problems);
    this.say();
    this.mark({});
    this.hold(this.form.elements.client_uuid.value);
    try {
      const item = await this.queue.put({
        id: this.sending, url: this.form.dataset.url, title: this.title(), fields: this.fields(), photos: this.photos.taken(),
      });
      await this.queue.send();
      await this.settle(item);
    } finally {
      this.hold("");
    }
  }

  hold(id) {
    this.sending = id;
    this.button.ariaBusy = String(Boolean(id));
  }

  /** What is missing is said before anything is kept: without a network nobody else could say so. */
  lacking() {
    const { matter_class: matter, lon, lat, community, address, description } = this.form.elements;
    const problems = {};
    if (!matter.value) problems.matter_class = word("no-kind");
    if (!(lon.value && lat.value)) {
      if (!community.value) problems.community = word("no-place");
      else if (!address.value.trim()) problems.address = word("no-address");
    }
    if (tooMany(this.form)) problems[description.name] = word("too-long");
    return problems;
  }

  title() {
    const { selectedOptions: [chosen] } = this.form.elements.matter_class;
    return chosen.textContent.trim();
  }

  fields() {
    return Object.fromEntries([...new FormData(this.form)].filter(([name]) => !NOT_SENT.has(name)));
  }

  async settle({ id, volatile }) {
    const item = await this.queue.find(id);
    if (!item) return; // sent: the page of the ticket opens
    if (item.state === "refused") return this.correct(item);
    if (volatile) return this.say("warning", word("volatile"), word("volatile-do"));
    this.clear();
    await this.queue.changed();
    return this.box.scrollIntoView({ block: "start" });
  }

  /** The center has it: of the form just sent its ticket opens, of an older one the list tells. */
  sent({ item, answer }) {
    remember({ number: answer.number, code: answer.code, title: item.title });
    const here = item.id === this.form.elements.client_uuid.value;
    if (here) this.clear();
    if (here && answer.page && this.sending) return location.assign(answer.page);
    showMine(document.querySelector("[data-mine]"));
    return this.say("success", word("sent", answer), word("sent-do"));
  }

  clear() {
    const { client_uuid: id } = this.form.elements;
    this.form.reset();
    this.photos.clear();
    for (const name of ["lon", "lat"]) this.form.elements[name].value = "";
    id.value = newId();
    this.mark({});
    this.form.dispatchEvent(new CustomEvent("form:cleared"));
  }

  /** The browser went back to a page whose report has arrived: the old form is not offered again. */
  broughtBack() {
    const number = lastSent();
    if (!number) return;
    this.clear();
    this.say("info", word("already", { number }), word("already-do"));
  }

  /* --- refused ---------------------------------------------------------------------------- */

  /** A refused report stands in the form, with its photos, and is corrected there. */
  async correct({ id, fields, photos, refusal }) {
    for (const box of this.form.querySelectorAll("[type=checkbox]")) box.checked = box.name in fields;
    for (const [name, value] of Object.entries(fields)) this.fill(name, value);
    if (this.form.elements.client_uuid.value !== id) {
      this.photos.clear();
      for (const { file } of photos) this.photos.show(file);
      this.photos.carry();
    }
    this.form.elements.client_uuid.value = refusal?.body.code === REUSED ? newId() : id;
    await this.queue.discard(id);
    this.form.dispatchEvent(new CustomEvent("form:filled"));
    if (refusal) this.refuse(refusal.body.detail, refusal.body.fields ?? {});
  }

  fill(name, value) {
    const field = this.form.elements.namedItem(name);
    if (field && field.type !== "checkbox") field.value = value;
  }

  refuse(why, problems) {
    this.say("error", word("refused"), why === word("refused") ? "" : why);
    this.mark(problems);
    (this.form.querySelector(".errorlist[data-told]") ?? this.said).scrollIntoView({ block: "center" });
  }

  /** Says at each field what is wrong with it; hidden ones are said on top. */
  mark(problems) {
    for (const old of this.form.querySelectorAll(".errorlist")) old.remove();
    for (const old of this.form.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
    for (const [name, told] of Object.entries(problems)) {
      const place = this.placeOf(name);
      const texts = [told].flat().filter((text) => !place.textContent.includes(text)); // lon and lat say the same
      if (!texts.length) continue;
      const list = element("ul", "errorlist");
      list.dataset.told = name;
      list.append(...texts.map((text) => element("li", "", text)));
      place.append(list);
      place.closest("details")?.setAttribute("open", "");
      this.form.elements.namedItem(name)?.setAttribute?.("aria-invalid", "true");
    }
  }

  placeOf(name) {
    const field = this.form.elements.namedItem(name);
    const own = field?.type === "hidden" ? null : field?.parentElement;
    return this.form.querySelector(`[data-errors-of~=${name}]`) ?? own ?? this.said;
  }

  say(kind = "", what = "", todo = "") {
    this.said.replaceChildren();
    if (!what) return;
    this.said.append(notice({ kind, what, todo }));
    this.said.scrollIntoView({ block: "center" });
  }

  /* --- waiting ---------------------------------------------------------------------------- */

  /** What waits on this device; what still stands in the form is not shown. */
  list(items) {
    const shown = items.filter(({ id }) => id !== this.form.elements.client_uuid.value);
    this.box.hidden = !shown.length;
    const why = this.queue.why;
    this.box.querySelector("[data-queue-why]").textContent = word(["foreign", "server"].includes(why) ? `why-${why}` : "why-network");
    this.box.querySelector("[data-queue-list]").replaceChildren(...shown.map((item) => this.row(item)));
  }

  row(item) {
    const line = element("li", "queue-row");
    const made = new Date(item.made).toLocaleString(document.documentElement.lang, { hour12: false, dateStyle: "short", timeStyle: "short" });
    const photos = item.photos.length ? word("photos", { n: item.photos.length }) : "";
    line.append(element("strong", "", item.title), element("span", "muted", [made, photos].filter(Boolean).join(" · ")));
    if (item.fields.description) line.append(element("p", "queue-words", item.fields.description));
    if (item.volatile) line.append(element("p", "field-error", word("volatile")));
    if (item.refusal) line.append(element("p", "field-error", item.refusal.body.detail));
    const bar = element("div", "row-line");
    bar.append(this.deed("correct", "btn-secondary", () => this.correct(item)));
    bar.append(this.deed("discard", "btn-outline-danger", () => confirm(word("discard-sure")) && this.queue.discard(item.id)));
    line.append(bar);
    return line;
  }

  deed(name, css, act) {
    const button = element("button", `btn ${css}`, word(name), { type: "button" });
    button.addEventListener("click", act);
    return button;
  }
}

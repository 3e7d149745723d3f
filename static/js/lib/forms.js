/**
 * Forms that lose nothing: one submit at a time, and every refusal says what, why and what to do.
 *
 * A refusal answered as JSON {"detail", "code", "fields"} is shown in the form itself, its fields
 * marked; without a form it is a notice in the corner. 422 is swapped in by htmx (see base.html).
 *
 * A form that leaves the page asks first whether its person is still signed in, and takes the
 * browser's present token along: otherwise it stays where it is, with its text and its photos.
 */

import { discardDraft, forgetDrafts, sentDraft } from "./drafts.js";
import { label } from "./labels.js";
import { check, cookie, signature, tellOthers } from "./session.js";
import { notice, placeIn, toast } from "./toast.js";

const WORDS = {
  400: ["error-refused", null], 403: ["error-forbidden", null], 404: ["error-missing", null],
  409: ["error-conflict", "error-conflict-do"], 401: ["error-session", null],
};

const OUTAGES = new Set([503, 507]); // said by the center itself, in words: nothing is wrong with it or with the form

/** What to say of a response: {kind, what, why, todo}. `body` is its text. */
export function explainRefusal(status, body = "") {
  const said = parse(body);
  if (OUTAGES.has(status) && said.detail) return { kind: "error", what: said.detail, why: "", todo: "" };
  const [what, todo] = WORDS[status] ?? (status >= 500 ? ["error-server", "error-retry"] : ["error-refused", null]);
  const why = status >= 500 ? "" : said.detail ?? "";
  return { kind: "error", what: label(what), why, todo: todo ? label(todo) : "" };
}

function parse(body) {
  try {
    return Object(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // a page of HTML says no more than its status
    throw error;
  }
}

/**
 * Shows a refusal in its form, or in the corner without one. Where it names fields that the form has,
 * each field says it; only what no field can say stands above the button.
 */
export function refuse(form, status, body) {
  const message = explainRefusal(status, body);
  if (!form) return toast(message);
  clear(form);
  const unsaid = Object.entries(parse(body).fields ?? {}).filter(([name, problems]) => !mark(form, name, problems));
  const first = form.querySelector("[aria-invalid=true]");
  if (unsaid.length) message.why = unsaid.flatMap(([, problems]) => problems).join(" ");
  const box = unsaid.length || !form.querySelector("[data-refusal]") ? say(form, message) : null;
  (first ?? box)?.scrollIntoView({ block: "nearest" });
  focusOn(first);
  return box;
}

/** What stands for a hidden field gets the focus of it. */
function focusOn(field) {
  (field?.hidden ? field.closest(".choose")?.querySelector("[role=combobox]") : field)?.focus();
}

/** A message of this form, above its button. */
function say(form, message) {
  const box = notice(message);
  box.dataset.refusal = "";
  return placeIn(form, box);
}

/** Says at the field what is wrong with it; answers false where the form has no such field. */
function mark(form, name, problems) {
  const field = form.elements.namedItem(name);
  const element = field instanceof RadioNodeList ? field[0] : field;
  const place = form.querySelector(`[data-field~="${name}"]`);
  if (!element && !place) return false;
  const list = document.createElement("ul");
  list.className = "errorlist";
  list.dataset.refusal = "";
  if (!form.querySelector("[data-refusal][role=alert]")) list.role = "alert"; // one is read aloud
  for (const problem of [problems].flat()) {
    list.append(Object.assign(document.createElement("li"), { textContent: problem }));
  }
  element?.setAttribute("aria-invalid", "true");
  if (place) place.append(list);
  else element.after(list);
  return true;
}

function clear(form) {
  for (const old of form.querySelectorAll("[data-refusal]")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** Marks a form as being sent; answers false when it already was. */
function hold(form) {
  if (form.dataset.sending) return false;
  form.dataset.sending = "true";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.ariaBusy = "true";
  return true;
}

function release(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

function formOf(event) {
  const element = event.detail.elt;
  return element instanceof Element ? element.closest("form") : null;
}

/** Whose page it is, and the token of now: somebody may have signed in in another tab. */
function sign({ detail }) {
  Object.assign(detail.headers, signature());
  if (detail.formData.has("csrfmiddlewaretoken")) detail.formData.set("csrfmiddlewaretoken", cookie("csrftoken"));
}

function listenToHtmx() {
  let running = 0;
  const busy = (step) => {
    running = Math.max(0, running + step);
    document.getElementById("busy")?.classList.toggle("is-busy", running > 0);
  };
  const on = (name, act) => document.addEventListener(name, act);
  on("htmx:configRequest", sign);
  on("htmx:beforeRequest", (event) => {
    const form = event.detail.requestConfig.verb === "get" ? null : formOf(event);
    if (form && !hold(form)) return event.preventDefault();
    return busy(1);
  });
  on("htmx:afterRequest", (event) => {
    busy(-1);
    const form = formOf(event);
    if (!form) return;
    release(form);
    const { successful, requestConfig, xhr } = event.detail;
    if (successful && requestConfig.verb !== "get" && xhr.status !== 422 && form.dataset.draft) discardDraft(form);
  });
  on("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) return; // said once for the whole page (session.js)
    const form = event.detail.requestConfig.verb === "get" ? null : formOf(event);
    refuse(form, event.detail.xhr.status, event.detail.xhr.responseText);
  });
  const unreachable = (what) => (event) => {
    if (event.detail.elt.matches?.("[data-quiet]")) return; // a hint that nobody asked for
    const message = { kind: "error", what: label(what), todo: label("error-network-do") };
    const form = formOf(event);
    if (!form?.matches("[data-action-form]")) return toast(message);
    clear(form);
    return say(form, message);
  };
  on("htmx:sendError", unreachable("error-network"));
  on("htmx:timeout", unreachable("error-timeout"));
}

/** Focus goes to the first field of what was swapped in with [data-autofocus]. */
function focusFirst(event) {
  const swapped = event.target;
  const form = swapped.matches?.("[data-autofocus]") ? swapped : swapped.querySelector?.("[data-autofocus]");
  const fields = form?.querySelectorAll("[aria-invalid=true], select, textarea, input:not([type=hidden])") ?? [];
  [...fields].find((field) => field.checkVisibility())?.focus();
}

/* --- what the browser itself would not send ------------------------------------------------- */

let unfit = new Map();

/** The browser's own words are in its language, not the page's, and cover what stands below. */
function onInvalid(event) {
  event.preventDefault();
  if (unfit.size === 0) setTimeout(sayUnfit); // it goes through all fields before that
  unfit.set(event.target.name, event.target);
}

function sayUnfit() {
  const fields = [...unfit.values()];
  unfit = new Map();
  const { form } = fields[0];
  clear(form);
  for (const old of form.querySelectorAll(".errorlist")) old.remove(); // of the attempt before
  for (const field of fields) mark(form, field.name, unfitness(field));
  const first = form.querySelector("[aria-invalid=true]");
  first?.scrollIntoView({ block: "nearest" });
  focusOn(first);
}

/** What is wrong with a field that the browser refuses. */
function unfitness({ validity, min, max }) {
  if (validity.valueMissing) return label("error-required");
  if (validity.rangeUnderflow) return label("error-least", { min });
  if (validity.rangeOverflow) return label("error-most", { max });
  return label("error-unfit");
}

/* --- forms that leave the page --------------------------------------------------------------- */

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
  if (form.dataset.checked) return leave(form);
  if (!hold(form)) return event.preventDefault();
  if (form.matches("[data-sign-out]")) return signOut();
  if (!document.body.dataset.person) {
    // A browser's own page about the missing network would stand in the place of what was written.
    if (!navigator.onLine) { event.preventDefault(); release(form); unsent(form); }
    return;
  }
  event.preventDefault();
  sendIfSignedIn(form, event.submitter);
}

async function sendIfSignedIn(form, submitter) {
  const answer = await check();
  release(form);
  if (answer === "out") return;
  if (answer !== "in") return unsent(form, answer);
  form.dataset.checked = "true";
  form.requestSubmit(submitter);
}

/** `outage`: the answer of a center that cannot do it at present, where there was one. */
function unsent(form, outage) {
  clear(form);
  const network = { kind: "error", what: label("error-network"), todo: label("error-network-do") };
  const box = notice(outage?.status ? explainRefusal(outage.status, JSON.stringify(outage.said)) : network);
  box.dataset.refusal = "";
  form.prepend(box);
  box.scrollIntoView({ block: "nearest" });
}

function leave(form) {
  delete form.dataset.checked;
  hold(form);
  const token = form.elements.namedItem("csrfmiddlewaretoken");
  if (token && cookie("csrftoken")) token.value = cookie("csrftoken");
  sentDraft(form);
}

function signOut() {
  forgetDrafts();
  addEventListener("pagehide", tellOthers, { once: true });
}

export function startForms() {
  listenToHtmx();
  document.querySelector("form[method=post] [aria-invalid=true]")?.focus(); // a page that comes back refused
  document.addEventListener("htmx:afterSettle", focusFirst);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("invalid", onInvalid, true); // it does not bubble
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
}

/**
 * What a person types in a form marked [data-draft="name"] is kept in this browser until it was
 * taken by the server, so that neither a crash nor the end of a session loses it.
 *
 * A draft is one person's: it is shown to nobody else, and goes when its author signs out. A field
 * is given back only where the server still shows there what it showed when the typing began.
 */

import { label } from "./labels.js";

const PREFIX = "draft:";
const LONGEST_MS = 12 * 3600 * 1000;
const NEVER = new Set(["csrfmiddlewaretoken", "signed_in_as", "back", "client_uuid"]);
const { person } = document.body.dataset;

function keyOf(form) {
  return `${PREFIX}${person}:${form.dataset.draft}`;
}

function readDraft(key) {
  const text = localStorage.getItem(key);
  return text ? JSON.parse(text) : null;
}

/** A full store of the device keeps no draft; the form itself works on. */
function write(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
  }
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !NEVER.has(field.name) && !["file", "password", "submit", "button"].includes(field.type));
}

const choice = (field) => field.type === "checkbox" || field.type === "radio";
const idOf = (field) => (choice(field) ? `${field.name}=${field.value}` : field.name);

function valueOf(field) {
  if (choice(field)) return field.checked;
  return field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value;
}

/** What the server wrote into the field. */
function given(field) {
  if (choice(field)) return field.defaultChecked;
  if (!field.options) return field.type === "hidden" ? field.dataset.given ?? field.value : field.defaultValue;
  const chosen = [...field.options].filter((option) => option.defaultSelected).map((option) => option.value);
  return field.multiple ? chosen : chosen[0] ?? field.options[0]?.value ?? "";
}

function fill(field, value) {
  if (choice(field)) field.checked = value;
  else if (field.multiple) for (const option of field.options) option.selected = value.includes(option.value);
  else field.value = value;
  field.dispatchEvent(new CustomEvent("draft:filled")); // what stands for the field shows it
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * What is kept of fields [{id, value, given}]: {id: {was, value}} of those that differ from what
 * the server gave when the typing began (`before`: what is kept already); null where no text is.
 */
export function draftOf(fields, before = {}) {
  const rows = fields.map(({ id, value, given }) => [id, { was: before[id]?.was ?? given, value }]);
  const changed = rows.filter(([, { was, value }]) => !same(value, was));
  const typed = changed.some(([, { value }]) => typeof value === "string" && value.trim());
  return typed ? Object.fromEntries(changed) : null;
}

/** The fields to be filled again: the server still gives what it gave then, and shows another value. */
export function givenBack(kept, fields) {
  return fields.filter(({ id, value, given }) => {
    const one = kept[id];
    return Boolean(one) && same(one.was, given) && !same(one.value, value);
  });
}

/** What is looked at of a field. */
const seen = (field) => ({ field, id: idOf(field), value: valueOf(field), given: given(field) });

function keep(form) {
  const fields = draftOf(fieldsOf(form).map(seen), readDraft(keyOf(form))?.fields);
  if (fields) write(keyOf(form), { at: Date.now(), fields });
  else localStorage.removeItem(keyOf(form));
}

/** The text comes back into the form, with a line that says so and a way to be rid of it. */
function restore(form) {
  const draft = readDraft(keyOf(form));
  for (const field of fieldsOf(form)) if (field.type === "hidden") field.dataset.given = field.value;
  if (!draft || form.querySelector("[aria-invalid=true]")) return;
  const back = givenBack(draft.fields, fieldsOf(form).map(seen));
  for (const { field, id } of back) fill(field, draft.fields[id].value);
  if (back.length) form.prepend(line(form));
}

function line(form) {
  const box = document.createElement("p");
  box.className = "draft-line";
  box.append(Object.assign(document.createElement("span"), { textContent: label("draft-restored") }));
  const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-link btn-sm", textContent: label("draft-drop") });
  drop.addEventListener("click", () => {
    for (const field of fieldsOf(form)) fill(field, given(field));
    discardDraft(form);
  });
  box.append(drop);
  return box;
}

export function discardDraft(form) {
  localStorage.removeItem(keyOf(form));
  form.querySelector(".draft-line")?.remove();
}

/** A form of a page that is left by sending: the page that follows says whether it was taken. */
export function sentDraft(form) {
  if (!form.dataset.draft) return;
  keep(form);
  const draft = readDraft(keyOf(form));
  if (draft) write(keyOf(form), { ...draft, sent: true });
}

/**
 * The page after a form was sent is the server's answer, unless one came here by going back or by
 * an address: then nothing tells that the form arrived, and the text is offered again.
 */
function settle() {
  const [entry] = performance.getEntriesByType("navigation");
  const answered = entry?.type === "navigate" && document.referrer.startsWith(`${location.origin}/`);
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const draft = readDraft(key);
    const old = Date.now() - draft.at > LONGEST_MS;
    const mine = key.startsWith(`${PREFIX}${person}:`);
    const refused = document.querySelector("[data-draft] [aria-invalid=true]");
    if (old || (mine && draft.sent && answered && !refused)) localStorage.removeItem(key);
  }
}

/** All drafts of the person who signs out here. */
export function forgetDrafts() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`${PREFIX}${person}:`)) localStorage.removeItem(key);
}

export function startDrafts() {
  if (!person) return;
  settle();
  const begin = (root) => root.querySelectorAll?.("form[data-draft]").forEach(restore);
  begin(document);
  document.addEventListener("htmx:afterSwap", (event) => begin(event.target));
  for (const name of ["input", "change", "click"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.("form[data-draft]");
      if (form && event.isTrusted) setTimeout(() => form.isConnected && keep(form)); // after the page's own scripts
    });
  }
}

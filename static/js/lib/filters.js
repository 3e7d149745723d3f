/**
 * Filters a person keeps: chips under the filters of a list, one click each.
 *
 * They are kept in this browser, for the person who is signed in. What a filter says is the address
 * itself, so that it can be sent to somebody; only the name of a chip is read from the form.
 */

const MOST = 12;

const storageOf = (form) => `filters:${form.dataset.person}`;
const kept = (form) => JSON.parse(localStorage.getItem(storageOf(form)) ?? "[]");

function keep(form, filters) {
  localStorage.setItem(storageOf(form), JSON.stringify(filters.slice(-MOST)));
  draw(form);
}

/** The query of what is filled in: "queue=accept&overdue=1". */
function queryOf(form) {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
}

/** "To accept · overdue · Yintan Road": the queue and every field that narrows it, in words. */
function wordsOf(form) {
  const said = [form.dataset.queue];
  for (const field of form.querySelectorAll("[name]:not([type=hidden])")) {
    if (field.matches("select") && field.value) said.push(field.selectedOptions[0].dataset.label ?? field.selectedOptions[0].text);
    else if (field.matches("[type=checkbox]") && field.checked) said.push(field.dataset.label);
    else if (field.matches("[type=search]") && field.value.trim()) said.push(`“${field.value.trim()}”`);
  }
  return said.join(" · ");
}

function chip(form, filter, now) {
  const item = form.querySelector("template[data-kept-filter]").content.firstElementChild.cloneNode(true);
  const link = item.querySelector("a");
  link.textContent = filter.words;
  link.href = `${link.getAttribute("href")}?${filter.query}`;
  link.setAttribute("hx-get", link.getAttribute("href"));
  if (filter.query === now) item.setAttribute("aria-current", "true");
  item.querySelector("button").addEventListener("click", () => {
    keep(form, kept(form).filter((other) => other.query !== filter.query));
  });
  return item;
}

function draw(form) {
  const [filters, now] = [kept(form), queryOf(form)];
  const list = form.querySelector("[data-kept-filters]");
  list.replaceChildren(...filters.map((filter) => chip(form, filter, now)));
  list.hidden = filters.length === 0;
  globalThis.htmx.process(list);
  const button = form.querySelector("[data-keep-filter]");
  if (button) button.hidden = filters.some((filter) => filter.query === now);
}

function start(root) {
  const form = root.querySelector("form[data-filters]");
  if (form) draw(form);
}

export function startFilters() {
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-keep-filter]")?.closest("form");
    if (form) keep(form, [...kept(form), { query: queryOf(form), words: wordsOf(form) }]);
  });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "desk") start(event.target); });
  start(document);
}

/**
 * What a browser gives a module, for tests that run without one: loaded before each file of tests.
 *
 * `page` is the document: an EventTarget whose elements are what a test puts there by selector.
 * Words of templates/parts/labels.html are answered by their names.
 */

import { registerHooks } from "node:module";

const ROOT = new URL("../../../", import.meta.url);
// Libraries under the addresses of STATICFILES_DIRS.
const SERVED = { "/idb/index.js": "node_modules/idb/build/index.js" };

registerHooks({
  resolve(name, context, next) {
    const file = Object.entries(SERVED).find(([address]) => name.endsWith(address))?.[1];
    return next(file ? new URL(file, ROOT).href : name, context);
  },
});

const LABELS = { getAttribute: (name) => name.replace(/^data-/, "") };

class Page extends EventTarget {
  body = { dataset: { person: "7", session: "/session/", signIn: "/sign-in/?next=/" } };
  documentElement = { lang: "en" };
  elements = new Map();
  cookie = "other=1; csrftoken=abc";

  getElementById(id) {
    return id === "labels" ? LABELS : this.elements.get(`#${id}`) ?? null;
  }

  querySelector(selector) {
    return this.elements.get(selector) ?? null;
  }

  querySelectorAll(selector) {
    return this.elements.has(selector) ? [this.elements.get(selector)] : [];
  }
}

/** A Storage of the browser; `forbidden` or `full` it throws what a browser throws. */
class Store {
  rows = new Map();
  forbidden = false;
  full = false;

  getItem(key) {
    this.allow();
    return this.rows.get(key) ?? null;
  }

  setItem(key, value) {
    this.allow();
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.rows.set(key, String(value));
  }

  removeItem(key) {
    this.allow();
    this.rows.delete(key);
  }

  allow() {
    if (this.forbidden) throw new DOMException("forbidden", "SecurityError");
  }
}

/** Its keys are those of what it holds. */
function storage() {
  return new Proxy(new Store(), {
    ownKeys: ({ rows }) => [...rows.keys()],
    getOwnPropertyDescriptor: (store, key) =>
      store.rows.has(key)
        ? { value: store.rows.get(key), configurable: true, enumerable: true }
        : Reflect.getOwnPropertyDescriptor(store, key),
  });
}

const around = new EventTarget(); // the window
export const page = new Page();

const given = {
  document: page,
  window: around,
  location: new URL("http://city.test/desk/"),
  localStorage: storage(),
  sessionStorage: storage(),
  addEventListener: around.addEventListener.bind(around),
  removeEventListener: around.removeEventListener.bind(around),
  dispatchEvent: around.dispatchEvent.bind(around),
};
for (const [name, value] of Object.entries(given)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** All events of a name on the document from now on, as their details. */
export function heard(name) {
  const details = [];
  page.addEventListener(name, ({ detail }) => details.push(detail));
  return details;
}

/** An answer of the product itself, JSON unless `type` says otherwise. */
export function answer(body, { status = 200, type = "application/json", own = true, ...headers } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { "Content-Type": type, ...(own && { "X-City": "1" }), ...headers } });
}

/** The network from now on: `act(url, options)` answers, or throws as fetch does; answers the calls as they come. */
export function network(act) {
  const calls = [];
  globalThis.fetch = async (url, options) => {
    calls.push({ url, options });
    return act(url, options);
  };
  return calls;
}

/** Everything that waits for a promise and for nothing else has happened. */
export function settled() {
  return new Promise((done) => setImmediate(done));
}

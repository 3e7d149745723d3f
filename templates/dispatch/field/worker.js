/* Keeps the collectors' pages usable without a network. Written by dispatch.field.shell.worker.
   Pages and data: the network first, what was last seen otherwise. Files with a hash: the cache
   first. What is sent (POST) is none of its business: that is the outbox's (js/field/outbox.js). */

const SETUP = {{ setup|safe }};
const FILES = `files-${SETUP.version}`;
const PAGES = "pages";
const MOST = 200; // cases and photos kept
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith(SETUP.static)) event.respondWith(file(event.request, url));
  else if (isKept(event.request, url)) event.respondWith(page(event.request));
});
self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(PAGES));
  if (event.data === "keep") event.waitUntil(keepPages());
});

async function install() {
  const cache = await caches.open(FILES);
  await cache.addAll(SETUP.files);
  await self.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name !== FILES && name !== PAGES);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Pages, the data they cannot do without, and photos; not what depends on where one looks. */
function isKept(request, { pathname }) {
  if (pathname.startsWith("/photos/")) return true;
  return SETUP.pages.includes(pathname) || (request.mode === "navigate" && pathname.startsWith(SETUP.scope));
}

/** A page is kept for the person who is signed in: a redirect (to the sign-in page) never is. */
function keepPages() {
  return Promise.all(SETUP.pages.map((address) => fetch(address).then((answer) => keep(PAGES, address, answer))));
}

async function keep(name, request, answer) {
  if (!answer.ok || answer.redirected || answer.type !== "basic") return answer;
  if (name === PAGES && !answer.headers.has("X-City")) return answer; // of another network
  const cache = await caches.open(name);
  await cache.put(request, answer.clone());
  if (name === PAGES) await trim(cache);
  return answer;
}

/** Old cases and photos make room; the pages of the bottom bar are written anew at every visit. */
async function trim(cache) {
  const kept = await cache.keys();
  const loose = kept.filter(({ url }) => !SETUP.pages.includes(new URL(url).pathname));
  await Promise.all(loose.slice(0, Math.max(0, loose.length - MOST)).map((request) => cache.delete(request)));
}

async function file(request, url) {
  const known = () => caches.match(request, { ignoreSearch: true });
  if (HASHED.test(url.pathname)) return (await known()) ?? keep(FILES, request, await fetch(request));
  try {
    return await keep(FILES, request, await fetch(request));
  } catch (error) {
    return (await known()) ?? Promise.reject(error);
  }
}

async function page(request) {
  try {
    return await keep(PAGES, request, await fetch(request));
  } catch (error) {
    const cache = await caches.open(PAGES);
    const exact = await cache.match(request, { ignoreVary: true });
    return exact ?? (await cache.match(request, { ignoreSearch: true, ignoreVary: true })) ?? Promise.reject(error);
  }
}

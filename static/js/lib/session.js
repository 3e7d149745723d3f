/**
 * The session of this page. Whoever notices that it is over tells `session:ended` on document
 * (detail: {code}); htmx does so by itself from a header of the answer. There is one notice, the
 * page stays as it is, and after signing in again `session:resumed` follows.
 *
 * `ask` is fetch for everything a page reads or sends by itself: it names the person the page was
 * made for, and what was to be read is read once the person has signed in again.
 */

import { label } from "./labels.js";
import { isOwn } from "./own.js";

const WARN_S = 60;
const LONGEST_S = 24 * 3600; // a timer cannot wait much longer
const INPUT = ["pointerdown", "keydown", "wheel", "touchstart"];
const page = document.body.dataset;
let others = null; // the other tabs of this browser
let over = ""; // the code, while it is over
let touched = false; // since the server was told last
let toldAt = Date.now();
let tellEvery = 60_000;
let timer = 0;
let ticking = 0;

export function cookie(name) {
  return document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

/** What goes along with every request of this page: whose it is, and the browser's present token. */
export function signature() {
  const token = { "X-CSRFToken": cookie("csrftoken") };
  return page.person ? { ...token, "X-Signed-In-As": page.person } : token;
}

/**
 * Like fetch. A GET that meets the end of the session is answered after it was resumed; an answer
 * of somebody else is none, as without a network (TypeError).
 */
export async function ask(url, options = {}) {
  const response = await fetch(url, { ...options, headers: { ...options.headers, ...signature() } });
  if (!isOwn(response)) throw new TypeError(`not an answer of the center: ${url}`);
  if (response.status !== 401 || !page.person) return response;
  const said = await read(response.clone());
  tell("session:ended", { code: said?.code ?? "signed_out" });
  if ((options.method ?? "GET") !== "GET") return response;
  await new Promise((resolve) => document.addEventListener("session:resumed", resolve, { once: true }));
  return ask(url, options);
}

/** JSON of the interface itself; null where somebody else answered, e.g. a proxy. */
async function read(response) {
  const ours = response.headers.get("Content-Type")?.startsWith("application/json");
  return ours && isOwn(response) && !response.redirected ? response.json() : null;
}

/**
 * "in", "out" (also when another person is signed in), "unknown" (no answer, or not ours), or
 * {status, said} of a center that cannot tell.
 */
export async function check(method = "GET") {
  const response = await fetch(page.session, { method, headers: signature() }).catch(unreachable);
  const said = response && await read(response);
  if (!said) return "unknown";
  if (response.status === 401) {
    tell("session:ended", { code: said.code });
    return "out";
  }
  if (!response.ok) return { status: response.status, said };
  resume();
  plan(said);
  return "in";
}

function unreachable(error) {
  if (error instanceof TypeError) return null; // no network
  throw error;
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/* --- over, and on again --------------------------------------------------------------------- */

export function isOver() {
  return Boolean(over);
}

function end({ detail: { code } }) {
  if (code === over) return;
  over = code;
  clearTimeout(timer);
  const signIn = link(label("session-sign-in"), code === "other_person" ? "&again=1" : "");
  signIn.addEventListener("click", openSignIn);
  show("error", label(code === "other_person" ? "session-other" : "session-over"), label("session-kept"), signIn);
}

function resume() {
  hide();
  if (!over) return;
  over = "";
  tell("session:resumed", {});
}

/** In a window of its own, which closes itself; this page stays as it is. */
function openSignIn(event) {
  event.preventDefault();
  window.open(event.currentTarget.href, "sign-in", "popup,width=480,height=720");
}

/** `again` asks for a name although somebody is signed in. */
function link(text, again) {
  const element = document.createElement("a");
  element.className = "btn btn-primary btn-sm";
  element.textContent = text;
  element.href = page.signIn + again;
  element.target = "sign-in";
  return element;
}

function show(kind, what, why, action) {
  hide();
  const box = document.createElement("div");
  box.id = "session-notice";
  box.className = `notice notice-${kind}`;
  box.role = "alert";
  const text = [["strong", what], ["p", why]].map(([tag, textContent]) => Object.assign(document.createElement(tag), { textContent }));
  box.append(...text);
  if (action) box.append(action);
  document.body.append(box);
  return box;
}

function hide() {
  clearInterval(ticking);
  document.getElementById("session-notice")?.remove();
}

/* --- for want of use ------------------------------------------------------------------------ */

/** `left` seconds without a word of use; `renewable`: use prolongs them. */
function plan({ left, renewable }) {
  clearTimeout(timer);
  tellEvery = Math.min(60, left / 4) * 1000;
  if (left <= WARN_S) warn(left, renewable);
  const wait = left > WARN_S ? left - WARN_S : left + 1;
  timer = setTimeout(look, Math.min(wait, LONGEST_S) * 1000);
}

/** Asks before it says anything: another tab may have been in use. */
function look() {
  return check(touched ? "POST" : "GET").then(forgetTouch);
}

function forgetTouch(answer) {
  if (answer !== "in") return;
  touched = false;
  toldAt = Date.now();
}

function warn(left, renewable) {
  const until = Date.now() + left * 1000;
  const stay = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-primary btn-sm", textContent: label("session-stay") });
  stay.addEventListener("click", () => check("POST").then(forgetTouch));
  const box = show("warning", "", label(renewable ? "session-idle" : "session-age"), renewable ? stay : null);
  const count = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    box.querySelector("strong").textContent = label("session-ends", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });
  };
  count();
  ticking = setInterval(count, 1000);
}

/** Input of a person, and nothing that scripts do, keeps the session. */
function touch(event) {
  if (!event.isTrusted || over) return;
  touched = true;
  if (Date.now() - toldAt < tellEvery) return;
  toldAt = Date.now();
  check("POST").then(forgetTouch);
}

/* --- starting ------------------------------------------------------------------------------- */

export function startSession() {
  if (!page.person) return;
  others = new BroadcastChannel("session");
  if ("resumed" in page) {
    others.postMessage("resumed");
    return void window.close(); // allowed where this module opened it; else the page says what to do
  }
  document.addEventListener("session:ended", end);
  others.addEventListener("message", () => check());
  for (const name of INPUT) addEventListener(name, touch, { capture: true, passive: true });
  addEventListener("focus", () => over && check());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  addEventListener("pageshow", (event) => event.persisted && check());
  if (page.left) plan({ left: Number(page.left), renewable: true });
}

/** Other tabs of this browser look at once whether they are still signed in. */
export function tellOthers() {
  others?.postMessage("changed");
}

/**
 * Whether the product itself wrote an answer: each of its answers says so (citymgmt/lib/own.py). A
 * public network, a proxy or a firewall answers in its place now and then, often with status 200.
 */

const OWN = "X-City";

/** Of fetch. */
export function isOwn(response) {
  return response.headers.has(OWN);
}

/** Of an XMLHttpRequest, as htmx uses it. */
export function isOwnXhr(xhr) {
  return xhr.getResponseHeader(OWN) !== null;
}

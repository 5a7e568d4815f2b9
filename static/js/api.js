/** Calls of the fleet API with the browser's session. A 401 opens the signed-out dialog. */

import { gettext } from "fleet/i18n";

const TIMEOUT_MS = 20_000;

/** `errors`: [{pointer, detail}] of bad input; `retryAfter`: seconds, of a 429. */
export class Refusal extends Error {
  constructor(status, detail, { requestId, errors = [], retryAfter = 0 } = {}) {
    super(detail);
    this.status = status;
    this.requestId = requestId;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

export async function getJson(path, params = {}, signal) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  return ask(url, { signal: signal && AbortSignal.any ? AbortSignal.any([signal, limit]) : limit });
}

/** A write: method POST, PATCH, PUT or DELETE. Answers the body, null where there is none. */
export function sendJson(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body !== undefined) options.body = JSON.stringify(body);
  return ask(new URL(path, location.origin), options, { "Content-Type": "application/json" });
}

async function ask(url, options, headers = {}) {
  const response = await fetch(url, {
    headers: { Accept: "application/json", ...headers },
    credentials: "same-origin",
    ...options,
  });
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401) showSignedOut();
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem.detail ?? gettext("The server answered with an error."), {
    requestId: response.headers.get("X-Request-ID"),
    errors: problem.errors,
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
  });
}

export async function stillSignedIn() {
  try {
    const response = await fetch("/api/fleet/devices?limit=1", {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(5000),
    });
    return response.status !== 401;
  } catch {
    return true;
  }
}

export function showSignedOut() {
  const dialog = document.getElementById("ended");
  if (!dialog || dialog.open) return;
  const link = dialog.querySelector("a");
  link.href = `${link.pathname}?next=${encodeURIComponent(location.pathname + location.search)}`;
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.showModal();
}

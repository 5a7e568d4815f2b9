/** Reads from the fleet API with the browser's session. A 401 opens the signed-out dialog. */

import { gettext } from "fleet/i18n";

const TIMEOUT_MS = 20_000;

export class Refusal extends Error {
  constructor(status, detail, requestId) {
    super(detail);
    this.status = status;
    this.requestId = requestId;
  }
}

export async function getJson(path, params = {}, signal) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    signal: signal && AbortSignal.any ? AbortSignal.any([signal, limit]) : limit,
  });
  if (response.ok) return response.json();
  if (response.status === 401) showSignedOut();
  const problem = await response.json().catch(() => ({}));
  const detail = problem.detail ?? gettext("The server answered with an error.");
  throw new Refusal(response.status, detail, response.headers.get("X-Request-ID"));
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

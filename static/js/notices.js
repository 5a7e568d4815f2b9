/** A line of news at the foot of the page, read out politely. */

import { make } from "fleet/dom";
import { gettext } from "fleet/i18n";

const SHOWN_MS = 6000;
const ERROR_MS = 12_000;
const place = document.getElementById("notices");

export function notice(text, { error = false } = {}) {
  const line = make("p", { class: error ? "notice bad" : "notice" }, text);
  place.append(line);
  setTimeout(() => line.remove(), error ? ERROR_MS : SHOWN_MS);
}

/** What failed, why, and the id of the request for a report. `error`: a Refusal or what fetch throws. */
export function failed(what, error) {
  const id = error?.requestId;
  const told = id ? gettext("%(why)s (request %(id)s)", { why: reason(error), id }) : reason(error);
  notice(`${what} ${told}`, { error: true });
}

export function reason(error) {
  if (error?.status === 429) {
    return gettext("Too many requests; wait %(n)s s.", { n: error.retryAfter || 1 });
  }
  if (error?.status) return error.message;
  return gettext("The server cannot be reached.");
}

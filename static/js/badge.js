/** The live badge of the header, and the spoken word when the connection comes and goes. */

import { announce } from "fleet/announce";
import { put } from "fleet/dom";
import { clockMinute, number, THIN } from "fleet/format";
import { gettext } from "fleet/i18n";

const badge = document.getElementById("live");
const [word, detail] = badge ? badge.querySelectorAll("b, b + span") : [];
let said = "";

const WORDS = {
  connecting: () => [gettext("Connecting"), ""],
  live: ({ hertz, latency }) => [gettext("Live"), measures(hertz, latency)],
  retrying: ({ retryAt }) => [gettext("Reconnecting"), countdown(retryAt)],
  offline: ({ downSince }) => [
    gettext("Offline since %(time)s", { time: clockMinute(downSince) }),
    gettext("data frozen"),
  ],
  ended: () => [gettext("Signed out"), gettext("data frozen")],
};

function measures(hertz, latency) {
  const parts = [];
  if (hertz > 0) parts.push(`${number(hertz, hertz < 1 ? 1 : 0)}${THIN}Hz`);
  if (Number.isFinite(latency)) parts.push(`${number(latency)}${THIN}ms`);
  return parts.join(" · ");
}

function countdown(retryAt) {
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  return seconds > 0 ? gettext("retry in %(n)s s", { n: seconds }) : "";
}

export function showState(state) {
  const frozen = state.phase === "offline" || state.phase === "retrying" || state.phase === "ended";
  document.body.classList.toggle("frozen", frozen);
  if (!badge) return;
  const [text, more] = WORDS[state.phase](state);
  badge.dataset.state = state.phase === "ended" ? "offline" : state.phase;
  put(word, text);
  put(detail, more ? ` ${more}` : "");
  tell(state.phase, text);
}

/** The first connection goes without saying. */
function tell(phase, text) {
  if (phase === said || phase === "connecting") return;
  if (said) announce(text, "connection");
  said = phase;
}

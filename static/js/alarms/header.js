/** On every page: the bell with its count, the banner of critical alarms, the tone, and the spoken word. */

import { acknowledge, mayAnswer } from "fleet/alarms/actions";
import { play } from "fleet/alarms/sound";
import { alarms } from "fleet/alarms/store";
import { alarmHistory, alarmText, byUrgency, moment, replayUrl, when } from "fleet/alarms/words";
import { announce } from "fleet/announce";
import { live } from "fleet/connection";
import { glyph, icon, make, put, set } from "fleet/dom";
import { gettext, ngettext } from "fleet/i18n";
import { devicePage } from "fleet/kinds";

const SNAPSHOT = 200; // what a topic tells at first; there may be more
const SAID_MS = 5000;
const bell = document.getElementById("bell");
const banner = document.getElementById("alarm-banner");
const counts = document.querySelectorAll(".bell-count");
let shown = null;
let unsaid = [];

function update(changed, fresh) {
  const open = alarms.list();
  showCount(open);
  showBanner(open.filter((alarm) => alarm.severity === "critical" && alarm.state === "raised").sort(byUrgency));
  if (fresh.some(({ severity }) => severity === "critical")) play();
  if (fresh.length) say(fresh);
}

/* --- Bell --- */

function showCount(open) {
  const raised = open.filter(({ state }) => state === "raised");
  const worst = ["critical", "warning", "info"].find((one) => raised.some(({ severity }) => severity === one)) ?? "none";
  const text = open.length >= SNAPSHOT ? `${SNAPSHOT}+` : String(open.length);
  for (const count of counts) {
    count.hidden = !open.length;
    put(count, text);
    set(count, "data-severity", worst);
  }
  if (!bell) return;
  const label = open.length
    ? ngettext("Alarms: %(count)s open", "Alarms: %(count)s open", open.length, { count: text })
    : gettext("Alarms: none open");
  set(bell, "aria-label", label);
  set(bell, "title", label);
}

/* --- Banner: the most urgent critical alarm that nobody has answered --- */

function showBanner(critical) {
  if (!banner) return;
  const alarm = critical[0] ?? null;
  banner.hidden = !alarm;
  const key = alarm && `${alarm.id}:${alarm.count}:${alarm.active}:${critical.length}`;
  if (key === shown) return;
  const hadFocus = banner.contains(document.activeElement);
  shown = key;
  banner.replaceChildren(...(alarm ? bannerParts(alarm, critical.length - 1) : []));
  if (hadFocus) (banner.querySelector("button, a") ?? document.getElementById("content")).focus();
}

function bannerParts(alarm, more) {
  const since = alarmHistory(alarm, live.now());
  const text = make("p", {},
    make("span", { class: "num" }, when(moment(alarm), live.now())),
    make("a", { href: devicePage(alarm.kind, alarm.device_id) }, alarm.device_name),
    make("span", { class: "what" },
      alarmText(alarm),
      alarm.count > 1 ? make("b", { class: "num" }, ` ×${alarm.count}`) : null,
      since ? ` · ${since}` : null),
    more ? make("a", { class: "more num", href: bell.href }, ngettext("and %(count)s more", "and %(count)s more", more)) : null,
  );
  const answer = make("button", { class: "button small", type: "button", onclick: (event) => answerBanner(event, alarm) }, gettext("Acknowledge"));
  return [
    glyph("critical"),
    make("span", { class: "visually-hidden" }, gettext("Critical alarm:")),
    text,
    make("a", { class: "button small quiet", href: replayUrl(alarm) }, icon("history"), make("span", {}, gettext("Jump to"))),
    mayAnswer(alarm) ? answer : null,
  ].filter(Boolean);
}

async function answerBanner({ currentTarget: button }, alarm) {
  button.disabled = true;
  button.disabled = await acknowledge(alarm);
}

/* --- Spoken: the most urgent of what has come since the last sentence --- */

function say(fresh) {
  unsaid = [...unsaid, ...fresh].filter(({ id }) => alarms.open.get(id)?.state === "raised").sort(byUrgency);
  const [first, ...others] = unsaid;
  if (!first) return;
  const told = gettext("Alarm: %(device)s: %(text)s", { device: first.device_name, text: alarmText(first) });
  const more = others.length ? ngettext("and %(count)s more", "and %(count)s more", others.length) : "";
  announce([told, more].filter(Boolean).join(", "), "alarms");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (unsaid = []), SAID_MS);
}

if (alarms.allowed) alarms.listen(update);
else if (bell) bell.hidden = true;

/** What an alarm says, in words. Codes that nobody has given words to are shown as they are. */

import { ago, clock, dayAndClock, iso } from "fleet/format";
import { gettext } from "fleet/i18n";
import { devicePage } from "fleet/kinds";

const BEFORE_MS = 5000;
const RANK = { critical: 2, warning: 1, info: 0 };

const TEXTS = {
  red_zone: ({ data }) => gettext("In the red zone “%(zone)s”", { zone: data.zone?.name ?? "" }),
  fence: ({ data }) => gettext("Out of the fence “%(zone)s”", { zone: data.zone?.name ?? "" }),
  silent: () => gettext("Is silent"),
  battery_low: ({ data }) => {
    const percent = data.robot_base_status?.battery;
    return Number.isFinite(percent) ? gettext("Battery low: %(n)s %", { n: percent }) : gettext("Battery low");
  },
  fault: ({ data }) => {
    const said = data.robot_base_status?.drive_status;
    return said ? gettext("Fault: %(said)s", { said }) : gettext("Fault");
  },
};

export function alarmText(alarm) {
  const text = TEXTS[alarm.code]?.({ ...alarm, data: alarm.data ?? {} });
  return text ?? alarm.data?.text ?? alarm.code.replaceAll("_", " ");
}

export const severityWord = (severity) =>
  ({ critical: gettext("Critical"), warning: gettext("Warning"), info: gettext("Info") })[severity] ?? severity;

export const stateWord = (state) =>
  ({ raised: gettext("Raised"), acknowledged: gettext("Acknowledged"), cleared: gettext("Cleared") })[state] ?? state;

/** Who did what when: the sentence under an alarm; "" while nobody has done anything. */
export function alarmHistory(alarm, now) {
  const parts = [];
  if (alarm.acknowledged_at) parts.push(told(gettext("Acknowledged by %(who)s, %(when)s"), alarm.acknowledged_by, alarm.acknowledged_at, now));
  if (alarm.cleared_at && alarm.cleared_by) parts.push(told(gettext("Cleared by %(who)s, %(when)s"), alarm.cleared_by, alarm.cleared_at, now));
  else if (alarm.cleared_at) parts.push(told(gettext("Over since %(when)s"), "", alarm.cleared_at, now));
  else if (!alarm.active) parts.push(gettext("Over"));
  if (alarm.note) parts.push(`“${alarm.note}”`);
  return parts.join(" · ");
}

const told = (text, who, at, now) =>
  text.replace("%(who)s", () => who ?? "").replace("%(when)s", () => when(Date.parse(at), now));

/** The time of day within this day, else with its date. */
export function when(at, now = Date.now()) {
  return now - at < 12 * 3_600_000 ? clock(at) : dayAndClock(at);
}

export const age = (alarm, now) => ago(now - Date.parse(alarm.last_raised_at), now);

/** When it happened, by the device's own clock where the alarm says so. Milliseconds. */
export const moment = (alarm) => Date.parse(alarm.data?.time ?? alarm.last_raised_at);

/** The black box a little before it happened. */
export function replayUrl(alarm) {
  const time = iso(moment(alarm) - BEFORE_MS);
  return `${devicePage(alarm.kind, alarm.device_id)}?t=${encodeURIComponent(time)}`;
}

/** Unanswered before answered, then the graver; of equals neither. */
export const byNeed = (a, b) =>
  (b.state === "raised") - (a.state === "raised") || RANK[b.severity] - RANK[a.severity];

/** By need, then the newer. */
export const byUrgency = (a, b) => byNeed(a, b) || b.last_raised_at.localeCompare(a.last_raised_at);

export const newestFirst = (a, b) => b.last_raised_at.localeCompare(a.last_raised_at) || b.id - a.id;

/** Acknowledge and clear. What the page shows changes with the server's answer, never before it. */

import { sendJson } from "fleet/api";
import { alarms } from "fleet/alarms/store";
import { alarmText } from "fleet/alarms/words";
import { gettext } from "fleet/i18n";
import { may } from "fleet/me";
import { failed } from "fleet/notices";

const AT_ONCE = 200;

export const mayAnswer = (alarm) => may("alarm.manage", alarm.workspace_id);

/** Answers whether it was done. */
export const acknowledge = (alarm, note = "") => act(alarm, "acknowledge", note ? { note } : {});
export const clear = (alarm) => act(alarm, "clear", {});

/** Several at once. Answers how many were: what the person may not answer, or is gone, is left out. */
export async function acknowledgeAll(chosen, note = "") {
  let done = 0;
  try {
    for (let start = 0; start < chosen.length; start += AT_ONCE) {
      const ids = chosen.slice(start, start + AT_ONCE).map(({ id }) => id);
      const { results } = await sendJson("POST", "/api/fleet/alarms/acknowledge", { ids, note });
      alarms.take(results);
      done += results.length;
    }
  } catch (error) {
    failed(gettext("Not all alarms were acknowledged."), error);
  }
  return done;
}

async function act(alarm, verb, body) {
  try {
    alarms.take([await sendJson("POST", `/api/fleet/alarms/${alarm.id}/${verb}`, body)]);
    return true;
  } catch (error) {
    failed(gettext("“%(alarm)s” was left as it is.", { alarm: alarmText(alarm) }), error);
    return false;
  }
}

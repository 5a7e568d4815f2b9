/** What the schedules are called that commands come from; each is asked for once. */

import { getJson } from "fleet/api";
import { gettext } from "fleet/i18n";

const asked = new Map();

/** The id of the schedule that a command comes from; null where none asked. */
export const scheduleOf = ({ source }) => Number(/^schedule:(\d+)$/.exec(source)?.[1]) || null;

export const schedulePage = (id) => `/schedules/?schedule=${id}`;

/** `{title, gone}`. Throws where it cannot be read now. */
export function titleOf(id) {
  if (!asked.has(id)) asked.set(id, ask(id));
  return asked.get(id);
}

async function ask(id) {
  try {
    return { title: (await getJson(`/api/fleet/schedules/${id}`)).title, gone: false };
  } catch (error) {
    if (error.status === 404) return { title: gettext("Schedule %(id)s, deleted", { id }), gone: true };
    asked.delete(id);
    throw error;
  }
}

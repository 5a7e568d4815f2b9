/** Commands and their states in words. Names that nobody has given words to are shown as they are. */

import { gettext } from "fleet/i18n";

export const STEPS = ["asked", "sent", "accepted", "done"];
const ENDS = new Set(["done", "failed", "expired", "canceled"]);

export const isOver = (command) => ENDS.has(command.state);

const NAMES = () => ({
  stop: gettext("Stop"),
  resume: gettext("Resume"),
  go_to: gettext("Go to"),
  drive_route: gettext("Drive the route"),
  return_to_charger: gettext("Return to the charger"),
  locate: gettext("Show itself"),
});

export const commandName = (name) => NAMES()[name] ?? name;

/** The name with what it was asked with: "Go to x 120 · y 80". */
export function commandText({ name, params = {} }) {
  if (name === "go_to") return `${commandName(name)} x ${params.x} · y ${params.y}`;
  if (name === "drive_route" && params.way_point_id !== undefined) {
    const times = params.repeats > 1 ? ` ×${params.repeats}` : "";
    return `${commandName(name)} ${params.way_point_id}${times}`;
  }
  return commandName(name);
}

export const stateWord = (state) =>
  ({
    asked: gettext("Asked"),
    sent: gettext("Sent"),
    accepted: gettext("Accepted"),
    done: gettext("Done"),
    failed: gettext("Failed"),
    expired: gettext("No answer in time"),
    canceled: gettext("Canceled"),
  })[state] ?? state;

/** Good, bad or under way: the colour and the shape beside the word. */
export const stateTone = (state) => (state === "done" ? "good" : ENDS.has(state) ? "bad" : "open");

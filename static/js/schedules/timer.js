/** One timer in the form: when it is due, and what the robots do then. */

import { icon, make, put } from "fleet/dom";
import { gettext } from "fleet/i18n";

const MODES = () => [
  ["time", gettext("At a time of day")],
  ["cron", gettext("By a cron entry")],
  ["schedule", gettext("By the schedule's entry")],
];
const NEW = { repeats: 1, way_point_id: "", go_charger: false, cron_format: "", hours: 9, minutes: 0 };
const TWO = (number) => String(number).padStart(2, "0");

const modeOf = ({ cron_format: cron, hours }) => (cron ? "cron" : hours === null ? "schedule" : "time");

let numbers = 0;

export class TimerFields {
  /** `timer`: as the API tells it, null for a new one; `ways`: the floor's way-point lists; `onChange()`, `onRemove(this)`. */
  constructor(timer, { ways, onChange, onRemove }) {
    const told = timer ?? NEW;
    this.id = timer?.id;
    this.onChange = onChange;
    this.key = `timer-${(numbers += 1)}`;
    this.mode = this.#input("select", "mode", {}, ...MODES().map(([value, text]) => new Option(text, value)));
    this.time = this.#input("input", "time", { type: "time", class: "input num" });
    this.cron = this.#input("input", "cron", { maxlength: 200, autocomplete: "off", spellcheck: "false", placeholder: "*/30 9-18 * * MON-FRI", class: "input mono" });
    this.way = this.#input("select", "way", {});
    this.repeats = this.#input("input", "repeats", { type: "number", min: 1, max: 100, step: 1, class: "input num" });
    this.charger = this.#input("input", "charger", { type: "checkbox", class: null });
    this.words = make("p", { class: "timer-words", role: "status" });
    this.errors = { when: this.#error("when"), drive: this.#error("drive") };
    this.remove = make("button", { class: "button quiet small square", type: "button", onclick: () => onRemove(this) }, icon("close"));
    this.timeField = field(gettext("Time"), this.time);
    this.cronField = field(gettext("Cron entry: minute hour day month weekday"), this.cron);
    this.legend = make("legend");
    this.element = make("li", {}, make("fieldset", { class: "timer" }, this.legend,
      make("div", { class: "timer-fields" }, field(gettext("When"), this.mode), this.timeField, this.cronField),
      this.errors.when, this.words,
      make("div", { class: "timer-fields" }, field(gettext("Drive the route"), this.way), field(gettext("Repeats"), this.repeats), make("label", { class: "switch timer-charger" }, this.charger, gettext("Then to the charger"))),
      this.errors.drive, this.remove));
    for (const input of [this.mode, this.time, this.cron]) input.setAttribute("aria-describedby", this.errors.when.id);
    for (const input of [this.way, this.repeats, this.charger]) input.setAttribute("aria-describedby", this.errors.drive.id);
    this.mode.value = modeOf(told);
    this.time.value = told.hours === null ? "" : `${TWO(told.hours)}:${TWO(told.minutes)}`;
    this.cron.value = told.cron_format;
    this.repeats.value = told.repeats;
    this.charger.checked = told.go_charger;
    this.offer(ways, told.way_point_id);
    this.#fit();
  }

  #input(tag, name, properties, ...children) {
    const input = make(tag, { class: tag === "select" ? "input pick" : "input", id: `${this.key}-${name}`, ...properties }, ...children);
    input.addEventListener(tag === "select" || properties.type === "checkbox" ? "change" : "input", () => (this.#fit(), this.onChange()));
    return input;
  }

  #error(name) {
    return make("p", { class: "error", id: `${this.key}-${name}-error`, hidden: true });
  }

  /** Only the fields of the chosen kind. */
  #fit() {
    this.timeField.hidden = this.mode.value !== "time";
    this.cronField.hidden = this.mode.value !== "cron";
    this.repeats.disabled = !this.way.value;
  }

  /** The routes to choose among; one that has left the floor stays chosen. */
  offer(ways, chosen = this.way.value) {
    const options = ways.map(({ way_point_id: id, name }) => new Option(name || id, id));
    if (chosen && !ways.some((way) => way.way_point_id === chosen)) options.push(new Option(chosen, chosen));
    this.way.replaceChildren(new Option(gettext("No route"), ""), ...options);
    this.way.value = chosen;
    this.#fit();
  }

  number(place) {
    put(this.legend, gettext("Timer %(n)s", { n: place + 1 }));
    const label = gettext("Take timer %(n)s away", { n: place + 1 });
    this.remove.setAttribute("aria-label", label);
    this.remove.title = label;
  }

  get usesSchedule() {
    return this.mode.value === "schedule";
  }

  /** The part of the body that says when; null while something is still to be typed. */
  when() {
    const nothing = { hours: null, minutes: null, cron_format: "" };
    if (this.usesSchedule) return nothing;
    if (this.mode.value === "cron") {
      const entry = this.cron.value.trim();
      return entry ? { ...nothing, cron_format: entry } : null;
    }
    const [hours, minutes] = this.time.value.split(":").map(Number);
    return this.time.value ? { ...nothing, hours, minutes } : null;
  }

  body(place) {
    const drive = { way_point_id: this.way.value, repeats: this.repeats.valueAsNumber || 1, go_charger: this.charger.checked };
    return { ...(this.id ? { id: this.id } : {}), order_weight: place, ...this.when(), ...drive };
  }

  /** Whether something is missing that the server could not tell of; says it. */
  lacks() {
    if (this.when()) return false;
    this.tell("when", this.mode.value === "time" ? gettext("Give a time.") : gettext("Give a cron entry."));
    return true;
  }

  /** `part`: "when" or "drive"; "" takes back what was said. */
  tell(part, text) {
    const line = this.errors[part];
    line.hidden = !text;
    put(line, text);
    const inputs = part === "when" ? [this.time, this.cron] : [this.way, this.repeats];
    for (const input of inputs) input.setAttribute("aria-invalid", String(Boolean(text)));
  }

  say(words) {
    put(this.words, words);
  }

  focus() {
    this.mode.focus();
  }
}

function field(label, input) {
  return make("div", { class: "field" }, make("label", { for: input.id }, label), input);
}

/** To which part of a timer an answer's pointer belongs. */
export const partOf = (name) => (["hours", "minutes", "cron_format"].includes(name) ? "when" : "drive");

/** The form that plans a schedule or changes one: its facts, its timers, and when they would be due. */

import { getJson } from "fleet/api";
import { make, partsOf, put } from "fleet/dom";
import { gettext } from "fleet/i18n";
import { reason } from "fleet/notices";
import { Preview } from "fleet/schedules/preview";
import { TimerFields, partOf } from "fleet/schedules/timer";
import { WEEK, dayName, knownZones } from "fleet/schedules/words";

const TIMERS_AT_MOST = 20;
const NEW = { title: "", state: "active", week_days: [], robots: [], cron_format: "", grace_seconds: 600, timers: [null] };

export class ScheduleForm {
  /** `page`: the page's data; `save(id, body)` throws a Refusal; `onDone(row)`: it was saved; `onCancel()`. */
  constructor(root, { page, save, onDone, onCancel }) {
    Object.assign(this, { root, page, save, onDone });
    this.parts = partsOf(root);
    this.timers = [];
    this.ways = [];
    const { form, cancel, floor, addTimer, days, zones, theirs } = this.parts;
    this.fields = form.elements;
    form.addEventListener("submit", (event) => (event.preventDefault(), this.#save()));
    cancel.addEventListener("click", onCancel);
    addTimer.addEventListener("click", () => (this.#addTimer(null), this.timers.at(-1).focus(), this.#changed()));
    floor.addEventListener("change", () => this.#moved());
    theirs.addEventListener("click", () => this.open(this.newest));
    days.append(...WEEK.map((day) => dayChoice(day)));
    zones.append(...knownZones().map((zone) => make("option", { value: zone })));
    form.addEventListener("input", ({ target }) => ["week_days", "time_zone", "cron_format"].includes(target.name) && this.#changed());
    this.preview = new Preview(this.parts, { ask: () => this.#asked(), onErrors: (errors, timers) => this.#tellWhen(errors, timers) });
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** `schedule`: null for a new one; `floorId`: where a new one begins. */
  async open(schedule, floorId) {
    const told = schedule ?? NEW;
    this.id = schedule?.id ?? null;
    this.updated = schedule?.updated_at;
    const { title, summary, changed, floor } = this.parts;
    put(title, schedule ? gettext("Edit “%(title)s”", schedule) : gettext("New schedule"));
    summary.hidden = changed.hidden = true;
    this.#offerFloors(schedule);
    floor.value = schedule?.floor_id ?? floorId ?? floor.options[0]?.value;
    if (!floor.value) floor.selectedIndex = 0;
    this.zoneOf = this.#place()?.time_zone;
    this.fields.title.value = told.title;
    this.fields.active.checked = told.state === "active";
    this.fields.time_zone.value = told.time_zone ?? this.zoneOf;
    this.fields.cron_format.value = told.cron_format;
    this.fields.grace_seconds.value = told.grace_seconds;
    for (const box of this.parts.days.querySelectorAll("input")) box.checked = told.week_days.includes(Number(box.value));
    this.#offerRobots(told.robots);
    this.#clearErrors();
    this.ways = [];
    this.timers = [];
    for (const timer of told.timers) this.#addTimer(timer);
    this.root.hidden = false;
    this.#changed();
    this.fields.title.focus();
    await this.#readWays();
  }

  close() {
    this.root.hidden = true;
    this.preview.stop();
  }

  /** Somebody else may have changed it meanwhile. */
  heard(schedule) {
    if (!this.isOpen || schedule?.id !== this.id || !this.id) return;
    this.newest = schedule;
    this.parts.changed.hidden = schedule.updated_at === this.updated;
  }

  /* --- Choices that depend on the floor --- */

  #place() {
    const floor = this.page.floors.find(({ id }) => String(id) === this.parts.floor.value);
    return this.page.workspaces.find(({ id }) => id === (floor ?? this.known)?.workspace_id);
  }

  /** Floors where the reader may plan, by workspace where there are several. A schedule stays on its floor. */
  #offerFloors(schedule) {
    const { floor } = this.parts;
    this.known = schedule;
    floor.disabled = Boolean(schedule);
    const mine = this.page.workspaces.filter((place) => place.may_manage);
    const groups = mine.map((place) => ({ place, options: this.page.floors.filter((one) => one.workspace_id === place.id).map((one) => new Option(one.title, one.id)) })).filter(({ options }) => options.length);
    floor.replaceChildren(...(groups.length > 1 ? groups.map(({ place, options }) => make("optgroup", { label: place.name }, ...options)) : groups.flatMap(({ options }) => options)));
    if (schedule && !this.page.floors.some(({ id }) => id === schedule.floor_id)) floor.append(new Option(schedule.map_id, schedule.floor_id));
  }

  #offerRobots(chosen) {
    const here = this.page.robots.filter((robot) => robot.workspace_id === this.#place()?.id);
    const strange = chosen.filter((name) => !here.some((robot) => robot.robot_id === name)).map((name) => ({ robot_id: name, name }));
    const rows = [...here, ...strange].map((robot) => make("label", { class: "choice" }, make("input", { type: "checkbox", name: "robots", value: robot.robot_id, checked: chosen.includes(robot.robot_id) }), make("span", {}, robot.name)));
    this.parts.robots.replaceChildren(...rows);
    this.parts.robotsNone.hidden = rows.length > 0;
  }

  /** Another floor has other routes; another workspace other robots and another clock. */
  #moved() {
    const place = this.#place();
    if (this.fields.time_zone.value === this.zoneOf) this.fields.time_zone.value = place.time_zone;
    this.zoneOf = place.time_zone;
    this.#offerRobots(this.#chosenRobots().filter((name) => this.page.robots.some((robot) => robot.robot_id === name && robot.workspace_id === place.id)));
    for (const timer of this.timers) timer.offer([], "");
    this.#changed();
    this.#readWays();
  }

  async #readWays() {
    const floor = this.parts.floor.value;
    if (!floor) return;
    try {
      const { way_points: ways } = await getJson(`/api/fleet/floors/${floor}`);
      if (floor !== this.parts.floor.value) return;
      this.ways = ways;
      for (const timer of this.timers) timer.offer(ways);
      this.parts.waysNote.hidden = ways.length > 0;
      put(this.parts.waysNote, gettext("This floor has no route yet. Draw one on the floor's page, or send the robots to the charger."));
    } catch (error) {
      this.parts.waysNote.hidden = false;
      put(this.parts.waysNote, gettext("The routes of this floor could not be read. %(why)s", { why: reason(error) }));
    }
  }

  /* --- Timers --- */

  #addTimer(timer) {
    const made = new TimerFields(timer, { ways: this.ways, onChange: () => this.#changed(), onRemove: (one) => this.#dropTimer(one) });
    this.timers.push(made);
    this.#drawTimers();
  }

  #dropTimer(timer) {
    const place = this.timers.indexOf(timer);
    this.timers.splice(place, 1);
    this.#drawTimers();
    (this.timers[Math.min(place, this.timers.length - 1)] ?? this.parts.addTimer).focus();
    this.#changed();
  }

  #drawTimers() {
    const { timers, addTimer } = this.parts;
    timers.replaceChildren(...this.timers.map(({ element }) => element));
    this.timers.forEach((timer, place) => timer.number(place));
    addTimer.hidden = this.timers.length >= TIMERS_AT_MOST;
  }

  #changed() {
    const needed = this.timers.some((timer) => timer.usesSchedule);
    this.parts.scheduleCron.hidden = !needed && !this.fields.cron_format.value;
    this.preview.soon();
  }

  /** What the preview asks of the server: the timers that say when. */
  #asked() {
    const timers = this.timers.filter((timer) => timer.when() && (!timer.usesSchedule || this.fields.cron_format.value.trim()));
    for (const timer of this.timers) if (!timers.includes(timer)) timer.say("");
    const body = { time_zone: this.fields.time_zone.value.trim(), week_days: this.#days(), cron_format: this.fields.cron_format.value.trim(), timers: timers.map((timer) => timer.when()) };
    return timers.length && body.time_zone ? { body, timers } : null;
  }

  /* --- Saving --- */

  #days() {
    return [...this.parts.days.querySelectorAll("input:checked")].map(({ value }) => Number(value));
  }

  #chosenRobots() {
    return [...this.parts.robots.querySelectorAll("input:checked")].map(({ value }) => value);
  }

  #body() {
    const { title, active, time_zone: zone, cron_format: cron, grace_seconds: grace } = this.fields;
    const facts = {
      title: title.value.trim(), state: active.checked ? "active" : "paused", week_days: this.#days(), robots: this.#chosenRobots(),
      cron_format: cron.value.trim(), time_zone: zone.value.trim(), grace_seconds: grace.valueAsNumber || 0,
      timers: this.timers.map((timer, place) => timer.body(place)),
    };
    return this.id ? facts : { ...facts, floor_id: Number(this.parts.floor.value) };
  }

  async #save() {
    this.#clearErrors();
    const lacking = this.timers.filter((timer) => timer.lacks());
    if (lacking.length) return this.#sum(gettext("It was not saved. Mend what is marked below."));
    const asked = this.id;
    this.parts.form.inert = true;
    try {
      const row = await this.save(this.id, this.#body());
      this.parts.form.inert = false;
      if (this.isOpen && asked === this.id) this.onDone(row);
    } catch (error) {
      this.parts.form.inert = false;
      this.#tell(error);
    }
    return undefined;
  }

  #sum(text) {
    put(this.parts.summary, text);
    this.parts.summary.hidden = false;
    this.parts.summary.focus();
  }

  /* --- What is wrong, beside its field --- */

  #tell(error) {
    const left = (error.errors ?? []).filter(({ pointer, detail }) => !this.#tellOne(pointer, detail, this.timers));
    const marked = (error.errors ?? []).length > left.length;
    const rest = left.map(({ detail }) => detail).join(" ");
    this.#sum(marked ? [gettext("It was not saved. Mend what is marked below."), rest].join(" ").trim() : gettext("It was not saved. %(why)s", { why: rest || reason(error) }));
  }

  #tellOne(pointer, detail, timers) {
    const [name, place, inner] = pointer.replace(/^\//, "").split("/");
    if (name === "timers" && timers[place]) {
      timers[place].tell(partOf(inner), detail);
      return true;
    }
    const line = this.root.querySelector(`#schedule-${name}-error`);
    if (!line) return false;
    put(line, detail);
    line.hidden = false;
    if (name === "cron_format") this.parts.scheduleCron.hidden = false;
    this.#inputOf(name)?.setAttribute("aria-invalid", "true");
    return true;
  }

  #inputOf(name) {
    const found = name === "floor_id" ? this.parts.floor : this.fields[name];
    return found instanceof Element ? found : null;
  }

  #clearErrors(names) {
    for (const line of this.root.querySelectorAll(".error[data-error]")) {
      if (names && !names.includes(line.dataset.error)) continue;
      line.hidden = true;
      this.#inputOf(line.dataset.error)?.removeAttribute("aria-invalid");
    }
    if (names) return;
    this.parts.summary.hidden = true;
    for (const timer of this.timers) for (const part of ["when", "drive"]) timer.tell(part, "");
  }

  /** Of the preview: what it says of times alone, and takes back. */
  #tellWhen(errors, timers) {
    this.#clearErrors(["time_zone", "week_days", "cron_format"]);
    for (const timer of timers) timer.tell("when", "");
    for (const { pointer, detail } of errors) this.#tellOne(pointer, detail, timers);
  }
}

function dayChoice(day) {
  return make("label", { class: "choice", title: dayName(day, "long") }, make("input", { type: "checkbox", name: "week_days", value: day, "aria-label": dayName(day, "long") }), make("span", { "aria-hidden": "true" }, dayName(day)));
}

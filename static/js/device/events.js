/** What happened to the device: its alarms, and its changes from one status to the next in the span of the black box. */

import { getJson } from "fleet/api";
import { AlarmRow } from "fleet/alarms/row";
import { alarms } from "fleet/alarms/store";
import { moment } from "fleet/alarms/words";
import { live } from "fleet/connection";
import { arrange, glyph, icon, make, partsOf, put } from "fleet/dom";
import { clock, dayAndClock, iso } from "fleet/format";
import { gettext } from "fleet/i18n";
import { driveWord } from "fleet/kinds";
import { reason } from "fleet/notices";

const PAGE = 50;
const CHANGE_PAGES = 5;
const STATUS_FIELDS = { robot: "robot_base_status.drive_status", depot: "depot_status.status" };

export class Events {
  constructor(panel, { device, onJump }) {
    this.device = device;
    this.onJump = onJump;
    this.parts = partsOf(panel);
    this.alarms = new Map();
    this.changes = [];
    this.rows = new Map();
    this.which = "all";
    panel.addEventListener("click", ({ target }) => this.#filter(target.closest("[data-events]"), panel));
    this.parts.more.addEventListener("click", () => this.#loadAlarms());
    alarms.listen((changed) => this.#heard(changed));
    this.#loadAlarms(); // whatever tab is open: they are marked on the black box
  }

  #filter(button, panel) {
    if (!button) return;
    this.which = button.dataset.events;
    for (const one of panel.querySelectorAll("[data-events]")) one.setAttribute("aria-pressed", String(one === button));
    this.draw();
  }

  #heard(changed) {
    const mine = changed.filter(({ device_id: id }) => id === this.device.id);
    for (const alarm of mine) this.alarms.set(alarm.id, alarm);
    if (mine.length) this.draw();
  }

  /** Called now and then while the panel is open. `from`, `to`: the span of the black box, milliseconds. */
  show({ from, to }) {
    const due = this.span && Math.abs(from - this.span.from) < Math.max(5000, (to - from) / 100);
    if (!due && !this.loading) this.#loadChanges(from, to);
  }

  async #loadAlarms() {
    try {
      const { results, next } = await getJson("/api/fleet/alarms", { device: this.device.id, limit: PAGE, cursor: this.next });
      for (const alarm of results) this.alarms.set(alarm.id, alarm);
      this.next = next;
      this.told = "";
    } catch (error) {
      this.told = reason(error);
    }
    this.draw();
  }

  async #loadChanges(from, to) {
    const field = STATUS_FIELDS[this.device.kind];
    if (!field) return this.draw();
    this.loading = true;
    this.span = { from, to };
    try {
      this.changes = await readChanges(this.device.id, field, from, to);
    } catch {
      this.span = null;
    } finally {
      this.loading = false;
    }
    this.draw();
  }

  /** The moments to mark on the black box: [{time, severity}]. */
  marks() {
    return [...this.alarms.values()].map((alarm) => ({ time: moment(alarm), severity: alarm.severity }));
  }

  draw() {
    const rows = [];
    if (this.which !== "changes") for (const alarm of this.alarms.values()) rows.push([moment(alarm), this.#alarmRow(alarm)]);
    if (this.which !== "alarms") for (const change of this.changes) rows.push([change.time, this.#changeRow(change)]);
    rows.sort(([a], [b]) => b - a);
    arrange(this.parts.list, rows.map(([, row]) => row));
    this.parts.more.hidden = !this.next || this.which === "changes";
    this.parts.none.hidden = rows.length > 0;
    put(this.parts.noneText, this.told || gettext("Nothing happened that was worth a line."));
  }

  #alarmRow(alarm) {
    const row = this.#kept(`a${alarm.id}`, () => new AlarmRow(alarm, { device: false, onJump: this.onJump }));
    row.update(alarm, live.now());
    return row.element;
  }

  #changeRow(change) {
    return this.#kept(`t${change.time}${change.value}`, () => ({ element: changeRow(change, this.onJump) })).element;
  }

  #kept(key, build) {
    if (!this.rows.has(key)) this.rows.set(key, build());
    return this.rows.get(key);
  }
}

async function readChanges(deviceId, field, from, to) {
  const found = [];
  const span = { field, from: iso(from), to: iso(to) };
  let cursor;
  for (let page = 0; page < CHANGE_PAGES && cursor !== null; page++) {
    const { results, next } = await getJson(`/api/fleet/devices/${deviceId}/status-changes`, { ...span, cursor });
    found.push(...results);
    cursor = next;
  }
  return found.filter(({ before }) => before !== null).map((change) => ({ ...change, time: Date.parse(change.time) }));
}

function changeRow({ time, value, before }, onJump) {
  const [status, word] = driveWord(value);
  const [, old] = driveWord(before);
  const shape = glyph(status);
  const jump = make("button", { class: "button quiet small", type: "button", onclick: () => onJump(time) }, icon("history"), make("span", {}, gettext("Jump to")));
  const text = make("p", { class: "alarm-line" }, make("span", { class: "muted" }, old), make("span", { class: "muted", "aria-label": gettext("then") }, "→"), make("b", {}, word));
  return make("li", { class: "alarm-row change-row", "data-status": status }, shape,
    make("time", { class: "num alarm-time", datetime: iso(time), title: dayAndClock(time) }, clock(time)),
    make("div", { class: "alarm-body" }, text), make("div", { class: "alarm-keys" }, jump));
}

/** The table of alarms: rows that change in place, a choice of several, and a row that the keyboard stands on. */

import { acknowledge, clear, mayAnswer } from "fleet/alarms/actions";
import { alarmHistory, alarmText, moment, newestFirst, replayUrl, severityWord, stateWord, when } from "fleet/alarms/words";
import { arrange, glyph, icon, make, put, set } from "fleet/dom";
import { dayAndClock, iso } from "fleet/format";
import { gettext } from "fleet/i18n";
import { devicePage } from "fleet/kinds";
import { workspaceName } from "fleet/me";

export class AlarmTable {
  /** `workspaces`: whether the workspace is told; `onChoice(chosen)`: the alarms ticked. */
  constructor(table, { workspaces, onChoice, now }) {
    this.table = table;
    this.body = table.tBodies[0];
    this.all = table.tHead.querySelector("input");
    this.workspaces = workspaces;
    this.onChoice = onChoice;
    this.now = now;
    this.rows = new Map();
    this.all.addEventListener("change", () => this.chooseAll(this.all.checked));
    this.body.addEventListener("focusin", ({ target }) => this.#stand(target.closest("tr")));
  }

  clear() {
    this.rows.clear();
    this.body.replaceChildren();
    this.#told();
  }

  has(id) {
    return this.rows.has(id);
  }

  get size() {
    return this.rows.size;
  }

  put(alarms) {
    for (const alarm of alarms) {
      let row = this.rows.get(alarm.id);
      if (!row) this.rows.set(alarm.id, (row = this.#make(alarm)));
      this.#update(row, alarm);
    }
    const sorted = [...this.rows.values()].sort((a, b) => newestFirst(a.alarm, b.alarm));
    arrange(this.body, sorted.map(({ element }) => element));
    this.#told();
  }

  #make(alarm) {
    const row = {
      pick: make("input", { type: "checkbox", onchange: () => this.#told() }),
      glyph: glyph("info"), word: make("span"), time: make("time", { class: "num" }), since: make("span", { class: "muted num" }),
      device: make("a"), place: make("span", { class: "muted" }), text: make("span"), count: make("span", { class: "alarm-count num" }),
      state: make("span", { class: "alarm-state" }), history: make("span", { class: "muted" }),
      answer: make("button", { class: "button small", type: "button", onclick: () => this.#act(row, acknowledge) }, gettext("Acknowledge")),
      clear: make("button", { class: "button quiet small", type: "button", onclick: () => this.#act(row, clear) }, gettext("Clear")),
      jump: make("a", { class: "button quiet small" }, icon("history"), make("span", {}, gettext("Jump to"))),
    };
    row.element = make("tr", { tabindex: -1, "data-alarm": alarm.id },
      make("td", { class: "pick-cell" }, row.pick),
      make("td", { class: "severity" }, make("span", {}, row.glyph, row.word)),
      make("td", { class: "time" }, row.time, row.since),
      make("td", { class: "device" }, row.device, row.place),
      make("td", { class: "text" }, make("p", {}, row.text, row.count)),
      make("td", { class: "state" }, row.state, row.history),
      make("td", { class: "row-keys" }, make("div", {}, row.jump, row.clear, row.answer)),
    );
    return row;
  }

  #update(row, alarm) {
    const now = this.now();
    row.alarm = alarm;
    set(row.element, "data-severity", alarm.severity);
    set(row.element, "data-state", alarm.state);
    set(row.glyph.firstChild, "href", `#glyph-${alarm.severity}`);
    set(row.pick, "aria-label", gettext("Choose: %(device)s, %(text)s", { device: alarm.device_name, text: alarmText(alarm) }));
    put(row.word, severityWord(alarm.severity));
    put(row.time, when(moment(alarm), now));
    set(row.time, "datetime", iso(moment(alarm)));
    put(row.since, alarm.count > 1 ? gettext("first %(when)s", { when: when(Date.parse(alarm.raised_at), now) }) : "");
    set(row.time, "title", dayAndClock(moment(alarm)));
    put(row.device, alarm.device_name);
    set(row.device, "href", devicePage(alarm.kind, alarm.device_id));
    put(row.place, this.workspaces ? workspaceName(alarm.workspace_id) : "");
    put(row.text, alarmText(alarm));
    put(row.count, alarm.count > 1 ? `×${alarm.count}` : "");
    put(row.state, stateWord(alarm.state));
    put(row.history, alarmHistory(alarm, now));
    set(row.jump, "href", replayUrl(alarm));
    const mine = mayAnswer(alarm);
    row.answer.hidden = alarm.state !== "raised" || !mine;
    row.clear.hidden = alarm.state !== "acknowledged" || !mine;
    row.pick.disabled = alarm.state === "cleared" || !mine;
    if (row.pick.disabled) row.pick.checked = false;
  }

  async #act(row, verb) {
    const stood = row.element.contains(document.activeElement);
    row.answer.disabled = row.clear.disabled = true;
    await verb(row.alarm);
    row.answer.disabled = row.clear.disabled = false;
    if (stood) row.element.focus();
  }

  /* --- Chosen rows --- */

  get chosen() {
    return [...this.rows.values()].filter(({ pick }) => pick.checked).map(({ alarm }) => alarm);
  }

  chooseAll(on) {
    for (const { pick } of this.rows.values()) if (!pick.disabled) pick.checked = on;
    this.#told();
  }

  #told() {
    const open = [...this.rows.values()].filter(({ pick }) => !pick.disabled);
    const chosen = open.filter(({ pick }) => pick.checked);
    this.all.disabled = !open.length;
    this.all.checked = open.length > 0 && chosen.length === open.length;
    this.all.indeterminate = chosen.length > 0 && chosen.length < open.length;
    this.onChoice(chosen.map(({ alarm }) => alarm));
  }

  /* --- The row that the keyboard stands on --- */

  #stand(element) {
    this.standing = element ? Number(element.dataset.alarm) : null;
  }

  get current() {
    return this.rows.get(this.standing)?.alarm ?? null;
  }

  step(by) {
    const order = [...this.body.rows];
    if (!order.length) return;
    const at = order.findIndex((row) => Number(row.dataset.alarm) === this.standing);
    order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + by))].focus();
  }

  togglePick() {
    const pick = this.rows.get(this.standing)?.pick;
    if (!pick || pick.disabled) return;
    pick.checked = !pick.checked;
    this.#told();
  }
}

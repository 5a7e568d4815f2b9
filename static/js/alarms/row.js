/** One alarm as a line of a list: the drawer of the overview and the events of a device are made of these. */

import { acknowledge, mayAnswer } from "fleet/alarms/actions";
import { alarmHistory, alarmText, moment, replayUrl, severityWord, when } from "fleet/alarms/words";
import { glyph, icon, make, put, set } from "fleet/dom";
import { iso } from "fleet/format";
import { gettext } from "fleet/i18n";
import { devicePage } from "fleet/kinds";

export class AlarmRow {
  /** `onJump(time)`: what to do instead of opening the replay's page, for the page that has the replay. */
  constructor(alarm, { device = true, onJump } = {}) {
    this.time = make("time", { class: "num alarm-time" });
    this.word = make("span", { class: "alarm-severity" });
    this.device = device ? make("a", { class: "alarm-device" }) : null;
    this.text = make("span", { class: "alarm-text" });
    this.count = make("span", { class: "alarm-count num" });
    this.history = make("span", { class: "alarm-history muted" });
    this.answer = make("button", { class: "button small", type: "button", onclick: () => this.acknowledge() }, gettext("Acknowledge"));
    this.jump = make("a", { class: "button quiet small alarm-jump" }, icon("history"), make("span", {}, gettext("Jump to")));
    if (onJump) this.jump.addEventListener("click", (event) => (event.preventDefault(), onJump(moment(this.alarm))));
    this.glyph = glyph("info");
    const body = make("div", { class: "alarm-body" },
      make("p", { class: "alarm-line" }, this.word, this.device, this.text, this.count), this.history);
    this.element = make("li", { class: "alarm-row" }, this.glyph, this.time, body, make("div", { class: "alarm-keys" }, this.jump, this.answer));
    this.update(alarm);
  }

  update(alarm, now = Date.now()) {
    this.alarm = alarm;
    set(this.element, "data-severity", alarm.severity);
    set(this.element, "data-state", alarm.state);
    set(this.element, "data-alarm", String(alarm.id));
    set(this.glyph.firstChild, "href", `#glyph-${alarm.severity}`);
    put(this.time, when(moment(alarm), now));
    set(this.time, "datetime", iso(moment(alarm)));
    put(this.word, severityWord(alarm.severity));
    if (this.device) {
      put(this.device, alarm.device_name);
      set(this.device, "href", devicePage(alarm.kind, alarm.device_id));
    }
    put(this.text, alarmText(alarm));
    put(this.count, alarm.count > 1 ? `×${alarm.count}` : "");
    put(this.history, alarmHistory(alarm, now));
    set(this.jump, "href", replayUrl(alarm));
    this.answer.hidden = alarm.state !== "raised" || !mayAnswer(alarm);
    set(this.answer, "aria-label", gettext("Acknowledge: %(device)s, %(text)s", { device: alarm.device_name, text: alarmText(alarm) }));
  }

  async acknowledge() {
    if (this.answer.hidden || this.answer.disabled) return false;
    this.answer.disabled = true;
    const done = await acknowledge(this.alarm);
    this.answer.disabled = false;
    return done;
  }
}

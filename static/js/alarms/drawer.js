/** The drawer at the foot of the overview: a strip with the count, opened to the list of open alarms. */

import { AlarmRow } from "fleet/alarms/row";
import { alarms } from "fleet/alarms/store";
import { byUrgency } from "fleet/alarms/words";
import { live } from "fleet/connection";
import { arrange, put, set } from "fleet/dom";
import { gettext, ngettext } from "fleet/i18n";

const ROWS_AT_MOST = 100;

export class AlarmDrawer {
  /** `onToggle(open)`; `passes(alarm)`: whether the page's filters leave the alarm in. */
  constructor(element, { open, onToggle, passes = () => true }) {
    this.element = element;
    this.onToggle = onToggle;
    this.passes = passes;
    this.rows = new Map();
    this.list = element.querySelector("ul");
    this.button = element.querySelector("[data-part=toggle]");
    this.count = element.querySelector("[data-part=count]");
    this.none = element.querySelector("[data-part=none]");
    this.button.addEventListener("click", () => this.toggle());
    this.toggle(open);
    alarms.listen(() => this.show());
  }

  get isOpen() {
    return this.element.dataset.open === "true";
  }

  toggle(open = !this.isOpen) {
    set(this.element, "data-open", String(open));
    set(this.button, "aria-expanded", String(open));
    this.onToggle(open);
    this.show();
  }

  /** Closed, only the first row is seen: the most urgent one. */
  show() {
    const open = alarms.list().filter(this.passes).sort(byUrgency);
    const shown = open.slice(0, this.isOpen ? ROWS_AT_MOST : 1);
    const wanted = new Set(shown.map(({ id }) => id));
    for (const id of [...this.rows.keys()]) if (!wanted.has(id)) this.rows.delete(id);
    arrange(this.list, shown.map((alarm) => this.#row(alarm).element));
    const raised = open.filter(({ state }) => state === "raised").length;
    set(this.element, "data-empty", String(!open.length));
    put(this.count, this.#words(open.length, raised));
    this.none.hidden = !this.isOpen || open.length > 0 || !alarms.ready;
  }

  #words(open, raised) {
    if (!alarms.ready) return "";
    if (!open) return gettext("none open");
    return ngettext("%(count)s open, %(raised)s unanswered", "%(count)s open, %(raised)s unanswered", open, { raised });
  }

  #row(alarm) {
    let row = this.rows.get(alarm.id);
    if (row) row.update(alarm, live.now());
    else this.rows.set(alarm.id, (row = new AlarmRow(alarm)));
    return row;
  }

  /** The key `a`: first to the most urgent unanswered alarm, so that it is read; pressed there, it is answered. */
  async answer() {
    const focused = document.activeElement?.closest?.("[data-alarm]");
    const row = focused && this.rows.get(Number(focused.dataset.alarm));
    if (row && (await row.acknowledge())) return this.focusFirst();
    return row || this.focusFirst();
  }

  focusFirst() {
    if (!this.isOpen) this.toggle(true);
    const next = [...this.rows.values()].find(({ answer }) => !answer.hidden);
    (next?.answer ?? this.button).focus();
  }
}

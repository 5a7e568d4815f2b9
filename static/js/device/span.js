/** The span that files are made of, as two fields of date and time: the stretch of the black box, or what is typed. */

import { partsOf, put, set } from "fleet/dom";
import { localTime } from "fleet/format";
import { gettext } from "fleet/i18n";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

export class ExportSpan {
  /** `days`: the longest span of a file. What is typed and may be asked for is marked on the `timeline`. */
  constructor(root, { timeline, days, onChange }) {
    Object.assign(this, { root, timeline, days, onChange });
    this.parts = partsOf(root);
    for (const field of this.fields) field.addEventListener("change", () => this.#typed());
  }

  get fields() {
    return [this.parts.exportFrom, this.parts.exportTo];
  }

  /** {from, to} in milliseconds, null while what is typed is refused. */
  get chosen() {
    if (this.refused) return null;
    const { brush, chosen } = this.timeline;
    return brush ?? { from: Math.floor(chosen.from / MINUTE) * MINUTE, to: Math.ceil(chosen.to / MINUTE) * MINUTE };
  }

  #typed() {
    const [from, to] = this.fields.map(({ value }) => Date.parse(value));
    this.refused = this.#refusal(from, to);
    this.brush = this.timeline.brush;
    if (!this.refused) this.timeline.mark({ from, to });
    this.show();
    this.onChange();
  }

  #refusal(from, to) {
    if (!Number.isFinite(from) || !Number.isFinite(to)) return gettext("Give both ends of the span.");
    if (to - from < 1000) return gettext("The span must end after it begins.");
    if (to - from > this.days * DAY) return gettext("A file has at most %(n)s days: export in parts.", { n: this.days });
    return "";
  }

  /** What is refused stays as it was typed, until another stretch is selected. */
  show() {
    if (this.refused && this.brush !== this.timeline.brush) this.refused = "";
    put(this.parts.exportRefused, this.refused ?? "");
    for (const field of this.fields) set(field, "aria-invalid", String(Boolean(this.refused)));
    if (this.refused || this.root.contains(document.activeElement)) return;
    const { from, to } = this.chosen;
    this.fields.forEach((field, index) => {
      const text = localTime([from, to][index]);
      if (Date.parse(field.value) !== Date.parse(text)) field.value = text;
    });
  }
}

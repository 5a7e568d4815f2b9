/** The head of a device's page: state, age, the strip that says "replay", and the key figures. */

import { make, put } from "fleet/dom";
import { ago, dayAndClock } from "fleet/format";
import { gettext } from "fleet/i18n";
import { facts } from "fleet/kinds";

export class Head {
  constructor(root, cursor) {
    this.root = root;
    this.cursor = cursor;
    this.keys = "";
    this.parts = Object.fromEntries(["state", "stamp", "replay", "replay-time", "replay-gap", "kpis"].map((id) => [id, document.getElementById(id)]));
  }

  /** `shown`: {document, told, age} or null in a gap; `heard`: whether the device ever sent anything. */
  show(shown, heard, now) {
    this.#state(shown?.told);
    const { stamp } = this.parts;
    stamp.classList.toggle("late", Boolean(shown?.told.stale));
    put(stamp, this.#age(shown, heard, now));
    this.#replay(shown);
    this.#kpis(shown);
  }

  #state(told) {
    const pill = this.parts.state;
    const status = told?.status ?? "offline";
    pill.dataset.status = status;
    pill.querySelector("use").setAttribute("href", `#glyph-${status}`);
    put(pill.lastElementChild, told?.word ?? gettext("No data"));
  }

  #age(shown, heard, now) {
    if (!this.cursor.live || !shown) return "";
    return heard ? ago(shown.age, now) : gettext("No data yet");
  }

  #replay(shown) {
    const { live, at } = this.cursor;
    this.parts.replay.hidden = live;
    this.root.classList.toggle("replaying", !live);
    if (live) return;
    put(this.parts["replay-time"], gettext("Replay %(time)s — not live", { time: dayAndClock(at) }));
    this.parts["replay-gap"].hidden = Boolean(shown);
  }

  #kpis(shown) {
    const { kpis } = this.parts;
    const rows = shown ? facts(shown.document, shown.told) : [];
    const keys = rows.map(([key]) => key).join();
    if (rows.length && keys !== this.keys) {
      this.keys = keys;
      kpis.replaceChildren(...rows.map(([key, label]) => kpi(key, label)));
    }
    kpis.hidden = !this.keys;
    if (!rows.length) for (const line of kpis.children) put(line.lastChild, "–");
    rows.forEach(([key, , text], index) => {
      const cell = kpis.children[index].lastChild;
      put(cell, text);
      if (key === "battery") cell.dataset.level = shown.told.level;
    });
  }
}

const kpi = (key, label) => make("div", { "data-fact": key }, make("dt", {}, label), make("dd", { class: "num" }));

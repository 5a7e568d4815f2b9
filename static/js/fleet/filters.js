/** Which devices are on screen: kind, status chip and search text, with the counts on the chips. */

import { number } from "fleet/format";
import { STATUSES } from "fleet/kinds";

const plain = (text) => (text ?? "").normalize("NFKC").toLocaleLowerCase();

export class Filters {
  /** `state`: {kind, status, q, workspace}, shared with the page's address. */
  constructor(root, state, onChange) {
    this.state = state;
    this.onChange = onChange;
    this.chips = root.querySelectorAll(".chip");
    this.search = root.querySelector("#search");
    this.selects = root.querySelectorAll("select[data-filter]");
    this.search.value = state.q;
    this.search.addEventListener("input", () => this.set({ q: this.search.value.trim() }));
    for (const select of this.selects) {
      select.value = state[select.dataset.filter];
      select.addEventListener("change", () => this.set({ [select.dataset.filter]: select.value }));
    }
    for (const chip of this.chips) {
      chip.addEventListener("click", () => this.set({ status: chip.dataset.status ?? "" }));
    }
    this.mark();
  }

  set(changes) {
    Object.assign(this.state, changes);
    this.mark();
    this.onChange();
  }

  clear() {
    this.search.value = "";
    for (const select of this.selects) select.value = "";
    this.set({ q: "", kind: "", status: "", workspace: "" });
  }

  mark() {
    for (const chip of this.chips) {
      chip.setAttribute("aria-pressed", String((chip.dataset.status ?? "") === this.state.status));
    }
  }

  /** The devices of the filter; writes each chip's count, which leaves the chip's own choice aside. */
  pick(devices) {
    const { kind, q, workspace, status } = this.state;
    const wanted = plain(q);
    const counts = Object.fromEntries(["alarm", ...STATUSES].map((name) => [name, 0]));
    const base = devices.filter(({ document }) => {
      if (kind && document.kind !== kind) return false;
      if (workspace && String(document.workspace_id) !== workspace) return false;
      return !wanted || plain(document.name).includes(wanted);
    });
    for (const { told, alarm } of base) {
      counts[told.status] += 1;
      if (alarm) counts.alarm += 1;
    }
    for (const chip of this.chips) {
      const count = chip.dataset.status ? counts[chip.dataset.status] : base.length;
      const cell = chip.querySelector(".count");
      const text = number(count);
      if (cell.textContent !== text) cell.textContent = text;
    }
    if (status === "alarm") return base.filter(({ alarm }) => alarm);
    return status ? base.filter(({ told }) => told.status === status) : base;
  }
}

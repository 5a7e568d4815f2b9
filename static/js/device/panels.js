/** The tabs below the black box. The open one is told of the page's moment again and again. */

import { Commands } from "fleet/device/commands";
import { Drives } from "fleet/device/drives";
import { Events } from "fleet/device/events";
import { Photos } from "fleet/device/photos";
import { Raw } from "fleet/device/raw";
import { Tabs } from "fleet/device/tabs";

export class Panels {
  /** `state`: the page's address, of which `tab` and `raw` are kept here; `onChange` writes it. */
  constructor(root, { page, state, cursor, timeline, place, onChange }) {
    const section = root.querySelector(".details");
    const panel = (name) => section.querySelector(`[data-panel=${name}]`);
    const { device } = page;
    const onJump = (time) => {
      cursor.jump(time);
      document.getElementById("timeline").scrollIntoView({ block: "nearest" });
    };
    const onView = (view) => {
      state.raw = view;
      this.panels.raw.choose(view);
      onChange();
    };
    this.events = new Events(panel("events"), { device, onJump });
    this.panels = {
      events: this.events,
      drives: panel("drives") && new Drives(panel("drives"), { device, place, onJump, onSelect: (span) => timeline.select(span) }),
      photos: panel("photos") && new Photos(panel("photos"), { device, place, onJump }),
      commands: new Commands(panel("commands"), { device, place, routes: () => place.routes() }),
      raw: new Raw(panel("raw"), { device, view: state.raw, onView, timeline, exportDays: page.export_days }),
    };
    this.tabs = new Tabs(section, state.tab, (name) => {
      if (name !== state.tab) this.panels[state.tab]?.hide?.();
      state.tab = name;
      if (this.tabs) onChange();
    });
  }

  /** What to point at on the black box. */
  marks() {
    return this.events.marks();
  }

  show(told) {
    this.panels[this.tabs.current].show(told);
  }
}

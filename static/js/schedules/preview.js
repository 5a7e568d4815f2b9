/** What is being typed, in the server's words: each timer's entry and the next times of all. */

import { make, put } from "fleet/dom";
import { gettext } from "fleet/i18n";
import { reason } from "fleet/notices";
import { preview } from "fleet/schedules/store";
import { dueText } from "fleet/schedules/words";

const SOON_MS = 300;

export class Preview {
  /** `root` holds `times` and `timesNote`; `ask()`: {body, timers} to look at, null for nothing; `onErrors(errors)`. */
  constructor({ times, timesNote }, { ask, onErrors }) {
    Object.assign(this, { times, timesNote, ask, onErrors, serial: 0 });
  }

  soon() {
    clearTimeout(this.timer);
    this.serial += 1;
    this.timer = setTimeout(() => this.#look(this.serial), SOON_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.serial += 1;
  }

  async #look(mine) {
    const asked = this.ask();
    if (!asked) return this.#show([], gettext("Nothing is due yet."));
    try {
      const said = await preview(asked.body);
      if (mine !== this.serial) return undefined;
      this.onErrors([], asked.timers);
      said.timers.forEach(({ words }, place) => asked.timers[place].say(words));
      const zone = asked.body.time_zone;
      return this.#show(said.next.map(({ at }) => make("li", {}, make("time", { class: "num", datetime: at }, dueText(at, zone)))), "");
    } catch (error) {
      if (mine !== this.serial) return undefined;
      for (const timer of asked.timers) timer.say("");
      if (error.errors?.length) this.onErrors(error.errors, asked.timers);
      return this.#show([], error.errors?.length ? gettext("Known once the times above are right.") : reason(error));
    }
  }

  #show(rows, note) {
    this.times.replaceChildren(...rows);
    put(this.timesNote, note);
    this.timesNote.hidden = !note;
  }
}

/** Stop everything that moves in one workspace: a dialog that names it, a hold, and a count of what became of it. */

import { holdButton } from "fleet/commands/hold";
import { commands } from "fleet/commands/store";
import { stateTone, stateWord } from "fleet/commands/words";
import { make, partsOf, put, set } from "fleet/dom";
import { gettext, ngettext } from "fleet/i18n";
import { may, workspaces } from "fleet/me";
import { failed } from "fleet/notices";

const ORDER = ["asked", "sent", "accepted", "done", "failed", "expired", "canceled"];

export class StopAll {
  /** `moving(workspaceId)`: how many devices of it are online and can move. `chosen()`: the page's own workspace. */
  constructor(opener, dialog, { moving, chosen }) {
    this.dialog = dialog;
    this.moving = moving;
    this.asked = [];
    this.parts = partsOf(dialog);
    this.places = workspaces.filter(({ id }) => may("command.send", id));
    opener.hidden = !this.places.length;
    this.parts.place.append(...this.places.map(({ id, name }) => new Option(name, id)));
    this.parts.place.addEventListener("change", () => this.#name());
    this.parts.close.addEventListener("click", () => dialog.close());
    opener.addEventListener("click", () => this.#open(chosen()));
    holdButton(this.parts.hold, () => this.#stop());
    commands.listen(() => this.#count());
  }

  get place() {
    return this.places.find(({ id }) => String(id) === this.parts.place.value);
  }

  #open(workspaceId) {
    if (this.places.some(({ id }) => id === workspaceId)) this.parts.place.value = workspaceId;
    this.asked = [];
    this.#name();
    this.#count();
    this.dialog.showModal();
    (this.places.length > 1 ? this.parts.place : this.parts.hold).focus();
  }

  #name() {
    const { id, name } = this.place;
    const count = this.moving(id);
    put(this.parts.target, ngettext("%(count)s device in “%(name)s” is online and can move.", "%(count)s devices in “%(name)s” are online and can move.", count, { name }));
    put(this.parts.label, gettext("Hold to stop all in “%(name)s”", { name }));
  }

  async #stop() {
    const { id, name } = this.place;
    this.parts.hold.disabled = this.parts.place.disabled = true;
    try {
      this.asked = (await commands.stopAll(id)).map((command) => command.id);
      this.#count();
    } catch (error) {
      failed(gettext("“%(name)s” was not told to stop.", { name }), error);
    }
    this.parts.hold.disabled = this.parts.place.disabled = false;
  }

  /** "12 asked: 3 sent, 8 done, 1 no answer in time". */
  #count() {
    const states = this.asked.map((id) => commands.get(id)?.state ?? "asked");
    this.parts.result.hidden = !states.length;
    if (!states.length) return;
    const rows = ORDER.filter((state) => states.includes(state)).map((state) => {
      const line = make("li", { "data-tone": stateTone(state) }, `${stateWord(state)} `, make("b", { class: "num" }, String(states.filter((one) => one === state).length)));
      return line;
    });
    put(this.parts.total, ngettext("%(count)s device was told to stop", "%(count)s devices were told to stop", states.length));
    this.parts.states.replaceChildren(...rows);
    set(this.parts.result, "data-done", String(states.every((state) => stateTone(state) !== "open")));
  }
}

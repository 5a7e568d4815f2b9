/** Hold to stop one device, and what became of it: sent, accepted, done. Said as the server tells it, never before. */

import { holdButton } from "fleet/commands/hold";
import { commands } from "fleet/commands/store";
import { commandName, isOver, stateTone, stateWord } from "fleet/commands/words";
import { put, set } from "fleet/dom";
import { gettext } from "fleet/i18n";
import { failed } from "fleet/notices";

const SHOWN_MS = 20_000;

export class StopButton {
  /** `root` has a button and, beside it, `[data-part=result]`. */
  constructor(root) {
    this.root = root;
    this.button = root.querySelector("button");
    this.result = root.querySelector("[data-part=result]");
    holdButton(this.button, () => this.#stop());
    commands.listen((documents) => this.#changed(documents));
  }

  /** `device`: {id, workspaceId, name}, or null. */
  target(device) {
    if (device?.id === this.device?.id) return;
    this.device = device;
    this.command = null;
    this.#show("", "");
    if (!device) return;
    commands.follow(device.workspaceId);
    set(this.button, "aria-label", gettext("Hold to stop %(device)s", { device: device.name }));
    set(this.button, "title", gettext("Hold for one second; with the keyboard, hold Enter or Space"));
  }

  disable(disabled) {
    if (this.button.disabled !== disabled) this.button.disabled = disabled;
  }

  async #stop() {
    const { device } = this;
    this.#show("open", gettext("Sending…"));
    try {
      const command = await commands.ask(device.id, device.workspaceId, "stop");
      if (device !== this.device) return;
      this.command = command.id;
      this.#changed([commands.get(command.id)]);
    } catch (error) {
      if (device === this.device) this.#show("bad", gettext("Not sent"));
      failed(gettext("%(device)s was not told to stop.", { device: device.name }), error);
    }
  }

  #changed(documents) {
    const command = documents.find(({ id }) => id === this.command);
    if (!command) return;
    const said = command.detail ? `: ${command.detail}` : "";
    this.#show(stateTone(command.state), `${commandName("stop")} · ${stateWord(command.state)}${said}`);
    clearTimeout(this.timer);
    if (isOver(command)) this.timer = setTimeout(() => this.#show("", ""), SHOWN_MS);
  }

  #show(tone, text) {
    set(this.result, "data-tone", tone);
    put(this.result, text);
  }
}

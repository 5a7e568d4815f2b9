/** The person's notification channels: the list, and the form that adds one. */

import { getJson, sendJson } from "fleet/api";
import { arrange, partsOf, put } from "fleet/dom";
import { gettext } from "fleet/i18n";
import { notice, reason } from "fleet/notices";
import { ChannelRow } from "fleet/settings/channel";

const ADDRESS = "/api/fleet/me/channels";
const COPIED_MS = 2000;

export class Channels {
  constructor(root) {
    this.parts = partsOf(root);
    this.rows = new Map();
    const { add, secretDone, secretCopy } = this.parts;
    this.fields = [...add.querySelectorAll("[name]")];
    add.addEventListener("submit", (event) => (event.preventDefault(), this.#add()));
    add.elements.kind.addEventListener("change", () => this.#fitAddress());
    secretDone.addEventListener("click", () => (this.parts.secret.hidden = true));
    secretCopy.addEventListener("click", () => this.#copy());
  }

  async read() {
    try {
      const { results } = await getJson(ADDRESS, { limit: 100 });
      for (const channel of results) this.#take(channel);
      this.parts.failed.hidden = true;
    } catch (error) {
      put(this.parts.failed, gettext("Your channels could not be read. %(why)s", { why: reason(error) }));
      this.parts.failed.hidden = false;
    }
    this.#draw();
  }

  #take(channel) {
    const row = this.rows.get(channel.id);
    if (row) return row.update(channel);
    const told = { address: `${ADDRESS}/${channel.id}`, onGone: () => this.#gone(channel.id), onSecret: (secret) => this.#tellSecret(secret) };
    this.rows.set(channel.id, new ChannelRow(channel, told));
    return undefined;
  }

  #gone(id) {
    this.rows.delete(id);
    this.#draw();
    this.parts.add.elements.address.focus();
  }

  #draw() {
    arrange(this.parts.list, [...this.rows.values()].map(({ element }) => element));
    this.parts.none.hidden = this.rows.size > 0 || !this.parts.failed.hidden;
  }

  /** An e-mail address proposes itself; a URL has to be typed. */
  #fitAddress() {
    const { kind, address } = this.parts.add.elements;
    if (kind.value === "webhook" && address.value.includes("@")) address.value = "";
    address.placeholder = kind.value === "webhook" ? "https://" : "";
  }

  async #add() {
    const { add } = this.parts;
    const { kind, address, minimum_severity: severity, workspace_id: workspace, on_clear: cleared } = add.elements;
    const body = {
      kind: kind.value, address: address.value.trim(), minimum_severity: severity.value,
      workspace_id: workspace.value ? Number(workspace.value) : null, on_clear: cleared.checked,
    };
    add.inert = true;
    try {
      const { secret, ...channel } = await sendJson("POST", ADDRESS, body);
      this.#take(channel);
      this.#draw();
      this.#tell(null);
      address.value = "";
      if (secret) this.#tellSecret(secret);
      else notice(channel.verified ? gettext("%(address)s was added.", { address: channel.address }) : gettext("A code was sent to %(address)s: enter it here.", { address: channel.address }));
    } catch (error) {
      add.inert = false;
      this.#tell(error);
    }
    add.inert = false;
  }

  /** What is wrong stands beside its field; a summary takes the focus. */
  #tell(error) {
    const said = new Map((error?.errors ?? []).map(({ pointer, detail }) => [pointer.replace(/^\//, ""), detail]));
    for (const field of this.fields) {
      const line = document.getElementById(`channel-${field.name}-error`);
      if (!line) continue;
      line.hidden = !said.has(field.name);
      put(line, said.get(field.name) ?? "");
      field.setAttribute("aria-invalid", String(said.has(field.name)));
    }
    const { summary } = this.parts;
    summary.hidden = !error;
    if (!error) return;
    put(summary, said.size ? gettext("It was not added. Mend what is marked below.") : gettext("It was not added. %(why)s", { why: reason(error) }));
    summary.focus();
  }

  #tellSecret(secret) {
    put(this.parts.secretText, secret);
    this.parts.secret.hidden = false;
    this.parts.secretCopy.focus();
  }

  async #copy() {
    const label = this.parts.secretCopy.lastElementChild;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(this.parts.secretText.textContent);
      label.textContent = gettext("Copied");
    } catch {
      label.textContent = gettext("Copying is not allowed here");
    }
    setTimeout(() => (label.textContent = before), COPIED_MS);
  }
}

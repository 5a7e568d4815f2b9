/** One notification channel: what it tells of, whether it works, and what can be done with it. */

import { sendJson } from "fleet/api";
import { holdButton } from "fleet/commands/hold";
import { icon, make, put, set } from "fleet/dom";
import { ago } from "fleet/format";
import { gettext } from "fleet/i18n";
import { failed, notice, reason } from "fleet/notices";

export class ChannelRow {
  /** `address`: of the channel on the API; `onGone()`: it was deleted; `onSecret(secret)`: told this once. */
  constructor(channel, { address, onGone, onSecret }) {
    Object.assign(this, { address, onGone, onSecret });
    const webhook = channel.kind === "webhook";
    this.state = make("span", { class: "pill" });
    this.used = make("span", { class: "muted num" });
    this.reason = make("p", { class: "error" });
    this.severity = this.#select("minimum_severity", gettext("Alarms of %(address)s", { address: channel.address }), "channel-severity");
    this.place = this.#select("workspace_id", gettext("Workspace of %(address)s", { address: channel.address }), "channel-workspace");
    this.cleared = this.#check("on_clear", gettext("Also when cleared"));
    this.active = this.#check("active", gettext("On"));
    this.code = make("input", { class: "input", "aria-label": gettext("Code sent to %(address)s", { address: channel.address }), autocomplete: "one-time-code", maxlength: 2100, placeholder: gettext("Code") });
    this.confirm = make("form", { class: "confirm", onsubmit: (event) => (event.preventDefault(), this.#confirm()) }, this.code, make("button", { class: "button small primary" }, gettext("Confirm")));
    this.test = this.#button("send", gettext("Test"), () => this.#test());
    const secret = webhook ? this.#button("key", gettext("New secret"), () => this.#newSecret()) : null;
    const remove = make("button", { class: "button small danger hold", type: "button", "aria-label": gettext("Hold to delete %(address)s", { address: channel.address }) }, icon("delete"), make("span", { "data-part": "label" }, gettext("Hold to delete")));
    holdButton(remove, () => this.#remove());
    this.element = make("li", { class: "channel", "data-channel": channel.id },
      make("p", { class: "channel-head" }, icon(webhook ? "webhook" : "mail"), make("b", {}, channel.address), this.state, this.used),
      this.reason, this.confirm,
      make("div", { class: "channel-facts" }, this.severity, this.place, this.cleared.parentElement, this.active.parentElement),
      make("div", { class: "channel-keys" }, this.test, secret, remove));
    this.update(channel);
  }

  /** The same choices as in the form below. */
  #select(name, label, like) {
    const options = [...document.getElementById(like).options].map(({ value, text }) => new Option(text, value));
    const select = make("select", { class: "input pick", "aria-label": label }, ...options);
    select.addEventListener("change", () => this.#change({ [name]: name === "workspace_id" ? (select.value ? Number(select.value) : null) : select.value }));
    return select;
  }

  #check(name, label) {
    const input = make("input", { type: "checkbox", onchange: () => this.#change({ [name]: input.checked }) });
    make("label", { class: "switch" }, input, label);
    return input;
  }

  #button(symbol, label, onclick) {
    return make("button", { class: "button small", type: "button", onclick }, icon(symbol), label);
  }

  update(channel) {
    this.channel = channel;
    const { active, invalid, verified } = channel;
    const [status, word] = invalid ? ["fault", gettext("Given up")] : !verified ? ["charging", gettext("Not confirmed")] : active ? ["moving", gettext("On")] : ["offline", gettext("Off")];
    set(this.state, "data-status", status);
    put(this.state, word);
    put(this.used, channel.last_used_at ? gettext("last used %(when)s", { when: ago(Date.now() - Date.parse(channel.last_used_at)) }) : "");
    this.reason.hidden = !invalid;
    put(this.reason, channel.invalid_reason);
    this.confirm.hidden = verified || channel.kind !== "email";
    this.severity.value = channel.minimum_severity;
    this.place.value = channel.workspace_id ?? "";
    this.cleared.checked = channel.on_clear;
    this.active.checked = active;
  }

  async #change(changes) {
    try {
      this.update(await sendJson("PATCH", this.address, changes));
    } catch (error) {
      failed(gettext("It was not changed."), error);
      this.update(this.channel);
    }
  }

  async #confirm() {
    try {
      this.update(await sendJson("POST", `${this.address}/verify`, { token: this.code.value.trim() }));
      notice(gettext("%(address)s is confirmed.", { address: this.channel.address }));
    } catch (error) {
      const [wrong] = error.errors ?? [];
      put(this.reason, wrong?.detail ?? reason(error));
      this.reason.hidden = false;
      this.code.setAttribute("aria-invalid", "true");
      this.code.focus();
    }
  }

  async #test() {
    this.test.disabled = true;
    try {
      const { ok, detail } = await sendJson("POST", `${this.address}/test`, {});
      const told = this.channel.verified ? gettext("A test went to %(address)s.", { address: this.channel.address }) : gettext("The code was sent to %(address)s again.", { address: this.channel.address });
      notice(ok ? told : gettext("The test failed: %(why)s", { why: detail }), { error: !ok });
    } catch (error) {
      failed(gettext("No test was sent."), error);
    }
    this.test.disabled = false;
  }

  async #newSecret() {
    try {
      this.onSecret((await sendJson("POST", `${this.address}/rotate-secret`, {})).secret);
    } catch (error) {
      failed(gettext("The secret is the old one."), error);
    }
  }

  async #remove() {
    try {
      await sendJson("DELETE", this.address);
      notice(gettext("%(address)s was deleted.", { address: this.channel.address }));
      this.onGone();
    } catch (error) {
      failed(gettext("It was not deleted."), error);
    }
  }
}

/** The open alarms of every workspace that the person may see, live. One per page. */

import { byUrgency } from "fleet/alarms/words";
import { live } from "fleet/connection";
import { mayAnywhere, may, workspaces } from "fleet/me";

class AlarmStore {
  #worst = null; // by device, reckoned when somebody asks

  constructor() {
    this.open = new Map();
    this.listeners = new Set();
    this.waiting = new Set(workspaces.filter(({ id }) => may("alarm.view", id)).map(({ id }) => id));
    for (const id of this.waiting) {
      live.subscribe(`alarms:${id}`, {
        snapshot: (documents) => this.#snapshot(id, documents),
        event: (document) => this.take([document]),
        refused: () => this.#snapshot(id, []),
      });
    }
  }

  get allowed() {
    return mayAnywhere("alarm.view");
  }

  get ready() {
    return !this.waiting.size;
  }

  /** `listener(changed, fresh)`: documents that changed, and those of them that were raised just now. */
  listen(listener) {
    this.listeners.add(listener);
    listener([...this.open.values()], []);
  }

  list() {
    return [...this.open.values()];
  }

  /** The gravest open alarm of a device that a person should see to; null where there is none. */
  worstOf(deviceId) {
    if (!this.#worst) {
      this.#worst = new Map();
      const grave = this.list().filter(({ severity }) => severity !== "info").sort(byUrgency);
      for (const alarm of grave.reverse()) this.#worst.set(alarm.device_id, alarm);
    }
    return this.#worst.get(deviceId) ?? null;
  }

  /** Documents from the topic, or an answer of the API to what was done here: whichever comes first. */
  take(documents) {
    const fresh = documents.filter((alarm) => this.#isFresh(alarm));
    for (const alarm of documents) {
      if (alarm.state === "cleared") this.open.delete(alarm.id);
      else this.open.set(alarm.id, alarm);
    }
    this.#tell(documents, fresh);
  }

  #isFresh(alarm) {
    const known = this.open.get(alarm.id);
    return this.ready && alarm.state === "raised" && (!known || known.count < alarm.count);
  }

  /** After a break the snapshot is the truth: what is not in it has been cleared meanwhile. */
  #snapshot(workspaceId, documents) {
    const again = !this.waiting.delete(workspaceId);
    const fresh = again ? documents.filter((alarm) => this.#isFresh(alarm)) : [];
    for (const [id, alarm] of this.open) if (alarm.workspace_id === workspaceId) this.open.delete(id);
    for (const alarm of documents) this.open.set(alarm.id, alarm);
    this.#tell(documents, fresh);
  }

  #tell(changed, fresh) {
    this.#worst = null;
    for (const listener of this.listeners) listener(changed, fresh);
  }
}

export const alarms = new AlarmStore();

/** Commands of the workspaces that somebody on this page follows, live, with what this page itself has asked. */

import { sendJson } from "fleet/api";
import { live } from "fleet/connection";

class CommandStore {
  constructor() {
    this.known = new Map();
    this.listeners = new Set();
    this.followed = new Set();
  }

  follow(workspaceId) {
    if (this.followed.has(workspaceId)) return;
    this.followed.add(workspaceId);
    live.subscribe(`commands:${workspaceId}`, {
      snapshot: (documents) => this.take(documents),
      event: (document) => this.take([document]),
    });
  }

  /** `listener(documents)`: what changed. */
  listen(listener) {
    this.listeners.add(listener);
  }

  get(id) {
    return this.known.get(id);
  }

  take(documents) {
    for (const document of documents) this.known.set(document.id, document);
    for (const listener of this.listeners) listener(documents);
  }

  /** The command as the server keeps it. Its way to the device is told by the topic. Throws what the server refuses. */
  async ask(deviceId, workspaceId, name, params = {}) {
    this.follow(workspaceId);
    const document = await sendJson("POST", `/api/fleet/devices/${deviceId}/commands`, { name, params });
    return this.#answered(document);
  }

  /** A stop for everything that moves in a workspace: the commands that were made. */
  async stopAll(workspaceId) {
    this.follow(workspaceId);
    const { commands: made } = await sendJson("POST", `/api/fleet/workspaces/${workspaceId}/stop-all`, {});
    return made.map((document) => this.#answered(document));
  }

  async cancel(id) {
    this.take([await sendJson("POST", `/api/fleet/commands/${id}/cancel`, {})]);
  }

  /** The topic may have been faster than the answer: then it knows better. */
  #answered(document) {
    const known = this.known.get(document.id);
    if (known) return known;
    this.take([document]);
    return document;
  }
}

export const commands = new CommandStore();

/**
 * The only websocket client: one socket to /ws/live per page, topics with callbacks.
 *
 * It reconnects with a capped, jittered back-off and asks each topic to go on where it was (`since`); a topic whose
 * events are no longer held gets a new snapshot instead. A ping every 10 s measures latency and the server's clock;
 * a socket that says nothing for long is taken for dead.
 */

const PROTOCOL = "fleet.v1";
const PING_MS = 10_000;
const SECOND_PING_MS = 2000;
const SILENCE_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const OFFLINE_AFTER_MS = 30_000;
const NOT_AUTHENTICATED = 4401;
const RATE_WINDOW_MS = 4000;

export class Live {
  /**
   * @param {object} options
   * @param {(state: object) => void} options.onState  told at every change and once a second
   * @param {() => void} options.onEnded  the session is over
   * @param {() => Promise<boolean>} options.stillSignedIn  asked where a socket could not even open
   */
  constructor({ url = defaultUrl(), onState = () => {}, onEnded = () => {}, stillSignedIn = async () => true }) {
    this.url = url;
    this.onState = onState;
    this.onEnded = onEnded;
    this.stillSignedIn = stillSignedIn;
    this.topics = new Map();
    this.state = { phase: "connecting", latency: NaN, offset: 0, hertz: NaN, retryAt: 0, downSince: 0 };
    this.nextId = 1;
    this.failures = 0;
    this.frames = [];
    this.pings = new Map();
    this.timer = setInterval(() => this.#second(), 1000);
    addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.#open();
  }

  /** The server's clock, milliseconds since 1970. */
  now() {
    return Date.now() + this.state.offset;
  }

  /**
   * @param {string} topic
   * @param {{snapshot?: Function, event?: Function, batch?: Function, refused?: Function}} callbacks
   *        each gets (data, frame); `refused` gets the code
   * @param {number} [rate] frames per second at most
   */
  subscribe(topic, callbacks, rate) {
    this.topics.set(topic, { callbacks, rate, seq: undefined, parts: null });
    if (this.#isOpen()) this.#ask([topic], rate);
  }

  unsubscribe(topic) {
    if (this.topics.delete(topic) && this.#isOpen()) {
      this.#send({ type: "unsubscribe", id: this.nextId++, topics: [topic] });
    }
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.retryTimer);
    this.closed = true;
    this.socket?.close(1000);
  }

  /* --- The socket --- */

  #open() {
    clearTimeout(this.retryTimer);
    if (this.closed) return;
    const socket = new WebSocket(this.url, PROTOCOL);
    this.socket = socket;
    this.opened = false;
    this.heard = performance.now();
    socket.onopen = () => this.#onOpen();
    socket.onmessage = (message) => this.#onMessage(message.data);
    socket.onclose = (event) => socket === this.socket && this.#onClose(event);
  }

  #isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  #send(message) {
    if (this.#isOpen()) this.socket.send(JSON.stringify(message));
  }

  #onOpen() {
    this.opened = true;
    this.heard = performance.now();
    for (const [rate, topics] of this.#topicsByRate()) this.#ask(topics, rate);
    this.#ping();
    setTimeout(() => this.#ping(), SECOND_PING_MS); // the first one waits behind the snapshots
  }

  #topicsByRate() {
    const byRate = new Map();
    for (const [topic, { rate }] of this.topics) byRate.set(rate, [...(byRate.get(rate) ?? []), topic]);
    return byRate;
  }

  #ask(topics, rate) {
    const since = {};
    for (const topic of topics) {
      const entry = this.topics.get(topic);
      entry.parts = null;
      if (entry.seq !== undefined) since[topic] = entry.seq;
    }
    const message = { type: "subscribe", id: this.nextId++, topics };
    if (Object.keys(since).length) message.since = since;
    if (rate) message.rate = rate;
    this.#send(message);
  }

  #onClose({ code }) {
    const neverOpened = !this.opened;
    this.pings.clear();
    if (code === NOT_AUTHENTICATED) return this.#end();
    this.#tell({ downSince: this.state.downSince || Date.now(), latency: NaN, hertz: NaN });
    this.#scheduleRetry();
    if (neverOpened) this.stillSignedIn().then((yes) => yes || this.#end());
  }

  #scheduleRetry() {
    const cap = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures++);
    const wait = cap / 2 + (Math.random() * cap) / 2;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.#open(), wait);
    this.#tell({ phase: this.#downPhase(), retryAt: Date.now() + wait });
  }

  #retryNow() {
    if (this.closed || this.#isOpen() || this.socket?.readyState === WebSocket.CONNECTING) return;
    this.failures = 0;
    this.#open();
  }

  #wake() {
    if (this.#isOpen()) this.#ping();
    else this.#retryNow();
  }

  #end() {
    this.close();
    this.#tell({ phase: "ended", downSince: Date.now() });
    this.onEnded();
  }

  /* --- Frames --- */

  #onMessage(text) {
    this.heard = performance.now();
    const frame = JSON.parse(text);
    if (frame.type === "pong") return this.#onPong(frame);
    if (frame.type === "subscribed") return this.#onSubscribed(frame);
    const entry = this.topics.get(frame.topic);
    if (entry) this.#deliver(entry, frame);
  }

  #onSubscribed(frame) {
    this.failures = 0;
    this.#tell({ phase: "live", downSince: 0, retryAt: 0 });
    for (const { topic, code } of frame.refused ?? []) {
      const entry = this.topics.get(topic);
      this.topics.delete(topic);
      entry?.callbacks.refused?.(code);
    }
  }

  #deliver(entry, frame) {
    if (frame.type === "snapshot") return this.#deliverSnapshot(entry, frame);
    entry.seq = frame.seq;
    if (frame.type === "event" || frame.type === "batch") {
      this.frames.push(performance.now());
      entry.callbacks[frame.type]?.(frame.data, frame);
    }
  }

  /** A large snapshot comes in parts; it counts once all of them are there. */
  #deliverSnapshot(entry, frame) {
    if (!(frame.parts > 1)) {
      entry.seq = frame.seq;
      entry.callbacks.snapshot?.(frame.data, frame);
      return;
    }
    entry.parts ??= new Map();
    entry.parts.set(frame.part, frame.data);
    if (entry.parts.size < frame.parts) return;
    const whole = [...entry.parts].sort(([a], [b]) => a - b).flatMap(([, data]) => data);
    entry.parts = null;
    entry.seq = frame.seq;
    entry.callbacks.snapshot?.(whole, frame);
  }

  /* --- Clockwork --- */

  #ping() {
    const id = this.nextId++;
    this.pings.set(id, Date.now());
    this.pinged = performance.now();
    this.#send({ type: "ping", id });
  }

  #onPong({ id, time }) {
    const sent = this.pings.get(id);
    if (sent === undefined) return;
    this.pings.clear();
    const now = Date.now();
    this.#tell({ latency: now - sent, offset: Date.parse(time) - (now + sent) / 2 });
  }

  #second() {
    const now = performance.now();
    if (this.#isOpen()) {
      if (now - this.pinged > PING_MS) this.#ping();
      if (now - this.heard > SILENCE_MS) this.#giveUp();
    } else if (this.state.phase !== "ended" && this.state.downSince) {
      this.#tell({ phase: this.#downPhase() });
    }
    this.frames = this.frames.filter((at) => now - at < RATE_WINDOW_MS);
    this.#tell({ hertz: this.frames.length / (RATE_WINDOW_MS / 1000) });
  }

  /** A half-open connection reports nothing by itself: leave it behind without waiting for its close. */
  #giveUp() {
    const dead = this.socket;
    this.socket = null;
    dead.close();
    this.#onClose({ code: 1006 });
  }

  #downPhase() {
    return Date.now() - this.state.downSince > OFFLINE_AFTER_MS ? "offline" : "retrying";
  }

  #tell(changes) {
    Object.assign(this.state, changes);
    this.onState(this.state);
  }
}

function defaultUrl() {
  const url = new URL("/ws/live", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

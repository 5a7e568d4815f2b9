/** The black box as a strip: what the device did, blank where it was silent, and the slider over it. */

import { SPEEDS } from "fleet/device/clock";
import { partsOf, put } from "fleet/dom";
import { clock, clockMinute, day, dayAndClock, daysLater, localDay, localTime } from "fleet/format";
import { gettext } from "fleet/i18n";
import { fitCanvas } from "fleet/map/canvas";
import { STATUS_TEXTS, driveWord } from "fleet/kinds";
import { onPalette, palette } from "fleet/palette";

const MINUTE = 60_000;
const BUCKETS = 300;
const SPANS = { "10m": 10 * MINUTE, "1h": 60 * MINUTE, "6h": 360 * MINUTE, "24h": 1440 * MINUTE };
const SPEED_PATHS = { robot: "robot_base_status.speed", drone: "osd.horizontal_speed" };
const MOVING_FROM = 0.03;
const AXIS_PX = 20;
const THUMB_PX = 8; // half the slider's thumb: its middle travels between these margins
const LEAST_BRUSH_MS = 1000;
const SEVERITY_TOKEN = { critical: "crit", warning: "warn", info: "info" };
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];

export class Timeline {
  /** `brush`: [from, to] of a selected stretch, NaN where none is. */
  constructor(root, { kind, history, cursor, span, brush: [from, to], onBrush }) {
    this.path = SPEED_PATHS[kind];
    this.statusTexts = STATUS_TEXTS[kind] ?? [];
    this.history = history;
    this.cursor = cursor;
    this.span = span in SPANS ? span : "1h";
    this.buckets = [];
    this.marks = [];
    this.onBrush = onBrush;
    this.brush = from < to ? { from, to } : null;
    this.parts = partsOf(root);
    this.context = this.parts.band.getContext("2d");
    root.classList.toggle("plain", !this.path);
    root.classList.toggle("no-charging", !this.statusTexts.length);
    this.#listen();
    onPalette(() => this.paint());
    new ResizeObserver(() => this.paint()).observe(this.parts.band.parentElement);
  }

  #listen() {
    const { slider, play, back, forward, live, speed, select, brushDrop, moment, dayBack, dayForward } = this.parts;
    moment.addEventListener("change", () => this.#seekField());
    dayBack.addEventListener("click", () => this.#goDays(-1));
    dayForward.addEventListener("click", () => this.#goDays(1));
    slider.addEventListener("pointerdown", (event) => this.#drag(event));
    select.addEventListener("click", () => this.markHere());
    brushDrop.addEventListener("click", () => this.#select(null));
    slider.addEventListener("input", () => {
      this.held = true;
      this.cursor.seek(Number(slider.value));
    });
    slider.addEventListener("change", () => (this.held = false));
    play.addEventListener("click", () => this.cursor.toggle());
    back.addEventListener("click", () => this.cursor.step(-10_000));
    forward.addEventListener("click", () => this.cursor.step(10_000));
    live.addEventListener("click", () => this.cursor.goLive());
    speed.append(...SPEEDS.map((times) => new Option(`${times}×`, times)));
    speed.addEventListener("change", () => this.cursor.setSpeed(Number(speed.value)));
  }

  /** While a year is typed the field holds years long past: they are out of its bounds. */
  #seekField() {
    const { moment } = this.parts;
    if (moment.value && moment.validity.valid) this.cursor.seek(Date.parse(moment.value));
  }

  /** The strip goes along, so that the moment stays where it is on it. */
  #goDays(days) {
    const { time } = this.cursor;
    const there = daysLater(time, days);
    this.end = Math.min(this.cursor.now(), this.end + there - time);
    this.cursor.seek(there);
  }

  /** The stretch that files are made of: what is selected, else what is shown. */
  get chosen() {
    return this.brush ?? { from: this.from, to: this.end };
  }

  /** Begins a selection at the cursor; the second time, ends it there. */
  markHere() {
    const { time } = this.cursor;
    if (this.begun === undefined) {
      this.begun = time;
      this.#select(null);
    } else this.#select({ from: Math.min(this.begun, time), to: Math.max(this.begun, time) });
  }

  /** Marks a stretch; where it lies outside of the strip, the cursor goes to its beginning. */
  select(brush) {
    if (brush && (brush.to < this.from || brush.from > this.end)) this.cursor.seek(brush.from);
    this.#select(brush);
  }

  /** Marks a stretch of whatever time; the page's moment stays. */
  mark(brush) {
    this.#select(brush);
  }

  #select(brush) {
    if (brush) this.begun = undefined;
    this.brush = brush && brush.to - brush.from >= LEAST_BRUSH_MS ? brush : null;
    this.onBrush();
    this.update();
  }

  /** With Shift the strip is dragged over, not sought in. */
  #drag(event) {
    if (!event.shiftKey) return;
    event.preventDefault();
    const start = this.#timeAt(event.clientX);
    const { slider } = this.parts;
    const move = ({ clientX }) => {
      const time = this.#timeAt(clientX);
      this.#select({ from: Math.min(start, time), to: Math.max(start, time) });
    };
    slider.setPointerCapture(event.pointerId);
    slider.addEventListener("pointermove", move);
    slider.addEventListener("pointerup", () => slider.removeEventListener("pointermove", move), { once: true });
  }

  #timeAt(clientX) {
    const { left, width } = this.parts.slider.getBoundingClientRect();
    const share = (clientX - left - THUMB_PX) / (width - 2 * THUMB_PX);
    return this.from + this.length * Math.min(1, Math.max(0, share));
  }

  /** Moments to point at: [{time, severity}]. */
  point(marks) {
    this.marks = marks;
  }

  setSpan(name) {
    this.span = name;
    this.end = undefined;
    this.buckets = [];
    this.update();
  }

  get length() {
    return SPANS[this.span];
  }

  get from() {
    return this.end - this.length;
  }

  /** Where the strip ends: at the present while live; in replay it stands, unless the cursor leaves it. */
  update() {
    const now = this.cursor.now();
    const { time, live } = this.cursor;
    if (live || this.end === undefined) this.end = now;
    if (!live && (time < this.from || time > this.end)) this.end = Math.min(now, time + this.length / 2);
    this.#load();
    this.#controls(time, live);
    this.paint();
  }

  #controls(time, live) {
    const { slider, play, playIcon, live: liveButton, now: label, speed } = this.parts;
    slider.min = Math.round(this.from);
    slider.max = Math.round(this.end);
    if (!this.held || live) slider.value = Math.round(time);
    slider.setAttribute("aria-valuetext", live ? gettext("Live") : dayAndClock(time));
    const running = !live && this.cursor.playing;
    const text = live || running ? gettext("Pause") : gettext("Play");
    play.setAttribute("aria-label", text);
    play.title = text;
    put(playIcon, live || running ? "pause" : "play_arrow");
    liveButton.setAttribute("aria-pressed", String(live));
    put(label, localDay(time) === localDay(this.cursor.now()) ? clock(time) : dayAndClock(time));
    speed.value = this.cursor.speed;
    this.#momentField(time, live);
    this.#brushWords();
  }

  #momentField(time, live) {
    const { moment, dayForward } = this.parts;
    const text = localTime(time).slice(0, 16);
    if (document.activeElement !== moment && moment.value !== text) moment.value = text;
    dayForward.disabled = live;
  }

  #brushWords() {
    const { brush, brushText, select, selectText } = this.parts;
    brush.hidden = !this.brush;
    if (this.brush) put(brushText, this.#span(this.brush));
    select.setAttribute("aria-pressed", String(this.begun !== undefined));
    put(selectText, this.begun === undefined ? gettext("Select a span") : gettext("End the span here"));
  }

  /** Two moments in words, with their days where they are not of today. */
  #span({ from, to }) {
    const today = localDay(this.cursor.now());
    const [first, last] = [localDay(from), localDay(to)];
    return `${first === today ? clock(from) : dayAndClock(from)} – ${last === first ? clock(to) : dayAndClock(to)}`;
  }

  async #load() {
    const seconds = this.length / 1000 / BUCKETS;
    const due = this.cursor.live ? Math.max(5000, seconds * 1000) : 60_000;
    const { from, end, span } = this;
    if (this.loading || (this.asked?.span === span && Math.abs(this.asked.end - end) < due)) return;
    this.loading = true;
    this.asked = { span, end };
    try {
      const buckets = await this.history.summary(from - seconds * 1000, end, seconds);
      if (span === this.span) this.buckets = buckets;
    } catch {
      this.asked = { span, end };
    } finally {
      this.loading = false;
    }
  }

  paint() {
    const box = this.parts.band.parentElement.getBoundingClientRect();
    const [width, height] = [Math.floor(box.width), Math.floor(box.height)];
    if (!width || this.end === undefined || document.hidden) return;
    fitCanvas(this.parts.band, this.context, width, height);
    const { context } = this;
    const x = (time) => THUMB_PX + ((time - this.from) / this.length) * (width - 2 * THUMB_PX);
    const tall = height - AXIS_PX;
    context.clearRect(0, 0, width, height);
    context.fillStyle = palette.sunken;
    context.fillRect(0, 0, width, tall);
    this.#axis(x, tall, width);
    this.#blocks(x, tall);
    this.#brushed(x, tall);
    this.#pointers(x);
    this.#needle(x(this.cursor.time), tall, width);
  }

  #blocks(x, tall) {
    const { context } = this;
    const half = this.length / BUCKETS / 2;
    for (const bucket of this.buckets) {
      const { time } = bucket;
      const [color, share] = this.#look(bucket);
      context.globalAlpha = this.cursor.live || time <= this.cursor.time ? 1 : 0.4;
      context.fillStyle = palette[color];
      const left = Math.floor(x(time - half));
      context.fillRect(left, tall * (1 - share), Math.max(1, Math.floor(x(time + half)) - left), tall * share);
    }
    context.globalAlpha = 1;
  }

  /** Colour and height: each by itself tells what the device did. */
  #look({ fields, texts }) {
    if (!this.path) return ["control", 0.72];
    const said = this.statusTexts.map((path) => texts?.[path]).find(Boolean);
    if (said && driveWord(said)[0] === "charging") return ["info", 0.5];
    return fields[this.path]?.mean > MOVING_FROM ? ["ok", 0.72] : ["control", 0.3];
  }

  #axis(x, tall, width) {
    const { context } = this;
    const room = Math.max(2, Math.floor(width / 110));
    const minutes = STEPS_MIN.find((step) => this.length / MINUTE / step <= room) ?? 360;
    const step = minutes * MINUTE;
    const zone = new Date(this.end).getTimezoneOffset() * MINUTE;
    context.font = `400 11px ${palette.font}`;
    context.fillStyle = palette.muted;
    context.strokeStyle = palette.hairline;
    context.lineWidth = 1;
    context.textAlign = "center";
    context.textBaseline = "bottom";
    for (let at = Math.ceil((this.from - zone) / step) * step + zone; at < this.end; at += step) {
      const place = Math.round(x(at)) + 0.5;
      context.beginPath();
      context.moveTo(place, 0);
      context.lineTo(place, tall + 3);
      context.stroke();
      if (place > 24 && place < width - 24) {
        const midnight = (at - zone) % (1440 * MINUTE) === 0;
        context.fillText(midnight ? day(at) : clockMinute(at), place, tall + AXIS_PX - 2);
      }
    }
  }

  #brushed(x, tall) {
    const { context } = this;
    const { from, to } = this.brush ?? { from: this.begun, to: this.cursor.time };
    if (from === undefined) return;
    const [left, right] = [x(Math.min(from, to)), x(Math.max(from, to))];
    context.fillStyle = palette.info;
    context.globalAlpha = 0.22;
    context.fillRect(left, 0, right - left, tall);
    context.globalAlpha = 1;
    for (const edge of [left, right]) context.fillRect(edge - 1, 0, 2, tall);
  }

  /** Alarms: a diamond for critical ones, a triangle for the others. */
  #pointers(x) {
    const { context } = this;
    for (const { time, severity } of this.marks) {
      if (time < this.from || time > this.end) continue;
      const [place, size] = [x(time), 5];
      context.beginPath();
      context.moveTo(place, 1);
      context.lineTo(place + size, severity === "critical" ? 1 + size : 1 + 2 * size);
      if (severity === "critical") context.lineTo(place, 1 + 2 * size);
      context.lineTo(place - size, severity === "critical" ? 1 + size : 1 + 2 * size);
      context.closePath();
      context.fillStyle = palette[SEVERITY_TOKEN[severity]];
      context.strokeStyle = palette.surface;
      context.lineWidth = 1.5;
      context.fill();
      context.stroke();
    }
  }

  #needle(place, tall, width) {
    const { context } = this;
    const at = Math.min(width - THUMB_PX, Math.max(THUMB_PX, place));
    context.fillStyle = this.cursor.live ? palette.accent : palette.warn;
    context.fillRect(at - 1.5, 0, 3, tall);
    context.beginPath();
    context.arc(at, tall / 2, 7, 0, 7);
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = palette.surface;
    context.stroke();
  }
}

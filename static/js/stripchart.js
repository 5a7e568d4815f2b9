/**
 * A strip chart on a canvas: ring buffers of times and values, gaps drawn as gaps, a cursor for replay.
 * The chart owns no clock: who draws says which stretch of time.
 */

import { clock, clockMinute, day, number } from "fleet/format";
import { fitCanvas } from "fleet/map/canvas";
import { onPalette, palette } from "fleet/palette";

const HOUR = 3_600_000;
const BREAK_FACTOR = 4;
const LEAST_BREAK_MS = 5000;
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
const TIME_STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

export class StripChart {
  /**
   * @param {HTMLCanvasElement} canvas its CSS box gives the size
   * @param {object} options lines: [{color}], low/high: fixed ends of the scale, least: smallest span,
   *        digits, capacity: samples kept, axis: whether times are written below
   */
  constructor(canvas, { lines, low, high, least = 1, digits, capacity = 4000, axis = true }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.options = { lines, low, high, least, digits, axis };
    this.capacity = capacity;
    this.times = new Float64Array(capacity);
    this.values = lines.map(() => new Float64Array(capacity));
    this.clear();
    onPalette(() => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(canvas.parentElement);
  }

  clear() {
    this.head = 0;
    this.size = 0;
    this.redraw();
  }

  /** One sample, newer than all before; a value that is no number is left out of its line. */
  push(time, ...values) {
    if (this.size && time <= this.#time(this.size - 1)) return;
    const slot = (this.head + this.size) % this.capacity;
    this.times[slot] = time;
    this.values.forEach((line, index) => (line[slot] = values[index] ?? NaN));
    if (this.size < this.capacity) this.size += 1;
    else this.head = (this.head + 1) % this.capacity;
  }

  /** Older samples, oldest first, before those that are here. */
  prepend(rows) {
    const first = this.size ? this.#time(0) : Infinity;
    const kept = Array.from({ length: this.size }, (_, index) => this.#row(index));
    this.replace([...rows.filter(([time]) => time < first), ...kept]);
  }

  replace(rows) {
    this.head = 0;
    this.size = 0;
    for (const [time, ...values] of rows.slice(-this.capacity)) this.push(time, ...values);
    this.redraw();
  }

  #slot(index) {
    return (this.head + index) % this.capacity;
  }

  #time(index) {
    return this.times[this.#slot(index)];
  }

  #row(index) {
    const slot = this.#slot(index);
    return [this.times[slot], ...this.values.map((line) => line[slot])];
  }

  /** `from`, `to`: milliseconds; `cursor`: a moment to mark, or nothing. */
  draw(from, to, cursor) {
    this.window = { from, to, cursor };
    const box = this.canvas.parentElement.getBoundingClientRect();
    const width = Math.floor(box.width);
    const height = Math.floor(box.height);
    if (!width || !height || document.hidden) return;
    fitCanvas(this.canvas, this.context, width, height);
    this.context.clearRect(0, 0, width, height);
    const scale = this.#scale(from, to);
    const plot = { left: 40, right: width - 8, top: 8, bottom: height - (this.options.axis ? 20 : 6), from, to, ...scale };
    this.#grid(plot);
    this.context.save();
    this.context.beginPath();
    this.context.rect(plot.left, plot.top - 4, plot.right - plot.left, plot.bottom - plot.top + 8);
    this.context.clip();
    this.values.forEach((line, index) => this.#line(plot, line, index));
    this.context.restore();
    if (cursor !== undefined) this.#cursor(plot, cursor);
  }

  redraw() {
    if (this.window) this.draw(this.window.from, this.window.to, this.window.cursor);
  }

  #scale(from, to) {
    let low = this.options.low ?? Infinity;
    let high = this.options.high ?? -Infinity;
    for (let index = 0; index < this.size; index++) {
      const slot = this.#slot(index);
      if (this.times[slot] < from || this.times[slot] > to) continue;
      for (const line of this.values) {
        if (line[slot] < low) low = line[slot];
        if (line[slot] > high) high = line[slot];
      }
    }
    if (low > high) [low, high] = [0, this.options.least];
    if (high - low < this.options.least) high = low + this.options.least;
    const step = niceStep((high - low) / 3);
    return { low: Math.floor(low / step) * step, high: Math.ceil(high / step - 1e-9) * step, step };
  }

  #grid(plot) {
    const { context } = this;
    context.font = `400 11px ${palette.font}`;
    context.lineWidth = 1;
    context.strokeStyle = palette.hairline;
    context.fillStyle = palette.muted;
    context.textBaseline = "middle";
    context.textAlign = "right";
    const digits = this.options.digits ?? digitsOf(plot.step);
    for (let value = plot.low; value <= plot.high + plot.step / 2; value += plot.step) {
      const y = Math.round(yOf(plot, value)) + 0.5;
      stroke(context, plot.left, y, plot.right, y);
      context.fillText(number(value, digits), plot.left - 6, y);
    }
    if (this.options.axis) this.#times(plot);
  }

  #times(plot) {
    const { context } = this;
    const span = plot.to - plot.from;
    const room = Math.max(2, Math.floor((plot.right - plot.left) / 92));
    const step = (TIME_STEPS.find((seconds) => span / 1000 / seconds <= room) ?? 86_400) * 1000;
    const zone = new Date(plot.to).getTimezoneOffset() * 60_000;
    context.textBaseline = "top";
    context.textAlign = "center";
    for (let at = Math.ceil((plot.from - zone) / step) * step + zone; at <= plot.to; at += step) {
      const x = xOf(plot, at);
      if (x < plot.left + 18 || x > plot.right - 18) continue;
      context.fillText(step < 60_000 ? clock(at) : span > 40 * HOUR ? day(at) : clockMinute(at), x, plot.bottom + 6);
    }
  }

  #line(plot, values, index) {
    const { context } = this;
    const points = this.#points(values, plot);
    const broken = Math.max(LEAST_BREAK_MS, BREAK_FACTOR * usualGap(points));
    context.beginPath();
    context.strokeStyle = palette[this.options.lines[index].color];
    context.setLineDash(DASHES[index % DASHES.length]);
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    let before = -Infinity;
    for (const [time, value] of points) {
      const x = xOf(plot, time);
      const y = yOf(plot, value);
      if (time - before > broken) context.moveTo(x - 0.5, y);
      context.lineTo(x, y);
      before = time;
    }
    context.stroke();
    context.setLineDash([]);
  }

  /** What is in the window and a little around it. Samples without this value say nothing: only silence is a gap. */
  #points(values, { from, to }) {
    const margin = (to - from) / 2;
    const points = [];
    for (let at = 0; at < this.size; at++) {
      const slot = this.#slot(at);
      const time = this.times[slot];
      if (time > from - margin && time < to + margin && Number.isFinite(values[slot])) points.push([time, values[slot]]);
    }
    return points;
  }

  #cursor(plot, cursor) {
    const x = Math.round(xOf(plot, cursor)) + 0.5;
    if (x < plot.left || x > plot.right + 1) return;
    this.context.strokeStyle = palette.warn;
    this.context.lineWidth = 2;
    stroke(this.context, x, plot.top - 4, x, plot.bottom);
  }

  /** [least, mean, greatest, newest] of a line in a stretch of time; null without values. For the text twin. */
  summary(index, from, to) {
    let [count, sum, low, high, last] = [0, 0, Infinity, -Infinity, NaN];
    for (let at = 0; at < this.size; at++) {
      const slot = this.#slot(at);
      const value = this.values[index][slot];
      if (this.times[slot] < from || this.times[slot] > to || !Number.isFinite(value)) continue;
      count += 1;
      sum += value;
      low = Math.min(low, value);
      high = Math.max(high, value);
      last = value;
    }
    return count ? [low, sum / count, high, last] : null;
  }
}

/** The median pace, to tell a gap from a slow sender. */
function usualGap(points) {
  const newest = points.slice(-40);
  const gaps = newest.slice(1).map(([time], index) => time - newest[index][0]);
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
}

const xOf = ({ left, right, from, to }, time) => left + ((right - left) * (time - from)) / (to - from);
const yOf = ({ top, bottom, low, high }, value) => bottom - ((bottom - top) * (value - low)) / (high - low);

/** Decimals that tell the multiples of a step apart: 0.25 needs two. */
function digitsOf(step) {
  let digits = 0;
  while (digits < 4 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits += 1;
  return digits;
}

export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].map((times) => times * power).find((step) => step >= least - 1e-12);
}

function stroke(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

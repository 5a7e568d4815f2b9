/** Bars on a canvas, one for each of a few steps, from a zero line. */

import { number } from "fleet/format";
import { fitCanvas } from "fleet/map/canvas";
import { onPalette, palette } from "fleet/palette";
import { niceStep } from "fleet/stripchart";

const [LEFT, RIGHT, TOP, BOTTOM] = [40, 8, 8, 20];

export class BarChart {
  /** `color`: the name of a colour of the palette. The canvas has the size of its parent. */
  constructor(canvas, { color }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.color = color;
    this.bars = [];
    onPalette(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
  }

  /** `bars`: [{value, label}] from left to right; a label stands where its bar begins, "" for none. */
  show(bars) {
    this.bars = bars;
    this.draw();
  }

  draw() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const [width, height] = [Math.floor(box.width), Math.floor(box.height)];
    if (!width || !height) return;
    fitCanvas(this.canvas, this.context, width, height);
    this.context.clearRect(0, 0, width, height);
    const step = Math.max(1, niceStep(Math.max(...this.bars.map(({ value }) => value), 1) / 3));
    const most = Math.ceil(Math.max(...this.bars.map(({ value }) => value), 1) / step) * step;
    const plot = { right: width - RIGHT, bottom: height - BOTTOM, most, step };
    this.#grid(plot);
    this.#bars(plot);
  }

  #grid({ right, bottom, most, step }) {
    const { context } = this;
    context.font = `400 11px ${palette.font}`;
    context.fillStyle = palette.muted;
    context.strokeStyle = palette.hairline;
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let value = 0; value <= most; value += step) {
      const y = Math.round(bottom - (value / most) * (bottom - TOP)) + 0.5;
      context.beginPath();
      context.moveTo(LEFT, y);
      context.lineTo(right, y);
      context.stroke();
      context.fillText(number(value), LEFT - 6, y);
    }
  }

  #bars({ right, bottom, most }) {
    const { context } = this;
    const pitch = (right - LEFT) / Math.max(1, this.bars.length);
    context.textAlign = "left";
    context.textBaseline = "bottom";
    this.bars.forEach(({ value, label }, index) => {
      const left = LEFT + index * pitch;
      const tall = (value / most) * (bottom - TOP);
      context.fillStyle = palette[this.color];
      context.fillRect(Math.round(left) + 1, bottom - tall, Math.max(1, Math.round(pitch) - 2), tall);
      context.fillStyle = palette.muted;
      context.fillText(label, left, bottom + BOTTOM - 2);
    });
  }
}

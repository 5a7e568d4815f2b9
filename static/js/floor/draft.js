/** A shape while it is edited: every change can be undone. Knows neither the page nor the map. */

const STEPS_KEPT = 200;

export class Draft {
  /** `shape`: {points, extras?, fields}; `id` null for a new one. `onChange()`. */
  constructor(kind, id, shape, { box = false, onChange }) {
    this.kind = kind;
    this.id = id;
    this.box = box;
    this.onChange = onChange;
    this.shape = copy({ extras: shape.points.map(() => ({})), ...shape });
    this.saved = JSON.stringify(this.shape);
    this.past = [];
    this.future = [];
  }

  get points() {
    return this.shape.points;
  }

  get extras() {
    return this.shape.extras;
  }

  get fields() {
    return this.shape.fields;
  }

  get isChanged() {
    return JSON.stringify(this.shape) !== this.saved;
  }

  /** One change is one step back, however many calls `work` makes; calls of one `group` in a row are one. */
  #step(work, group = "") {
    const before = JSON.stringify(this.shape);
    work(this.shape);
    if (JSON.stringify(this.shape) === before) return;
    if (!group || group !== this.group) this.past.push(before);
    if (this.past.length > STEPS_KEPT) this.past.shift();
    this.group = group;
    this.future = [];
    this.onChange();
  }

  add(point, at = this.points.length) {
    if (this.box && this.points.length === 2) return;
    this.#step(({ points, extras }) => {
      points.splice(at, 0, rounded(point));
      extras.splice(at, 0, {});
    });
  }

  /** `last`: the hand has let go; the next move is a step of its own. */
  move(at, point, last = true) {
    this.#step(({ points }) => (points[at] = rounded(point)), `move ${at}`);
    if (last) this.group = "";
  }

  remove(at) {
    if (this.box) return;
    this.#step(({ points, extras }) => {
      points.splice(at, 1);
      extras.splice(at, 1);
    });
  }

  setField(name, value) {
    this.#step(({ fields }) => (fields[name] = value), `field ${name}`);
  }

  /** Of one point of a way; an empty value is none. */
  setExtra(at, name, value) {
    this.#step(({ extras }) => {
      if (value === "" || value === null) delete extras[at][name];
      else extras[at][name] = value;
    }, `extra ${at} ${name}`);
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  undo() {
    this.#swap(this.past, this.future);
  }

  redo() {
    this.#swap(this.future, this.past);
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.shape));
    this.shape = JSON.parse(from.pop());
    this.group = "";
    this.onChange();
  }
}

const copy = (shape) => JSON.parse(JSON.stringify(shape));
const rounded = ([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10];

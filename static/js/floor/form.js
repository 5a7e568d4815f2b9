/** The form of what is being drawn: its fields, its corners as numbers (the map is not the only way), and what is wrong. */

import { holdButton } from "fleet/commands/hold";
import { icon, make, partsOf, put } from "fleet/dom";
import { KINDS } from "fleet/floor/kinds";
import { gettext } from "fleet/i18n";
import { reason } from "fleet/notices";

const PLACE_OF = { x: "points", y: "points", width: "points", height: "points", polygon: "points" };

export class ShapeForm {
  /** `onSave()`, `onCancel()`, `onRemove()`: the page does it. */
  constructor(root, { onSave, onCancel, onRemove }) {
    this.root = root;
    this.parts = partsOf(root);
    const { form, undo, redo, cancel, remove, addPoint, theirs } = this.parts;
    form.addEventListener("submit", (event) => (event.preventDefault(), onSave()));
    undo.addEventListener("click", () => this.draft.undo());
    redo.addEventListener("click", () => this.draft.redo());
    cancel.addEventListener("click", onCancel);
    addPoint.addEventListener("click", () => this.#addPoint());
    theirs.addEventListener("click", () => this.onTheirs());
    holdButton(remove, onRemove);
  }

  /** Opens on a draft. `name`: what it is called so far. */
  open(draft, { name, removable, onTheirs }) {
    this.draft = draft;
    this.kind = KINDS[draft.kind];
    this.onTheirs = onTheirs;
    this.root.hidden = false;
    put(this.parts.title, draft.id ? `${this.kind.one()}: ${name}` : this.kind.add());
    this.parts.remove.hidden = !removable;
    this.inputs = new Map(this.kind.fields().map((field) => [field.name, this.#field(field)]));
    this.parts.fields.replaceChildren(...[...this.inputs.values()].map(({ element }) => element));
    this.changed(false);
    this.tell(null);
    this.update();
    this.parts.form.querySelector("input").focus();
  }

  close() {
    this.root.hidden = true;
    this.draft = null;
  }

  #field({ name, label, type, options, required, maxlength }) {
    const id = `shape-${name}`;
    const error = make("p", { class: "error", id: `${id}-error`, hidden: true });
    const read = () => (type === "checkbox" ? input.checked : input.value);
    const input = type === "select"
      ? make("select", { class: "input pick", id }, ...options.map(([value, text]) => make("option", { value }, text)))
      : make("input", { class: type === "checkbox" || type === "color" ? null : "input", id, type, required, maxlength, autocomplete: "off" });
    input.setAttribute("aria-describedby", error.id);
    input.addEventListener(type === "text" ? "input" : "change", () => this.draft.setField(name, read()));
    const caption = make("label", { for: id }, label);
    const parts = type === "checkbox" ? [make("div", { class: "switch" }, input, caption)] : [caption, input];
    return { element: make("div", { class: `field field-${type}` }, ...parts, error), input, error, type };
  }

  /* --- Corners as numbers --- */

  #addPoint() {
    const { points } = this.draft;
    const last = points.at(-1) ?? [0, 0];
    this.draft.add([last[0] + 20, last[1] + 20]);
    this.parts.points.querySelector("li:last-child input")?.focus();
  }

  #pointRow(at) {
    const number = (axis, label) => {
      const input = make("input", { class: "input num", type: "number", step: "any", required: true, "aria-label": label });
      input.addEventListener("change", () => {
        const point = [...this.draft.points[at]];
        point[axis] = Number(input.value);
        if (input.value !== "" && Number.isFinite(point[axis])) this.draft.move(at, point);
      });
      return input;
    };
    const x = number(0, gettext("Corner %(n)s, x", { n: at + 1 }));
    const y = number(1, gettext("Corner %(n)s, y", { n: at + 1 }));
    const button = (name, label, onclick) => make("button", { class: "button quiet small square", type: "button", "aria-label": label, title: label, onclick }, icon(name));
    const keys = this.draft.box ? [] : [
      button("add", gettext("New corner after %(n)s", { n: at + 1 }), () => this.#insertAfter(at)),
      button("remove", gettext("Take corner %(n)s away", { n: at + 1 }), () => this.#take(at)),
    ];
    const extras = (this.kind.pointFields?.() ?? []).map((field) => this.#extra(at, field));
    const element = make("li", {}, make("span", { class: "num", "aria-hidden": "true" }, String(at + 1)), x, y, ...keys,
      extras.length ? make("div", { class: "point-extras" }, ...extras.map(({ element: one }) => one)) : null);
    return { element, x, y, extras };
  }

  #extra(at, { name, label, type }) {
    const input = make("input", { class: "input", type, step: type === "number" ? "any" : null, placeholder: label, "aria-label": `${label} · ${at + 1}` });
    input.addEventListener("change", () => this.draft.setExtra(at, name, type === "number" && input.value !== "" ? Number(input.value) : input.value));
    return { element: input, name };
  }

  #insertAfter(at) {
    const { points } = this.draft;
    const [a, b] = [points[at], points[(at + 1) % points.length]];
    this.draft.add([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], at + 1);
    this.rows[at + 1].x.focus();
  }

  #take(at) {
    this.draft.remove(at);
    const row = this.rows[Math.min(at, this.rows.length - 1)];
    (row?.x ?? this.parts.addPoint).focus();
  }

  /* --- The draft on screen --- */

  update() {
    const { draft } = this;
    for (const [name, { input, type }] of this.inputs) {
      if (type === "checkbox") input.checked = draft.fields[name];
      else if (input.value !== String(draft.fields[name])) input.value = draft.fields[name];
    }
    this.#updatePoints();
    this.parts.undo.disabled = !draft.canUndo;
    this.parts.redo.disabled = !draft.canRedo;
    const missing = this.kind.least - draft.points.length;
    this.parts.save.disabled = !draft.isChanged || missing > 0;
    this.parts.addPoint.hidden = draft.points.length >= (this.kind.most ?? Infinity);
    put(this.parts.hint, missing > 0 ? gettext("Click on the map to set corners, or add them here by numbers.") : gettext("Drag corners on the map, pull the small dots for new ones, double-click one to take it away."));
  }

  #updatePoints() {
    const { points, extras } = this.draft;
    if (this.rows?.length !== points.length || this.rowsOf !== this.draft) {
      this.rows = points.map((_, at) => this.#pointRow(at));
      this.rowsOf = this.draft;
      this.parts.points.replaceChildren(...this.rows.map(({ element }) => element));
    }
    this.rows.forEach((row, at) => {
      setNumber(row.x, points[at][0]);
      setNumber(row.y, points[at][1]);
      for (const { element, name } of row.extras) setNumber(element, extras[at][name] ?? "");
    });
  }

  /** Somebody else saved the same thing meanwhile. */
  changed(yes) {
    this.parts.changed.hidden = !yes;
  }

  /* --- What the server says is wrong --- */

  /** `error`: a Refusal, or null. What belongs to a field stands beside it; a summary takes the focus. */
  tell(error) {
    const said = new Map();
    for (const { pointer, detail } of error?.errors ?? []) {
      const [, name, number] = /^\/?(\w+)(?:[./](\d+))?/.exec(pointer) ?? [];
      const place = this.inputs.has(name) ? name : (PLACE_OF[name] ?? name);
      const text = number === undefined ? detail : `${gettext("Corner %(n)s", { n: Number(number) + 1 })}: ${detail}`;
      said.set(place, [...(said.get(place) ?? []), text]);
    }
    for (const [name, { input, error: line }] of this.inputs) showError(line, said.get(name), input);
    showError(this.parts.pointsError, said.get("points"));
    const others = [...said].filter(([name]) => name !== "points" && !this.inputs.has(name)).flatMap(([, texts]) => texts);
    const { summary } = this.parts;
    summary.hidden = !error;
    if (!error) return;
    const why = said.size ? gettext("It was not saved. Mend what is marked below.") : gettext("It was not saved. %(why)s", { why: reason(error) });
    put(summary, [why, ...others].join(" "));
    summary.focus();
  }
}

function showError(line, texts, input) {
  line.hidden = !texts;
  put(line, (texts ?? []).join(" "));
  input?.setAttribute("aria-invalid", String(Boolean(texts)));
}

function setNumber(input, value) {
  if (document.activeElement !== input && input.value !== String(value)) input.value = value;
}

/** What lies on the floor as lists: the accessible twin of the map, and where editing begins. */

import { arrange, icon, make, put, set } from "fleet/dom";
import { KINDS, ORDER } from "fleet/floor/kinds";
import { gettext } from "fleet/i18n";

export class FloorLists {
  /** `mayEdit`; `kinds`: those that can lie here; `onSelect(kind, id)`, `onEdit(kind, id)`, `onAdd(kind)`. */
  constructor(root, { mayEdit, kinds, onSelect, onEdit, onAdd }) {
    this.root = root;
    this.mayEdit = mayEdit;
    this.onSelect = onSelect;
    this.onEdit = onEdit;
    this.sections = new Map(ORDER.filter((kind) => kinds.includes(kind)).map((kind) => [kind, this.#section(kind, onAdd)]));
    root.replaceChildren(...[...this.sections.values()].map(({ element }) => element));
  }

  #section(kind, onAdd) {
    const told = KINDS[kind];
    const count = make("span", { class: "count num" });
    const list = make("ul", { "aria-label": told.list() });
    const none = make("p", { class: "muted none" }, gettext("None yet."));
    const add = this.mayEdit ? make("button", { class: "button small", type: "button", "data-add": kind, onclick: () => onAdd(kind) }, icon("add"), told.add()) : null;
    const head = make("header", {}, make("h2", {}, told.list(), count), add);
    return { element: make("section", { class: "things", "data-kind": kind }, head, list, none), list, none, count, rows: new Map() };
  }

  show(things, selected) {
    for (const [kind, section] of this.sections) {
      const here = things[kind];
      put(section.count, String(here.length));
      section.none.hidden = here.length > 0;
      const rows = here.map((thing) => this.#row(kind, section, thing));
      for (const [id, { element }] of section.rows) {
        if (!rows.includes(element)) section.rows.delete(id);
        set(element, "data-selected", String(selected?.kind === kind && selected.id === id));
        set(element.firstChild, "aria-pressed", String(selected?.kind === kind && selected.id === id));
      }
      arrange(section.list, rows);
    }
  }

  #row(kind, section, thing) {
    let row = section.rows.get(thing.id);
    if (!row) section.rows.set(thing.id, (row = this.#make(kind, thing.id)));
    put(row.name, KINDS[kind].label(thing));
    put(row.sub, KINDS[kind].sub(thing));
    row.swatch.style.setProperty("--swatch", thing.color ?? "var(--info)");
    if (row.edit) set(row.edit, "aria-label", gettext("Edit %(name)s", { name: KINDS[kind].label(thing) }));
    return row.element;
  }

  #make(kind, id) {
    const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
    const name = make("span", { class: "thing-name" });
    const sub = make("span", { class: "muted thing-sub" });
    const pick = make("button", { class: "thing", type: "button", "aria-pressed": "false", onclick: () => this.onSelect(kind, id) }, swatch, make("span", {}, name, sub));
    const edit = this.mayEdit ? make("button", { class: "button quiet small square", type: "button", "data-edit": id, onclick: () => this.onEdit(kind, id) }, icon("edit")) : null;
    return { element: make("li", { "data-thing": id }, pick, edit), swatch, name, sub, edit };
  }

  /** Where the focus goes when the form closes. */
  focus(kind, id) {
    const section = this.sections.get(kind);
    const row = section?.rows.get(id)?.element.querySelector("button:last-child");
    (row ?? section?.element.querySelector("[data-add]"))?.focus();
  }
}

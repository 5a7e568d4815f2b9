/** Editing one thing of a floor: the draft, its handles on the map and its form, held together. */

import { Draft } from "fleet/floor/draft";
import { ShapeForm } from "fleet/floor/form";
import { Handles } from "fleet/floor/handles";
import { KINDS } from "fleet/floor/kinds";
import { gettext } from "fleet/i18n";
import { failed, notice } from "fleet/notices";

export class Editing {
  /** `data`: FloorData; `lists`: where the focus goes back to; `onDraw()`: what is drawn has changed. */
  constructor(root, { data, plan, lists, onDraw, onOpen }) {
    Object.assign(this, { data, lists, onDraw, onOpen });
    this.draft = null;
    this.handles = new Handles(plan);
    this.form = new ShapeForm(root, { onSave: () => this.#save(), onCancel: () => this.cancel(), onRemove: () => this.#remove() });
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("beforeunload", (event) => this.draft?.isChanged && event.preventDefault());
  }

  /** `id` null: a new one. What was being edited is left only where nothing is lost. */
  open(kind, id) {
    if (this.draft?.isChanged) {
      notice(gettext("Save or cancel what you are editing first."));
      return;
    }
    const thing = id === null ? null : this.data.find(kind, id);
    const told = KINDS[kind];
    this.base = JSON.stringify(thing);
    const shape = thing ? told.read(thing) : { points: [], fields: told.fresh() };
    this.draft = new Draft(kind, id, shape, { box: Boolean(told.box), onChange: () => this.#changed() });
    this.handles.edit(this.draft, { closed: told.closed });
    this.form.open(this.draft, { name: thing ? told.label(thing) : "", removable: id !== null, onTheirs: () => this.#takeTheirs() });
    this.onOpen(kind, id);
    this.onDraw();
  }

  #changed() {
    this.warned = false;
    this.handles.draw();
    this.form.update();
    this.onDraw();
  }

  /** What lies on the floor was read again: did somebody change this very thing? */
  refreshed() {
    if (!this.draft?.id || this.saving) return;
    const now = this.data.find(this.draft.kind, this.draft.id);
    if (JSON.stringify(now) === this.base) return;
    if (!now) {
      notice(gettext("Somebody else has deleted what you were editing."), { error: true });
      this.#close();
    } else if (this.draft.isChanged) this.form.changed(true);
    else this.#takeTheirs();
  }

  #takeTheirs() {
    const { kind, id } = this.draft;
    this.#close();
    this.open(kind, id);
  }

  async #save() {
    if (!this.draft.isChanged || this.saving) return;
    const { kind, id, shape } = this.draft;
    this.saving = true;
    try {
      const thing = await this.data.save(kind, id, shape);
      notice(gettext("“%(name)s” was saved.", { name: KINDS[kind].label(thing) }));
      this.#close();
      this.onOpen(kind, thing.id);
      this.lists.focus(kind, thing.id);
    } catch (error) {
      this.form.tell(error);
    } finally {
      this.saving = false;
    }
  }

  async #remove() {
    const { kind, id, fields } = this.draft;
    const name = KINDS[kind].label(fields);
    this.saving = true;
    try {
      await this.data.remove(kind, id);
      notice(gettext("“%(name)s” was deleted.", { name }));
      this.#close();
      this.lists.focus(kind, null);
    } catch (error) {
      failed(gettext("“%(name)s” was not deleted.", { name }), error);
    } finally {
      this.saving = false;
    }
  }

  /** Where something would be lost, a second press is needed. */
  cancel() {
    const { draft } = this;
    if (!draft) return;
    if (draft.isChanged && !this.warned) {
      this.warned = true;
      notice(gettext("Your changes are not saved. Cancel again to drop them."));
      return;
    }
    this.#close();
    this.lists.focus(draft.kind, draft.id);
  }

  #close() {
    this.draft = null;
    this.warned = false;
    this.handles.edit(null);
    this.form.close();
    this.onDraw();
  }

  #key(event) {
    if (!this.draft || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (/^(text|number)$/.test(event.target.type)) return;
    event.preventDefault();
    if (event.shiftKey) this.draft.redo();
    else this.draft.undo();
  }
}

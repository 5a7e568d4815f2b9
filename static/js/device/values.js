/** The tabs below: every section's values as tables, and the document as it is. */

import { gettext } from "fleet/i18n";

const COPIED_MS = 2000;

export class Values {
  constructor(root) {
    this.sections = root.querySelector("#values");
    this.raw = root.querySelector("#raw pre");
    this.tables = new Map();
    root.querySelector("#copy").addEventListener("click", (event) => this.#copy(event.currentTarget));
  }

  show(document, tab) {
    this.document = document;
    if (tab === "raw") {
      const text = document ? JSON.stringify(document, null, 2) : gettext("No data at this time.");
      if (this.raw.textContent !== text) this.raw.textContent = text;
    } else this.#tables(document?.sections ?? {});
  }

  #tables(sections) {
    const names = Object.keys(sections).sort();
    for (const [name, { card }] of this.tables) {
      if (names.includes(name)) continue;
      card.remove();
      this.tables.delete(name);
    }
    this.sections.dataset.empty = String(!names.length);
    for (const name of names) this.#table(name, flat(sections[name]));
  }

  #table(name, rows) {
    let known = this.tables.get(name);
    if (!known) {
      const card = document.createElement("section");
      const title = document.createElement("h3");
      const list = document.createElement("dl");
      card.className = "section-card";
      title.textContent = name;
      card.append(title, list);
      this.sections.append(card);
      this.tables.set(name, (known = { card, list, keys: "" }));
    }
    const keys = rows.map(([key]) => key).join("\n");
    if (keys !== known.keys) {
      known.keys = keys;
      known.list.replaceChildren(...rows.map(([key]) => line(key)));
    }
    rows.forEach(([, text], index) => {
      const cell = known.list.children[index].lastChild;
      if (cell.textContent !== text) cell.textContent = text;
    });
  }

  async #copy(button) {
    const label = button.querySelector("span:last-child");
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(JSON.stringify(this.document, null, 2));
      label.textContent = gettext("Copied");
    } catch {
      label.textContent = gettext("Copying is not allowed here");
    }
    setTimeout(() => (label.textContent = before), COPIED_MS);
  }
}

function flat(value, prefix = "") {
  return Object.entries(value ?? {}).flatMap(([key, part]) => {
    if (part && typeof part === "object" && !Array.isArray(part)) return flat(part, `${prefix}${key}.`);
    return [[prefix + key, part === null ? "–" : Array.isArray(part) ? JSON.stringify(part) : String(part)]];
  });
}

function line(key) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const value = document.createElement("dd");
  term.textContent = key;
  value.className = "num";
  row.append(term, value);
  return row;
}

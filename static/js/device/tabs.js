/** Tabs: one panel at a time, arrows between them, the choice kept by the page's address. */

export class Tabs {
  /** `root` holds `[role=tab][data-tab]` and `[data-panel]`; `onChoose(name)`. */
  constructor(root, chosen, onChoose) {
    this.tabs = [...root.querySelectorAll("[role=tab]")];
    this.panels = [...root.querySelectorAll("[data-panel]")];
    this.onChoose = onChoose;
    const list = root.querySelector("[role=tablist]");
    list.addEventListener("click", ({ target }) => this.#chooseTab(target.closest("[role=tab]")));
    list.addEventListener("keydown", (event) => this.#walk(event));
    this.choose(this.tabs.some(({ dataset }) => dataset.tab === chosen) ? chosen : this.tabs[0].dataset.tab);
  }

  #chooseTab(tab) {
    if (tab) this.choose(tab.dataset.tab);
  }

  choose(name) {
    this.current = name;
    for (const tab of this.tabs) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const panel of this.panels) panel.hidden = panel.dataset.panel !== name;
    this.onChoose(name);
  }

  #walk(event) {
    const at = this.tabs.indexOf(event.target);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.tabs.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    const tab = this.tabs.at(next % this.tabs.length);
    tab.focus();
    this.#chooseTab(tab);
    event.preventDefault();
    event.stopPropagation();
  }
}

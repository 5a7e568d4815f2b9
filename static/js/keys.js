/** Keyboard: single keys per page, the sheet that lists them, and the switch that turns them off (WCAG 2.1.4). */

const STORE = "fleetSingleKeys";
const sheet = document.getElementById("keys-sheet");
const toggle = document.getElementById("keys-on");
const bindings = new Map();

export const singleKeys = () => localStorage.getItem(STORE) !== "off";

/** `rows`: [[shown keys], label, {key: action}]. An action may return false to leave the event alone. */
export function bindKeys(rows) {
  const list = sheet?.querySelector(".keys");
  for (const [shown, label, actions] of rows) {
    for (const [key, action] of Object.entries(actions)) bindings.set(key, action);
    list?.append(row(shown, label));
  }
}

function row(shown, label) {
  const line = document.createElement("div");
  const name = document.createElement("dt");
  const keys = document.createElement("dd");
  name.textContent = label;
  for (const key of shown) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    keys.append(cap);
  }
  line.append(name, keys);
  return line;
}

const typing = (target) =>
  target.isContentEditable || /^(input|select|textarea)$/i.test(target.tagName) && target.type !== "range";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const action = bindings.get(event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key);
  if (!action || (event.key.length === 1 && event.key !== " " && !singleKeys())) return;
  if (action(event) !== false) event.preventDefault();
});

if (sheet) {
  toggle.checked = singleKeys();
  toggle.addEventListener("change", () => localStorage.setItem(STORE, toggle.checked ? "on" : "off"));
  sheet.querySelector("[data-close]").addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  for (const opener of document.querySelectorAll("[data-keys]")) opener.addEventListener("click", showKeys);
}

export function showKeys() {
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  sheet.showModal();
}

/**
 * Keyboard: single keys per page and pairs like `g a`, the sheet that lists them, and the switch that turns them off
 * (WCAG 2.1.4).
 */

const STORE = "fleetSingleKeys";
const sheet = document.getElementById("keys-sheet");
const toggle = document.getElementById("keys-on");
const bindings = new Map();
const PAIR_MS = 1500;
let first = { key: "", at: 0 };

export const singleKeys = () => localStorage.getItem(STORE) !== "off";

export function setSingleKeys(on) {
  localStorage.setItem(STORE, on ? "on" : "off");
  if (toggle) toggle.checked = on;
}

/** `rows`: [[shown keys], label, {key or "g a": action}]. An action may return false to leave the event alone. */
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
  if (event.key.length === 1 && event.key !== " " && !singleKeys()) return;
  const action = pairOf(event.key) ?? bindings.get(event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key);
  if (action && action(event) !== false) event.preventDefault();
});

/** The action of the two last keys; a key that only begins pairs does nothing by itself. */
function pairOf(key) {
  const now = performance.now();
  const action = now - first.at < PAIR_MS ? bindings.get(`${first.key} ${key}`) : undefined;
  first = action ? { key: "", at: 0 } : { key, at: now };
  return action;
}

if (sheet) {
  toggle.checked = singleKeys();
  toggle.addEventListener("change", () => setSingleKeys(toggle.checked));
  sheet.querySelector("[data-close]").addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  for (const opener of document.querySelectorAll("[data-keys]")) opener.addEventListener("click", showKeys);
}

export function showKeys() {
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  sheet.showModal();
}

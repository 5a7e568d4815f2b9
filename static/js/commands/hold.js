/**
 * A button for what must not happen by accident: it counts once it was held for a second, by finger, mouse or key.
 * A short press says what to do instead.
 */

import { gettext } from "fleet/i18n";
import { notice } from "fleet/notices";

const HOLD_MS = 1000;
const KEYS = new Set(["Enter", " "]);

/** `onHeld()`: called once per hold. The label is the button's `[data-part=label]`, else its text. */
export function holdButton(button, onHeld) {
  const label = button.querySelector("[data-part=label]") ?? button;
  let rest = "";
  let timer = 0;

  function begin() {
    if (timer || button.disabled) return;
    rest = label.textContent;
    label.textContent = gettext("Keep holding…");
    button.classList.add("holding");
    timer = setTimeout(() => {
      end();
      onHeld();
    }, HOLD_MS);
  }

  function end() {
    if (!timer) return false;
    clearTimeout(timer);
    timer = 0;
    button.classList.remove("holding");
    label.textContent = rest;
    return true;
  }

  /** Let go too early: the hint is about what was pressed. */
  function drop(hint = gettext("Nothing was sent: hold for one second.")) {
    if (end()) notice(hint);
  }

  button.addEventListener("pointerdown", (event) => event.button === 0 && begin());
  button.addEventListener("pointerup", () => drop());
  button.addEventListener("pointerleave", () => drop());
  button.addEventListener("pointercancel", end);
  button.addEventListener("blur", end);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    drop(gettext("Nothing was sent: hold Enter or Space for one second."));
  });
  button.addEventListener("click", (event) => event.preventDefault());
}

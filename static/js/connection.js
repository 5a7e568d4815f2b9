/** The page's one live connection; the header's badge and the signed-out dialog are tied to it. */

import { showSignedOut, stillSignedIn } from "fleet/api";
import { showState } from "fleet/badge";
import { Live } from "fleet/live";

const listeners = new Set();

export const live = new Live({
  onState: (state) => {
    showState(state);
    for (const listener of listeners) listener(state);
  },
  onEnded: showSignedOut,
  stillSignedIn,
});

/** `listener(state)`: told at every change and once a second. */
export const onState = (listener) => listeners.add(listener);

/** Whether what is on screen is known to be old: the connection is down. */
export const isFrozen = () => document.body.classList.contains("frozen");

/** What is spoken by a screen reader without being asked: at most once in five seconds, nothing lost. */

import { put } from "fleet/dom";

const APART_MS = 5000;
const place = document.getElementById("announcer");
const waiting = new Map();
let spokenAt = -APART_MS;
let timer = 0;

/** A later sentence of the same `subject` replaces one that has not been spoken yet. */
export function announce(text, subject) {
  waiting.delete(subject);
  waiting.set(subject, text);
  clearTimeout(timer);
  timer = setTimeout(speak, Math.max(0, spokenAt + APART_MS - performance.now()));
}

function speak() {
  spokenAt = performance.now();
  if (place) put(place, [...waiting.values()].join(". "));
  waiting.clear();
}

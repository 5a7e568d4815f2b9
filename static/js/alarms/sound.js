/** A tone for critical alarms, where this person has asked for it on this device. Made here: no file is loaded. */

const STORE = "fleetAlarmSound";
const NOTES = [[880, 0], [660, 0.22], [880, 0.44]];
const NOTE_SECONDS = 0.18;
const LOUDNESS = 0.2;
let context = null;

export const soundOn = () => localStorage.getItem(STORE) === "on";

export function setSound(on) {
  localStorage.setItem(STORE, on ? "on" : "off");
}

/** Browsers stay silent until the person has touched the page. `asked`: to try it, whatever was chosen. */
export function play({ asked = false } = {}) {
  if (!asked && !soundOn()) return;
  context ??= new AudioContext();
  context.resume().then(() => NOTES.forEach(([pitch, after]) => note(pitch, context.currentTime + after)));
}

function note(pitch, at) {
  const tone = new OscillatorNode(context, { frequency: pitch, type: "triangle" });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.linearRampToValueAtTime(0, at + NOTE_SECONDS);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + NOTE_SECONDS);
}

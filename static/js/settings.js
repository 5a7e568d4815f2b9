/** What the person chooses: tone and keys of this device, and the notification channels. */

import { play, setSound, soundOn } from "fleet/alarms/sound";
import { gettext } from "fleet/i18n";
import { bindKeys, setSingleKeys, showKeys, singleKeys } from "fleet/keys";
import { Channels } from "fleet/settings/channels";

const tone = document.getElementById("tone");
tone.checked = soundOn();
tone.addEventListener("change", () => setSound(tone.checked));
document.getElementById("tone-try").addEventListener("click", () => play({ asked: true }));

const keys = document.getElementById("single-keys");
keys.checked = singleKeys();
keys.addEventListener("change", () => setSingleKeys(keys.checked));

new Channels(document.getElementById("channels")).read();

bindKeys([[["?"], gettext("This list"), { "?": showKeys }]]);

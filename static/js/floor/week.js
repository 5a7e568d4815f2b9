/** People by hour of the week: a table of 7 by 24, tinted, each cell the mean of that hour. */

import { make, put } from "fleet/dom";
import { number } from "fleet/format";
import { gettext, language } from "fleet/i18n";

const SUNDAY = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
const MONDAY_FIRST = [1, 2, 3, 4, 5, 6, 0];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const names = new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", { weekday: "short", timeZone: "UTC" });
const longNames = new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", { weekday: "long", timeZone: "UTC" });

export class Week {
  constructor(root) {
    this.table = root.querySelector("table");
    this.note = root.querySelector("[data-week=note]");
    const head = HOURS.map((hour) => make("th", { scope: "col" }, hour % 6 ? make("span", { class: "visually-hidden" }, String(hour)) : String(hour)));
    this.table.tHead.replaceChildren(make("tr", {}, make("td"), ...head));
    this.table.tBodies[0].replaceChildren(...MONDAY_FIRST.map((weekday) => this.#row(weekday)));
  }

  #row(weekday) {
    const cells = HOURS.map((hour) => make("td", { "data-cell": `${weekday}:${hour}` }, make("span", { class: "visually-hidden" })));
    return make("tr", {}, make("th", { scope: "row", title: longNames.format(SUNDAY + weekday * DAY) }, names.format(SUNDAY + weekday * DAY)), ...cells);
  }

  /** `traffic`: the API's answer by weekday; an hour that nobody counted is no zero. */
  show({ results, time_zone: zone }) {
    const means = new Map(results.filter(({ hours }) => hours).map(({ weekday, hour, people, hours }) => [`${weekday}:${hour}`, people / hours]));
    const most = Math.max(0, ...means.values());
    for (const cell of this.table.querySelectorAll("[data-cell]")) {
      const mean = means.get(cell.dataset.cell);
      const [weekday, hour] = cell.dataset.cell.split(":").map(Number);
      cell.style.setProperty("--heat", most && mean ? `${Math.round(10 + 80 * Math.sqrt(mean / most))}%` : "0%");
      cell.dataset.known = String(mean !== undefined);
      const text = mean === undefined ? gettext("no data") : gettext("%(n)s people an hour", { n: number(mean, mean < 10 ? 1 : 0) });
      put(cell.firstChild, text);
      cell.title = `${longNames.format(SUNDAY + weekday * DAY)} ${hour}:00 – ${hour + 1}:00: ${text}`;
    }
    put(this.note, most ? gettext("Up to %(n)s people an hour; hours of %(zone)s", { n: number(most, most < 10 ? 1 : 0), zone }) : gettext("Nobody was counted in these days."));
  }
}

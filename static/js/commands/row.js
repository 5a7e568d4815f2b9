/** One command as a line: what was asked by whom, and how far it has come. */

import { commands } from "fleet/commands/store";
import { STEPS, commandText, isOver, stateTone, stateWord } from "fleet/commands/words";
import { make, put, set } from "fleet/dom";
import { clock, dayAndClock } from "fleet/format";
import { gettext } from "fleet/i18n";
import { may } from "fleet/me";
import { failed } from "fleet/notices";
import { scheduleOf, schedulePage, titleOf } from "fleet/schedules/titles";

const TIMES = { asked: "requested_at", sent: "sent_at", accepted: "accepted_at", done: "finished_at" };

export class CommandRow {
  constructor(command) {
    this.time = make("time", { class: "num alarm-time" });
    this.text = make("b");
    this.who = make("span", { class: "muted" });
    this.steps = make("ol", { class: "steps" });
    this.detail = make("span", { class: "muted" });
    this.cancel = make("button", { class: "button quiet small", type: "button", onclick: () => this.#cancel() }, gettext("Cancel"));
    this.element = make("li", { class: "command-row" },
      this.time, make("div", { class: "command-what" }, this.text, this.who), this.steps, this.detail, this.cancel);
    this.update(command);
  }

  update(command) {
    this.command = command;
    const at = Date.parse(command.requested_at);
    set(this.element, "data-state", command.state);
    set(this.element, "data-command", String(command.id));
    put(this.time, clock(at));
    set(this.time, "datetime", command.requested_at);
    set(this.time, "title", dayAndClock(at));
    put(this.text, commandText(command));
    this.#who(command);
    put(this.detail, command.detail ?? "");
    this.cancel.hidden = isOver(command) || !may("command.send", command.workspace_id);
    this.#steps(command);
  }

  /** The person, and the schedule that it comes from: by its number until its title is known. */
  #who({ requested_by: person, source }) {
    const told = `${person} ${source}`;
    if (told === this.toldWho) return;
    this.toldWho = told;
    const id = scheduleOf({ source });
    if (!id) return put(this.who, person ?? source);
    const link = make("a", { href: schedulePage(id) }, gettext("Schedule %(id)s", { id }));
    this.who.replaceChildren(...(person ? [`${person} · `, link] : [link]));
    titleOf(id).then(({ title, gone }) => (gone ? link.replaceWith(title) : put(link, title)), () => {});
    return undefined;
  }

  /** The four steps; at the end those that were reached, and last how it ended. */
  #steps(command) {
    const bad = stateTone(command.state) === "bad";
    const reached = STEPS.filter((step) => command[TIMES[step]] && !(bad && step === "done"));
    const shown = bad ? [...reached, command.state] : isOver(command) ? reached : STEPS;
    const now = bad ? command.state : reached.at(-1);
    this.steps.replaceChildren(...shown.map((step) => stepNode(step, command, { reached: reached.includes(step), current: step === now })));
  }

  async #cancel() {
    this.cancel.disabled = true;
    try {
      await commands.cancel(this.command.id);
    } catch (error) {
      failed(gettext("“%(command)s” was not canceled.", { command: commandText(this.command) }), error);
    }
    this.cancel.disabled = false;
  }
}

function stepNode(step, command, { reached, current }) {
  const at = command[TIMES[step] ?? "finished_at"];
  const mark = current && stateTone(step) === "bad" ? "×" : reached ? "✓" : "○";
  return make("li", { "data-tone": current ? stateTone(step) : null, "data-reached": String(reached), "aria-current": current ? "step" : null, title: at ? dayAndClock(Date.parse(at)) : null },
    make("span", { "aria-hidden": "true" }, mark), stateWord(step));
}

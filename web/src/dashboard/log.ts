// SPDX-License-Identifier: MIT
// The end of the daemon's log, live: filtered, paused, followed, and never more than it can hold.
import { byId, element } from "../dom";
import { t, tn } from "../words";
import { Door, type Message } from "./door";
import { type Line, Lines, most } from "./log_lines";
import { dated, time } from "./say";

const backlog = 200;
const address = (level: string): string => `/ws/logs?level=${level}&backlog=${backlog}`;

export class LogTail {
  private readonly lines = new Lines();
  private readonly view = byId("log");
  private readonly level = byId<HTMLSelectElement>("log-level");
  private readonly words = byId<HTMLInputElement>("log-words");
  private readonly pause = byId<HTMLButtonElement>("log-pause");
  private readonly follow = byId<HTMLButtonElement>("log-follow");
  private readonly door: Door;
  private waiting: Line[] = [];
  private missed = 0;
  private paused = false;
  private follows = true;
  private due = false;

  constructor(onOpen: () => void) {
    this.level.value = "info";
    this.door = new Door(address(this.level.value), { onOpen, onMessage: (message) => this.take(message) });
    this.level.addEventListener("change", () => {
      this.lines.clear();
      this.redraw();
      this.door.move(address(this.level.value));
    });
    this.words.addEventListener("input", () => this.redraw());
    this.pause.addEventListener("click", () => this.setPaused(!this.paused));
    this.follow.addEventListener("click", () => this.setFollows(!this.follows));
    byId("log-clear").addEventListener("click", () => {
      this.lines.clear();
      this.redraw();
    });
    this.view.addEventListener("scroll", () => {
      const atEnd = this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < 8;
      if (atEnd !== this.follows && !this.due) this.setFollows(atEnd);
    }, { passive: true });
  }

  private take(message: Message): void {
    if (message.type !== "log") return;
    const line = message as unknown as Line;
    if (line.module === "logs:welcome") return this.lines.welcome(line.timestamp);
    if (!this.lines.add(line)) return;
    if (this.paused) this.countMissed();
    else this.await(line);
  }

  /** Lines come in heaps: they are drawn once a frame. */
  private await(line: Line): void {
    this.waiting.push(line);
    if (this.waiting.length > most) this.waiting.shift();
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const fresh = this.waiting.filter((line) => this.fits(line)).map(row);
    this.waiting = [];
    this.view.append(...fresh);
    while (this.view.childElementCount > most) this.view.firstElementChild!.remove();
    byId("log-none").hidden = this.view.childElementCount > 0;
    if (this.follows) this.view.scrollTop = this.view.scrollHeight;
    this.due = false;
  }

  private redraw(): void {
    this.view.replaceChildren();
    this.waiting = [...this.lines.all];
    this.due = true;
    this.draw();
  }

  private fits(line: Line): boolean {
    const wanted = this.words.value.trim().toLowerCase();
    return wanted === "" || `${line.module} ${line.message}`.toLowerCase().includes(wanted);
  }

  private countMissed(): void {
    this.missed += 1;
    this.pause.textContent = tn("dash.log.resume", Math.min(this.missed, most));
  }

  private setPaused(paused: boolean): void {
    this.paused = paused;
    this.missed = 0;
    this.pause.setAttribute("aria-pressed", String(paused));
    this.pause.textContent = t(paused ? "dash.log.paused" : "dash.log.pause");
    if (!paused) this.redraw();
  }

  private setFollows(follows: boolean): void {
    this.follows = follows;
    this.follow.setAttribute("aria-pressed", String(follows));
    if (follows) this.view.scrollTop = this.view.scrollHeight;
  }
}

function row(line: Line): HTMLElement {
  const at = line.timestamp * 1000;
  const made = element("div", { class: "line" },
    element("time", { datetime: new Date(at).toISOString(), title: dated(at) }, time(at)),
    element("span", { class: "level" }, line.level), element("span", { class: "module" }, line.module), element("span", { class: "message" }, line.message));
  made.dataset.level = line.level;
  return made;
}

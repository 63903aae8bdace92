// SPDX-License-Identifier: MIT
// The messages: the last 2,000 kept, the last 500 of those that pass the filter shown. Rows are
// made once a frame, so a flood costs a frame's worth and no more.
import { element } from "./dom";
import { matches, pieces } from "./ws_wire";

export interface Entry {
  id: number;
  direction: "in" | "out" | "note";
  at: Date;
  raw: string;
  type: string;
  channel: string;
  seq: number | null;
  mark: string;
}

export interface Filter {
  text: string;
  channel: string;
  type: string;
}

const mostKept = 2000;
const mostKeptCharacters = 32 * 1024 * 1024;
const mostShown = 500;
const mostPretty = 200_000;
const nearEnd = 48; // pixels
const arrows = { in: "←", out: "→", note: "·" };
const spoken = { in: "received", out: "sent", note: "note" };

const clock = (at: Date): string => `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, "0")}`;

/** What the other columns do not already say. */
function preview(raw: string): string {
  if (raw.length > 20_000) return `${raw.slice(0, 240)}…`;
  let rest = raw;
  try {
    const { type, channel, seq, ts, timestamp, epoch, ...others } = JSON.parse(raw);
    const bare = "data" in others && (type === "event" || !("event" in others));
    rest = JSON.stringify(bare ? others.data : { ...others, epoch });
  } catch {
    // Not JSON: as it is.
  }
  return rest.length > 240 ? `${rest.slice(0, 240)}…` : rest === "{}" ? "" : rest;
}

function pretty(raw: string): HTMLElement {
  const box = element("pre", { class: "json", tabindex: "0", role: "group", "aria-label": "Message as JSON" });
  if (raw.length > mostPretty) {
    box.append(`${raw.slice(0, mostPretty)}\n… ${(raw.length - mostPretty).toLocaleString()} more characters`);
    return box;
  }
  for (const [text, kind] of pieces(raw)) box.append(kind === "" ? text : element("span", { class: kind }, text));
  return box;
}

export class Log {
  private entries: Entry[] = [];
  private characters = 0;
  private total = 0;
  private lastShown = 0;
  private below = 0; // shown, but further down than somebody reads
  private frame = 0;
  private paused = false;
  private follows = true;
  private filter: Filter = { text: "", channel: "", type: "" };
  private readonly rows = new WeakMap<Element, Entry>();

  constructor(
    private readonly scroller: HTMLElement, private readonly list: HTMLElement, private readonly counter: HTMLElement,
    private readonly newer: HTMLButtonElement, private readonly empty: HTMLElement,
  ) {
    scroller.addEventListener("scroll", () => this.noteScroll(), { passive: true });
    list.addEventListener("toggle", (event) => this.unfold(event.target as HTMLDetailsElement), true);
    newer.addEventListener("click", () => {
      this.follows = true;
      this.plan();
      this.scroller.focus({ preventScroll: true });
    });
  }

  add(entry: Omit<Entry, "id" | "at">): void {
    this.entries.push({ ...entry, id: ++this.total, at: new Date() });
    this.characters += entry.raw.length;
    while (this.entries.length > mostKept || (this.characters > mostKeptCharacters && this.entries.length > 1)) {
      this.characters -= this.entries.shift()!.raw.length;
    }
    this.plan();
  }

  setFilter(filter: Filter): void {
    this.filter = { ...filter, text: filter.text.toLowerCase() };
    this.again();
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    if (!paused) this.follows = true;
    this.plan();
  }

  clear(): void {
    this.entries = [];
    this.characters = 0;
    this.total = 0;
    this.again();
  }

  private again(): void {
    this.list.replaceChildren();
    this.lastShown = 0;
    this.follows = true;
    this.show(true);
  }

  private plan(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.show(false);
    });
  }

  private passes(entry: Entry): boolean {
    const { text, channel, type } = this.filter;
    return (channel === "" || matches(channel, entry.channel)) && (type === "" || matches(type, entry.type)) &&
      (text === "" || entry.raw.toLowerCase().includes(text));
  }

  /** Behind what is shown. At the end old rows make room; while somebody reads further up, nothing moves. */
  private show(evenPaused: boolean): void {
    const oldest = this.entries[0]?.id ?? 1;
    const due = this.entries.slice(Math.max(0, this.lastShown + 1 - oldest)).filter((entry) => this.passes(entry));
    const holds = this.paused && !evenPaused;
    const added = holds ? [] : this.follows ? due.slice(-mostShown) : due.slice(0, mostShown - this.list.childElementCount);
    const held = !holds && this.follows ? 0 : due.length - added.length;
    if (added.length > 0) {
      const surplus = this.list.childElementCount + added.length - mostShown;
      if (surplus >= this.list.childElementCount) this.list.replaceChildren();
      else for (let i = 0; i < surplus; i++) this.list.firstElementChild!.remove();
      this.list.append(...added.map((entry) => this.row(entry)));
    }
    if (held === 0) this.lastShown = this.total;
    else if (added.length > 0) this.lastShown = added.at(-1)!.id;
    if (this.follows && !holds) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.below = this.follows ? 0 : this.below + added.length;
    this.tell(held);
  }

  private tell(held: number): void {
    const shown = this.list.childElementCount;
    const below = this.below + held;
    this.newer.hidden = below === 0 || this.paused;
    this.newer.textContent = `↓ ${below.toLocaleString()} newer`;
    this.empty.hidden = shown > 0;
    this.empty.textContent = this.entries.length > 0 ? "No message passes the filter." : "Nothing yet. Connect and subscribe to a channel: what happens on it appears here.";
    const paused = this.paused ? ` · paused, ${held.toLocaleString()} waiting` : "";
    this.counter.textContent = `${shown.toLocaleString()} shown · ${this.entries.length.toLocaleString()} kept of ${this.total.toLocaleString()}${paused}`;
  }

  private row(entry: Entry): HTMLElement {
    const cell = (name: string, text: string): HTMLElement => element("span", { class: name, title: text }, text);
    const direction = element("span", { class: "direction" }, element("span", { "aria-hidden": "true" }, arrows[entry.direction]), element("span", { class: "unseen" }, spoken[entry.direction]));
    const time = element("time", { datetime: entry.at.toISOString() }, clock(entry.at));
    const item = element("li", { class: `row ${entry.direction}` });
    if (entry.direction === "note") {
      item.append(element("p", { class: "line" }, time, direction, element("span", { class: "words" }, entry.raw)));
      return item;
    }
    const line = element("summary", { class: "line" }, time, direction, cell("channel", entry.channel), cell("seq", entry.seq === null ? "" : `#${entry.seq}`), cell("type", entry.type || "text"));
    line.append(element("span", { class: "preview" }, preview(entry.raw)));
    if (entry.mark !== "") line.append(element("span", { class: `mark ${entry.mark === "replayed" ? "good" : "bad"}` }, entry.mark));
    const details = element("details", {}, line);
    this.rows.set(details, entry);
    item.append(details);
    return item;
  }

  private unfold(details: HTMLDetailsElement): void {
    const entry = this.rows.get(details);
    if (entry === undefined || !details.open || details.childElementCount > 1) return;
    details.append(pretty(entry.raw));
    // At the end the opened message would lie below the edge.
    details.scrollIntoView({ block: "nearest" });
    this.noteScroll();
  }

  private noteScroll(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.follows = scrollHeight - scrollTop - clientHeight < nearEnd;
    if (this.follows) this.plan();
  }
}

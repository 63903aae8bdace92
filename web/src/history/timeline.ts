// SPDX-License-Identifier: MIT
// Snapshots as a list, newest first and by days: a stretch of what there is, that grows at both ends.
// What comes, goes or gets a name is put in place; scroll and focus stay.
import { element } from "../dom";
import { fetchSnapshots, type Snapshot } from "../pilot/history_api";
import { snapshotName, snapshots } from "../pilot/snapshots";
import { language, number, t, tn } from "../words";
import { SnapshotRow, type Act, type RowEvents } from "./snapshot_row";

export interface TimelineHost extends RowEvents {
  project(): string;
  selected(): number;
  base(): number;
  failed(error: unknown): void;
  /** What the daemon says in passing: what keeps it from writing. */
  trouble(text: string): void;
}

const page = 100;
const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

function dayName(date: Date): string {
  const midnight = (one: Date) => new Date(one.getFullYear(), one.getMonth(), one.getDate()).getTime();
  const ago = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  if (ago !== 0 && ago !== -1) return day.format(date);
  const said = near.format(ago, "day");
  return `${said[0]!.toLocaleUpperCase(language)}${said.slice(1)} · ${day.format(date)}`;
}

function size(bytes: number): string {
  const unit = bytes >= 1e9 ? "gigabyte" : bytes >= 1e6 ? "megabyte" : "kilobyte";
  const value = bytes / (unit === "gigabyte" ? 1e9 : unit === "megabyte" ? 1e6 : 1e3);
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

export class Timeline {
  readonly root = element("section", { class: "timeline", "aria-labelledby": "timeline-title" });
  private readonly title = element("h2", { id: "timeline-title" }, t("history.timeline"));
  private readonly facts = element("span", { class: "hint" });
  private readonly newer = element("button", { type: "button", class: "timeline-more" }, t("history.newer"));
  private readonly list = element("div", { class: "snaps" });
  private readonly older = element("button", { type: "button", class: "timeline-more" }, t("history.older"));
  private readonly made = new Map<number, SnapshotRow>();
  private readonly days = new Map<string, HTMLElement>();
  private rows: Snapshot[] = [];
  private start = 0; // of the first row, counted from the newest snapshot
  private next: number | null = null;
  private turn = 0;
  total = 0;

  /** `scroller`: what scrolls when the list is long. */
  constructor(private readonly scroller: HTMLElement, private readonly host: TimelineHost) {
    this.newer.addEventListener("click", () => void this.read(Math.max(0, this.start - page), this.rows.length + Math.min(page, this.start)));
    this.older.addEventListener("click", () => void this.read(this.start, this.rows.length + page));
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.root.append(element("div", { class: "timeline-head" }, this.title, this.facts), this.newer, this.list, this.older);
  }

  /** The same stretch again. */
  refresh(): Promise<void> {
    return this.read(this.start, Math.max(page, this.rows.length));
  }

  /** A new one, as the newest. */
  add(row: Snapshot): void {
    if (this.rows.some((one) => one.id >= row.id)) return;
    this.total++;
    if (this.start > 0) this.start++;
    else this.rows.unshift(row);
    if (this.next !== null) this.next++;
    this.draw();
  }

  find(id: number): Snapshot | undefined {
    return this.rows.find((row) => row.id === id);
  }

  /** The neighbour in the list that is left when this one goes. */
  beside(id: number): number {
    const at = this.rows.findIndex((row) => row.id === id);
    return (this.rows[at + 1] ?? this.rows[at - 1])?.id ?? 0;
  }

  /** Shows it in the list; reads the stretch around `offset` when it is not there yet. */
  async reach(id: number, offset: number): Promise<void> {
    if (this.find(id) === undefined) await this.read(Math.max(0, offset - page / 2), page);
    this.draw();
    this.made.get(id)?.root.scrollIntoView({ block: "nearest" });
  }

  focus(id: number, act: Act | "head" = "head"): void {
    this.made.get(id)?.root.querySelector<HTMLElement>(`[data-act="${act}"]`)?.focus();
  }

  draw(): void {
    const keep = this.anchor();
    const [selected, base] = [this.host.selected(), this.host.base()];
    const marked = base === 0 ? undefined : this.find(base);
    let named = t("snapshot.number", { id: String(base) });
    if (marked) named = snapshotName(marked);
    const wanted: HTMLElement[] = [];
    let today = "";
    this.rows.forEach((row, index) => {
      const name = dayName(new Date(row.taken));
      if (name !== today) wanted.push(this.day((today = name)));
      const shown = this.made.get(row.id) ?? new SnapshotRow(this.host);
      this.made.set(row.id, shown);
      shown.show({ row, before: this.rows[index + 1], selected: row.id === selected, base: base === 0 ? null : { id: base, name: named } });
      wanted.push(shown.root);
    });
    this.put(wanted);
    if (this.find(selected) === undefined) this.list.querySelector<HTMLElement>(".snap-head")?.setAttribute("tabindex", "0");
    this.facts.textContent = this.facts.dataset.bytes ? `${tn("count.snapshots", this.total)} · ${this.facts.dataset.bytes}` : tn("count.snapshots", this.total);
    this.newer.hidden = this.start === 0;
    this.older.hidden = this.next === null;
    this.older.textContent = t("history.older", { count: number(Math.min(page, this.total - this.start - this.rows.length)) });
    keep();
  }

  private async read(start: number, count: number): Promise<void> {
    const turn = ++this.turn;
    const rows: Snapshot[] = [];
    try {
      for (let next: number | null = start; next !== null && rows.length < count; ) {
        const reply = await fetchSnapshots(this.host.project(), next, Math.min(500, count - rows.length));
        if (turn !== this.turn) return;
        rows.push(...reply.snapshots);
        next = reply.next_offset;
        this.next = next;
        this.total = reply.total;
        this.facts.dataset.bytes = reply.bytes > 0 ? size(reply.bytes) : "";
        this.host.trouble(reply.trouble);
      }
    } catch (error) {
      if (turn === this.turn) this.host.failed(error);
      return;
    }
    if (rows.length === 0 && start > 0) return this.read(Math.max(0, this.total - page), page); // fewer than there were
    this.start = start;
    this.rows = rows;
    snapshots.learn(rows);
    this.draw();
  }

  private day(name: string): HTMLElement {
    const made = this.days.get(name) ?? element("h3", {}, name);
    this.days.set(name, made);
    return made;
  }

  /** Takes out what is gone, puts in what is new; what stays is not moved, so it keeps the focus. */
  private put(wanted: HTMLElement[]): void {
    const kept = new Set(wanted);
    for (const node of [...this.list.children] as HTMLElement[]) if (!kept.has(node)) node.remove();
    let at = this.list.firstElementChild;
    for (const node of wanted) {
      if (node === at) at = at.nextElementSibling;
      else this.list.insertBefore(node, at);
    }
    const ids = new Set(this.rows.map((row) => row.id));
    for (const id of this.made.keys()) if (!ids.has(id)) this.made.delete(id);
  }

  /** The row that is in view stays where it is. */
  private anchor(): () => void {
    const top = this.scroller.getBoundingClientRect().top;
    if (this.scroller.scrollTop === 0) return () => undefined;
    const row = [...this.list.querySelectorAll<HTMLElement>(".snap")].find((one) => one.getBoundingClientRect().bottom > top + 40);
    const before = row?.getBoundingClientRect().top ?? 0;
    return () => {
      if (row?.isConnected) this.scroller.scrollTop += row.getBoundingClientRect().top - before;
    };
  }

  private key(event: KeyboardEvent): void {
    const head = (event.target as HTMLElement).closest<HTMLElement>(".snap-head");
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (head === null || step === undefined) return;
    event.preventDefault();
    const at = this.rows.findIndex((row) => String(row.id) === head.parentElement!.dataset.id);
    const next = this.rows[Math.max(0, Math.min(this.rows.length - 1, at + step))];
    if (next === undefined) return;
    this.host.select(next);
    this.focus(next.id);
  }
}

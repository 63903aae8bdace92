// SPDX-License-Identifier: MIT
// The keyboard in the river: one row at a time can be reached with Tab, arrows go on from there.
import { keepRows } from "./row_places";

export interface RowActions {
  open(file: string, line: number): void;
  warp(file: string, line: number): void;
  map(label: string): void;
  say(text: string): void;
}

export class RowKeys {
  constructor(private readonly body: HTMLElement, private readonly actions: RowActions) {
    body.addEventListener("keydown", (event) => this.key(event));
    body.addEventListener("focusin", (event) => {
      const row = (event.target as HTMLElement).closest("li")?.querySelector<HTMLElement>(".step");
      if (row) this.activate(row);
    });
    body.addEventListener("click", (event) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>(".step");
      if (row?.dataset.file) this.actions.open(row.dataset.file, Number(row.dataset.line));
    });
  }

  /** Remembers what is in view and focused; the answer puts both back after the rows were made anew. */
  keep(scroller: HTMLElement): () => void {
    const restore = keepRows(this.body, scroller);
    return () => {
      const first = this.body.querySelector<HTMLElement>(".step");
      if (first) first.tabIndex = 0;
      restore();
    };
  }

  private rows(): HTMLElement[] {
    return [...this.body.querySelectorAll<HTMLElement>(".step")];
  }

  private activate(row: HTMLElement): void {
    for (const other of this.body.querySelectorAll<HTMLElement>('[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
    for (const other of row.closest("li")!.querySelectorAll<HTMLElement>(".other")) other.tabIndex = 0;
  }

  private key(event: KeyboardEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>(".step");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = this.rows();
    const at = rows.indexOf(row);
    const go = (next: HTMLElement | undefined) => {
      event.preventDefault();
      next?.focus();
    };
    if (event.key === "ArrowDown" || event.key === "j") go(rows[at + 1]);
    else if (event.key === "ArrowUp" || event.key === "k") go(rows[at - 1]);
    else if (event.key === "ArrowRight") go(this.beside(row, 1));
    else if (event.key === "ArrowLeft") go(this.beside(row, -1));
    else if (event.key === "Home") go(rows[0]);
    else if (event.key === "End") go(rows.at(-1));
    else if (event.key === "c") void this.copy(row);
    else if (event.key === "m") this.actions.map(row.dataset.label ?? "");
    else if (event.key === "p" && row.dataset.file) this.actions.warp(row.dataset.file, Number(row.dataset.line));
  }

  /** The row at about the same height in the next column. Bands first: only the one that is chosen is laid out. */
  private beside(row: HTMLElement, direction: number): HTMLElement | undefined {
    const { top } = row.getBoundingClientRect();
    const from = row.closest(".band")!.getBoundingClientRect();
    let band: HTMLElement | undefined;
    let distance = Infinity;
    for (const other of this.body.querySelectorAll<HTMLElement>(".band")) {
      const to = other.getBoundingClientRect();
      const aside = direction > 0 ? to.left >= from.right - 4 : to.right <= from.left + 4;
      const far = Math.max(0, to.top - top, top - to.bottom) + Math.abs(to.left - from.left) / 10;
      if (aside && far < distance) [band, distance] = [other, far];
    }
    let best: HTMLElement | undefined;
    distance = Infinity;
    for (const other of band?.querySelectorAll<HTMLElement>(".step") ?? []) {
      const far = Math.abs(other.getBoundingClientRect().top - top);
      if (far < distance) [best, distance] = [other, far];
    }
    return best;
  }

  private async copy(row: HTMLElement): Promise<void> {
    const label = row.dataset.label ?? "";
    await navigator.clipboard.writeText(label).then(() => this.actions.say(label), () => undefined);
  }
}

// SPDX-License-Identifier: MIT
// The keyboard in the river: one row at a time can be reached with Tab, arrows go on from there.

export interface RowActions {
  open(file: string, line: number): void;
  warp(file: string, line: number): void;
  map(label: string): void;
  say(text: string): void;
}

const visible = (row: HTMLElement, top: number): boolean => row.getBoundingClientRect().bottom > top;

export class RowKeys {
  constructor(private readonly body: HTMLElement, private readonly actions: RowActions) {
    body.addEventListener("keydown", (event) => this.key(event));
    body.addEventListener("focusin", (event) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>(".step");
      if (row) this.activate(row);
    });
    body.addEventListener("click", (event) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>(".step");
      if (row?.dataset.file) this.actions.open(row.dataset.file, Number(row.dataset.line));
    });
  }

  /** Remembers what is in view and focused; the answer puts both back after the rows were made anew. */
  keep(scroller: HTMLElement): () => void {
    const top = scroller.getBoundingClientRect().top;
    const anchor = scroller.scrollTop > 0 ? this.rows().find((row) => visible(row, top)) : undefined;
    const offset = anchor ? anchor.getBoundingClientRect().top - top : 0;
    const key = anchor?.dataset.key;
    const focused = document.activeElement?.closest<HTMLElement>(".step");
    const focusKey = this.body.contains(focused ?? null) ? focused!.dataset.key : undefined;
    const before = scroller.scrollTop;
    return () => {
      const rows = this.rows();
      const same = key === undefined ? undefined : rows.find((row) => row.dataset.key === key);
      scroller.scrollTop = before;
      if (same) scroller.scrollTop += same.getBoundingClientRect().top - top - offset;
      const first = rows[0];
      if (first) first.tabIndex = 0;
      const again = focusKey === undefined ? undefined : rows.find((row) => row.dataset.key === focusKey);
      if (again) again.focus({ preventScroll: true });
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
    else if (event.key === "ArrowRight") go(this.beside(row, rows, 1));
    else if (event.key === "ArrowLeft") go(this.beside(row, rows, -1));
    else if (event.key === "Home") go(rows[0]);
    else if (event.key === "End") go(rows.at(-1));
    else if (event.key === "c") void this.copy(row);
    else if (event.key === "m") this.actions.map(row.dataset.label ?? "");
    else if (event.key === "p" && row.dataset.file) this.actions.warp(row.dataset.file, Number(row.dataset.line));
  }

  /** The row at about the same height in the next column. */
  private beside(row: HTMLElement, rows: HTMLElement[], direction: number): HTMLElement | undefined {
    const from = row.getBoundingClientRect();
    let best: HTMLElement | undefined;
    let distance = Infinity;
    for (const other of rows) {
      const to = other.getBoundingClientRect();
      const aside = direction > 0 ? to.left >= from.right - 4 : to.right <= from.left + 4;
      const far = Math.abs(to.top - from.top) + Math.abs(to.left - from.left) / 10;
      if (aside && far < distance) [best, distance] = [other, far];
    }
    return best;
  }

  private async copy(row: HTMLElement): Promise<void> {
    const label = row.dataset.label ?? "";
    await navigator.clipboard.writeText(label).then(() => this.actions.say(label), () => undefined);
  }
}

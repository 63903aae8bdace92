// SPDX-License-Identifier: MIT
// Which row is in view and which control has the focus, over a redraw of the river. Rows out of sight are
// not laid out, and must not be: so bands are measured first, then the rows of one band.

/** The control in a row: the step itself, or one of the choices not taken. */
interface Focus { row: HTMLElement; other: number }

/** A step can be passed twice in a lane; then it is told apart by which of them it is. */
const name = (row: HTMLElement): string => `${row.dataset.lane} ${row.dataset.key}`;

const rowsOf = (root: ParentNode): NodeListOf<HTMLElement> => root.querySelectorAll<HTMLElement>(".step");

function inView(body: HTMLElement, top: number): HTMLElement | undefined {
  const below = (part: HTMLElement) => part.getBoundingClientRect().bottom > top;
  for (const band of body.querySelectorAll<HTMLElement>(".band")) {
    if (!below(band)) continue;
    const rows = [...rowsOf(band)];
    let [low, high] = [0, rows.length]; // they stand one below the other
    while (low < high) {
      const middle = (low + high) >> 1;
      if (below(rows[middle]!)) high = middle;
      else low = middle + 1;
    }
    if (rows[low] !== undefined) return rows[low];
  }
  return undefined;
}

function focused(body: HTMLElement): Focus | null {
  const active = document.activeElement;
  const item = active !== null && body.contains(active) ? active.closest("li") : null;
  const row = item?.querySelector<HTMLElement>(".step");
  return row ? { row, other: [...item!.querySelectorAll(".other")].indexOf(active!) } : null;
}

function finder(body: HTMLElement): (row: HTMLElement) => () => HTMLElement | undefined {
  const count = new Map<HTMLElement, number>();
  const passed = new Map<string, number>();
  for (const row of rowsOf(body)) {
    const nth = passed.get(name(row)) ?? 0;
    count.set(row, nth);
    passed.set(name(row), nth + 1);
  }
  return (row) => () => {
    const same = places(body);
    const there = same.get(name(row)) ?? same.get(row.dataset.key ?? "");
    return there?.[Math.min(count.get(row) ?? 0, there.length - 1)];
  };
}

/** Rows by column and key; by key alone, too, since a step may have changed its column. */
function places(body: HTMLElement): Map<string, HTMLElement[]> {
  const found = new Map<string, HTMLElement[]>();
  for (const row of rowsOf(body)) {
    for (const key of [name(row), row.dataset.key ?? ""]) {
      const rows = found.get(key);
      if (rows === undefined) found.set(key, [row]);
      else rows.push(row);
    }
  }
  return found;
}

export function keepRows(body: HTMLElement, scroller: HTMLElement): () => void {
  const { top } = scroller.getBoundingClientRect();
  const anchor = scroller.scrollTop > 0 ? inView(body, top) : undefined;
  const focus = focused(body);
  const before = scroller.scrollTop;
  if (anchor === undefined && focus === null) return () => void (scroller.scrollTop = before);
  const offset = anchor ? anchor.getBoundingClientRect().top - top : 0;
  const again = finder(body);
  const [view, control] = [anchor && again(anchor), focus && again(focus.row)];
  return () => {
    const same = view?.();
    scroller.scrollTop = before;
    if (same) scroller.scrollTop += same.getBoundingClientRect().top - top - offset;
    const row = control?.();
    const other = focus !== null && focus.other >= 0 ? row?.closest("li")?.querySelectorAll<HTMLElement>(".other")[focus.other] : undefined;
    (other ?? row)?.focus({ preventScroll: true });
  };
}

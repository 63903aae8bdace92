// SPDX-License-Identifier: MIT
// Where paths go together, where they part and where they meet again. Pure.
//
// The lanes' steps are merged, lane by lane, into one list of rows in which equal steps share a row;
// then stretches that all lanes share are cut out, and what lies between is told for each group of lanes
// that go together there, and so on inside each group.

export interface Keyed { key: string }

/** A row of the merge: the step of each lane that has it, by index. */
interface Row<S> { key: string; steps: (S | undefined)[] }

/** A step with what each lane of the band says there (words so far differ even where steps are equal). */
export interface Shared<S> { kind: "shared"; lanes: number[]; rows: S[][] }
export interface Fork<S> { kind: "fork"; lanes: number[]; branches: Branch<S>[] }
export interface Branch<S> { lanes: number[]; parts: Part<S>[] }
export type Part<S> = Shared<S> | Fork<S>;

/** Beyond so many cells of its table two stretches are told apart without looking for what they share. */
const mostCells = 4_000_000;

/** Pairs of equal items, ascending in both. Items that occur once in both are anchors; between them the
 * longest common subsequence is taken. */
export function matches(a: readonly string[], b: readonly string[]): [number, number][] {
  const out: [number, number][] = [];
  let i = 0;
  let j = 0;
  for (const [nextA, nextB] of [...anchors(a, b), [a.length, b.length] as const]) {
    common(a, i, nextA, b, j, nextB, out);
    if (nextA < a.length) out.push([nextA, nextB]);
    i = nextA + 1;
    j = nextB + 1;
  }
  return out;
}

function once(items: readonly string[]): Map<string, number> {
  const seen = new Map<string, number>();
  items.forEach((item, index) => seen.set(item, seen.has(item) ? -1 : index));
  return seen;
}

/** Items that occur once in each, as many as keep their order in both. */
function anchors(a: readonly string[], b: readonly string[]): [number, number][] {
  const inB = once(b);
  const pairs: [number, number][] = [];
  for (const [item, index] of once(a)) {
    const other = inB.get(item) ?? -1;
    if (index >= 0 && other >= 0) pairs.push([index, other]);
  }
  // Longest ascending run of the second numbers: the tops of piles, each pointing at what it lies on.
  const tops: number[] = [];
  const under = new Array<number>(pairs.length).fill(-1);
  pairs.forEach(([, other], at) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tops[middle]!]![1] < other) low = middle + 1;
      else high = middle;
    }
    if (low > 0) under[at] = tops[low - 1]!;
    tops[low] = at;
  });
  const kept: [number, number][] = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = under[at]!) kept.push(pairs[at]!);
  return kept.reverse();
}

function common(a: readonly string[], fromA: number, toA: number, b: readonly string[], fromB: number, toB: number, out: [number, number][]): void {
  while (fromA < toA && fromB < toB && a[fromA] === b[fromB]) out.push([fromA++, fromB++]);
  const tail: [number, number][] = [];
  while (fromA < toA && fromB < toB && a[toA - 1] === b[toB - 1]) tail.push([--toA, --toB]);
  const rows = toA - fromA;
  const columns = toB - fromB;
  if (rows > 0 && columns > 0 && rows * columns <= mostCells) {
    const length = new Uint16Array((rows + 1) * (columns + 1)); // of the best from (row, column) on
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = columns - 1; column >= 0; column--) {
        const at = row * (columns + 1) + column;
        length[at] = a[fromA + row] === b[fromB + column] ? length[at + columns + 2]! + 1 : Math.max(length[at + columns + 1]!, length[at + 1]!);
      }
    }
    for (let row = 0, column = 0; row < rows && column < columns; ) {
      const at = row * (columns + 1) + column;
      if (a[fromA + row] === b[fromB + column]) out.push([fromA + row++, fromB + column++]);
      else if (length[at + columns + 1]! >= length[at + 1]!) row++;
      else column++;
    }
  }
  out.push(...tail.reverse());
}

function merged<S extends Keyed>(lanes: readonly (readonly S[])[]): Row<S>[] {
  let rows: Row<S>[] = [];
  lanes.forEach((steps, lane) => {
    const pairs = matches(rows.map((row) => row.key), steps.map((step) => step.key));
    const next: Row<S>[] = [];
    let at = 0;
    let step = 0;
    const alone = (end: number) => {
      for (; step < end; step++) {
        const row: Row<S> = { key: steps[step]!.key, steps: [] };
        row.steps[lane] = steps[step];
        next.push(row);
      }
    };
    for (const [rowIndex, stepIndex] of pairs) {
      next.push(...rows.slice(at, rowIndex));
      alone(stepIndex);
      const row = rows[rowIndex]!;
      row.steps[lane] = steps[stepIndex];
      next.push(row);
      at = rowIndex + 1;
      step = stepIndex + 1;
    }
    next.push(...rows.slice(at));
    alone(steps.length);
    rows = next;
  });
  return rows;
}

const has = <S>(row: Row<S>, lanes: readonly number[]): number => lanes.reduce((count, lane) => count + (row.steps[lane] === undefined ? 0 : 1), 0);

/** Neighbours among `lanes` that share a row of `rows`, directly or by way of another; in their order. */
function groups<S>(rows: readonly Row<S>[], lanes: readonly number[]): number[][] {
  const of = new Map(lanes.map((lane) => [lane, lane]));
  const root = (lane: number): number => (of.get(lane) === lane ? lane : root(of.get(lane)!));
  for (const row of rows) {
    const here = lanes.filter((lane) => row.steps[lane] !== undefined);
    for (const lane of here.slice(1)) of.set(root(lane), root(here[0]!));
  }
  const out: number[][] = [];
  for (const lane of lanes) {
    const last = out.at(-1);
    if (last && root(last[0]!) === root(lane)) last.push(lane);
    else out.push([lane]);
  }
  return out;
}

function parts<S>(rows: readonly Row<S>[], lanes: number[]): Part<S>[] {
  const out: Part<S>[] = [];
  let gap: Row<S>[] = [];
  let shared: S[][] = [];
  const flushGap = () => {
    if (gap.length > 0) out.push(...forks(gap, lanes));
    gap = [];
  };
  const flushShared = () => {
    if (shared.length > 0) out.push({ kind: "shared", lanes, rows: shared });
    shared = [];
  };
  for (const row of rows) {
    const count = has(row, lanes);
    if (count === 0) continue;
    if (count === lanes.length) {
      flushGap();
      shared.push(lanes.map((lane) => row.steps[lane]!));
    } else {
      flushShared();
      gap.push(row);
    }
  }
  flushGap();
  flushShared();
  return out;
}

/** A stretch that not all lanes share. Where everything hangs together by turns (the first with the second,
 * then the second with the third) it is cut, so that each piece has at least two groups. */
function forks<S>(rows: readonly Row<S>[], lanes: number[]): Fork<S>[] {
  const out: Fork<S>[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = rows.length;
    while (end > start + 1 && groups(rows.slice(start, end), lanes).length === 1) end = start + ((end - start) >> 1);
    const piece = rows.slice(start, end);
    const branches = groups(piece, lanes).map((group) => ({ lanes: group, parts: parts(piece, group) }));
    out.push({ kind: "fork", lanes, branches });
    start = end;
  }
  return out;
}

/** What to draw for these lanes, from top to bottom. */
export function align<S extends Keyed>(lanes: readonly (readonly S[])[]): Part<S>[] {
  return parts(merged(lanes), lanes.map((_, index) => index));
}

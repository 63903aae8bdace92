// SPDX-License-Identifier: MIT
// The parts of a long line that a picture shows. A dashed line across a whole map has thousands of
// dashes; only those that are seen may cost. Lines are parted alike for every place, so that dashes
// meet where two pictures do.
import { trace, type Curve } from "./curves";
import { meets, type Rect } from "./grid";
import type { Brush } from "./text";

type Bow = [number, number, number, number, number, number, number, number];

/** `piece`: the length of a part, the same for all pictures of a scale; `period`: of the dashes. */
export function traceSeen(brush: Brush, curve: Curve, rect: Rect, piece: number, period: number): void {
  if (Math.max(curve.box.width, curve.box.height) <= piece * 1.5) trace(brush, curve);
  else if (curve.bent) traceCorners(brush, curve.points, rect, period);
  else traceBow(brush, curve.points as unknown as Bow, rect, piece);
}

function traceBow(brush: Brush, bow: Bow, rect: Rect, piece: number): void {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = bow;
  const left = Math.min(x0, x1, x2, x3);
  const top = Math.min(y0, y1, y2, y3);
  const width = Math.max(x0, x1, x2, x3) - left;
  const height = Math.max(y0, y1, y2, y3) - top;
  if (!meets({ x: left, y: top, width, height }, rect)) return;
  if (Math.max(width, height) <= piece) {
    brush.moveTo(x0, y0);
    brush.bezierCurveTo(x1, y1, x2, y2, x3, y3);
    return;
  }
  const [first, second] = halves(bow);
  traceBow(brush, first, rect, piece);
  traceBow(brush, second, rect, piece);
}

function halves([x0, y0, x1, y1, x2, y2, x3, y3]: Bow): [Bow, Bow] {
  const [ax, ay, bx, by, cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2, (x1 + x2) / 2, (y1 + y2) / 2, (x2 + x3) / 2, (y2 + y3) / 2];
  const [dx, dy, ex, ey] = [(ax + bx) / 2, (ay + by) / 2, (bx + cx) / 2, (by + cy) / 2];
  const [mx, my] = [(dx + ex) / 2, (dy + ey) / 2];
  return [[x0, y0, ax, ay, dx, dy, mx, my], [mx, my, ex, ey, cx, cy, x3, y3]];
}

/** Level and upright parts, each begun a whole number of dashes from its corner. */
function traceCorners(brush: Brush, points: readonly number[], rect: Rect, period: number): void {
  for (let at = 0; at + 3 < points.length; at += 2) {
    const [x0, y0, x1, y1] = points.slice(at, at + 4) as [number, number, number, number];
    const box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
    if (!meets(box, rect)) continue;
    const [fromX, toX] = seen(x0, x1, rect.x, rect.x + rect.width, period);
    const [fromY, toY] = seen(y0, y1, rect.y, rect.y + rect.height, period);
    brush.moveTo(fromX, fromY);
    brush.lineTo(toX, toY);
  }
}

function seen(from: number, to: number, low: number, high: number, period: number): [number, number] {
  const way = Math.sign(to - from);
  const [near, far] = way > 0 ? [low, high] : [high, low];
  const skipped = Math.max(0, Math.floor(((near - from) * way) / period)) * period;
  return [from + skipped * way, (to - far) * way > 0 ? far + period * way : to];
}

/** Only where the line begins and where it ends, each about so long. */
export function traceEnds(brush: Brush, { points, bent }: Curve, rect: Rect, length: number): void {
  const near = { x: rect.x - length, y: rect.y - length, width: rect.width + length * 2, height: rect.height + length * 2 };
  const last = points.length - 2;
  const begins = meets({ x: points[0]!, y: points[1]!, width: 0, height: 0 }, near);
  const ends = meets({ x: points[last]!, y: points[last + 1]!, width: 0, height: 0 }, near);
  if (begins) bent ? traceFirst(brush, points, length) : traceShort(brush, points as unknown as Bow, 0, length);
  if (ends) bent ? traceLast(brush, points, length) : traceShort(brush, points as unknown as Bow, 1, length);
}

function traceShort(brush: Brush, whole: Bow, end: 0 | 1, length: number): void {
  let bow = whole;
  while (Math.hypot(bow[6] - bow[0], bow[7] - bow[1]) > length) bow = halves(bow)[end];
  brush.moveTo(bow[0], bow[1]);
  brush.bezierCurveTo(bow[2], bow[3], bow[4], bow[5], bow[6], bow[7]);
}

function traceFirst(brush: Brush, points: readonly number[], length: number): void {
  const [x0, y0, x1, y1, x2, y2] = points as [number, number, number, number, number, number];
  const first = toward(x0, y0, x1, y1, length);
  brush.moveTo(x0, y0);
  brush.lineTo(first[0], first[1]);
  if (first[0] === x1 && first[1] === y1) brush.lineTo(...toward(x1, y1, x2, y2, length));
}

function traceLast(brush: Brush, points: readonly number[], length: number): void {
  const [x2, y2, x1, y1, x0, y0] = points.slice(-6) as [number, number, number, number, number, number];
  brush.moveTo(...toward(x1, y1, x2, y2, length));
  brush.lineTo(x1, y1);
  brush.lineTo(x0, y0);
}

function toward(x: number, y: number, toX: number, toY: number, length: number): [number, number] {
  const part = Math.min(1, length / Math.max(1, Math.hypot(toX - x, toY - y)));
  return [x + (toX - x) * part, y + (toY - y) * part];
}

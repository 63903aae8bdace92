// SPDX-License-Identifier: MIT
// The line of an edge: from a choice's end or the card's foot to the top of where it leads.
import type { Rect } from "./grid";
import type { Brush } from "./text";

/** Either one Bezier curve (4 points) or, for ways around cards, a line with corners. */
export interface Curve { points: number[]; bent: boolean; box: Rect }
export interface Ends { from: Rect; to: Rect; pinY: number | null; spread: number }

const side = 22; // room beside a card for lines that go back up
const below = 8; // a line that runs beside its card passes the card's foot by so much before it turns in
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export function curveOf({ from, to, pinY, spread }: Ends): Curve {
  const left = to.x + to.width / 2 < from.x + from.width / 2; // a choice's line leaves on the side where it goes
  const x0 = pinY === null ? from.x + from.width / 2 : left ? from.x : from.x + from.width;
  const y0 = pinY === null ? from.y + from.height : from.y + pinY;
  const reach = to.width * 0.3;
  const x1 = to.x + to.width / 2 + clamp((x0 - to.x - to.width / 2) * 0.12, -reach, reach);
  const y1 = to.y;
  if (y1 > y0 + 8) {
    if (pinY === null) return falling(x0, y0, x1, y1);
    const way = left ? -1 : 1;
    const under = (x1 - x0) * way < 0 && y1 >= from.y + from.height + below * 2;
    return under ? beneath(x0, y0, x1, y1, from, way, spread) : leaving(x0, y0, x1, y1, way);
  }
  return around(x0, y0, x1, y1, from, to, spread);
}

function falling(x0: number, y0: number, x1: number, y1: number): Curve {
  const bend = clamp((y1 - y0) * 0.5, 12, 220);
  return curve([x0, y0, x0, y0 + bend, x1, y1 - bend, x1, y1], false);
}

function leaving(x0: number, y0: number, x1: number, y1: number, side: 1 | -1): Curve {
  const out = side * clamp(Math.abs(x1 - x0) * 0.4 + 24, 30, 160);
  const bend = clamp((y1 - y0) * 0.55, 16, 240);
  return curve([x0, y0, x0 + out, y0, x1, y1 - bend, x1, y1], false);
}

/** To what lies beneath its own card: down beside the card, then in, so that no choice's words are crossed. */
function beneath(x0: number, y0: number, x1: number, y1: number, from: Rect, side: 1 | -1, spread: number): Curve {
  const lane = x0 + side * (12 + (spread % 4) * 4);
  const foot = from.y + from.height;
  const turn = foot + below + Math.min((spread % 3) * 4, Math.max(0, y1 - foot - below * 2));
  return curve([x0, y0, lane, y0, lane, turn, x1, turn, x1, y1], true);
}

function around(x0: number, y0: number, x1: number, y1: number, from: Rect, to: Rect, spread: number): Curve {
  const gap = side + (spread % 6) * 5;
  const column = Math.abs(from.x - to.x) < Math.max(from.width, to.width);
  const lane = column ? Math.max(from.x + from.width, to.x + to.width) + gap
    : to.x > from.x ? to.x - gap : to.x + to.width + gap;
  const over = y1 - 18 - (spread % 3) * 4;
  const start = y0 > from.y + from.height - 1 ? [x0, y0, x0, y0 + 14] : [x0, y0];
  return curve([...start, lane, start[start.length - 1]!, lane, over, x1, over, x1, y1], true);
}

function curve(points: number[], bent: boolean): Curve {
  let left = Infinity, top = Infinity, right = -Infinity, foot = -Infinity;
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    foot = Math.max(foot, points[i + 1]!);
  }
  return { points, bent, box: { x: left - 8, y: top - 8, width: right - left + 16, height: foot - top + 16 } };
}

export function trace(brush: Brush, { points: p, bent }: Curve): void {
  brush.moveTo(p[0]!, p[1]!);
  if (!bent) {
    brush.bezierCurveTo(p[2]!, p[3]!, p[4]!, p[5]!, p[6]!, p[7]!);
    return;
  }
  for (let i = 2; i + 3 < p.length; i += 2) {
    const room = Math.min(12, Math.hypot(p[i]! - p[i - 2]!, p[i + 1]! - p[i - 1]!) / 2, Math.hypot(p[i + 2]! - p[i]!, p[i + 3]! - p[i + 1]!) / 2);
    brush.arcTo(p[i]!, p[i + 1]!, p[i + 2]!, p[i + 3]!, room);
  }
  brush.lineTo(p[p.length - 2]!, p[p.length - 1]!);
}

/** Every edge arrives from above; its head points down. */
export function traceHead(brush: Brush, { points }: Curve, size: number): void {
  const x = points[points.length - 2]!;
  const y = points[points.length - 1]!;
  brush.moveTo(x, y);
  brush.lineTo(x - size * 0.55, y - size);
  brush.lineTo(x + size * 0.55, y - size);
  brush.closePath();
}

// SPDX-License-Identifier: MIT
// The ways between cards: one stroke for all lines of a colour and kind.
import { trace, traceHead } from "./curves";
import type { DrawStyle } from "./draw_map";
import { meets, type Rect } from "./grid";
import { detailAt } from "./metrics";
import { traceEnds, traceSeen } from "./pieces";
import type { Line } from "./lines";
import type { Scene } from "./scene";
import type { Brush } from "./text";

const dashes: Record<string, number[]> = { call: [7, 5], screen: [2, 4], python: [2, 4] };
const strength = { far: 0.28, middle: 0.6, near: 0.85 };
const stub = 150; // of a long line where there are too many of them: the selected label's are drawn whole
const perStroke = 200; // one path of thousands of curves is slower to fill in than many small ones

export function drawLines(brush: Brush, scene: Scene, style: DrawStyle, rect: Rect, scale: number): void {
  const level = detailAt(scale);
  const groups = new Map<string, Line[]>();
  for (const line of scene.linesIn(rect)) {
    if (level === "far" && tiny(line, scale)) continue;
    const faint = style.dim !== null && (style.dim[line.edge.from] === 1 || style.dim[line.edge.to] === 1);
    const key = `${line.route}|${line.edge.kind in dashes ? line.edge.kind : ""}|${faint ? 1 : 0}|${line.long ? 1 : 0}`;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [line]);
    else list.push(line);
  }
  for (const [key, lines] of groups) {
    const [route, kind, faint, long] = key.split("|") as [string, string, string, string];
    brush.strokeStyle = brush.fillStyle = style.palette.routes[Number(route)] ?? style.palette.soft;
    brush.globalAlpha = strength[level] * (faint === "1" ? 0.2 : 1) * scene.lines.calm * (long === "1" && (level === "far" || !scene.lines.crowded) ? (kind === "call" ? 0.35 : 0.55) : 1);
    brush.lineWidth = level === "far" ? 0.8 / scale : Math.max(1.5, 1.1 / scale);
    const dash = level === "far" ? [] : (dashes[kind] ?? []).map((length) => length * Math.max(1, 0.6 / scale));
    brush.setLineDash(dash);
    if (level === "far") strokeFar(brush, lines, scale);
    else strokeAll(brush, lines, rect, long === "1" && scene.lines.crowded, (dash[0] ?? 0) + (dash[1] ?? 12), level === "near" ? 8 : 5 / scale);
  }
  brush.setLineDash([]);
  brush.globalAlpha = 1;
}

const endOf = ({ points }: Line, size: number): Rect =>
  ({ x: points.at(-2)! - size, y: points.at(-1)! - size, width: size * 2, height: size * 2 });

function tiny(line: Line, scale: number): boolean {
  return Math.max(line.box.width, line.box.height) * scale < 5;
}

/** From afar a curve is as good as its straight line, and much cheaper. */
function strokeFar(brush: Brush, lines: Line[], scale: number): void {
  for (let first = 0; first < lines.length; first += perStroke) {
    brush.beginPath();
    for (const line of lines.slice(first, first + perStroke)) {
      const p = line.points;
      if (Math.max(line.box.width, line.box.height) * scale > 60) trace(brush, line);
      else {
        brush.moveTo(p[0]!, p[1]!);
        brush.lineTo(p[p.length - 2]!, p[p.length - 1]!);
      }
    }
    brush.stroke();
  }
}

function strokeAll(brush: Brush, lines: Line[], rect: Rect, endsOnly: boolean, period: number, head: number): void {
  for (let first = 0; first < lines.length; first += perStroke) {
    const some = lines.slice(first, first + perStroke);
    brush.beginPath();
    some.forEach((line) => (endsOnly ? traceEnds(brush, line, rect, stub) : traceSeen(brush, line, rect, rect.width, period)));
    brush.stroke();
    brush.beginPath();
    some.filter((line) => meets(endOf(line, head), rect)).forEach((line) => traceHead(brush, line, head));
    brush.fill();
  }
}

/** A knob on the card's edge where a choice's line begins. */
export function drawKnobs(brush: Brush, scene: Scene, style: DrawStyle, rect: Rect): void {
  brush.lineWidth = 1.6;
  brush.fillStyle = style.palette.raised;
  for (const { edge, points, route } of scene.linesIn(rect)) {
    if (edge.pin < 0 || scene.hidden[edge.from] || !meets(scene.label(edge.from), rect)) continue;
    brush.strokeStyle = style.palette.routes[route] ?? style.palette.accent;
    brush.beginPath();
    brush.arc(points[0]!, points[1]!, 4, 0, Math.PI * 2);
    brush.fill();
    brush.stroke();
  }
}

// SPDX-License-Identifier: MIT
// A followed path over the map: its cards, the lines between them, and the number of each step.
import { trace } from "./curves";
import { meets, type Rect } from "./grid";
import { detailAt } from "./metrics";
import type { Palette } from "./palette";
import type { Line } from "./lines";
import type { Scene } from "./scene";
import type { Brush } from "./text";
import type { FollowedPath } from "./types";

export interface Trail { path: FollowedPath; cards: number[]; lines: (Line | null)[] }

export function trailOf(path: FollowedPath, scene: Scene): Trail {
  const cards = path.labels.map((name) => scene.indexOf.get(name) ?? -1).filter((index) => index >= 0);
  const steps = new Map<string, Line>();
  const wanted = new Set(cards.slice(1).map((to, at) => `${cards[at]}>${to}`));
  for (const line of scene.lines.all) {
    const key = `${line.edge.from}>${line.edge.to}`;
    if (wanted.has(key) && !steps.has(key)) steps.set(key, line);
  }
  return { path, cards, lines: cards.slice(1).map((to, at) => steps.get(`${cards[at]}>${to}`) ?? null) };
}

export function drawTrail(brush: Brush, trail: Trail, scene: Scene, palette: Palette, colour: string, rect: Rect, scale: number, shift: number): void {
  brush.strokeStyle = brush.fillStyle = colour;
  brush.lineJoin = brush.lineCap = "round";
  brush.lineWidth = Math.max(5, 3.5 / scale);
  brush.translate(shift, shift);
  // Over a card the line lets the words through.
  for (const inside of [false, true]) {
    brush.globalAlpha = inside ? 0.3 : 0.8;
    brush.beginPath();
    trail.lines.forEach((line, at) => (inside ? traceInside(brush, scene, trail, line, at, rect) : traceBetween(brush, scene, trail, line, at, rect)));
    brush.stroke();
  }
  brush.globalAlpha = 1;
  brush.lineWidth = Math.max(2.5, 2 / scale);
  trail.cards.forEach((index, at) => drawStep(brush, scene.placeOf(index), at + 1, palette, colour, rect, scale));
  brush.translate(-shift, -shift);
  brush.lineCap = "butt";
}

function traceBetween(brush: Brush, scene: Scene, trail: Trail, line: Line | null, at: number, rect: Rect): void {
  if (line !== null) {
    if (meets(line.box, rect)) trace(brush, line);
    return;
  }
  // No way is written here (a return goes there): straight from card to card.
  const from = scene.placeOf(trail.cards[at]!);
  const to = scene.placeOf(trail.cards[at + 1]!);
  const box = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(from.x - to.x) + from.width, height: Math.abs(from.y - to.y) + from.height };
  if (!meets(box, rect)) return;
  brush.moveTo(from.x + from.width / 2, from.y + from.height);
  brush.lineTo(to.x + to.width / 2, to.y);
}

/** From where the path enters the card to where it leaves. */
function traceInside(brush: Brush, scene: Scene, trail: Trail, line: Line | null, at: number, rect: Rect): void {
  const next = trail.lines[at + 1];
  if (line === null || !next || !meets(scene.placeOf(trail.cards[at + 1]!), rect)) return;
  brush.moveTo(line.points.at(-2)!, line.points.at(-1)!);
  brush.lineTo(next.points[0]!, next.points[1]!);
}

function drawStep(brush: Brush, place: Rect, step: number, palette: Palette, colour: string, rect: Rect, scale: number): void {
  if (!meets(place, rect) || detailAt(scale) === "far") return;
  brush.beginPath();
  brush.roundRect(place.x - 3, place.y - 3, place.width + 6, place.height + 6, 11);
  brush.stroke();
  const size = Math.max(11, 8 / scale);
  brush.beginPath();
  brush.arc(place.x - 3, place.y + place.height / 2, size, 0, Math.PI * 2);
  brush.fillStyle = colour;
  brush.fill();
  brush.fillStyle = palette.dark ? "#10131a" : "#ffffff";
  brush.font = `700 ${size}px ${palette.font}`;
  brush.textAlign = "center";
  brush.fillText(String(step), place.x - 3, place.y + place.height / 2 + size * 0.36);
  brush.textAlign = "left";
}

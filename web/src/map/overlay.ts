// SPDX-License-Identifier: MIT
// What lies over the map and changes often: selection with its ways, found labels, what just changed,
// followed paths. Drawn in each frame, only where it can be seen.
import { traceHead } from "./curves";
import { meets, type Rect } from "./grid";
import { detail } from "./metrics";
import type { Palette } from "./palette";
import { traceSeen } from "./pieces";
import type { Scene } from "./scene";
import { drawTrail, type Trail } from "./trail";
import type { Viewport } from "./viewport";

export interface Marks {
  selected: number;
  hovered: number;
  found: readonly number[];
  changed: readonly number[];
  /** 1 when the change was just now, 0 when it is long ago. */
  glow: number;
  trails: readonly Trail[];
}

const beyond = 40;

export function drawMarks(brush: CanvasRenderingContext2D, scene: Scene, view: Viewport, palette: Palette, marks: Marks, colourOf: (name: string) => string): void {
  const scale = view.scale * view.ratio;
  brush.setTransform(scale, 0, 0, scale, -Math.round(view.x * scale), -Math.round(view.y * scale));
  const { x, y, width, height } = view.rect;
  const edge = beyond / view.scale;
  const rect = { x: x - edge, y: y - edge, width: width + edge * 2, height: height + edge * 2 };
  if (marks.found.length > 0) outline(brush, scene, marks.found, rect, palette.warn, view.scale < detail.names ? 1.2 : 2.5, view.scale);
  if (marks.glow > 0) drawGlow(brush, scene, marks, rect, palette, view.scale);
  marks.trails.forEach((trail, at) => drawTrail(brush, trail, scene, palette, colourOf(trail.path.colour), rect, view.scale, at * 3));
  if (marks.hovered >= 0 && marks.hovered !== marks.selected) outline(brush, scene, [marks.hovered], rect, palette.accent, 1.5, view.scale);
  if (marks.selected >= 0) drawSelected(brush, scene, marks.selected, rect, palette, view.scale);
  brush.setTransform(1, 0, 0, 1, 0, 0);
}

function outline(brush: CanvasRenderingContext2D, scene: Scene, cards: readonly number[], rect: Rect, colour: string, width: number, scale: number): void {
  brush.strokeStyle = brush.fillStyle = colour;
  brush.lineWidth = Math.max(width, width / scale);
  const away = Math.max(3, 2 / scale);
  for (const index of cards) {
    const place = scene.placeOf(index);
    if (!meets(place, rect)) continue;
    if (place.width * scale < 6 && cards.length > 400) {
      brush.fillRect(place.x, place.y, Math.max(place.width, 3 / scale), Math.max(place.height, 3 / scale));
      continue;
    }
    brush.beginPath();
    brush.roundRect(place.x - away, place.y - away, place.width + away * 2, place.height + away * 2, 9 + away);
    brush.stroke();
  }
}

function drawGlow(brush: CanvasRenderingContext2D, scene: Scene, marks: Marks, rect: Rect, palette: Palette, scale: number): void {
  brush.globalAlpha = marks.glow;
  outline(brush, scene, marks.changed, rect, palette.altered, 4, scale);
  brush.fillStyle = palette.altered;
  brush.globalAlpha = marks.glow * 0.22;
  for (const index of marks.changed) {
    const place = scene.placeOf(index);
    if (meets(place, rect)) brush.fillRect(place.x, place.y, place.width, place.height);
  }
  brush.globalAlpha = 1;
}

function drawSelected(brush: CanvasRenderingContext2D, scene: Scene, selected: number, rect: Rect, palette: Palette, scale: number): void {
  const head = Math.max(10, 6 / scale);
  brush.lineWidth = Math.max(2.6, 1.8 / scale);
  brush.strokeStyle = brush.fillStyle = palette.accent;
  for (const line of scene.linesIn(rect)) {
    const leaves = line.edge.from === selected;
    if (!leaves && line.edge.to !== selected) continue;
    brush.beginPath();
    const dash = 8 / Math.min(1, scale);
    brush.setLineDash(leaves ? [] : [dash * 1.25, dash * 0.75]);
    traceSeen(brush, line, rect, Math.max(rect.width, rect.height), dash * 2);
    brush.stroke();
    brush.beginPath();
    traceHead(brush, line, head);
    brush.fill();
  }
  brush.setLineDash([]);
  outline(brush, scene, [selected], rect, palette.accent, 3, scale);
}

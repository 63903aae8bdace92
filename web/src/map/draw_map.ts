// SPDX-License-Identifier: MIT
// Draws a part of the map at a scale. Pure: the same scene, style and place give the same picture.
import { drawCard, drawFarCards } from "./draw_card";
import { drawGrounds, drawTitles } from "./draw_ground";
import { drawKnobs, drawLines } from "./draw_lines";
import type { Rect } from "./grid";
import { detail, detailAt } from "./metrics";
import type { Palette } from "./palette";
import type { Scene } from "./scene";
import type { Brush } from "./text";

export interface DrawStyle {
  palette: Palette;
  /** By label: 1 where it is drawn faint. */
  dim: Uint8Array | null;
}

/** A picture of `width` by `height` pixels whose upper left corner is x, y on the map. */
export interface Job {
  x: number; y: number; width: number; height: number;
  /** Pixels of the picture for a unit of the map, and those of a CSS pixel. */
  scale: number; ratio: number;
  /** Grounds and cards only, as the small overview has it. */
  plain: boolean;
}

const beyond = 14; // badges and heads of arrows stick out that far

export function drawMap(brush: Brush, scene: Scene, style: DrawStyle, job: Job): void {
  const scale = Math.min(job.scale / job.ratio, job.plain ? detail.names * 0.99 : Infinity);
  const rect: Rect = { x: job.x, y: job.y, width: job.width / job.scale, height: job.height / job.scale };
  const wider: Rect = { x: rect.x - beyond, y: rect.y - beyond, width: rect.width + beyond * 2, height: rect.height + beyond * 2 };
  brush.setTransform(1, 0, 0, 1, 0, 0);
  brush.fillStyle = style.palette.ground;
  brush.fillRect(0, 0, job.width, job.height);
  brush.setTransform(job.scale, 0, 0, job.scale, -job.x * job.scale, -job.y * job.scale);
  brush.textBaseline = "alphabetic";
  drawGrounds(brush, scene, style, wider, scale);
  if (!job.plain) drawLines(brush, scene, style, wider, scale);
  drawCards(brush, scene, style, wider, scale);
  if (detailAt(scale) === "near") drawKnobs(brush, scene, style, wider);
  if (!job.plain) drawTitles(brush, scene, style, rect, scale);
}

function drawCards(brush: Brush, scene: Scene, style: DrawStyle, rect: Rect, scale: number): void {
  const level = detailAt(scale);
  const indices = scene.cardsIn(rect);
  if (level === "far") drawFarCards(brush, scene, style, indices, scale);
  else for (const index of indices) drawCard(brush, scene.label(index), style, style.dim?.[index] === 1, scale, level === "near");
}

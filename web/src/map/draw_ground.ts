// SPDX-License-Identifier: MIT
// The ground under a file's labels with its title, and the one card a folded file becomes.
import { meets, type Rect } from "./grid";
import { detail, detailAt, ground } from "./metrics";
import type { DrawStyle } from "./draw_map";
import type { Scene } from "./scene";
import { cut, widthOf, type Brush } from "./text";
import type { MapFile } from "./types";
import { minutes, tn } from "../words";

const leastTitle = 6.5; // CSS pixels; smaller ones cannot be read

export interface Title { text: string; size: number; x: number; y: number; width: number; middle: boolean }

/** Where a file's title stands at this scale: in the middle and large from afar, at the top else. */
export function titleOf(brush: Brush, style: DrawStyle, file: MapFile, scale: number, folded: boolean): Title {
  const middle = folded || detailAt(scale) === "far";
  const name = shortName(file.file);
  brush.font = `700 100px ${style.palette.font}`;
  const natural = widthOf(brush, name) / 100;
  // A small file's title may reach into the gap beside its ground.
  const room = middle ? file.width - ground.pad : file.width + (scale < detail.words ? 30 : -ground.pad * 4);
  const wanted = middle ? Math.min(file.height * 0.3, (folded ? 34 : 26) / scale) : Math.max(ground.titleSize, 13 / scale);
  const size = Math.max(Math.min(wanted, room / natural), middle ? 0 : Math.min(wanted, Math.max(ground.titleSize, 10 / scale)));
  const width = Math.min(room, natural * size);
  return middle ? { text: name, size, x: file.x + (file.width - width) / 2, y: file.y + file.height / 2 + size * 0.35, width, middle }
    : { text: name, size, x: file.x + ground.pad + size, y: file.y + ground.titleBase - (size - ground.titleSize) * 0.3, width, middle };
}

/** What of a ground can be clicked to fold or unfold it. */
export function titleBox(title: Title): Rect {
  const before = title.middle ? 0 : title.size * 1.1;
  return { x: title.x - before, y: title.y - title.size, width: title.width + before, height: title.size * 1.3 };
}

export const shortName = (file: string): string => file.replace(/^game\//, "");

export function drawGrounds(brush: Brush, scene: Scene, style: DrawStyle, rect: Rect, scale: number): void {
  const { palette } = style;
  for (const file of scene.map.files) {
    if (!meets(file, rect)) continue;
    const folded = scene.folded.has(file.file);
    brush.beginPath();
    brush.roundRect(file.x, file.y, file.width, file.height, Math.min(ground.radius, file.width / 4));
    brush.globalAlpha = folded ? 1 : palette.dark ? 0.34 : 0.42;
    brush.fillStyle = folded ? palette.tint : palette.line;
    brush.fill();
    brush.globalAlpha = folded ? 1 : 0.9;
    brush.strokeStyle = folded ? palette.accent : palette.line;
    brush.lineWidth = (folded ? 1.6 : 1) / Math.min(1, scale);
    brush.stroke();
    brush.globalAlpha = 1;
  }
}

export function drawTitles(brush: Brush, scene: Scene, style: DrawStyle, rect: Rect, scale: number): void {
  const near: Rect = { x: rect.x - 40 / scale, y: rect.y - 40 / scale, width: rect.width + 80 / scale, height: rect.height + 80 / scale };
  for (const file of scene.map.files) {
    if (meets(file, near)) drawTitle(brush, scene, style, file, scale);
  }
  if (detailAt(scale) === "far") drawChapters(brush, scene, style, scale);
}

/** Where files' titles are too small to be read, their chapter's is written over each row of them. */
function drawChapters(brush: Brush, scene: Scene, style: DrawStyle, scale: number): void {
  if (titlesReadable(brush, scene, style, scale)) return;
  for (const { name, rect } of scene.chapters) {
    brush.font = `700 100px ${style.palette.font}`;
    const natural = widthOf(brush, name) / 100;
    const size = Math.min(24 / scale, rect.height * 0.5, (rect.width * 0.9) / natural);
    if (size * scale < 9) continue;
    brush.font = `700 ${size}px ${style.palette.font}`;
    const [x, y] = [rect.x + (rect.width - natural * size) / 2, rect.y + rect.height / 2 + size * 0.35];
    halo(brush, style.palette.ground, size * 0.3, () => brush.strokeText(name, x, y));
    brush.fillStyle = style.palette.ink;
    brush.fillText(name, x, y);
  }
}

/** Most of the map's, not of this piece's: pieces beside one another have to agree. */
function titlesReadable(brush: Brush, scene: Scene, style: DrawStyle, scale: number): boolean {
  const { files } = scene.map;
  return files.filter((file) => titleOf(brush, style, file, scale, false).size * scale >= leastTitle).length * 2 > files.length;
}

function drawTitle(brush: Brush, scene: Scene, style: DrawStyle, file: MapFile, scale: number): void {
  const { palette } = style;
  const folded = scene.folded.has(file.file);
  const title = titleOf(brush, style, file, scale, folded);
  if (title.size * scale < leastTitle) return;
  brush.font = `700 ${title.size}px ${palette.font}`;
  brush.fillStyle = folded ? palette.accent : palette.ink;
  const text = cut(brush, title.text, title.width + 1);
  if (!folded && title.size > ground.titleSize) halo(brush, palette.ground, title.size * 0.28, () => brush.strokeText(text, title.x, title.y));
  brush.fillText(text, title.x, title.y);
  if (!title.middle) {
    fold(brush, title.x - title.size * 0.62, title.y - title.size * 0.34, title.size * 0.28);
    drawFacts(brush, style, file, title);
  } else if (folded && title.size * scale > 20) {
    brush.font = `500 ${title.size * 0.42}px ${palette.font}`;
    brush.fillStyle = palette.ink;
    const facts = factsOf(file);
    const fits = cut(brush, facts, file.width - ground.pad);
    brush.fillText(fits, file.x + (file.width - widthOf(brush, fits)) / 2, title.y + title.size * 0.75);
  }
}

const factsOf = (file: MapFile): string =>
  [tn("count.labels", file.labels), tn("count.words", file.words), minutes(file.seconds)].join(" · ");

function drawFacts(brush: Brush, style: DrawStyle, file: MapFile, title: Title): void {
  const size = title.size * 0.68;
  brush.font = `400 ${size}px ${style.palette.font}`;
  const start = title.x + title.width + title.size * 0.7;
  const text = cut(brush, factsOf(file), file.x + file.width - ground.pad - start);
  if (text.length < 12) return;
  brush.fillStyle = style.palette.soft;
  brush.fillText(text, start, title.y);
}

function halo(brush: Brush, colour: string, width: number, draw: () => void): void {
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.lineJoin = "round";
  brush.globalAlpha = 0.85;
  draw();
  brush.globalAlpha = 1;
}

function fold(brush: Brush, x: number, y: number, size: number): void {
  brush.beginPath();
  brush.moveTo(x - size, y - size * 0.55);
  brush.lineTo(x + size, y - size * 0.55);
  brush.lineTo(x, y + size * 0.8);
  brush.fill();
}

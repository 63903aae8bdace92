// SPDX-License-Identifier: MIT
// One label's card: from afar a coloured rectangle, then its name, then all it says.
import { drawBadges, drawMarks } from "./draw_badges";
import type { DrawStyle } from "./draw_map";
import { shortName } from "./draw_ground";
import { drawPins } from "./draw_pins";
import { card } from "./metrics";
import type { Palette } from "./palette";
import type { Scene } from "./scene";
import { cut, nameParts, widthOf, wrap, type Brush } from "./text";
import type { MapLabel } from "./types";
import { minutes, tn } from "../words";

export function colourOf(label: MapLabel, palette: Palette): string {
  return palette.routes[label.route] ?? palette.soft;
}

export function changeColour(change: MapLabel["change"], palette: Palette): string {
  return change === "added" ? palette.added : change === "cut" ? palette.cut : palette.altered;
}

const shownName = ({ kind, name }: MapLabel): string => (kind === "file" ? shortName(name).replace(/\.rpym?$/, "") : name);
const outlined = (label: MapLabel): boolean => label.kind === "planned" || label.kind === "cut";

export function drawFarCards(brush: Brush, scene: Scene, style: DrawStyle, indices: number[], scale: number): void {
  const { palette } = style;
  const line = 1 / scale;
  for (const index of indices) {
    const label = scene.label(index);
    brush.globalAlpha = (style.dim?.[index] === 1 ? 0.15 : 1) * (label.reachable ? 1 : 0.4) * (label.route < 0 ? 0.62 : 0.9);
    brush.fillStyle = brush.strokeStyle = label.change === "" ? colourOf(label, palette) : changeColour(label.change, palette);
    if (outlined(label)) {
      brush.lineWidth = line;
      brush.strokeRect(label.x, label.y, label.width, label.height);
    } else {
      brush.fillRect(label.x, label.y, label.width, label.height);
    }
    if (style.dim?.[index] !== 1 && label.width * scale > 9 && (label.entry || label.ending || label.severity === "error")) drawMarks(brush, label, palette, scale);
  }
  brush.globalAlpha = 1;
}

export function drawCard(brush: Brush, label: MapLabel, style: DrawStyle, dim: boolean, scale: number, near: boolean): void {
  const { palette } = style;
  drawBody(brush, label, palette, scale);
  if (near) {
    drawHead(brush, label, palette);
    drawPins(brush, label, palette);
    drawBadges(brush, label, palette);
  } else {
    drawName(brush, label, palette, scale);
    drawMarks(brush, label, palette, scale);
  }
  if (!dim) return;
  brush.globalAlpha = 0.78;
  brush.fillStyle = palette.ground;
  brush.fillRect(label.x - 2, label.y - 11, label.width + 13, label.height + 14);
  brush.globalAlpha = 1;
}

function shape(brush: Brush, label: MapLabel, grow = 0): void {
  brush.beginPath();
  brush.roundRect(label.x - grow, label.y - grow, label.width + grow * 2, label.height + grow * 2, card.radius + grow);
}

function drawBody(brush: Brush, label: MapLabel, palette: Palette, scale: number): void {
  const thin = 1 / Math.min(1, scale);
  if (!outlined(label)) {
    brush.fillStyle = palette.dark ? "rgb(0 0 0 / 30%)" : "rgb(28 38 66 / 9%)";
    brush.beginPath();
    brush.roundRect(label.x, label.y + 3, label.width, label.height, card.radius);
    brush.fill();
  }
  shape(brush, label);
  brush.fillStyle = outlined(label) ? palette.ground : palette.raised;
  brush.fill();
  if (!label.reachable && !outlined(label)) hatch(brush, label, palette);
  if (!outlined(label)) drawStripe(brush, label, palette, scale);
  shape(brush, label);
  const changed = label.change !== "";
  brush.strokeStyle = changed ? changeColour(label.change, palette) : label.entry ? palette.accent : outlined(label) ? palette.soft : palette.line;
  brush.lineWidth = changed || label.entry ? Math.max(2, 1.6 * thin) : Math.max(1, thin);
  brush.setLineDash(outlined(label) ? [6 * thin, 4 * thin] : []);
  brush.stroke();
  brush.setLineDash([]);
}

function drawStripe(brush: Brush, label: MapLabel, palette: Palette, scale: number): void {
  const width = Math.max(card.stripe, 3 / scale);
  brush.fillStyle = colourOf(label, palette);
  brush.globalAlpha = label.reachable ? (label.route < 0 ? 0.5 : 1) : 0.35;
  brush.beginPath();
  brush.roundRect(label.x, label.y, width, label.height, [card.radius, 0, 0, card.radius]);
  brush.fill();
  brush.globalAlpha = label.route < 0 ? 0 : palette.dark ? 0.1 : 0.07;
  brush.beginPath();
  brush.roundRect(label.x, label.y, label.width, label.pins[0]?.y ?? label.height, card.radius);
  brush.fill();
  brush.globalAlpha = 1;
}

/** Slanting lines over a card that nobody gets to. */
function hatch(brush: Brush, label: MapLabel, palette: Palette): void {
  brush.save();
  shape(brush, label);
  brush.clip();
  brush.globalAlpha = 0.75;
  brush.strokeStyle = palette.line;
  brush.lineWidth = 3;
  brush.beginPath();
  for (let at = -label.height; at < label.width; at += 14) {
    brush.moveTo(label.x + at, label.y + label.height);
    brush.lineTo(label.x + at + label.height, label.y);
  }
  brush.stroke();
  brush.restore();
}

/** The middle distance: the name alone, as large as the card lets it be. */
function drawName(brush: Brush, label: MapLabel, palette: Palette, scale: number): void {
  const left = label.x + Math.max(card.stripe, 3 / scale) + 8;
  const room = label.x + label.width - left - 6;
  const name = shownName(label);
  const parts = nameParts(name);
  let size = 0;
  let lines: string[] = [];
  for (const wanted of [12.5, 11, 9.5, 8]) {
    size = Math.max(card.nameSize, wanted / scale);
    brush.font = `600 ${size}px ${palette.font}`;
    const most = Math.max(1, Math.floor((label.height - 10) / (size * 1.15)));
    if (parts.some((part) => widthOf(brush, part) > room) && wanted > 8) continue;
    lines = wrap(brush, name, room, most, parts);
    if (!lines.at(-1)!.endsWith("…") || size <= card.nameSize) break;
  }
  brush.fillStyle = label.reachable && !outlined(label) ? palette.ink : palette.soft;
  const top = label.y + (label.height - lines.length * size * 1.15) / 2 + size * 0.92;
  lines.forEach((line, at) => brush.fillText(line, left, top + at * size * 1.15));
}

function drawHead(brush: Brush, label: MapLabel, palette: Palette): void {
  const left = label.x + card.pad;
  const room = label.width - card.pad * 2 + 4;
  const foot = label.pins[0]?.y ?? label.height;
  const quiet = !label.reachable || outlined(label);
  brush.font = `${label.kind === "local" ? "italic " : ""}650 ${card.nameSize}px ${palette.font}`;
  brush.fillStyle = quiet ? palette.soft : palette.ink;
  brush.fillText(cut(brush, shownName(label), room), left, label.y + card.nameBase);
  const body = foot - card.head;
  const hasFacts = label.words > 0 && body >= card.textLine + card.factRoom;
  const lines = Math.floor((body - (hasFacts ? card.factRoom : 0)) / card.textLine);
  if (lines > 0 && label.text !== "") {
    brush.font = `400 ${card.textSize}px ${palette.font}`;
    brush.fillStyle = palette.soft;
    const top = label.y + card.head + 7;
    wrap(brush, label.text, room, lines).forEach((line, at) => brush.fillText(line, left, top + at * card.textLine));
  }
  if (!hasFacts) return;
  brush.font = `500 ${card.factSize}px ${palette.font}`;
  brush.fillStyle = quiet ? palette.soft : palette.ink;
  brush.globalAlpha = 0.8;
  brush.fillText(cut(brush, `${tn("count.words", label.words)} · ${minutes(label.seconds)}`, room), left, label.y + foot - 8);
  brush.globalAlpha = 1;
}

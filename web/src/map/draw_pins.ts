// SPDX-License-Identifier: MIT
// A card's choices: rows with their text inside the card.
import { card } from "./metrics";
import type { Palette } from "./palette";
import { wrap, type Brush } from "./text";
import type { MapLabel, MapPin } from "./types";

export function drawPins(brush: Brush, label: MapLabel, palette: Palette): void {
  if (label.pins.length === 0) return;
  const top = label.y + label.pins[0]!.y;
  brush.fillStyle = palette.tint;
  brush.globalAlpha = label.reachable ? 0.75 : 0.3;
  brush.beginPath();
  brush.roundRect(label.x + card.stripe, top, label.width - card.stripe - 0.5, label.y + label.height - top - 0.5, [0, 0, card.radius, 0]);
  brush.fill();
  brush.globalAlpha = 1;
  for (const pin of label.pins) drawPin(brush, label, pin, palette);
}

function drawPin(brush: Brush, label: MapLabel, pin: MapPin, palette: Palette): void {
  const top = label.y + pin.y;
  const right = label.x + label.width;
  const marked = pin.never !== "" || pin.condition !== "";
  const left = label.x + card.pad + (marked ? 14 : 0);
  brush.strokeStyle = palette.line;
  brush.lineWidth = 1;
  brush.beginPath();
  brush.moveTo(label.x + card.stripe, top);
  brush.lineTo(right, top);
  brush.stroke();
  if (marked) drawMark(brush, pin, label.x + card.pad + 4, top + card.pinPad + 9, palette);
  brush.font = `500 ${card.pinSize}px ${palette.font}`;
  brush.fillStyle = brush.strokeStyle = pin.never !== "" || !label.reachable ? palette.soft : palette.ink;
  const lines = wrap(brush, pin.text, right - 14 - left, Math.max(1, pin.rows));
  lines.forEach((line, at) => {
    const base = top + card.pinPad + 13 + at * card.pinLine;
    brush.fillText(line, left, base);
    if (pin.never !== "") brush.fillRect(left, base - 4, brush.measureText(line).width, 1);
  });
}

/** A diamond: only under a condition. A cross: never. */
function drawMark(brush: Brush, pin: MapPin, x: number, y: number, palette: Palette): void {
  brush.beginPath();
  if (pin.never !== "") {
    brush.strokeStyle = palette.bad;
    brush.lineWidth = 1.8;
    brush.moveTo(x - 3.5, y - 3.5);
    brush.lineTo(x + 3.5, y + 3.5);
    brush.moveTo(x + 3.5, y - 3.5);
    brush.lineTo(x - 3.5, y + 3.5);
    brush.stroke();
    return;
  }
  brush.fillStyle = palette.warn;
  brush.moveTo(x, y - 5);
  brush.lineTo(x + 5, y);
  brush.lineTo(x, y + 5);
  brush.lineTo(x - 5, y);
  brush.fill();
}

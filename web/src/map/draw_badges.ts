// SPDX-License-Identifier: MIT
// What sits on a card's upper edge: start, ending, planned, problems, and what changed.
import { changeColour, colourOf } from "./draw_card";
import { detail } from "./metrics";
import type { Palette } from "./palette";
import { widthOf, type Brush } from "./text";
import type { MapLabel } from "./types";
import { t } from "../words";

const height = 18;

export const severityColour = (label: MapLabel, palette: Palette): string =>
  label.severity === "error" ? palette.bad : label.severity === "warn" ? palette.warn : palette.accent;

const signs = { added: "+", changed: "~", cut: "−" } as const;

export function drawBadges(brush: Brush, label: MapLabel, palette: Palette): void {
  let right = label.x + label.width - 10;
  if (label.problems > 0) {
    right = pill(brush, right + 18, label.y, String(Math.min(99, label.problems)), severityColour(label, palette), palette, "!") - 5;
  }
  if (label.ending) right = pill(brush, right, label.y, t("map.badge.end"), colourOf(label, palette), palette) - 5;
  if (label.entry) right = pill(brush, right, label.y, t("map.badge.start"), palette.accent, palette) - 5;
  if (label.kind === "planned") pill(brush, right, label.y, t("map.badge.planned"), palette.soft, palette);
  if (label.change !== "") {
    const sign = `${signs[label.change]} ${t(`map.change.${label.change}`)}`;
    brush.font = `700 11px ${palette.font}`;
    pill(brush, label.x + 10 + widthOf(brush, sign) + 14, label.y, sign, changeColour(label.change, palette), palette);
  }
}

/** Ends at `right`, centred on the card's edge; answers where it begins. */
function pill(brush: Brush, right: number, y: number, text: string, colour: string, palette: Palette, before = ""): number {
  brush.font = `700 11px ${palette.font}`;
  const shown = before === "" ? text : `${before} ${text}`;
  const width = widthOf(brush, shown) + 14;
  brush.beginPath();
  brush.roundRect(right - width, y - height / 2, width, height, height / 2);
  brush.fillStyle = colour;
  brush.fill();
  brush.strokeStyle = palette.raised;
  brush.lineWidth = 1.5;
  brush.stroke();
  brush.fillStyle = palette.dark ? "#10131a" : "#ffffff";
  brush.fillText(shown, right - width + 7, y + 4);
  return right - width;
}

/** The same from further away: a triangle starts, a square ends, a dot is a problem. */
export function drawMarks(brush: Brush, label: MapLabel, palette: Palette, scale: number): void {
  const size = Math.min(Math.max(7, 4.5 / scale), label.width * 0.24);
  const y = label.y;
  let x = label.x + label.width - size * 0.4;
  brush.globalAlpha = 1;
  brush.lineWidth = Math.max(1.5, 1 / scale);
  brush.strokeStyle = palette.raised;
  const put = (colour: string, path: () => void) => {
    brush.beginPath();
    path();
    brush.fillStyle = colour;
    brush.fill();
    brush.stroke();
    x -= size * 2.6;
  };
  if (label.severity === "error" || (label.severity === "warn" && scale > detail.names)) put(severityColour(label, palette), () => brush.arc(x, y, size, 0, Math.PI * 2));
  if (label.ending) put(colourOf(label, palette), () => brush.rect(x - size, y - size, size * 2, size * 2));
  if (label.entry) {
    put(palette.accent, () => {
      brush.moveTo(x - size, y - size * 1.2);
      brush.lineTo(x + size * 1.2, y);
      brush.lineTo(x - size, y + size * 1.2);
      brush.closePath();
    });
  }
  if (label.change !== "" && scale > detail.names) {
    // On the corner, where no name is.
    const sign = signs[label.change];
    brush.beginPath();
    brush.arc(label.x, y, size * 1.25, 0, Math.PI * 2);
    brush.fillStyle = changeColour(label.change, palette);
    brush.fill();
    brush.stroke();
    brush.font = `800 ${size * 2.2}px ${palette.font}`;
    brush.fillStyle = palette.dark ? "#10131a" : "#ffffff";
    brush.fillText(sign, label.x - widthOf(brush, sign) / 2, y + size * 0.78);
  }
}

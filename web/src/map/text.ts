// SPDX-License-Identifier: MIT
// Texts on a canvas: measured once, wrapped, and cut where they would leave their place.

export type Brush = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const widths = new Map<string, number>();
const mostWidths = 40_000;

export function widthOf(brush: Brush, text: string): number {
  const key = `${brush.font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    width = brush.measureText(text).width;
    if (widths.size >= mostWidths) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** The text, or as much of it as fits before an ellipsis. */
export function cut(brush: Brush, text: string, room: number): string {
  if (widthOf(brush, text) <= room) return text;
  let low = 0, high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (brush.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
}

/** At most `most` lines; the last one ends in an ellipsis when there is more. */
export function wrap(brush: Brush, text: string, room: number, most: number, pieces: string[] = text.split(/(?<=\s)/)): string[] {
  const lines: string[] = [];
  let line = "";
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at]!;
    const fits = widthOf(brush, line.trimEnd()) + widthOf(brush, " ") * (line === line.trimEnd() ? 0 : 1) + widthOf(brush, piece.trimEnd()) <= room;
    if (line !== "" && !fits) {
      if (lines.length === most - 1) return [...lines, cut(brush, line + pieces.slice(at).join(""), room)];
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
    while (widthOf(brush, line.trimEnd()) > room && lines.length < most - 1) {
      const head = breakWord(brush, line, room);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return line.trim() === "" && lines.length > 0 ? lines : [...lines, cut(brush, line.trimEnd(), room)];
}

function breakWord(brush: Brush, word: string, room: number): string {
  let count = 1;
  while (count < word.length && brush.measureText(word.slice(0, count + 1)).width <= room) count++;
  return word.slice(0, count);
}

/** Names break behind what joins their parts. */
export const nameParts = (name: string): string[] => name.split(/(?<=[_.\s/-])/);

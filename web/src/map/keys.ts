// SPDX-License-Identifier: MIT
// The map by keyboard.

export interface KeyEvents {
  pan(dx: number, dy: number): void;
  zoom(factor: number): void;
  fit(): void;
  open(): void;
  neighbour(way: "up" | "down" | "left" | "right"): void;
  follow(): void;
  step(by: 1 | -1): void;
  search(): void;
  clear(): void;
}

const step = 80;
const arrows: Record<string, { x: number; y: number; way: "up" | "down" | "left" | "right" }> = {
  ArrowUp: { x: 0, y: -1, way: "up" }, ArrowDown: { x: 0, y: 1, way: "down" },
  ArrowLeft: { x: -1, y: 0, way: "left" }, ArrowRight: { x: 1, y: 0, way: "right" },
};

/** True when the key was the map's. */
export function onMapKey(event: KeyboardEvent, on: KeyEvents): boolean {
  const arrow = arrows[event.key];
  if (event.ctrlKey || event.metaKey) return false;
  if (arrow !== undefined) {
    const far = event.shiftKey ? step * 5 : step;
    if (event.altKey) on.neighbour(arrow.way);
    else on.pan(arrow.x * far, arrow.y * far);
    return true;
  }
  if (event.altKey) return false;
  switch (event.key) {
    case "+": case "=": on.zoom(Math.SQRT2); return true;
    case "-": case "_": on.zoom(1 / Math.SQRT2); return true;
    case "0": case "Home": on.fit(); return true;
    case "Enter": on.open(); return true;
    case "f": on.follow(); return true;
    case "n": on.step(1); return true;
    case "p": on.step(-1); return true;
    case "/": on.search(); return true;
    case "Escape": on.clear(); return true;
    default: return false;
  }
}

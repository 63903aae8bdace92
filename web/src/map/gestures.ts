// SPDX-License-Identifier: MIT
// Mouse, touch and wheel, told as pan, zoom, click and hover. Points are CSS pixels in the canvas.

export interface Gestures {
  pan(dx: number, dy: number): void;
  zoom(x: number, y: number, factor: number): void;
  click(x: number, y: number): void;
  doubleClick(x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
}

const slack = 4; // a hand that clicks is never quite still
interface Finger { x: number; y: number }

export function listen(canvas: HTMLCanvasElement, on: Gestures): void {
  const fingers = new Map<number, Finger>();
  let start: Finger | null = null; // of what may still become a click
  const at = (event: MouseEvent): Finger => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    start = fingers.size === 1 ? at(event) : null;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    const now = at(event);
    if (before === undefined) return on.hover(now.x, now.y);
    if (start !== null && Math.hypot(now.x - start.x, now.y - start.y) < slack) return;
    start = null;
    canvas.dataset.dragging = "";
    on.leave();
    if (fingers.size === 1) on.pan(before.x - now.x, before.y - now.y);
    else pinch(fingers, event.pointerId, now, on);
    fingers.set(event.pointerId, now);
  });
  const lift = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return;
    delete canvas.dataset.dragging;
    if (start !== null && event.type === "pointerup") on.click(start.x, start.y);
    start = null;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => on.leave());
  canvas.addEventListener("dblclick", (event) => on.doubleClick(at(event).x, at(event).y));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? canvas.clientHeight : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const point = at(event);
    // A trackpad's pinch comes as many small steps, a wheel's notch as one of a hundred.
    if (event.ctrlKey || event.metaKey) on.zoom(point.x, point.y, Math.exp(-Math.max(-80, Math.min(80, dy)) * (Math.abs(dy) < 30 ? 0.01 : 0.0035)));
    else if (event.shiftKey && dx === 0) on.pan(dy, 0);
    else on.pan(dx, dy);
  }, { passive: false });
}

function pinch(fingers: Map<number, Finger>, moved: number, now: Finger, on: Gestures): void {
  const before = fingers.get(moved)!;
  const other = [...fingers].find(([id]) => id !== moved)![1];
  const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(now.x - other.x, now.y - other.y)];
  on.pan((before.x - now.x) / 2, (before.y - now.y) / 2);
  if (was > 8 && is > 8) on.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, is / was);
}

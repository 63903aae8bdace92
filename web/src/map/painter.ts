// SPDX-License-Identifier: MIT
// Who draws pieces of the map: the worker, or this thread when there can be none.
import { drawMap, type DrawStyle, type Job } from "./draw_map";
import type { Scene } from "./scene";
import type { FromWorker, ToWorker } from "./tile_protocol";
import type { StoryMap } from "./types";
import { language } from "../words";

export type Picture = ImageBitmap | HTMLCanvasElement;
interface Waiting { job: Job; kind: "draw" | "png"; done(result: Picture | Blob): void; failed(error: Error): void }

const patience = 5000; // a worker that has not begun by then never will

export class Painter {
  private worker: Worker | null = null;
  private ready = false;
  private unsent: ToWorker[] = [];
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;
  private scene: Scene | null = null;
  private style: DrawStyle | null = null;
  private timer = 0;
  private slice = 0;

  constructor() {
    try {
      this.worker = new Worker(`/static/map_worker.js?lang=${language}`, { type: "module" });
    } catch {
      return; // pieces are drawn here, one at a time
    }
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.hear(data);
    this.worker.onerror = () => this.giveUp();
    this.worker.onmessageerror = () => this.giveUp();
    this.timer = window.setTimeout(() => this.ready || this.giveUp(), patience);
  }

  /** The worker makes its own scene of it while the page makes one. */
  setMap(map: StoryMap, folded: readonly string[]): void {
    this.send({ kind: "scene", map, folded: [...folded] });
  }

  setFolded(folded: Iterable<string>): void {
    this.send({ kind: "fold", folded: [...folded] });
  }

  /** For drawing without a worker. */
  setScene(scene: Scene): void {
    this.scene = scene;
  }

  setStyle(style: DrawStyle): void {
    this.style = style;
    this.send({ kind: "style", style });
  }

  draw(job: Job): Promise<Picture> {
    return this.ask("draw", job) as Promise<Picture>;
  }

  png(job: Job): Promise<Blob> {
    return this.ask("png", job) as Promise<Blob>;
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.slice);
    this.worker?.terminate();
    this.worker = null;
    this.waiting.clear();
  }

  private ask(kind: "draw" | "png", job: Job): Promise<Picture | Blob> {
    return new Promise((done, failed) => {
      const id = ++this.count;
      this.waiting.set(id, { job, kind, done, failed });
      if (this.worker !== null) this.send({ kind, id, job });
      else this.drawHere();
    });
  }

  private send(message: ToWorker): void {
    if (this.ready) this.worker?.postMessage(message);
    else if (this.worker !== null) this.unsent.push(message);
  }

  private hear(message: FromWorker): void {
    if (message.kind === "ready") {
      this.ready = true;
      this.unsent.forEach((waiting) => this.worker?.postMessage(waiting));
      this.unsent = [];
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.kind === "failed") waiting?.failed(new Error(message.message));
    else waiting?.done(message.kind === "drawn" ? message.bitmap : message.blob);
  }

  private giveUp(): void {
    this.worker?.terminate();
    this.worker = null;
    this.unsent = [];
    this.drawHere();
  }

  /** One piece, then the page gets its turn. */
  private drawHere(): void {
    if (this.slice !== 0 || this.waiting.size === 0) return;
    this.slice = window.setTimeout(() => {
      this.slice = 0;
      const [id, waiting] = this.waiting.entries().next().value!;
      this.waiting.delete(id);
      this.drawOne(waiting);
      this.drawHere();
    });
  }

  private drawOne({ job, kind, done, failed }: Waiting): void {
    if (this.scene === null || this.style === null) return failed(new Error("no map"));
    const canvas = document.createElement("canvas");
    canvas.width = job.width;
    canvas.height = job.height;
    const brush = canvas.getContext("2d", { alpha: false });
    if (brush === null) return failed(new Error("no canvas"));
    drawMap(brush, this.scene, this.style, job);
    if (kind === "draw") return done(canvas);
    canvas.toBlob((blob) => (blob === null ? failed(new Error("no picture")) : done(blob)), "image/png");
  }
}

// SPDX-License-Identifier: MIT
// A story map made ready to be drawn and pointed at: which cards and lines there are and where,
// with folded files as one card each. Built on the page and, from the same data, in the worker.
import { Grid, type Rect } from "./grid";
import { Lines, type Line } from "./lines";
import type { MapFile, MapLabel, StoryMap } from "./types";

export class Scene {
  readonly bounds: Rect;
  readonly indexOf = new Map<string, number>();
  readonly folded: ReadonlySet<string>;
  /** By label: it lies in a folded file and is not drawn itself. */
  readonly hidden: Uint8Array;
  /** Files of a chapter that stand side by side. */
  readonly chapters: { name: string; rect: Rect }[] = [];
  private readonly groundOf = new Map<string, MapFile>();
  private readonly cardGrid: Grid;
  private drawn: Lines | null = null;

  constructor(readonly map: StoryMap, folded: Iterable<string>) {
    this.bounds = { x: 0, y: 0, width: Math.max(1, map.width), height: Math.max(1, map.height) };
    map.files.forEach((file) => this.groundOf.set(file.file, file));
    this.folded = new Set([...folded].filter((file) => this.groundOf.has(file)));
    this.hidden = Uint8Array.from(map.labels, (label) => (this.folded.has(label.file) ? 1 : 0));
    map.labels.forEach((label, index) => {
      if (!this.indexOf.has(label.name)) this.indexOf.set(label.name, index);
    });
    this.gatherChapters();
    this.cardGrid = new Grid(map.labels, this.bounds);
  }

  label(index: number): MapLabel {
    return this.map.labels[index]!;
  }

  named(name: string): MapLabel | undefined {
    const index = this.indexOf.get(name);
    return index === undefined ? undefined : this.map.labels[index];
  }

  ground(file: string): MapFile | undefined {
    return this.groundOf.get(file);
  }

  /** Where the label's card is: its own, or its folded file's. */
  placeOf(index: number): Rect {
    const label = this.label(index);
    return this.hidden[index] ? this.groundOf.get(label.file)! : label;
  }

  cardsIn(rect: Rect): number[] {
    return this.cardGrid.query(rect).filter((index) => !this.hidden[index]);
  }

  /** Made when they are first asked for: the page itself needs none for its first screen. */
  get lines(): Lines {
    return (this.drawn ??= new Lines(this));
  }

  linesIn(rect: Rect): Line[] {
    return this.lines.in(rect);
  }

  cardAt(x: number, y: number): number {
    return this.cardsIn({ x, y, width: 0, height: 0 }).at(-1) ?? -1;
  }

  private gatherChapters(): void {
    for (const file of this.map.files) {
      const last = this.chapters.at(-1);
      const beside = last !== undefined && last.name === file.chapter && file.x >= last.rect.x && Math.abs(file.y - last.rect.y) < 40;
      if (!beside) this.chapters.push({ name: file.chapter, rect: { x: file.x, y: file.y, width: file.width, height: file.height } });
      else {
        last.rect.width = Math.max(last.rect.width, file.x + file.width - last.rect.x);
        last.rect.height = Math.max(last.rect.height, file.height);
      }
    }
  }
}

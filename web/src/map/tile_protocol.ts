// SPDX-License-Identifier: MIT
// What the page and the worker that draws say to one another.
import type { DrawStyle, Job } from "./draw_map";
import type { StoryMap } from "./types";

export type ToWorker =
  | { kind: "scene"; map: StoryMap; folded: string[] }
  | { kind: "fold"; folded: string[] }
  | { kind: "style"; style: DrawStyle }
  | { kind: "draw"; id: number; job: Job }
  | { kind: "png"; id: number; job: Job };

export type FromWorker =
  | { kind: "ready" }
  | { kind: "drawn"; id: number; bitmap: ImageBitmap }
  | { kind: "png"; id: number; blob: Blob }
  | { kind: "failed"; id: number; message: string };

// SPDX-License-Identifier: MIT
// What /pilot/map answers (include/bpyd/analysis/map.hpp says it in full), and what the map's view
// shows and tells. Pixels at scale 1.

export interface MapPin { text: string; condition: string; never: string; line: number; y: number; rows: number }

export interface MapLabel {
  name: string; file: string; line: number;
  kind: "label" | "local" | "menu" | "planned" | "cut" | "file" | "chapter";
  change: "" | "added" | "changed" | "cut";
  text: string; words: number; seconds: number;
  x: number; y: number; width: number; height: number;
  /** Index into endings when every way from here ends there; -1 else. */
  route: number;
  problems: number; severity: "" | "info" | "warn" | "error";
  reachable: boolean; entry: boolean; ending: boolean;
  pins: MapPin[];
}

export interface MapEdge { from: number; to: number; pin: number; kind: string; file?: string; line: number }

export interface MapFile {
  file: string; chapter: string; x: number; y: number; width: number; height: number;
  labels: number; words: number; seconds: number; problems: number;
}

export interface StoryMap {
  project: string; generation: number; level: "labels" | "files" | "chapters";
  width: number; height: number; endings: string[]; files: MapFile[]; labels: MapLabel[]; edges: MapEdge[];
}

/** A path drawn on the map: the labels it passes, in order; `colour` is a CSS custom property's name. */
export interface FollowedPath { id: string; title: string; labels: string[]; colour: string }

export interface MapState { x: number; y: number; scale: number; selected: string; search: string; folded: string[]; follow: string }

/** What the view needs from the page around it. */
export interface MapHost {
  /** Shows the file at the line in the editor. */
  openPlace(file: string, line: number): void;
  /** The user selected a label, or none (""). */
  onSelect(label: string): void;
  /** Position, selection, folding changed: the page keeps the URL. */
  onState(): void;
  /** Files or chapters were asked for instead of labels. */
  onLevel(level: StoryMap["level"]): void;
  /** What must have happened before a line, from /pilot/requirements. */
  requirements(file: string, line: number): Promise<{ reachable: boolean; never?: string; choices: { text: string; label: string }[]; conditions: { text: string }[] }>;
  /** Puts a path through this label into a lane. */
  showInLanes(label: string): void;
}

/** What web/src/map/map_view.ts's MapView is to the page around it. */
export interface MapViewer {
  /** The first map, or a newer one: keeps place, scale and selection; `changed` labels flash. */
  show(map: StoryMap, changed: ReadonlySet<string>): void;
  /** Paths to draw over the map, the first one being walked with the keyboard. */
  follow(paths: readonly FollowedPath[]): void;
  /** Dims every label but these; null: none is dimmed. `title` says what they are. */
  filter(labels: ReadonlySet<string> | null, title: string): void;
  select(label: string, fly: boolean): void;
  state(): MapState;
  restore(state: Partial<MapState>): void;
  /** The whole map as a picture, at most `longest` pixels long. */
  png(longest: number): Promise<Blob>;
  dispose(): void;
}

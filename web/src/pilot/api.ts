// SPDX-License-Identifier: MIT
// What the daemon answers about a story, typed once. The OpenAPI document says it in full.
import { ask, post, target } from "../api";
import type { StoryMap } from "../map/types";
import { laneQuery, type LaneSpec } from "./lane_spec";

export interface PathRow {
  id: string; key: string; title: string; entry: string; ending: string; ending_kind: string; words: number; seconds: number;
}

export interface PathsReply {
  project: string; root: string; generation: number; paths: string[]; schema_status: string; path_count: number;
  next_offset: number | null; play_throughs?: string; suggestion?: string; code?: string; message?: string; watch?: string; commit?: string;
  details: PathRow[];
}

export interface Other { text: string; line: number; never: string }

export interface Step {
  kind: "label" | "say" | "choice" | "condition" | "set" | "call" | "return" | "jump" | "end";
  key: string; label: string; file: string; line: number; text: string; count: number; words: number; seconds: number;
  variable?: string; before?: string; after?: string; verdict?: "holds" | "fails" | "maybe"; others: Other[];
}

export interface PathReply extends PathRow {
  project: string; root: string; generation: number; commit?: string; labels: string[]; choices: string[]; steps: Step[];
}

export interface MapReply extends StoryMap {
  root: string; previous?: number; changed: string[]; commit?: string; compared_with?: string;
}

export interface Problem {
  id: string; severity: "error" | "warn" | "info"; file: string; line: number; column: number; label: string; message: string; suggestion: string;
}

export interface ProblemsReply { total: number; errors: number; warnings: number; truncated: boolean; problems: Problem[] }

export interface Revision { commit: string; date: string; author: string; subject: string }

export interface Side {
  commit: string; labels: number; reachable_labels: number; words: number; seconds: number; choices: number; paths: number; endings: number;
  errors: number; warnings: number;
}

export interface Placed { label: string; file: string; line: number; text: string }

export interface StoryDiff {
  summary: string[]; paths: { change: "added" | "removed" | "changed"; before: string; after: string; key: string; title: string }[];
  labels_added: string[]; labels_removed: string[]; labels_unreachable: string[]; choices_gained: Placed[]; choices_lost: Placed[];
  endings_gained: string[]; endings_lost: string[];
}

export interface CompareReply extends StoryDiff { same: boolean; before: Side; after: Side }

export interface Requirements { reachable: boolean; never?: string; choices: Placed[]; conditions: Placed[] }

export async function get<T>(path: string, parameters: Record<string, string>): Promise<T> {
  return (await ask(target(path, parameters))).json();
}

/** All pages of the list as one reply. */
export async function fetchPaths(project: string, at = ""): Promise<PathsReply> {
  const read = (offset: number) => get<PathsReply>("/pilot/paths", { project, at, brief: "true", limit: "500", offset: String(offset) });
  const all = await read(0);
  for (let next = all.next_offset; next !== null; ) {
    const page = await read(next);
    all.paths.push(...page.paths);
    all.details.push(...page.details);
    next = page.next_offset;
  }
  return all;
}

/** Paths through labels, the first of them; none: the list is empty. */
export const searchPaths = (project: string, through: string, to: string, at = ""): Promise<PathsReply> =>
  get("/pilot/paths", { project, through, to, at, brief: "true", limit: "20" });

export const fetchPath = (project: string, lane: LaneSpec): Promise<PathReply> => get("/pilot/path", { project, ...laneQuery(lane) });
export const fetchMap = (project: string, level: string, compare: string): Promise<MapReply> => get("/pilot/map", { project, level, compare });
export const fetchProblems = (project: string): Promise<ProblemsReply> => get("/pilot/problems", { project, limit: "2000" });
export const fetchRevisions = async (project: string): Promise<Revision[]> =>
  (await get<{ revisions: Revision[] }>("/pilot/revisions", { project, limit: "100" })).revisions;
export const fetchCompare = (project: string, from: string, to = ""): Promise<CompareReply> => get("/pilot/compare", { project, from, to });
export const fetchRequirements = (project: string, file: string, line: number): Promise<Requirements> =>
  get("/pilot/requirements", { project, at: `${file}:${line}` });
export const openPlace = (project: string, file: string, line: number, session: string): Promise<{ uri: string; told: number }> =>
  post("/pilot/open", { project, file, line, session });
export const warpTo = (project: string, file: string, line: number): Promise<{ command: string[] }> => post("/pilot/warp", { project, file, line });

/** A lane's Mermaid text, or why there is none. */
export async function fetchMermaid(project: string, lane: LaneSpec): Promise<{ text: string | null; code: string; reason: string }> {
  const response = await ask(target("/pilot/graph", { project, ...laneQuery(lane) }), "application/json, text/html");
  // Parsed apart, and only texts are taken over: story text never becomes markup.
  const fragment = new DOMParser().parseFromString(await response.text(), "text/html");
  const large = fragment.querySelector<HTMLElement>(".too-large");
  return { text: fragment.querySelector("pre.mermaid")?.textContent ?? null, code: large?.dataset.code ?? "", reason: large?.textContent ?? "" };
}

export const exportUrl = (project: string, form: string, path = ""): string => target("/pilot/export", { project, form, path });

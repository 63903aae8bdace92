// SPDX-License-Identifier: MIT
// What the daemon remembers of a story: snapshots, their differences, and how figures went.
import { ask, DaemonError, post, target } from "../api";
import { get, type Side, type StoryDiff } from "./api";

export interface Snapshot {
  id: number; taken: string; name: string; pinned: boolean; origin: string; commit?: string; clean: boolean; generator: string; summary: string[];
  words: number; seconds: number; labels: number; reachable_labels: number; menus: number; choices: number; paths: number; endings: number;
  errors: number; warnings: number; files: number; lines: number;
}

export interface SnapshotsReply {
  project: string; root: string; total: number; next_offset: number | null; bytes: number; trouble: string; snapshots: Snapshot[];
}

export interface Trend {
  total: number; ids: number[]; taken: string[]; names: string[]; series: { metric: Metric; values: number[] }[];
}

export interface SnapshotSide extends Omit<Side, "commit"> { id: number; name: string; taken: string }

export interface FoundProblem { id: string; severity: "error" | "warn" | "info"; file: string; line: number; message: string }

export interface SnapshotDiff extends StoryDiff {
  same: boolean; before: SnapshotSide; after: SnapshotSide; words: { label: string; before: number; after: number }[];
  problems_gained: FoundProblem[]; problems_lost: FoundProblem[];
}

export type HistoryEvent =
  | ({ type: "history.snapshot"; project: string; root: string } & Snapshot)
  | { type: "history.changed"; project: string; root: string; what: string; ids: number[] }
  | { type: "history.broken"; project: string; root: string; code: string; message: string; set_aside: string };

export const metrics = [
  "words", "problems", "endings", "labels", "choices", "paths", "seconds", "menus", "reachable_labels", "unreachable_labels", "errors", "warnings", "files", "lines",
] as const;
export type Metric = (typeof metrics)[number];

/** A figure of a snapshot as the trend has it. */
export function figure(row: Snapshot, metric: Metric): number {
  if (metric === "problems") return row.errors + row.warnings;
  if (metric === "unreachable_labels") return row.labels - row.reachable_labels;
  return row[metric];
}

/** Switched off in the configuration, or a daemon that has no such capability. */
export const isOff = (error: unknown): boolean => error instanceof DaemonError && (error.code === "BPY-1107" || error.code === "BPY-1102");

const route = "/api/v1/history";

export const fetchSnapshots = (project: string, offset: number, limit: number, named = false): Promise<SnapshotsReply> =>
  get(`${route}/snapshots`, { project, offset: String(offset), limit: String(limit), named: named ? "true" : "" });
export const fetchSnapshot = (project: string, id: number): Promise<Snapshot> => get(`${route}/snapshots/${id}`, { project, report: "false" });
export const fetchTrend = (project: string, wanted: readonly Metric[]): Promise<Trend> =>
  get(`${route}/trend`, { project, metric: wanted.join(","), points: "10000" });
export const fetchDifference = (project: string, from: number, to: number | null): Promise<SnapshotDiff> =>
  get(`${route}/diff`, { project, from: String(from), to: to === null ? "now" : String(to) });
export const takeSnapshot = (project: string, name: string): Promise<Snapshot & { created: boolean }> =>
  post(`${route}/snapshots`, { project, ...(name ? { name } : {}) });

export async function changeSnapshot(project: string, id: number, change: { name?: string; pinned?: boolean }): Promise<Snapshot> {
  const options = { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project, ...change }) };
  return (await ask(`${route}/snapshots/${id}`, "application/json", options)).json();
}

export async function deleteSnapshot(project: string, id: number): Promise<void> {
  await ask(target(`${route}/snapshots/${id}`, { project }), "application/json", { method: "DELETE" });
}

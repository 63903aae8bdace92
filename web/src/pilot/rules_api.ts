// SPDX-License-Identifier: MIT
// What the project's rules say of the story.
import { get } from "./api";

export interface Violation {
  key: string; rule: string; check: string; severity: "error" | "warn" | "info"; file: string; line: number; label: string; message: string; suggestion: string;
  value?: number; limit?: number; points: number; waived: boolean; reason: string; until: string;
}

export interface RulesStatus {
  project: string; root: string; generation: number; rules_file_error: string; passed: boolean; errors: number; warnings: number; infos: number; waived: number;
  points: number; max_points?: number; total: number; next_offset: number | null; violations: Violation[];
  unused_waivers: { rule: string; reason: string; why: string }[];
}

export interface RulesEvent { type: "governance.violation" | "governance.resolved"; project: string; root: string; generation: number; first: boolean; passed: boolean; total: number }

const page = 500;

/** All pages as one reply. A list that changes under the hand is read again by the event that says so. */
export async function fetchStatus(project: string): Promise<RulesStatus> {
  const read = (offset: number) => get<RulesStatus>("/api/governance/status", { project, limit: String(page), offset: String(offset) });
  const all = await read(0);
  for (let next = all.next_offset; next !== null; ) {
    const more = await read(next);
    all.violations.push(...more.violations);
    next = more.next_offset !== null && more.next_offset > next ? more.next_offset : null;
  }
  return all;
}

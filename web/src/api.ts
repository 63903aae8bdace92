// SPDX-License-Identifier: MIT
// What the daemon answers, typed once; its error payload becomes an exception with the same words.

export interface PathRow {
  id: string;
  key: string;
  title: string;
  entry: string;
  ending: string;
  ending_kind: string;
  labels: string[];
  choices: string[];
  words: number;
}

export interface PathsReply {
  project: string;
  root: string;
  generation: number;
  paths: string[];
  schema_status: string;
  path_count: number;
  next_offset: number | null;
  suggestion?: string;
  code?: string;
  message?: string;
  details: PathRow[];
}

export interface Step {
  kind: string;
  label: string;
  file: string;
  line: string;
  text: string;
}

export interface Graph {
  /** null: the path is too large for Mermaid, see `reason`. */
  mermaid: string | null;
  reason: string;
  steps: Step[];
}

export interface ProjectRow {
  alias: string;
  root: string;
  title: string;
  state: string;
  labels: number;
  paths: number;
  problems: number;
  problem?: string;
}

export class DaemonError extends Error {
  constructor(readonly code: string, message: string, readonly suggestion: string) {
    super(message);
  }
}

async function ask(target: string, accept: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(target, { headers: { Accept: accept } });
  } catch {
    throw new DaemonError("", "The daemon does not answer.", "It is tried again as soon as it is back.");
  }
  if (response.ok) return response;
  const payload = await response.json().catch(() => ({}));
  throw new DaemonError(payload.code ?? `HTTP ${response.status}`, payload.message ?? response.statusText, payload.suggestion ?? "");
}

function target(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== "") query.set(name, value);
  return query.size > 0 ? `${path}?${query}` : path;
}

/** All pages of the list as one reply. */
export async function fetchPaths(project: string): Promise<PathsReply> {
  const read = async (offset: number): Promise<PathsReply> =>
    (await ask(target("/pilot/paths", { project, limit: "500", offset: String(offset) }), "application/json")).json();
  const all = await read(0);
  for (let next = all.next_offset; next !== null; ) {
    const page = await read(next);
    all.paths.push(...page.paths);
    all.details.push(...page.details);
    next = page.next_offset;
  }
  return all;
}

export async function fetchGraph(project: string, path: string): Promise<Graph> {
  const response = await ask(target("/pilot/graph", { project, path }), "application/json, text/html");
  // Parsed apart, and only texts and attributes are taken over: story text never becomes markup.
  const fragment = new DOMParser().parseFromString(await response.text(), "text/html");
  const steps = [...fragment.querySelectorAll<HTMLElement>("ol.steps > li")].map((item) => ({
    kind: item.dataset.kind ?? "",
    label: item.dataset.label ?? "",
    file: item.dataset.file ?? "",
    line: item.dataset.line ?? "",
    text: item.textContent ?? "",
  }));
  return {
    mermaid: fragment.querySelector("pre.mermaid")?.textContent ?? null,
    reason: fragment.querySelector(".too-large")?.textContent ?? "",
    steps,
  };
}

export async function fetchProjects(): Promise<ProjectRow[]> {
  return (await (await ask("/api/projects?limit=1000", "application/json")).json()).projects;
}

// SPDX-License-Identifier: MIT
// What the daemon answers, typed once; its error payload becomes an exception with the same words.

import { t } from "./words";

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

const kPageToken = "bpyd.page-token";

/** Under --auth a page is handed its token behind the #, where no server sees it: out of the address, into the tab. */
function takePageToken(): string {
  const found = /^#page-token=([\w-]+)$/.exec(location.hash);
  if (found !== null) {
    sessionStorage.setItem(kPageToken, found[1]!);
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(kPageToken) ?? "";
}

const pageToken = takePageToken();
const keys: Record<string, string> = pageToken === "" ? {} : { "X-BranchPy-Token": pageToken };

/** The answer of a route, or its error as an exception. */
export async function ask(target: string, accept = "application/json", options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(target, { ...options, headers: { Accept: accept, ...keys, ...options.headers } });
  } catch {
    throw new DaemonError("", t("error.silent"), t("error.silent.advice"));
  }
  if (response.ok) return response;
  const payload = await response.json().catch(() => ({}));
  throw new DaemonError(payload.code ?? `HTTP ${response.status}`, payload.message ?? response.statusText, payload.suggestion ?? "");
}

export function target(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== "") query.set(name, value);
  return query.size > 0 ? `${path}?${query}` : path;
}

export async function fetchProjects(): Promise<ProjectRow[]> {
  return (await (await ask("/api/projects?limit=1000", "application/json")).json()).projects;
}

export async function post<T>(path: string, body: object): Promise<T> {
  return (await ask(path, "application/json", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
}

// SPDX-License-Identifier: MIT
// What the dashboard asks of the daemon, and what it gets.
import { ask as request, post } from "../api";

export interface Project {
  alias: string;
  root: string;
  title: string;
  state: string;
  watch: string;
  labels: number;
  paths: number;
  words: number;
  seconds: number;
  problems: number;
  errors: number;
  warnings: number;
  generation: number;
  problem?: string;
  code?: string;
  suggestion?: string;
}

export interface Watcher {
  project: string;
  mode: string;
  degraded: boolean;
  reason?: string;
  code?: string;
  enabled: boolean;
  ready: boolean;
  analysing: boolean;
  files: number;
  folders: number;
}

export interface Status {
  version: string;
  pid: number;
  profile: string;
  host: string;
  ws_port: number;
  http_port: number;
  started_at: string;
  uptime_seconds: number;
  memory_kib: number;
  client_count: number;
}

export interface Channel {
  channel: string;
  subscribers: number;
  seq: number;
  purpose: string;
}

export interface Stats {
  total_connections: number;
  total_users: number;
  total_channels: number;
}

export interface Saved {
  type: string;
  data: { project: string; files: string[] };
  /** Seconds since 1970. */
  timestamp: number;
}

const page = 1000;
const lastSaves = 200;

async function ask<T>(target: string, method = "GET"): Promise<T> {
  return (await request(target, "application/json", { method })).json();
}

/** All pages of a list. */
async function all<Row, Name extends string>(path: string, name: Name): Promise<Row[]> {
  const rows: Row[] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const answer: Record<Name, Row[]> & { next_offset: number | null } = await ask(`${path}?limit=${page}&offset=${offset}`);
    rows.push(...answer[name]);
    offset = answer.next_offset;
  }
  return rows;
}

export const projects = (): Promise<Project[]> => all<Project, "projects">("/api/projects", "projects");
export const channels = (): Promise<Channel[]> => all<Channel, "channels">("/api/ws/channels", "channels");
export const status = (): Promise<Status> => ask("/api/daemon/status");
export const stats = (): Promise<Stats> => ask("/api/ws/stats");
export const watchers = async (): Promise<Watcher[]> => (await ask<{ projects: Watcher[] }>("/api/watch/status")).projects;
export const add = (root: string): Promise<Project> => post("/api/projects", { root });
export const forget = (alias: string): Promise<unknown> => ask(`/api/projects/${encodeURIComponent(alias)}`, "DELETE");

/** The newest saves in the event log, also those of before this page or this daemon. */
export async function saves(): Promise<Saved[]> {
  const { seq } = await ask<{ seq: number }>("/api/ws/channels/watch");
  const from = Math.max(0, seq - lastSaves);
  const { events } = await ask<{ events: Saved[] }>(`/api/ws/channels/watch/events?since=${from}&limit=${lastSaves}`);
  return events.filter((event) => event.type === "watch.event");
}

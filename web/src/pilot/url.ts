// SPDX-License-Identifier: MIT
// What is on the page, as its address: a link opens the same view.
import type { MapState } from "../map/types";
import type { HistoryState } from "./history_tab";
import type { ProblemsState } from "./problems_view";

export const views = ["lanes", "map", "problems", "then", "history"] as const;
export type View = (typeof views)[number];

export interface PageState {
  /** A link from elsewhere, not an address that a page wrote itself: lanes may be added to what it names. */
  fresh: boolean;
  project: string; view: View; session: string; lanes: string[]; form: string; fold: boolean;
  level: string; compare: string; map: Partial<MapState>; problems: Partial<ProblemsState>; revision: string; to: string; history: Partial<HistoryState>;
}

/** What the daemon takes as a part of a channel's name; anything else would never go live. */
const sessionForm = /^[A-Za-z0-9._-]{1,64}$/;

function randomSession(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function readUrl(): PageState {
  const query = new URLSearchParams(location.search);
  const text = (name: string) => query.get(name) ?? "";
  const view = views.find((one) => one === text("view")) ?? "lanes";
  const session = sessionForm.test(text("session")) ? text("session") : randomSession();
  const place = text("xy").split(",").map(Number);
  const map: Partial<MapState> = { selected: text("label"), search: text("find"), follow: text("follow"), folded: query.getAll("folded") };
  if (place.length === 3 && place.every(Number.isFinite)) [map.x, map.y, map.scale] = place;
  return {
    fresh: !query.has("session"), project: text("project"), view, session,
    lanes: [text("path"), ...query.getAll("lane")].filter((lane) => lane !== ""),
    form: text("form") || "steps", fold: text("fold") !== "0", level: text("level") || "labels", compare: text("compare"), map,
    problems: { severity: text("severity"), check: text("check"), file: text("file"), text: text("q"), source: text("found") }, revision: text("revision"), to: text("to"),
    history: { metrics: text("metrics").split(",").filter((one) => one !== ""), snapshot: whole(text("snapshot")), from: whole(text("since")) },
  };
}

const whole = (text: string): number => (/^\d+$/.test(text) ? Number(text) : 0);

/** Parameters that are not the page's own (lang, theme) stay. */
export function writeUrl(state: Omit<PageState, "fresh">): void {
  const before = new URLSearchParams(location.search);
  const query = new URLSearchParams();
  const put = (name: string, value: string, usual = "") => {
    if (value !== usual) query.append(name, value);
  };
  put("project", state.project);
  put("view", state.view, "lanes");
  state.lanes.forEach((lane, index) => put(index === 0 ? "path" : "lane", lane));
  put("form", state.form, "steps");
  put("fold", state.fold ? "" : "0");
  put("level", state.level, "labels");
  put("compare", state.compare);
  put("revision", state.revision);
  put("to", state.to);
  const { x, y, scale } = state.map;
  if (state.view === "map" && x !== undefined && y !== undefined && scale !== undefined) put("xy", `${Math.round(x)},${Math.round(y)},${Number(scale.toFixed(4))}`);
  put("label", state.map.selected ?? "");
  put("find", state.map.search ?? "");
  put("follow", state.map.follow ?? "");
  for (const file of state.map.folded ?? []) put("folded", file);
  for (const [name, value] of Object.entries({ severity: state.problems.severity, check: state.problems.check, file: state.problems.file, q: state.problems.text, found: state.problems.source })) put(name, value ?? "");
  put("metrics", state.history.metrics?.join(",") ?? "");
  put("snapshot", String(state.history.snapshot || ""));
  put("since", String(state.history.from || ""));
  query.set("session", state.session);
  for (const name of ["lang", "theme"]) if (before.has(name)) query.set(name, before.get(name)!);
  history.replaceState(null, "", `${location.pathname}?${query}`);
}

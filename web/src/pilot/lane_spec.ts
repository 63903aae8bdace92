// SPDX-License-Identifier: MIT
// What a lane shows, as the URL has it:
//   p003                     a path of the story, by id or key
//   p003~script.rpy:42       … with the choice at that line taken instead
//   through:attic,hall#2     the second path through these labels
//   to:script.rpy:42#1       the first path to a line
//   p003@HEAD~2              … as it was at a revision
//   p003@snapshot:12         … or in a snapshot

export interface LaneSpec { path: string; instead: string; through: string; to: string; at: string }

const searched = /^(through|to):(.+?)(?:#(\d+))?$/;

export function parseLane(text: string): LaneSpec {
  const split = text.lastIndexOf("@");
  const at = split < 0 ? "" : text.slice(split + 1);
  const rest = split < 0 ? text : text.slice(0, split);
  const found = searched.exec(rest);
  if (found) return { path: `q${found[3] ?? "1"}`, instead: "", through: found[1] === "through" ? found[2]! : "", to: found[1] === "to" ? found[2]! : "", at };
  const [path, instead] = rest.split("~", 2);
  return { path: path ?? "", instead: instead ?? "", through: "", to: "", at };
}

export function laneText(lane: LaneSpec): string {
  const search = lane.through ? `through:${lane.through}` : lane.to ? `to:${lane.to}` : "";
  const base = search ? `${search}#${lane.path.slice(1)}` : lane.instead ? `${lane.path}~${lane.instead}` : lane.path;
  return lane.at ? `${base}@${lane.at}` : base;
}

/** The parameters of /pilot/path and /pilot/graph. */
export function laneQuery(lane: LaneSpec): Record<string, string> {
  return { path: lane.path, instead: lane.instead, through: lane.through, to: lane.to, at: lane.at };
}

/** A path of the story as it is: what a decision made otherwise can start from. */
export const isPlain = (lane: LaneSpec): boolean => lane.through === "" && lane.to === "" && lane.instead === "" && lane.at === "";

export const ofPath = (path: string, at = ""): LaneSpec => ({ path, instead: "", through: "", to: "", at });

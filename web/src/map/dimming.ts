// SPDX-License-Identifier: MIT
// Which labels are drawn faint: those a filter leaves out, and those that lead to no chosen ending.
import type { Scene } from "./scene";

export function dimmed(scene: Scene, kept: ReadonlySet<string> | null, routes: ReadonlySet<number>): Uint8Array | null {
  if (kept === null && routes.size === 0) return null;
  return Uint8Array.from(scene.map.labels, ({ name, route }) => ((kept === null || kept.has(name)) && (routes.size === 0 || routes.has(route)) ? 0 : 1));
}

// SPDX-License-Identifier: MIT
// Which path a lane means: ids are positions in a list that a save may shift, keys are what a path passes.
import type { PathsReply } from "./api";

const position = /^p\d+$/;

export class SamePath {
  private ids = new Map<string, string>(); // of the last story: by key
  private keys = new Map<string, string>(); // by id

  read(story: PathsReply): Renumbering {
    const before = this.ids;
    this.ids = new Map(story.details.map((path) => [path.key, path.id]));
    this.keys = new Map(story.details.map((path) => [path.id, path.key]));
    return { idNow: (id, key) => this.idNow(id, key, before) };
  }

  /** Nothing for a lane that names its path otherwise. */
  keyOf(id: string): string {
    return position.test(id) ? (this.keys.get(id) ?? "") : "";
  }

  /** A path whose key is gone may have been edited: then the one in its place was not there before. */
  private idNow(id: string, key: string, before: ReadonlyMap<string, string>): string | null {
    const moved = this.ids.get(key);
    if (moved !== undefined) return moved;
    const there = this.keys.get(id);
    return there !== undefined && !before.has(there) ? id : null;
  }
}

export interface Renumbering {
  /** The path's id in the new story; null: it is gone. */
  idNow(id: string, key: string): string | null;
}

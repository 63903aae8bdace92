// SPDX-License-Identifier: MIT
// The lines of the log that the page holds. After a break the door tells the last lines again:
// those that are here already are found by their words and their time.

export interface Line {
  level: string;
  message: string;
  module: string;
  /** Seconds since 1970. */
  timestamp: number;
}

export const most = 500;
const slack = 0.5; // live lines carry the time of their telling, repeated ones that of their writing

export class Lines {
  private readonly kept: Line[] = [];
  private replayEnds = 0;
  private matched = new Set<Line>();

  get all(): readonly Line[] {
    return this.kept;
  }

  /** The door's welcome: what is older than that is told again. */
  welcome(timestamp: number): void {
    this.replayEnds = timestamp;
    this.matched = new Set();
  }

  /** Was it new? */
  add(line: Line): boolean {
    if (line.timestamp < this.replayEnds) {
      const known = this.kept.find((other) => !this.matched.has(other) && other.message === line.message && other.module === line.module && Math.abs(other.timestamp - line.timestamp) < slack);
      if (known !== undefined) {
        this.matched.add(known);
        return false;
      }
    }
    this.kept.push(line);
    if (this.kept.length > most) this.kept.shift();
    return true;
  }

  clear(): void {
    this.kept.length = 0;
  }
}

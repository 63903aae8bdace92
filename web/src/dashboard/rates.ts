// SPDX-License-Identifier: MIT
// Events per second, from the numbers of the channels: what was counted between two looks.

export const samples = 40;

export class Rate {
  readonly values: number[] = [];
  now = 0;
  private last: { seq: number; at: number } | null = null;

  /** A number smaller than the last one is of another numbering: it counts from there. */
  look(seq: number, at: number): void {
    const last = this.last;
    this.last = { seq, at };
    if (last === null || at <= last.at) return;
    this.now = seq < last.seq ? 0 : ((seq - last.seq) * 1000) / (at - last.at);
    this.values.push(this.now);
    if (this.values.length > samples) this.values.shift();
  }

  /** While nobody looked nothing is known: no bridge over that time. */
  pause(): void {
    this.last = null;
  }
}

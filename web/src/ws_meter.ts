// SPDX-License-Identifier: MIT
// What comes in: now, and as a line over the last minute.

const tick = 500; // milliseconds
const ticks = 120;
const width = 120;
const height = 28;

export function bytes(count: number): string {
  if (count < 1000) return `${Math.round(count)} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

export class Meter {
  private readonly encoder = new TextEncoder();
  private readonly past: number[] = new Array<number>(ticks).fill(0);
  private messages = 0;
  private size = 0;
  private before = { messages: 0, size: 0 };
  private at = performance.now();

  constructor(private readonly words: HTMLElement, private readonly line: SVGPolylineElement, private readonly peak: HTMLElement) {
    setInterval(() => this.turn(), tick);
    this.draw();
  }

  count(raw: string): void {
    this.messages++;
    this.size += this.encoder.encode(raw).length;
  }

  private turn(): void {
    const now = performance.now();
    const seconds = (now - this.at) / 1000 + tick / 1000; // this tick, however late, and the one before
    this.past.push(this.messages / ((now - this.at) / 1000));
    this.past.shift();
    const rate = (this.messages + this.before.messages) / seconds;
    this.words.textContent = `${rate < 10 && rate > 0 ? rate.toFixed(1) : Math.round(rate).toLocaleString()} messages/s · ${bytes((this.size + this.before.size) / seconds)}/s`;
    this.before = { messages: this.messages, size: this.size };
    this.messages = this.size = 0;
    this.at = now;
    this.draw();
  }

  private draw(): void {
    const most = Math.max(...this.past);
    const scale = (height - 4) / Math.max(most, 1);
    this.line.setAttribute("points", this.past.map((rate, index) => `${((index * width) / (ticks - 1)).toFixed(1)},${(height - 2 - rate * scale).toFixed(1)}`).join(" "));
    this.peak.textContent = `peak ${Math.round(most).toLocaleString()}/s`;
  }
}

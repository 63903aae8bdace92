// SPDX-License-Identifier: MIT
// A line of the last values, as small as a word.

const svg = "http://www.w3.org/2000/svg";
const width = 96;
const height = 24;

/** Beside a number that says the same, so nothing is read out. */
export class Spark {
  readonly root = document.createElementNS(svg, "svg");
  private readonly area = document.createElementNS(svg, "path");
  private readonly line = document.createElementNS(svg, "path");

  constructor(private readonly most: number) {
    this.root.setAttribute("class", "spark");
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.root.setAttribute("preserveAspectRatio", "none");
    this.root.setAttribute("aria-hidden", "true");
    this.area.setAttribute("class", "spark-area");
    this.line.setAttribute("class", "spark-line");
    this.root.append(this.area, this.line);
    this.show([]);
  }

  /** The newest at the right edge; what is not known yet is level ground. */
  show(values: readonly number[]): void {
    const known = values.slice(-this.most);
    const all = [...new Array<number>(this.most - known.length).fill(0), ...known];
    const top = Math.max(1, ...all);
    this.root.toggleAttribute("data-flat", !all.some((value) => value > 0));
    const points = all.map((value, at) => {
      const x = (at / (this.most - 1)) * width;
      const y = height - 1.5 - (value / top) * (height - 4);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    this.line.setAttribute("d", `M${points.join("L")}`);
    this.area.setAttribute("d", `M0 ${height}L${points.join("L")}L${width} ${height}Z`);
  }
}

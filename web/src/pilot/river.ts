// SPDX-License-Identifier: MIT
// Lanes drawn as one river: what paths share runs across their columns, where they part and meet again
// lines lead from one to the other.
import { element } from "../dom";
import { t, tn } from "../words";
import { align, type Branch, type Fork, type Part, type Shared } from "./align";
import type { PathReply, Step } from "./api";
import { silent, stepRow, type StepActions } from "./step_view";

const shownAtEnds = 3;  // of a folded stretch, at either end
const worthFolding = 6; // rows more than that

const namespace = "http://www.w3.org/2000/svg";
const colour = (lane: number): string => `var(--lane-${(lane % 6) + 1})`;

/** Lines from one band's foot (or several) to the heads below; each lane's own colour. */
function lines(lanes: number[], groups: number[][], kind: "part" | "meet"): SVGSVGElement {
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", `lines lines-${kind}`);
  svg.setAttribute("viewBox", `0 0 ${lanes.length * 100} 40`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const middle = lanes.length * 50;
  let column = 0;
  for (const group of groups) {
    const centre = (column + group.length / 2) * 100;
    group.forEach((lane, index) => {
      const spread = (at: number, count: number) => (at - (count - 1) / 2) * 6;
      const one = middle + spread(lanes.indexOf(lane), lanes.length);
      const many = centre + spread(index, group.length);
      const [top, foot] = kind === "part" ? [one, many] : [many, one];
      const path = document.createElementNS(namespace, "path");
      path.setAttribute("d", `M${top} 0C${top} 24 ${foot} 16 ${foot} 40`);
      path.style.stroke = colour(lane);
      svg.append(path);
    });
    column += group.length;
  }
  return svg;
}

export interface RiverOptions { fold: boolean; fresh: ReadonlySet<string>; ids: string[] }

export class River {
  constructor(private readonly options: RiverOptions, private readonly actions: StepActions) {}

  draw(paths: readonly PathReply[]): HTMLElement {
    const root = element("div", { class: "river" });
    root.style.setProperty("--columns", String(paths.length));
    const lanes = paths.map((path) => path.steps.filter((step) => !silent(step)));
    root.append(...this.parts(align(lanes), paths.map((_, index) => index)));
    return root;
  }

  private parts(parts: readonly Part<Step>[], lanes: number[]): Element[] {
    const out: Element[] = [];
    parts.forEach((part, index) => {
      if (part.kind === "shared") return void out.push(this.band(part));
      if (index > 0) out.push(lines(lanes, part.branches.map((branch) => branch.lanes), "part"));
      out.push(this.fork(part));
      if (index < parts.length - 1) out.push(lines(lanes, part.branches.map((branch) => branch.lanes), "meet"));
    });
    return out;
  }

  private fork(fork: Fork<Step>): HTMLElement {
    const root = element("div", { class: "fork" });
    root.append(...fork.branches.map((branch) => this.branch(branch)));
    return root;
  }

  private branch(branch: Branch<Step>): HTMLElement {
    const root = element("div", { class: "branch" });
    root.style.gridColumn = `span ${branch.lanes.length}`;
    if (branch.parts.length > 0) {
      root.append(...this.parts(branch.parts, branch.lanes));
    } else {
      const line = element("div", { class: "nothing" }, element("span", { class: "unseen" }, t("river.nothing", { path: this.names(branch.lanes) })));
      line.style.setProperty("--stripe", colour(branch.lanes[0]!));
      root.append(line);
    }
    return root;
  }

  private names(lanes: number[]): string {
    return lanes.map((lane) => this.options.ids[lane]).join(", ");
  }

  private band(part: Shared<Step>): HTMLElement {
    const several = part.lanes.length > 1;
    const name = several ? t("river.shared", { paths: this.names(part.lanes) }) : t("river.only", { path: this.names(part.lanes) });
    const band = element("section", { class: several ? "band shared" : "band", "aria-label": name });
    const stripes = part.lanes.map((lane, index) => `${colour(lane)} ${(100 * index) / part.lanes.length}% ${(100 * (index + 1)) / part.lanes.length}%`);
    band.style.setProperty("--stripe", `linear-gradient(to right, ${stripes.join(", ")})`);
    const rows = part.rows;
    const foldable = this.options.fold && several && rows.length > 2 * shownAtEnds + worthFolding;
    if (!foldable) band.append(this.list(rows, part.lanes));
    else {
      const inner = rows.slice(shownAtEnds, -shownAtEnds);
      band.append(this.list(rows.slice(0, shownAtEnds), part.lanes), this.folded(inner, part.lanes), this.list(rows.slice(-shownAtEnds), part.lanes));
    }
    return band;
  }

  private folded(rows: Step[][], lanes: number[]): HTMLElement {
    const read = rows.at(-1)![0]!.words - rows[0]![0]!.words;
    const labels = rows.filter((row) => row[0]!.kind === "label").length;
    const fresh = rows.some((row) => this.options.fresh.has(row[0]!.key));
    const button = element("button", { type: "button", class: fresh ? "folded changed" : "folded" },
      t("river.folded", { steps: tn("count.steps", rows.length), labels: tn("count.labels", labels), words: tn("count.words", read) }));
    button.addEventListener("click", () => {
      const list = this.list(rows, lanes);
      button.replaceWith(list);
      list.querySelector<HTMLElement>(".step")?.focus();
    });
    return button;
  }

  private list(rows: Step[][], lanes: number[]): HTMLElement {
    const list = element("ol", { class: "rows" });
    for (const steps of rows) {
      const row = stepRow(steps, lanes, this.actions);
      if (this.options.fresh.has(steps[0]!.key)) row.classList.add("changed");
      list.append(row);
    }
    return list;
  }
}

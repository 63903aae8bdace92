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

/** The lanes' colours side by side. */
function stripes(lanes: readonly number[]): string {
  const stops = lanes.map((lane, index) => `${colour(lane)} ${(100 * index) / lanes.length}% ${(100 * (index + 1)) / lanes.length}%`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** Lines from one band's foot (or several) to the heads below; each lane's own colour. */
function lines(lanes: number[], groups: number[][], kind: "part" | "meet", missing: ReadonlySet<number>): SVGSVGElement {
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
      if (missing.has(lane)) path.classList.add("missing");
      svg.append(path);
    });
    column += group.length;
  }
  return svg;
}

/** `unfolded`: keys of rows whose stretch the reader opened; it stays open. `missing`: lanes without a path. */
export interface RiverOptions { fold: boolean; fresh: ReadonlySet<string>; ids: string[]; unfolded: Set<string>; missing: ReadonlySet<number> }

/** Which lanes have a step, in one fork; those apart are not drawn as one. */
type Elsewhere = ReadonlyMap<string, ReadonlySet<number>>;

function elsewhere(fork: Fork<Step>): Elsewhere {
  const found = new Map<string, Set<number>>();
  const look = (parts: readonly Part<Step>[]) => {
    for (const part of parts) {
      if (part.kind === "fork") part.branches.forEach((branch) => look(branch.parts));
      else for (const [step] of part.rows) found.set(step!.key, new Set([...(found.get(step!.key) ?? []), ...part.lanes]));
    }
  };
  fork.branches.forEach((branch) => look(branch.parts));
  return found;
}

export class River {
  private elsewhere: Elsewhere = new Map(); // of the outermost fork that is being drawn

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
      if (index > 0) out.push(lines(lanes, part.branches.map((branch) => branch.lanes), "part", this.options.missing));
      const meets = index < parts.length - 1;
      out.push(this.fork(part, meets));
      if (meets) out.push(lines(lanes, part.branches.map((branch) => branch.lanes), "meet", this.options.missing));
    });
    return out;
  }

  private fork(fork: Fork<Step>, meets: boolean): HTMLElement {
    const root = element("div", { class: meets ? "fork meets" : "fork" });
    const outermost = this.elsewhere.size === 0;
    if (outermost) this.elsewhere = elsewhere(fork);
    root.append(...fork.branches.map((branch) => this.branch(branch)));
    if (outermost) this.elsewhere = new Map();
    return root;
  }

  private branch(branch: Branch<Step>): HTMLElement {
    const root = element("div", { class: "branch" });
    root.style.gridColumn = `span ${branch.lanes.length}`;
    root.style.setProperty("--stripe", stripes(branch.lanes));
    root.style.setProperty("--stripe-width", `${branch.lanes.length * 6 - 3}px`);
    if (branch.parts.length > 0) {
      const parts = this.parts(branch.parts, branch.lanes);
      root.style.gridTemplateRows = `repeat(${parts.length}, auto) 1fr`; // the rest is the line down to where they meet
      root.append(...parts);
    } else {
      const missing = branch.lanes.every((lane) => this.options.missing.has(lane));
      const said = t(missing ? "river.missing" : "river.nothing", { path: this.names(branch.lanes) });
      root.append(element("div", { class: missing ? "nothing missing" : "nothing" }, element("span", { class: "unseen" }, said)));
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
    band.style.setProperty("--stripe", stripes(part.lanes));
    const rows = part.rows;
    const foldable = this.options.fold && several && rows.length > 2 * shownAtEnds + worthFolding;
    if (!foldable) band.append(this.list(rows, part.lanes));
    else {
      const inner = rows.slice(shownAtEnds, -shownAtEnds);
      const open = inner.some(([step]) => this.options.unfolded.has(step!.key));
      band.append(this.list(rows.slice(0, shownAtEnds), part.lanes), open ? this.list(inner, part.lanes) : this.folded(inner, part.lanes), this.list(rows.slice(-shownAtEnds), part.lanes));
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
      this.options.unfolded.add(rows[0]![0]!.key);
      const list = this.list(rows, lanes);
      button.replaceWith(list);
      list.querySelector<HTMLElement>(".step")?.focus();
    });
    return button;
  }

  /** Dots for the lanes that have this step too, but not beside these. */
  private also(key: string, lanes: number[]): HTMLElement | "" {
    const others = [...(this.elsewhere.get(key) ?? [])].filter((lane) => !lanes.includes(lane));
    if (others.length === 0) return "";
    const text = t("river.also", { paths: this.names(others) });
    const dots = element("span", { class: "also", title: text }, element("span", { class: "unseen" }, text));
    for (const lane of others) {
      const dot = element("i", {});
      dot.style.background = colour(lane);
      dots.append(dot);
    }
    return dots;
  }

  private list(rows: Step[][], lanes: number[]): HTMLElement {
    const list = element("ol", { class: "rows" });
    for (const steps of rows) {
      const row = stepRow(steps, lanes, this.also(steps[0]!.key, lanes), this.actions);
      if (this.options.fresh.has(steps[0]!.key)) row.classList.add("changed");
      list.append(row);
    }
    return list;
  }
}

// SPDX-License-Identifier: MIT
// Lanes drawn by Mermaid, a column each; they scroll together, label by label.
import { element } from "../dom";
import { t } from "../words";
import { fetchMermaid } from "./api";
import { draw, type Drawing } from "./draw";
import { laneText, type LaneSpec } from "./lane_spec";

interface Column { text: string; drawing: Drawing | null; canvas: HTMLElement }

export class Drawings {
  private columns: Column[] = [];
  private turn = 0;
  private leading: HTMLElement | null = null; // the column that is being scrolled; the others follow

  constructor(private readonly body: HTMLElement) {}

  clear(): void {
    this.turn++;
    this.columns.forEach((column) => column.drawing?.drop());
    this.columns = [];
  }

  /** `lanes`: a text says why there is none to draw. `again`: draw even what did not change. */
  async show(project: string, lanes: (LaneSpec | string)[], again: boolean, onLarge: (label: string) => void): Promise<void> {
    const turn = ++this.turn;
    if (this.columns.length !== lanes.length || this.body.querySelector(".drawings") === null) this.rebuild(lanes.length);
    await Promise.all(lanes.map(async (lane, index) => {
      const column = this.columns[index]!;
      if (typeof lane === "string") return this.say(column, lane, "");
      try {
        const graph = await fetchMermaid(project, lane);
        if (turn !== this.turn) return;
        if (graph.text === null) this.large(column, graph.code, graph.reason, onLarge);
        else if (again || graph.text !== column.text) await this.put(column, graph.text, laneText(lane), turn);
      } catch (error) {
        if (turn === this.turn) this.say(column, t("lane.failed"), String((error as Error).message));
      }
    }));
  }

  private rebuild(count: number): void {
    this.columns.forEach((column) => column.drawing?.drop());
    this.columns = Array.from({ length: count }, () => ({ text: "", drawing: null, canvas: this.canvas() }));
    const root = element("div", { class: "drawings" });
    root.style.setProperty("--columns", String(count));
    root.append(...this.columns.map((column) => column.canvas));
    this.body.replaceChildren(root);
  }

  private canvas(): HTMLElement {
    const canvas = element("div", { class: "canvas", tabindex: "0", role: "group", "aria-label": t("lane.drawing") });
    for (const kind of ["pointerenter", "focus", "wheel", "touchstart"]) canvas.addEventListener(kind, () => (this.leading = canvas), { passive: true });
    canvas.addEventListener("scroll", () => this.follow(canvas), { passive: true });
    return canvas;
  }

  private async put(column: Column, text: string, name: string, turn: number): Promise<void> {
    const drawing = await draw(text);
    if (turn !== this.turn) return drawing.drop();
    const { scrollTop, scrollLeft } = column.canvas;
    column.drawing?.drop();
    column.drawing = drawing;
    column.text = text;
    column.canvas.setAttribute("aria-label", `${t("lane.drawing")} ${name}`);
    column.canvas.replaceChildren(drawing.svg);
    column.canvas.scrollTo(scrollLeft, scrollTop);
  }

  private say(column: Column, title: string, advice: string): void {
    column.drawing?.drop();
    column.drawing = null;
    column.text = "";
    column.canvas.replaceChildren(...(title ? [element("div", { class: "notice-box", role: "status" }, element("strong", {}, title), element("span", {}, advice))] : []));
  }

  private large(column: Column, code: string, reason: string, onLarge: (label: string) => void): void {
    this.say(column, `${code} · ${reason}`, t("lane.large.advice"));
    const button = element("button", { type: "button", class: "main" }, t("lane.large.map"));
    button.addEventListener("click", () => onLarge(""));
    column.canvas.firstElementChild!.append(button);
  }

  /** Labels of a drawing, and how far down each stands. */
  private static labels(canvas: HTMLElement): Map<string, number> {
    const top = canvas.getBoundingClientRect().top - canvas.scrollTop;
    const found = new Map<string, number>();
    for (const node of canvas.querySelectorAll("svg .node")) {
      const name = node.querySelector("tspan.row, tspan")?.textContent?.trim() ?? "";
      if (!found.has(name)) found.set(name, node.getBoundingClientRect().top - top);
    }
    return found;
  }

  private follow(canvas: HTMLElement): void {
    if (this.leading !== canvas) return;
    const own = Drawings.labels(canvas);
    for (const { canvas: other } of this.columns) {
      if (other === canvas) continue;
      const theirs = Drawings.labels(other);
      let shift: number | null = null;
      for (const [name, y] of own) {
        const their = theirs.get(name);
        if (their !== undefined && (shift === null || y <= canvas.scrollTop + 40)) shift = their - y;
      }
      if (shift !== null) other.scrollTop = canvas.scrollTop + shift;
    }
  }
}

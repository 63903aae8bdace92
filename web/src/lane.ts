// SPDX-License-Identifier: MIT
// One lane: a path chosen, drawn, and told as text.
import { DaemonError, fetchGraph, type Graph, type PathRow, type Step } from "./api";
import { element, plural } from "./dom";
import { draw, type Drawing } from "./draw";

export interface LaneEvents {
  onChoose(lane: Lane): void;
  onRemove(lane: Lane): void;
}

function optionText(path: PathRow): string {
  return `${path.id} · ${path.title || path.ending || path.entry}`;
}

function stepItem(step: Step): HTMLLIElement {
  const place = step.file ? element("span", { class: "place" }, `${step.file}:${step.line}`) : "";
  return element("li", { class: `step step-${step.kind}` },
    element("span", { class: "kind" }, step.kind), element("span", { class: "what" }, step.text), place);
}

export class Lane {
  readonly root = element("section", { class: "lane", "data-state": "loading" });
  private readonly select = element("select", { "aria-label": "Path in this lane" });
  private readonly facts = element("p", { class: "facts" });
  private readonly canvas = element("div", { class: "canvas", tabindex: "0", role: "group", "aria-label": "Drawing of the path" });
  private readonly notice = element("div", { class: "notice", role: "status" });
  private readonly steps = element("ol", { class: "steps" });
  private readonly stepCount = element("span", {});
  private drawing: Drawing | null = null;
  private shown = "";   // the Mermaid text that is on screen
  private asked = 0;    // only the newest answer counts

  constructor(public path: string, private readonly project: string, private readonly events: LaneEvents) {
    const remove = element("button", { type: "button", class: "quiet", "aria-label": "Remove this lane", title: "Remove this lane" }, "✕");
    remove.addEventListener("click", () => this.events.onRemove(this));
    this.select.addEventListener("change", () => this.choose(this.select.value));
    this.root.append(
      element("header", {}, this.select, remove), this.facts, this.notice, this.canvas,
      element("details", { class: "as-text" }, element("summary", {}, "Steps as text ", this.stepCount), this.steps));
  }

  focus(): void {
    this.select.focus();
  }

  choose(path: string): void {
    this.path = path;
    this.canvas.scrollTop = 0;
    this.events.onChoose(this);
  }

  /** New list of paths; the chosen one stays chosen while it exists. */
  offer(paths: PathRow[]): void {
    const options = paths.map((path) => element("option", { value: path.id }, optionText(path)));
    const chosen = paths.find((path) => path.id === this.path);
    if (chosen === undefined) options.unshift(element("option", { value: "" }, `${this.path} is gone: choose another`));
    this.select.replaceChildren(...options);
    this.select.value = chosen === undefined ? "" : this.path;
    this.facts.textContent = chosen === undefined ? "" :
      [plural(chosen.choices.length, "choice"), plural(chosen.labels.length, "label"), plural(chosen.words, "word"), `ends in ${chosen.ending || "—"}`].join(" · ");
    if (chosen === undefined) this.say("gone", `Path ${this.path} is no longer in the story.`, "Choose another one above.");
  }

  /** Fetches and draws; what is on screen stays until the new drawing is there. */
  async refresh(flash: boolean): Promise<void> {
    const turn = ++this.asked;
    try {
      const graph = await fetchGraph(this.project, this.path);
      if (turn === this.asked) await this.show(graph, turn, flash);
    } catch (error) {
      if (turn !== this.asked) return;
      const known = error instanceof DaemonError;
      this.say("error", known ? error.message : "The path could not be drawn.", known ? error.suggestion : String(error));
    }
  }

  dispose(): void {
    this.asked++;
    this.drawing?.drop();
    this.root.remove();
  }

  redraw(): void {
    this.shown = "";
    void this.refresh(false);
  }

  private async show(graph: Graph, turn: number, flash: boolean): Promise<void> {
    this.steps.replaceChildren(...graph.steps.map(stepItem));
    this.stepCount.textContent = `(${graph.steps.length})`;
    if (graph.mermaid === null) {
      this.clearDrawing();
      this.say("large", graph.reason || "This path is too large to draw.", "Its steps are below as text.");
      this.root.querySelector("details")!.open = true;
      return;
    }
    if (graph.mermaid !== this.shown) {
      const drawing = await draw(graph.mermaid);
      if (turn !== this.asked) return drawing.drop();
      const { scrollTop, scrollLeft } = this.canvas;
      this.clearDrawing();
      this.drawing = drawing;
      this.canvas.replaceChildren(drawing.svg);
      this.canvas.scrollTo(scrollLeft, scrollTop);
      this.shown = graph.mermaid;
      if (flash) this.flash();
    }
    this.root.dataset.state = "ready";
    this.notice.replaceChildren();
  }

  private clearDrawing(): void {
    this.drawing?.drop();
    this.drawing = null;
    this.shown = "";
    this.canvas.replaceChildren();
  }

  private say(state: string, title: string, advice: string): void {
    this.root.dataset.state = state;
    this.notice.replaceChildren(element("strong", {}, title), element("span", {}, advice));
    if (state === "error") {
      const again = element("button", { type: "button" }, "Try again");
      again.addEventListener("click", () => void this.refresh(false));
      this.notice.append(again);
    }
  }

  private flash(): void {
    this.root.classList.remove("changed");
    void this.root.offsetWidth; // restarts the animation
    this.root.classList.add("changed");
  }
}

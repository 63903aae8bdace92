// SPDX-License-Identifier: MIT
// Two to six paths side by side: as a river of steps, or drawn by Mermaid.
import { byId } from "../dom";
import { t, tn } from "../words";
import { fetchPath, type PathReply, type PathsReply } from "./api";
import { choosePath } from "./chooser";
import { Drawings } from "./drawings";
import { LaneHead } from "./lane_head";
import { laneText, ofPath, parseLane, type LaneSpec } from "./lane_spec";
import { RowKeys } from "./row_keys";
import { River } from "./river";

export const mostLanes = 6;

export interface LanesHost {
  project(): string;
  story(): PathsReply | null;
  keepUrl(): void;
  openPlace(file: string, line: number): void;
  warp(file: string, line: number): void;
  showOnMap(label: string): void;
  say(text: string): void;
}

interface Lane { spec: LaneSpec; head: LaneHead; path: PathReply | null; asked: number }

export class LanesView {
  private lanes: Lane[] = [];
  private readonly heads = byId("lane-heads");
  private readonly body = byId("lane-body");
  private readonly scroller = byId("lane-scroll");
  private readonly addButton = byId<HTMLButtonElement>("add-lane");
  private readonly drawings = new Drawings(this.body);
  private readonly keys: RowKeys;
  private seen = new Set<string>(); // keys of all steps that were shown last
  private form: "steps" | "drawing" = "steps";
  private fold = true;

  constructor(private readonly host: LanesHost) {
    this.keys = new RowKeys(this.body, { open: (file, line) => host.openPlace(file, line), warp: (file, line) => host.warp(file, line), map: (label) => host.showOnMap(label), say: (text) => host.say(text) });
    this.addButton.addEventListener("click", () => this.add());
    for (const button of byId("lane-form").querySelectorAll("button")) {
      button.addEventListener("click", () => this.setForm(button.value === "drawing" ? "drawing" : "steps"));
    }
    byId<HTMLInputElement>("lane-fold").addEventListener("change", (event) => this.setFold((event.target as HTMLInputElement).checked));
  }

  /** The first time: from the URL; with fewer than two, paths of the story are added. */
  begin(wanted: string[], form: string, fold: boolean): void {
    this.form = form === "drawing" ? "drawing" : "steps";
    this.fold = fold;
    const specs = wanted.slice(0, mostLanes).map(parseLane);
    const story = this.host.story();
    if (story !== null && specs.length < 2) {
      const first = specs[0]?.path ?? story.paths[0];
      if (specs.length === 0 && first !== undefined) specs.push(ofPath(first));
      const next = story.paths[story.paths.indexOf(first ?? "") + 1] ?? story.paths.find((path) => path !== first);
      if (next !== undefined) specs.push(ofPath(next));
    }
    specs.forEach((spec) => this.make(spec));
    this.showControls();
  }

  get began(): boolean {
    return this.lanes.length > 0;
  }

  texts(): string[] {
    return this.lanes.map((lane) => laneText(lane.spec));
  }

  state(): { form: string; fold: boolean } {
    return { form: this.form, fold: this.fold };
  }

  /** Paths shown now, for the map. */
  paths(): PathReply[] {
    return this.lanes.flatMap((lane) => (lane.path ? [lane.path] : []));
  }

  clear(): void {
    this.lanes.forEach((lane) => lane.head.root.remove());
    this.lanes = [];
    this.seen.clear();
    this.drawings.clear();
    this.body.replaceChildren();
  }

  /** Fetches all lanes again; what is on screen stays until everything is there. */
  async refresh(flash: boolean): Promise<void> {
    await Promise.all(this.lanes.map((lane) => this.fetch(lane)));
    await this.draw(flash);
  }

  async redraw(): Promise<void> {
    await this.draw(false, true);
  }

  show(spec: LaneSpec, index = -1): void {
    const lane = this.lanes[index];
    if (lane === undefined) return this.put(spec);
    lane.spec = spec;
    void this.changed(lane);
  }

  /** In a lane of its own; when there is no room, in the last. */
  put(spec: LaneSpec): void {
    if (this.lanes.length >= mostLanes) return this.show(spec, this.lanes.length - 1);
    const lane = this.make(spec);
    void this.changed(lane).then(() => lane.head.focus());
  }

  private async changed(lane: Lane): Promise<void> {
    this.host.keepUrl();
    await this.fetch(lane);
    await this.draw(false);
  }

  private make(spec: LaneSpec): Lane {
    const lane: Lane = {
      spec, path: null, asked: 0,
      head: new LaneHead({
        choose: () => void this.choose(lane),
        remove: () => this.remove(lane),
        now: () => this.show({ ...lane.spec, at: "" }, this.lanes.indexOf(lane)),
        retry: () => void this.changed(lane),
      }),
    };
    this.lanes.push(lane);
    this.heads.append(lane.head.root);
    this.count();
    return lane;
  }

  private async choose(lane: Lane): Promise<void> {
    const story = this.host.story();
    if (story === null) return;
    const chosen = await choosePath({ project: this.host.project(), story, current: lane.spec, others: this.lanes.filter((other) => other !== lane).map((other) => other.spec) });
    if (chosen !== null) this.show(chosen, this.lanes.indexOf(lane));
    lane.head.focus();
  }

  private add(): void {
    const story = this.host.story();
    if (story === null || this.lanes.length >= mostLanes) return;
    const shown = new Set(this.lanes.map((lane) => lane.spec.path));
    this.put(ofPath(story.paths.find((path) => !shown.has(path)) ?? story.paths[0]!));
  }

  private remove(lane: Lane): void {
    if (this.lanes.length < 2) return;
    const index = this.lanes.indexOf(lane);
    this.lanes = this.lanes.filter((other) => other !== lane);
    lane.head.root.remove();
    this.count();
    this.host.keepUrl();
    void this.draw(false);
    this.lanes[Math.min(index, this.lanes.length - 1)]!.head.focus();
  }

  private count(): void {
    this.addButton.disabled = this.lanes.length >= mostLanes;
    this.heads.style.setProperty("--columns", String(this.lanes.length));
    this.lanes.forEach((lane, index) => lane.head.place(index, this.lanes.length));
  }

  private async fetch(lane: Lane): Promise<void> {
    const turn = ++lane.asked;
    try {
      const path = await fetchPath(this.host.project(), lane.spec);
      if (turn !== lane.asked) return;
      lane.path = path;
      lane.head.show(lane.spec, path);
    } catch (error) {
      if (turn !== lane.asked) return;
      lane.path = null;
      lane.head.fail(lane.spec, error);
    }
  }

  private async draw(flash: boolean, again = false): Promise<void> {
    const empty: PathReply = { ...blank };
    const paths = this.lanes.map((lane) => lane.path ?? empty);
    const now = new Set(paths.flatMap((path) => path.steps.map((step) => step.key)));
    const fresh = flash && this.seen.size > 0 ? new Set([...now].filter((key) => !this.seen.has(key))) : new Set<string>();
    this.seen = now;
    if (this.form === "drawing") {
      await this.drawings.show(this.host.project(), this.lanes.map((lane) => (lane.path ? lane.spec : null)), again, (label) => this.host.showOnMap(label));
      return;
    }
    this.drawings.clear();
    const river = new River({ fold: this.fold, fresh, ids: this.texts() }, {
      instead: (lanes, step, other) => this.put({ ...ofPath(this.base(lanes[0]!)), instead: `${step.file}:${other.line}` }),
    });
    const restore = this.keys.keep(this.scroller);
    this.body.replaceChildren(river.draw(paths));
    restore();
  }

  /** "Differs from" starts at a path of the story; of a path that was searched for, at the nearest there is. */
  private base(lane: number): string {
    const spec = this.lanes[lane]!.spec;
    return spec.path.startsWith("q") ? this.host.story()!.paths[0]! : spec.path;
  }

  private setForm(form: "steps" | "drawing"): void {
    this.form = form;
    this.showControls();
    this.host.keepUrl();
    void this.draw(false, true);
  }

  private setFold(fold: boolean): void {
    this.fold = fold;
    this.host.keepUrl();
    void this.draw(false);
  }

  private showControls(): void {
    for (const button of byId("lane-form").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === this.form));
    const fold = byId<HTMLInputElement>("lane-fold");
    fold.checked = this.fold;
    fold.closest("label")!.hidden = this.form === "drawing";
    byId("lanes").dataset.form = this.form;
    this.body.setAttribute("aria-label", t("lanes.body", { lanes: tn("count.paths", this.lanes.length) }));
  }
}

const blank: PathReply = {
  id: "", key: "", title: "", entry: "", ending: "", ending_kind: "", words: 0, seconds: 0, project: "", root: "", generation: 0, labels: [], choices: [], steps: [],
};


// SPDX-License-Identifier: MIT
// Two to six paths side by side: as a river of steps, or drawn by Mermaid.
import { byId } from "../dom";
import { t, tn } from "../words";
import { fetchPath, type PathReply, type PathsReply } from "./api";
import { choosePath } from "./chooser";
import { Drawings } from "./drawings";
import { LaneHead } from "./lane_head";
import { isPlain, laneText, ofPath, parseLane, type LaneSpec } from "./lane_spec";
import { RowKeys } from "./row_keys";
import { River } from "./river";
import { SamePath } from "./same_path";

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

/** `key`: of the path that `spec.path` names, when that is its place in the story's list; `gone`: no longer in it;
 * `why` there is nothing to show. */
interface Lane { spec: LaneSpec; key: string; gone: boolean; head: LaneHead; path: PathReply | null; why: string; asked: number }

export class LanesView {
  private lanes: Lane[] = [];
  private readonly heads = byId("lane-heads");
  private readonly body = byId("lane-body");
  private readonly scroller = byId("lane-scroll");
  private readonly addButton = byId<HTMLButtonElement>("add-lane");
  private readonly drawings = new Drawings(this.body);
  private readonly keys: RowKeys;
  private readonly same = new SamePath();
  private readonly unfolded = new Set<string>(); // stretches that were opened, by the key of their first row
  private undrawn = false;
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

  /** The first time: from the URL. `pad`: with fewer than two, paths of the story are added; without any they always are. */
  begin(wanted: string[], form: string, fold: boolean, pad: boolean): void {
    this.form = form === "drawing" ? "drawing" : "steps";
    this.fold = fold;
    const specs = wanted.slice(0, mostLanes).map(parseLane);
    const story = this.host.story();
    if (story !== null && (specs.length === 0 || (pad && specs.length < 2))) {
      const first = specs[0]?.path ?? story.paths[0];
      if (specs.length === 0 && first !== undefined) specs.push(ofPath(first));
      const next = story.paths[story.paths.indexOf(first ?? "") + 1] ?? story.paths.find((path) => path !== first);
      if (next !== undefined) specs.push(ofPath(next));
    }
    specs.forEach((spec) => this.make(spec));
    this.showControls();
  }

  /** The story was read again: lanes go on showing the paths they did, whichever place these have now. */
  follow(story: PathsReply): void {
    const renumbered = this.same.read(story);
    for (const lane of this.lanes) {
      if (lane.key === "") continue;
      const id = renumbered.idNow(lane.spec.path, lane.key);
      lane.gone = id === null;
      if (id !== null) this.aim(lane, { ...lane.spec, path: id });
    }
  }

  get began(): boolean {
    return this.lanes.length > 0;
  }

  texts(): string[] {
    return this.lanes.map((lane) => laneText(lane.spec));
  }

  /** For the URL: a path that is gone by its key, lest a reload shows the one in its place. */
  links(): string[] {
    return this.lanes.map((lane) => laneText(lane.gone ? { ...lane.spec, path: lane.key } : lane.spec));
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

  /** They are looked at: what was put off is done now. */
  async shown(): Promise<void> {
    if (this.undrawn) await this.draw(false, true);
  }

  async redraw(): Promise<void> {
    await this.draw(false, true);
  }

  show(spec: LaneSpec, index = -1): void {
    const lane = this.lanes[index];
    if (lane === undefined) return this.put(spec);
    this.aim(lane, spec);
    void this.changed(lane);
  }

  /** In a lane of its own; when there is no room, in the last. */
  put(spec: LaneSpec): void {
    if (this.lanes.length >= mostLanes) return this.show(spec, this.lanes.length - 1);
    void this.bring(this.make(spec));
  }

  private aim(lane: Lane, spec: LaneSpec): void {
    lane.spec = spec;
    lane.key = spec.at === "" ? this.same.keyOf(spec.path) : "";
    lane.gone = false;
  }

  private async changed(lane: Lane): Promise<void> {
    this.host.keepUrl();
    await this.fetch(lane);
    await this.draw(false);
  }

  /** A new lane gets the focus, but not from somebody who has gone on meanwhile. */
  private async bring(lane: Lane): Promise<void> {
    const from = document.activeElement;
    this.host.keepUrl();
    await this.fetch(lane);
    const now = document.activeElement;
    if (now === from || now === document.body) lane.head.focus();
    await this.draw(false);
  }

  private make(spec: LaneSpec): Lane {
    const lane: Lane = {
      spec, key: "", gone: false, path: null, why: "", asked: 0,
      head: new LaneHead({
        choose: () => void this.choose(lane),
        remove: () => this.remove(lane),
        now: () => this.show({ ...lane.spec, at: "" }, this.lanes.indexOf(lane)),
        retry: () => void this.changed(lane),
      }),
    };
    this.aim(lane, spec);
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
    this.body.setAttribute("aria-label", t("lanes.body", { lanes: tn("count.paths", this.lanes.length) }));
  }

  private async fetch(lane: Lane): Promise<void> {
    const turn = ++lane.asked;
    lane.why = "";
    if (lane.gone) {
      lane.path = null;
      lane.why = lane.head.fail(lane.spec);
      return;
    }
    try {
      const path = await fetchPath(this.host.project(), lane.spec);
      if (turn !== lane.asked) return;
      lane.path = path;
      lane.head.show(lane.spec, path);
    } catch (error) {
      if (turn !== lane.asked) return;
      lane.path = null;
      lane.why = lane.head.fail(lane.spec, error);
    }
  }

  private async draw(flash: boolean, again = false): Promise<void> {
    // Thousands of rows that nobody looks at would keep the map waiting.
    this.undrawn = byId("lanes").hidden !== false;
    if (this.undrawn) return;
    const empty: PathReply = { ...blank };
    const paths = this.lanes.map((lane) => lane.path ?? empty);
    const now = new Set(paths.flatMap((path) => path.steps.map((step) => step.key)));
    const fresh = flash && this.seen.size > 0 ? new Set([...now].filter((key) => !this.seen.has(key))) : new Set<string>();
    this.seen = now;
    if (this.form === "drawing") {
      await this.drawings.show(this.host.project(), this.lanes.map((lane) => (lane.path ? lane.spec : lane.why)), again, (label) => this.host.showOnMap(label));
      return;
    }
    this.drawings.clear();
    const missing = new Set(this.lanes.flatMap((lane, index) => (lane.path === null && lane.why !== "" ? [index] : [])));
    const river = new River({ fold: this.fold, fresh, ids: this.texts(), unfolded: this.unfolded, missing }, {
      offers: (lanes) => this.base(lanes) !== undefined,
      instead: (lanes, step, other) => this.put({ ...this.base(lanes)!, instead: `${step.file}:${other.line}` }),
    });
    const restore = this.keys.keep(this.scroller);
    this.body.replaceChildren(river.draw(paths));
    restore();
  }

  /** "Differs from" starts at a path of the story as it is: in a lane that was searched for, or that differs
   * already, the same choice would lead elsewhere. */
  private base(lanes: number[]): LaneSpec | undefined {
    return lanes.map((lane) => this.lanes[lane]!.spec).find(isPlain);
  }

  private setForm(form: "steps" | "drawing"): void {
    this.form = form;
    this.showControls();
    this.host.keepUrl();
    void this.draw(false, true);
  }

  private setFold(fold: boolean): void {
    this.fold = fold;
    this.unfolded.clear();
    this.host.keepUrl();
    void this.draw(false);
  }

  private showControls(): void {
    for (const button of byId("lane-form").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === this.form));
    const fold = byId<HTMLInputElement>("lane-fold");
    fold.checked = this.fold;
    fold.closest("label")!.hidden = this.form === "drawing";
    byId("lanes").dataset.form = this.form;
  }
}

const blank: PathReply = {
  id: "", key: "", title: "", entry: "", ending: "", ending_kind: "", words: 0, seconds: 0, project: "", root: "", generation: 0, labels: [], choices: [], steps: [],
};


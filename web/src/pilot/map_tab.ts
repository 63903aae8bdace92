// SPDX-License-Identifier: MIT
// The map in the page: loaded when it is first looked at, kept up to date while it is.
import { DaemonError } from "../api";
import { element } from "../dom";
import type { FollowedPath, MapState, MapViewer, StoryMap } from "../map/types";
import { t } from "../words";
import { fetchMap, fetchRequirements, type MapReply, type PathReply } from "./api";
import { snapshots } from "./snapshots";
import type { PageState } from "./url";

export interface MapTabHost {
  project(): string;
  keepUrl(): void;
  openPlace(file: string, line: number): void;
  showInLanes(label: string): void;
  lanePaths(): PathReply[];
}

const longestPicture = 8192;

export class MapTab {
  private view: MapViewer | null = null;
  private flight: Promise<void> | null = null;
  private making: Promise<MapViewer> | null = null;
  private shown: MapReply | null = null;
  private stale = true;
  private turn = 0;
  private wanted: Partial<MapState>;
  private waiting: ((view: MapViewer) => void)[] = [];
  private readonly note = element("div", { class: "map-note", role: "status", hidden: "" });
  private readonly stage = element("div", { class: "map-holder" });
  level: string;
  compared: string;

  constructor(root: HTMLElement, private readonly host: MapTabHost, first: PageState) {
    this.level = first.level;
    this.compared = first.compare;
    this.wanted = first.map;
    root.append(this.note, this.stage);
  }

  state(): Partial<MapState> {
    return this.view !== null && this.shown !== null ? this.view.state() : this.wanted;
  }

  /** What is shown may be old, whatever its number says: the daemon was away, or the map was not looked at. */
  old(): void {
    this.stale = true;
  }

  /** Fetches what is newer than what is shown. `generation`: of the story that the page has; 0: not known yet. */
  async refresh(generation: number): Promise<void> {
    while (this.flight !== null) await this.flight;
    const same = this.shown !== null && this.shown.generation === generation && this.shown.level === this.level;
    if (same && !this.stale && this.compared === "") return;
    this.flight = this.fetch().then((reply) => (reply === null ? undefined : this.put(reply)));
    await this.flight.finally(() => (this.flight = null));
  }

  select(label: string): void {
    this.whenShown((view) => view.select(label, true));
  }

  filter(labels: Set<string> | null, title: string): void {
    this.whenShown((view) => view.filter(labels, title));
  }

  compare(revision: string): void {
    this.compared = revision;
    this.level = "labels";
    this.stale = true;
    this.host.keepUrl();
    void this.refresh(0);
  }

  /** The lanes' paths, each in its colour. */
  follow(): void {
    const paths: FollowedPath[] = this.host.lanePaths().filter((path) => path.commit === undefined)
      .map((path, index) => ({ id: path.id, title: path.title, labels: path.labels, colour: `--lane-${(index % 6) + 1}` }));
    this.view?.follow(paths);
  }

  async png(): Promise<Blob | null> {
    return this.view?.png(longestPicture) ?? null;
  }

  private whenShown(action: (view: MapViewer) => void): void {
    if (this.view !== null && this.shown !== null) action(this.view);
    else this.waiting.push(action);
  }

  private async fetch(): Promise<MapReply | null> {
    const turn = ++this.turn;
    void this.made().catch(() => undefined); // put() says it
    try {
      const reply = await fetchMap(this.host.project(), this.level, this.level === "labels" ? this.compared : "");
      return turn === this.turn ? reply : null;
    } catch (error) {
      if (turn !== this.turn) return null;
      const known = error instanceof DaemonError;
      if (this.compared !== "" && known) this.say(`${error.message} ${error.suggestion}`, true);
      else if (this.shown === null) this.say(known ? `${error.message} ${error.suggestion}` : String(error), false);
      return null;
    }
  }

  /** The view, made while the data is still on its way: its worker starts and fonts are measured meanwhile. */
  private made(): Promise<MapViewer> {
    this.making ??= import("../map/map_view").then(({ MapView }) => {
      this.view = new MapView(this.stage, {
        openPlace: (file, line) => this.host.openPlace(file, line),
        onSelect: () => this.host.keepUrl(),
        onState: () => this.host.keepUrl(),
        onLevel: (level) => this.onLevel(level),
        requirements: (file, line) => fetchRequirements(this.host.project(), file, line),
        showInLanes: (label) => this.host.showInLanes(label),
      });
      this.view.restore(this.wanted);
      return this.view;
    });
    this.making.catch(() => (this.making = null)); // the next look at the map tries again
    return this.making;
  }

  private async put(reply: MapReply): Promise<void> {
    const turn = this.turn;
    const view = await this.made().catch((error: unknown) => this.say(t("map.failed", { why: String((error as Error).message ?? error) }), false));
    if (view === undefined) return;
    if (turn !== this.turn) return;
    const before = this.shown;
    const follows = before !== null && before.level === reply.level && reply.previous === before.generation;
    this.shown = reply;
    this.stale = false;
    view.show(reply, new Set(follows && before.generation !== reply.generation ? reply.changed : []));
    if (reply.compared_with) snapshots.say(reply.compared_with, (commit) => this.shown === reply && this.say(t("map.compared", { commit }), true));
    else this.note.hidden = true;
    for (const action of this.waiting.splice(0)) action(view);
  }

  private onLevel(level: StoryMap["level"]): void {
    this.level = level;
    this.stale = true;
    this.host.keepUrl();
    void this.refresh(0).then(() => this.follow());
  }

  private say(text: string, comparing: boolean): void {
    this.note.replaceChildren(element("span", {}, text));
    if (comparing) {
      const stop = element("button", { type: "button" }, t("map.compared.end"));
      stop.addEventListener("click", () => this.compare(""));
      this.note.append(stop);
    }
    this.note.hidden = false;
  }
}

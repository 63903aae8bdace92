// SPDX-License-Identifier: MIT
// The story map: puts the stage, its tools and panels together and keeps them saying the same.
import { element } from "../dom";
import { t } from "../words";
import { shiftBetween } from "./anchor";
import { AsText } from "./as_text";
import { commands } from "./commands";
import { listen } from "./gestures";
import { Journeys } from "./journeys";
import { onMapKey, type KeyEvents } from "./keys";
import { Look } from "./look";
import { Minimap } from "./minimap";
import { Pointing } from "./pointing";
import { Scene } from "./scene";
import { Selection } from "./selection";
import { Search } from "./search";
import { Stage } from "./stage";
import { Tools } from "./tools";
import { Tooltip } from "./tooltip";
import type { FollowedPath, MapHost, MapState, MapViewer, StoryMap } from "./types";
import { Walk } from "./walk";
import { Ways } from "./ways";
import { Where } from "./where";

export class MapView implements MapViewer {
  private readonly stage = new Stage({ moved: () => this.onMoved(), settled: () => this.host.onState(), complete: () => this.onComplete(), resized: () => this.onResized() });
  private readonly mini: Minimap = new Minimap(this.stage.painter, (x, y) => this.stage.jump(x, y));
  private readonly search: Search = new Search({ found: (found) => this.onFound(found), choose: (index) => this.go(index), leave: () => this.stage.canvas.focus() });
  private readonly tools = new Tools(this.search.root, {
    level: (level) => this.host.onLevel(level), zoom: (factor) => this.stage.zoomMiddle(factor), fit: () => this.journeys.fit(true),
    text: (shown) => this.showText(shown), clear: () => this.filter(null, ""),
  });
  private readonly selection: Selection;
  private readonly asText: AsText;
  private readonly look: Look;
  private readonly journeys = new Journeys(this.stage);
  private readonly tip = new Tooltip();
  private readonly where = new Where();
  private readonly walk = new Walk(this.stage);
  private readonly pointing = new Pointing(this.stage, this.tip, {
    pick: (index) => this.pick(index), toggleFold: (file) => this.toggleFold(file), fit: () => this.journeys.fit(true), approach: (index) => this.journeys.lookAt(index),
  });
  private readonly empty = element("div", { class: "map-empty", hidden: "" }, element("h2", {}, t("map.empty")), element("p", {}, t("map.empty.advice")));
  private readonly keys: KeyEvents;
  private scene: Scene | null = null;
  private ways: Ways | null = null;
  private found: readonly number[] = [];
  private wanted: Partial<MapState> | null = null; // asked for before there was a map
  private unfitted = true;
  private miniOld = true;

  constructor(private readonly root: HTMLElement, private readonly host: MapHost) {
    this.selection = new Selection(root, this.stage, host, { go: (index) => this.go(index), close: () => {
      this.select("", false);
      (this.asText.root.hidden ? this.stage.canvas : this.asText.root).focus();
    }, toggleFold: (file) => this.toggleFold(file) });
    this.asText = new AsText(host, (index) => this.select(this.scene!.label(index).name, false));
    this.keys = commands({ stage: this.stage, journeys: this.journeys, selection: this.selection, walk: this.walk, search: this.search, select: (label, fly) => this.select(label, fly) });
    this.look = new Look(root, () => this.onLook());
    root.classList.add("story-map");
    root.dataset.state = "loading";
    this.mini.root.hidden = true;
    this.stage.root.append(this.empty, this.mini.root, this.look.legend.root, this.where.root, this.tip.root);
    root.append(this.tools.root, element("div", { class: "map-body" }, this.stage.root, this.asText.root, this.selection.panel.root), this.selection.live);
    listen(this.stage.canvas, {
      pan: (dx, dy) => this.stage.pan(dx, dy), zoom: (x, y, factor) => this.stage.zoom(x, y, factor),
      click: (x, y) => this.pointing.click(x, y), doubleClick: (x, y) => this.pointing.doubleClick(x, y),
      hover: (x, y) => this.pointing.hover(x, y), leave: () => this.pointing.leave(),
    });
    root.addEventListener("keydown", this.onKey);
  }

  show(map: StoryMap, changed: ReadonlySet<string>): void {
    const before = this.scene;
    const folded = [...(this.wanted?.folded ?? before?.folded ?? [])];
    this.stage.painter.setMap(map, folded);
    const scene = new Scene(map, folded);
    const same = before !== null && before.map.level === map.level && before.map.labels.length > 0;
    const shift = same ? shiftBetween(before, scene, this.selection.name, this.stage.view) : undefined;
    this.unfitted ||= !same;
    this.useScene(scene);
    this.stage.setMap(scene, shift);
    this.restyle();
    this.search.setMap(map);
    this.tools.setLevel(map.level);
    this.empty.hidden = map.labels.length > 0;
    this.root.dataset.state = map.labels.length === 0 ? "empty" : this.root.dataset.state === "ready" ? "ready" : "drawing";
    this.onResized();
    if (this.wanted !== null) this.restore(this.wanted);
    this.stage.glow([...changed].map((name) => scene.indexOf.get(name) ?? -1).filter((index) => index >= 0));
    this.selection.choose(scene.indexOf.has(this.selection.name) ? this.selection.name : "");
  }

  follow(paths: readonly FollowedPath[]): void {
    this.walk.setPaths(paths);
  }

  filter(labels: ReadonlySet<string> | null, title: string): void {
    this.tools.setFilter(labels === null ? null : title);
    this.look.keep(labels);
  }

  select(label: string, fly: boolean): void {
    if (this.scene === null) {
      this.wanted = { ...this.wanted, selected: label };
      return;
    }
    const index = this.scene.indexOf.get(label) ?? -1;
    if (fly && index >= 0 && this.scene.hidden[index]) this.toggleFold(this.scene.label(index).file);
    this.selection.choose(index >= 0 ? label : "");
    if (index >= 0 && fly) this.journeys.lookAt(index);
  }

  state(): MapState {
    const { x, y, scale } = this.stage.view.place;
    return {
      x: Math.round(x), y: Math.round(y), scale: Math.round(scale * 1e4) / 1e4, selected: this.selection.name, search: this.search.text,
      folded: [...(this.scene?.folded ?? [])], follow: this.walk.id,
    };
  }

  restore(state: Partial<MapState>): void {
    if (this.scene === null) {
      this.wanted = { ...this.wanted, ...state };
      return;
    }
    this.wanted = null;
    if (state.folded !== undefined) this.fold(state.folded);
    if (state.search !== undefined) this.search.text = state.search;
    if (state.follow !== undefined) this.walk.setShown(state.follow !== "");
    if (state.selected !== undefined) this.select(state.selected, false);
    if (state.x === undefined || state.y === undefined || state.scale === undefined) return;
    this.unfitted = false;
    this.stage.start({ x: state.x, y: state.y, scale: state.scale });
  }

  png(longest: number): Promise<Blob> {
    return this.stage.png(longest);
  }

  dispose(): void {
    this.look.stop();
    this.stage.dispose();
    this.root.removeEventListener("keydown", this.onKey);
    this.root.replaceChildren();
    this.root.classList.remove("story-map");
  }

  private useScene(scene: Scene): void {
    this.scene = scene;
    this.ways = new Ways(scene);
    this.pointing.scene = this.journeys.scene = scene;
    this.journeys.ways = this.ways;
    this.selection.use(scene, this.ways);
    this.walk.setScene(scene);
    this.fillText();
  }

  private fold(files: Iterable<string>): void {
    if (this.scene === null) return;
    this.useScene(new Scene(this.scene.map, files));
    this.stage.setFolded(this.scene);
    this.selection.show();
    this.miniOld = true;
  }

  private toggleFold(file: string): void {
    const folded = new Set(this.scene?.folded ?? []);
    if (!folded.delete(file)) folded.add(file);
    this.fold(folded);
    this.host.onState();
  }

  /** Colours or what is dimmed changed: everything is drawn anew, once. */
  private restyle(): void {
    if (this.scene === null) return;
    const style = this.look.style(this.scene);
    this.pointing.style = style;
    this.stage.setStyle(style);
    this.miniOld = true;
  }

  private onLook(): void {
    this.restyle();
    this.fillText();
  }

  private onFound(found: readonly number[]): void {
    this.found = this.stage.marks.found = found;
    this.stage.request();
    this.fillText();
    if (this.scene !== null) this.host.onState();
  }

  private fillText(): void {
    if (this.scene === null) return;
    const rows = this.search.text.trim() === "" ? this.scene.map.labels.map((_, index) => index) : this.found.filter((index) => index < this.scene!.map.labels.length); // of a map before, until the search ran again
    const dim = this.look.dim(this.scene);
    this.asText.setRows(this.scene, this.ways!, dim === null ? rows : rows.filter((index) => dim[index] === 0));
  }

  private showText(shown: boolean): void {
    this.tools.setText(shown);
    this.asText.show(shown);
    this.stage.root.hidden = shown;
  }

  private pick(index: number): void {
    this.select(index < 0 ? "" : this.scene!.label(index).name, false);
    if (index >= 0) this.stage.uncover(this.scene!.placeOf(index));
  }

  private go(index: number): void {
    this.showText(false);
    this.select(this.scene!.label(index).name, true);
  }

  private onResized(): void {
    this.selection.cover();
    if (this.scene === null || !this.stage.ready) return;
    if (this.unfitted) this.journeys.fit(false);
    this.unfitted = false;
    this.miniOld = true;
  }

  private onMoved(): void {
    this.mini.follow(this.stage.view);
    if (this.scene !== null) this.where.follow(this.scene, this.stage.view);
  }

  /** The screen is full; what is less urgent comes now. */
  private onComplete(): void {
    if (this.miniOld && this.scene !== null) {
      this.miniOld = false;
      void this.mini.redraw(this.scene.bounds, this.stage.view.ratio).then(() => this.mini.follow(this.stage.view));
    }
    if (this.root.dataset.state !== "drawing") return;
    this.root.dataset.state = "ready";
    performance.mark("map-drawn");
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const inField = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !inField) {
      event.preventDefault();
      this.search.field.focus();
    } else if (event.target === this.stage.canvas && onMapKey(event, this.keys)) event.preventDefault();
  };
}

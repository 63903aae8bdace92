// SPDX-License-Identifier: MIT
// The story map: puts the stage, its tools and panels together and keeps them saying the same.
import { element } from "../dom";
import { t } from "../words";
import { shiftBetween } from "./anchor";
import { AsText } from "./as_text";
import { dimmed } from "./dimming";
import type { DrawStyle } from "./draw_map";
import { listen } from "./gestures";
import { onMapKey, type KeyEvents } from "./keys";
import { Legend } from "./legend";
import { Minimap } from "./minimap";
import { onThemeChange, readPalette } from "./palette";
import { Panel } from "./panel";
import { Pointing } from "./pointing";
import { Scene } from "./scene";
import { Search } from "./search";
import { Stage } from "./stage";
import { told } from "./telling";
import { Tools } from "./tools";
import { Tooltip } from "./tooltip";
import type { FollowedPath, MapHost, MapState, MapViewer, StoryMap } from "./types";
import { Walk } from "./walk";
import { Ways } from "./ways";
import { Where } from "./where";

const readable = 1; // the scale at which a label is shown that is gone to
const narrow = 720; // below, the panel is at the foot

export class MapView implements MapViewer {
  private readonly stage = new Stage({ moved: () => this.onMoved(), settled: () => this.host.onState(), complete: () => this.onComplete(), resized: () => this.onResized() });
  private readonly mini: Minimap = new Minimap(this.stage.painter, (x, y) => this.stage.jump(x, y));
  private readonly search: Search = new Search({ found: (found) => this.onFound(found), choose: (index) => this.go(index), leave: () => this.stage.canvas.focus() });
  private readonly tools = new Tools(this.search.root, {
    level: (level) => this.host.onLevel(level), zoom: (factor) => this.stage.zoomMiddle(factor), fit: () => this.fit(true),
    text: (shown) => this.showText(shown), clear: () => this.filter(null, ""),
  });
  private readonly panel: Panel;
  private readonly asText: AsText;
  private readonly legend = new Legend((routes) => this.onRoutes(routes));
  private readonly tip = new Tooltip();
  private readonly where = new Where();
  private readonly walk = new Walk(this.stage);
  private readonly pointing = new Pointing(this.stage, this.tip, {
    pick: (index) => this.pick(index), toggleFold: (file) => this.toggleFold(file), fit: () => this.fit(true), approach: (index) => this.lookAt(index, readable),
  });
  private readonly live = element("div", { class: "unseen", "aria-live": "polite" });
  private readonly empty = element("div", { class: "map-empty", hidden: "" }, element("h2", {}, t("map.empty")), element("p", {}, t("map.empty.advice")));
  private readonly stopTheme: () => void;
  private scene: Scene | null = null;
  private ways: Ways | null = null;
  private kept: ReadonlySet<string> | null = null;
  private routes: ReadonlySet<number> = new Set();
  private found: readonly number[] = [];
  private selected = "";
  private wanted: Partial<MapState> | null = null; // asked for before there was a map
  private unfitted = true;
  private miniOld = true;

  constructor(private readonly root: HTMLElement, private readonly host: MapHost) {
    this.panel = new Panel(host, { go: (index) => this.go(index), close: () => this.close(), toggleFold: (file) => this.toggleFold(file) });
    this.asText = new AsText(host, (index) => this.select(this.scene!.label(index).name, false));
    root.classList.add("story-map");
    root.dataset.state = "loading";
    this.mini.root.hidden = true;
    this.stage.root.append(this.empty, this.mini.root, this.legend.root, this.where.root, this.tip.root);
    root.append(this.tools.root, element("div", { class: "map-body" }, this.stage.root, this.asText.root, this.panel.root), this.live);
    this.stopTheme = onThemeChange(() => this.restyle());
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
    const shift = same ? shiftBetween(before, scene, this.selected, this.stage.view) : undefined;
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
    if (this.selected !== "" && !scene.indexOf.has(this.selected)) this.select("", false);
    else this.showSelected();
  }

  follow(paths: readonly FollowedPath[]): void {
    this.walk.setPaths(paths);
  }

  filter(labels: ReadonlySet<string> | null, title: string): void {
    this.kept = labels;
    this.tools.setFilter(labels === null ? null : title);
    this.restyle();
    this.fillText();
  }

  select(label: string, fly: boolean): void {
    if (this.scene === null) {
      this.wanted = { ...this.wanted, selected: label };
      return;
    }
    const index = this.scene.indexOf.get(label) ?? -1;
    if (fly && index >= 0 && this.scene.hidden[index]) this.toggleFold(this.scene.label(index).file);
    const chosen = index >= 0 ? label : "";
    const other = chosen !== this.selected;
    this.selected = chosen;
    this.showSelected();
    if (index >= 0 && fly) this.lookAt(index, Math.max(readable * 0.8, Math.min(1.4, this.stage.view.scale)));
    if (!other) return;
    this.live.textContent = index >= 0 ? told(this.scene.label(index), index, this.ways!) : t("map.told.none");
    this.host.onSelect(chosen);
    this.host.onState();
  }

  state(): MapState {
    const { x, y, scale } = this.stage.view.place;
    return {
      x: Math.round(x), y: Math.round(y), scale: Math.round(scale * 1e4) / 1e4, selected: this.selected, search: this.search.text,
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
    if (this.scene === null) return Promise.reject(new Error("no map"));
    const { width, height } = this.scene.bounds;
    const scale = Math.min(2, longest / Math.max(width, height));
    const [wide, high] = [Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale))];
    return this.stage.painter.png({ x: 0, y: 0, width: wide, height: high, scale, ratio: 1, plain: false });
  }

  dispose(): void {
    this.stopTheme();
    this.stage.dispose();
    this.root.removeEventListener("keydown", this.onKey);
    this.root.replaceChildren();
    this.root.classList.remove("story-map");
  }

  private useScene(scene: Scene): void {
    this.scene = scene;
    this.ways = new Ways(scene);
    this.pointing.scene = scene;
    this.walk.setScene(scene);
    this.fillText();
  }

  private fold(files: Iterable<string>): void {
    if (this.scene === null) return;
    this.useScene(new Scene(this.scene.map, files));
    this.stage.setFolded(this.scene);
    this.showSelected();
    this.miniOld = true;
  }

  private toggleFold(file: string): void {
    const folded = new Set(this.scene?.folded ?? []);
    if (!folded.delete(file)) folded.add(file);
    this.fold(folded);
    this.host.onState();
  }

  /** Colours, filter or endings changed: everything is drawn anew, once. */
  private restyle(): void {
    if (this.scene === null) return;
    const style: DrawStyle = { palette: readPalette(this.root, this.scene.map.endings.length), dim: dimmed(this.scene, this.kept, this.routes) };
    this.pointing.style = style;
    this.stage.setStyle(style);
    this.routes = this.legend.setMap(this.scene.map, style.palette.routes);
    this.miniOld = true;
  }

  private onRoutes(routes: ReadonlySet<number>): void {
    this.routes = routes;
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
    const rows = this.search.text.trim() === "" ? this.scene.map.labels.map((_, index) => index) : [...this.found];
    const dim = dimmed(this.scene, this.kept, this.routes);
    this.asText.setRows(this.scene, this.ways!, dim === null ? rows : rows.filter((index) => dim[index] === 0));
  }

  private showText(shown: boolean): void {
    this.tools.setText(shown);
    this.asText.show(shown);
    this.stage.root.hidden = shown;
  }

  /** The selected label's panel, and what it covers. */
  private showSelected(): void {
    const index = this.scene?.indexOf.get(this.selected) ?? -1;
    this.stage.marks.selected = index;
    if (index >= 0) this.panel.show(index, this.scene!, this.ways!);
    else this.panel.hide();
    this.root.toggleAttribute("data-selected", index >= 0);
    this.cover();
    this.stage.request();
  }

  private cover(): void {
    const { root } = this.panel;
    const low = this.root.clientWidth < narrow;
    this.stage.view.covered = root.hidden ? { right: 0, foot: 0 } : low ? { right: 0, foot: root.offsetHeight } : { right: root.offsetWidth + 12, foot: 0 };
  }

  private close(): void {
    this.select("", false);
    this.stage.canvas.focus();
  }

  private pick(index: number): void {
    this.select(index < 0 ? "" : this.scene!.label(index).name, false);
    if (index >= 0) this.stage.uncover(this.scene!.placeOf(index));
  }

  private go(index: number): void {
    this.showText(false);
    this.select(this.scene!.label(index).name, true);
  }

  private lookAt(index: number, most: number): void {
    this.stage.fly(this.stage.view.placeFor(this.scene!.placeOf(index), most));
  }

  private fit(fly: boolean): void {
    if (this.scene === null) return;
    const place = this.stage.view.placeFor(this.scene.bounds, 1.25);
    if (fly) this.stage.fly(place);
    else this.stage.start(place);
  }

  private onResized(): void {
    this.cover();
    if (this.scene === null || !this.stage.ready) return;
    if (this.unfitted) this.fit(false);
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

  private readonly keys: KeyEvents = {
    pan: (dx, dy) => this.stage.pan(dx, dy), zoom: (factor) => this.stage.zoomMiddle(factor), fit: () => this.fit(true),
    open: () => {
      const label = this.scene?.named(this.selected);
      if (label !== undefined && label.file !== "") this.host.openPlace(label.file, label.line);
    },
    neighbour: (way) => this.goBeside(way),
    follow: () => this.walk.toggle(),
    step: (by) => {
      const step = this.walk.step(by);
      if (step === null) return;
      this.select(step.name, true);
      this.live.textContent = t("map.told.step", step);
    },
    search: () => this.search.field.focus(),
    clear: () => this.select("", false),
  };

  private goBeside(way: "up" | "down" | "left" | "right"): void {
    const index = this.scene?.indexOf.get(this.selected) ?? -1;
    if (index < 0 || this.ways === null) return;
    const next = way === "down" ? this.ways.out(index)[0]?.to : way === "up" ? this.ways.in(index)[0]?.from : this.ways.beside(index, way === "left" ? -1 : 1);
    if (next !== undefined && next >= 0) this.select(this.scene!.label(next).name, true);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const inField = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !inField) {
      event.preventDefault();
      this.search.field.focus();
    } else if (event.target === this.stage.canvas && onMapKey(event, this.keys)) event.preventDefault();
  };
}

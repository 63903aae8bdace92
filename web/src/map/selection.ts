// SPDX-License-Identifier: MIT
// The selected label: marked on the map, all about it in the panel, told in words.
import { element } from "../dom";
import { t } from "../words";
import { Panel, type PanelEvents } from "./panel";
import type { Scene } from "./scene";
import type { Stage } from "./stage";
import { told } from "./telling";
import type { MapHost } from "./types";
import type { Ways } from "./ways";

const narrow = 720; // pixels; below, the panel is at the foot

export class Selection {
  readonly panel: Panel;
  readonly live = element("div", { class: "unseen", "aria-live": "polite" });
  name = "";
  private scene: Scene | null = null;
  private ways: Ways | null = null;

  constructor(private readonly root: HTMLElement, private readonly stage: Stage, private readonly host: MapHost, events: PanelEvents) {
    this.panel = new Panel(host, events);
  }

  get index(): number {
    return this.scene?.indexOf.get(this.name) ?? -1;
  }

  use(scene: Scene, ways: Ways): void {
    this.scene = scene;
    this.ways = ways;
  }

  choose(name: string): void {
    const other = name !== this.name;
    this.name = name;
    this.show();
    if (!other) return;
    const { index, scene, ways } = this;
    this.live.textContent = index >= 0 && scene !== null && ways !== null ? told(scene.label(index), index, ways) : t("map.told.none");
    this.host.onSelect(name);
    this.host.onState();
  }

  show(): void {
    const { index, scene, ways } = this;
    this.stage.marks.selected = index;
    if (index >= 0 && scene !== null && ways !== null) this.panel.show(index, scene, ways);
    else this.panel.hide();
    this.root.toggleAttribute("data-selected", index >= 0);
    this.cover();
    this.stage.request();
  }

  /** What the panel hides of the map. */
  cover(): void {
    const { root } = this.panel;
    const low = this.root.clientWidth < narrow;
    this.stage.view.covered = root.hidden ? { right: 0, foot: 0 } : low ? { right: 0, foot: root.offsetHeight } : { right: root.offsetWidth + 12, foot: 0 };
  }

  openPlace(): void {
    const label = this.scene?.named(this.name);
    if (label !== undefined && label.file !== "") this.host.openPlace(label.file, label.line);
  }
}

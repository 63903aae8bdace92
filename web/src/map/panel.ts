// SPDX-License-Identifier: MIT
// All about the selected label, and the ways from here to the others.
import { element } from "../dom";
import { minutes, t, tn, type Key } from "../words";
import { showRequirements } from "./requirements";
import type { Scene } from "./scene";
import type { MapEdge, MapHost, MapLabel } from "./types";
import type { Ways } from "./ways";

export interface PanelEvents { go(index: number): void; close(): void; toggleFold(file: string): void }

const mostWays = 40;

export class Panel {
  readonly root = element("aside", { class: "map-panel", "aria-label": t("map.panel"), hidden: "" });

  constructor(private readonly host: MapHost, private readonly events: PanelEvents) {
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") events.close();
    });
  }

  private drawn = ""; // all that is shown, to leave alone what stays the same

  hide(): void {
    this.drawn = "";
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  show(index: number, scene: Scene, ways: Ways): void {
    const label = scene.label(index);
    const drawn = fingerprint(index, scene, ways);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const same = this.root.dataset.label === label.name;
    const back = this.root.contains(document.activeElement) ? this.focus(same) : () => undefined;
    const scrolled = same ? this.root.scrollTop : 0;
    this.root.dataset.label = label.name;
    this.root.replaceChildren(
      this.head(label), ...facts(label), ...this.actions(label, scene),
      ...choices(label),
      ...this.wayList("map.panel.in", ways.in(index), (edge) => edge.from, scene),
      ...this.wayList("map.panel.out", ways.out(index), (edge) => edge.to, scene));
    this.root.hidden = false;
    this.root.scrollTop = scrolled;
    back();
  }

  /** The focus stays inside: on the same control when it is the same label, else on the other label's name. */
  private focus(same: boolean): () => void {
    const controls = () => [...this.root.querySelectorAll<HTMLElement>("h2, button")];
    const at = same ? controls().indexOf(document.activeElement as HTMLElement) : 0;
    return () => (controls()[at] ?? this.root.querySelector("h2"))?.focus({ preventScroll: true });
  }

  private head(label: MapLabel): HTMLElement {
    const close = button("✕", () => this.events.close(), { class: "map-quiet", "aria-label": t("action.close"), title: t("action.close") });
    const place = label.file === "" ? element("span", { class: "map-soft" }, t("map.planned"))
      : button(`${label.file}:${label.line}`, () => this.host.openPlace(label.file, label.line), { class: "map-place", title: t("map.open") });
    return element("header", {}, element("h2", { tabindex: "-1" }, label.name), close, place);
  }

  private actions(label: MapLabel, scene: Scene): HTMLElement[] {
    if (label.kind === "planned") return [];
    const answer = element("div", { class: "map-answer", "aria-live": "polite" });
    const copy = button(t("map.copy"), () => {
      void navigator.clipboard.writeText(label.name).then(() => (copy.textContent = t("map.copied")), () => (copy.textContent = t("map.copy.failed")));
    });
    const rows = [
      button(t("map.lanes"), () => this.host.showInLanes(label.name), { class: "map-main-action" }),
      button(t("map.requirements"), () => void showRequirements(answer, this.host.requirements(label.file, label.line)), {}),
      copy,
    ];
    if (scene.ground(label.file) !== undefined) {
      rows.push(button(t(scene.folded.has(label.file) ? "map.unfold" : "map.fold"), () => this.events.toggleFold(label.file)));
    }
    return [element("div", { class: "map-actions" }, ...rows), answer];
  }

  private wayList(title: Key, edges: readonly MapEdge[], end: (edge: MapEdge) => number, scene: Scene): HTMLElement[] {
    const heading = element("h3", {}, t(title), element("span", { class: "map-soft" }, ` ${edges.length}`));
    if (edges.length === 0) return [heading, element("p", { class: "map-soft" }, t(title === "map.panel.in" ? "map.panel.in.none" : "map.panel.out.none"))];
    const rows = edges.slice(0, mostWays).map((edge) => {
      const other = end(edge);
      const pin = scene.label(edge.from).pins[edge.pin];
      const go = button(scene.label(other).name, () => this.events.go(other), { class: "map-way" });
      const how = element("span", { class: "map-soft" }, pin === undefined ? kindOf(edge.kind) : `“${pin.text}”`);
      return element("li", {}, go, how);
    });
    if (edges.length > mostWays) rows.push(element("li", { class: "map-soft" }, t("map.more", { count: edges.length - mostWays })));
    return [heading, element("ul", { class: "map-ways" }, ...rows)];
  }
}

function fingerprint(index: number, scene: Scene, ways: Ways): string {
  const { x, y, ...label } = scene.label(index); // where it is drawn says the panel nothing
  const way = (edge: MapEdge) => [scene.label(edge.from).name, scene.label(edge.to).name, edge.kind, scene.label(edge.from).pins[edge.pin]?.text];
  return JSON.stringify([label, scene.folded.has(label.file), scene.ground(label.file) !== undefined, ways.in(index).map(way), ways.out(index).map(way)]);
}

export const kindOf = (kind: string): string =>
  ["jump", "call", "choice", "falls_through", "screen", "python"].includes(kind) ? t(`map.kind.${kind}` as Key) : kind;

function facts(label: MapLabel): HTMLElement[] {
  const chips: HTMLElement[] = [];
  const chip = (text: string, kind: string) => chips.push(element("span", { class: "map-chip", "data-kind": kind }, text));
  if (label.entry) chip(t("map.badge.start"), "entry");
  if (label.ending) chip(t("map.badge.end"), "ending");
  if (label.kind === "planned") chip(t("map.badge.planned"), "planned");
  if (!label.reachable) chip(t("map.unreachable"), "warn");
  if (label.change !== "") chip(t(`map.change.${label.change}`), label.change);
  if (label.problems > 0) chip(tn("count.problems", label.problems), label.severity);
  return [
    ...(chips.length > 0 ? [element("p", { class: "map-chips" }, ...chips)] : []),
    element("p", { class: "map-facts" }, `${tn("count.words", label.words)} · ${minutes(label.seconds)}`),
    ...(label.text === "" ? [] : [element("blockquote", {}, label.text)]),
  ];
}

function choices(label: MapLabel): HTMLElement[] {
  if (label.pins.length === 0) return [];
  const rows = label.pins.map((pin) => {
    const row = element("li", pin.never === "" ? {} : { class: "map-never" }, element("span", { class: "map-choice" }, pin.text));
    if (pin.condition !== "") row.append(element("span", { class: "map-condition" }, t("map.when"), element("code", {}, pin.condition)));
    if (pin.never !== "") row.append(element("span", { class: "map-reason" }, t("map.never", { why: pin.never })));
    return row;
  });
  return [element("h3", {}, t("map.panel.choices"), element("span", { class: "map-soft" }, ` ${rows.length}`)), element("ol", { class: "map-choices" }, ...rows)];
}

export function button(text: string, act: () => void, attributes: Record<string, string> = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

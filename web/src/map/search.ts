// SPDX-License-Identifier: MIT
// The search field: names first, then files, choices and first words; a list to fly from.
import { element } from "../dom";
import { t, tn } from "../words";
import type { MapLabel, StoryMap } from "./types";

export interface SearchEvents { found(matches: readonly number[]): void; choose(index: number): void; leave(): void }
interface Match { index: number; rank: number; why: string }

const mostShown = 50;
let count = 0;

export class Search {
  private readonly id = `map-search-${++count}`;
  readonly field = element("input", {
    type: "search", class: "map-search-field", placeholder: t("map.search.hint"), "aria-label": t("map.search"), role: "combobox",
    "aria-expanded": "false", "aria-controls": this.id, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
  });
  private readonly list = element("ul", { class: "map-search-list", id: this.id, role: "listbox", "aria-label": t("map.search.results") });
  private readonly told = element("div", { class: "map-search-count", role: "status" });
  private readonly box = element("div", { class: "map-search-box", hidden: "" }, this.told, this.list);
  readonly root = element("div", { class: "map-search", role: "search" }, this.field, this.box);
  private texts: { label: MapLabel; name: string; file: string; choices: string; words: string }[] | null = null;
  private map: StoryMap | null = null;
  private matches: Match[] = [];
  private active = -1;

  constructor(private readonly events: SearchEvents) {
    this.field.addEventListener("input", () => this.run(true));
    this.field.addEventListener("focus", () => this.open(this.field.value !== ""));
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget as Node | null)) this.open(false);
    });
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-index]");
      if (row !== null) this.choose(Number(row.dataset.index));
    });
  }

  setMap(map: StoryMap): void {
    this.map = map;
    this.texts = null;
    if (this.field.value !== "") this.run(false);
  }

  get text(): string {
    return this.field.value;
  }

  set text(text: string) {
    this.field.value = text;
    this.run(false);
  }

  private run(open: boolean): void {
    const words = this.field.value.toLowerCase().trim();
    this.matches = words === "" ? [] : this.find(words);
    this.active = this.matches.length > 0 ? 0 : -1;
    this.fillList();
    this.open(open && words !== "");
    this.events.found(this.matches.map(({ index }) => index));
  }

  private find(words: string): Match[] {
    this.texts ??= (this.map?.labels ?? []).map((label) => ({
      label, name: label.name.toLowerCase(), file: label.file.toLowerCase(), words: label.text.toLowerCase(),
      choices: label.pins.map((pin) => pin.text).join("\n").toLowerCase(),
    }));
    const matches: Match[] = [];
    this.texts.forEach(({ label, name, file, choices, words: text }, index) => {
      const rank = name === words ? 0 : name.startsWith(words) ? 1 : name.includes(words) ? 2
        : choices.includes(words) ? 3 : text.includes(words) ? 4 : file.includes(words) ? 5 : -1;
      if (rank < 0) return;
      const choice = rank === 3 ? label.pins.find((pin) => pin.text.toLowerCase().includes(words))?.text : undefined;
      matches.push({ index, rank, why: choice ?? (rank === 4 ? label.text : label.file) });
    });
    return matches.sort((a, b) => a.rank - b.rank || a.index - b.index);
  }

  private fillList(): void {
    this.told.textContent = this.matches.length === 0 ? t("map.search.none")
      : this.matches.length > mostShown ? t("map.search.more", { shown: mostShown, count: this.matches.length }) : tn("map.search.found", this.matches.length);
    this.list.replaceChildren(...this.matches.slice(0, mostShown).map(({ index, why }, at) => {
      const row = element("li", { role: "option", id: `${this.id}-${at}`, "data-index": String(index), "aria-selected": "false" },
        element("span", { class: "map-search-name" }, this.map!.labels[index]!.name), element("span", { class: "map-search-why" }, why));
      return row;
    }));
    this.markActive();
  }

  private markActive(): void {
    [...this.list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === this.active)));
    if (this.active >= 0) this.field.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.field.removeAttribute("aria-activedescendant");
    this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
  }

  private open(open: boolean): void {
    this.box.hidden = !open;
    this.field.setAttribute("aria-expanded", String(open));
  }

  private onKey(event: KeyboardEvent): void {
    const shown = Math.min(mostShown, this.matches.length);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (shown > 0) this.active = (this.active + (event.key === "ArrowDown" ? 1 : shown - 1)) % shown;
      this.open(true);
      this.markActive();
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.choose(this.matches[this.active]!.index);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.field.value === "") this.events.leave();
      this.field.value = "";
      this.run(false);
    }
  }

  private choose(index: number): void {
    this.open(false);
    this.events.choose(index);
  }
}

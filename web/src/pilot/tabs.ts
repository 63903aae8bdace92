// SPDX-License-Identifier: MIT
// The views as tabs: arrows move between them, one of them is reached with Tab.
import { views, type View } from "./url";

export class Tabs {
  private readonly tabs = views.map((view) => document.getElementById(`tab-${view}`) as HTMLButtonElement);

  constructor(private readonly onSelect: (view: View) => void) {
    this.tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.onSelect(views[index]!));
      tab.addEventListener("keydown", (event) => this.key(event, index));
    });
  }

  select(view: View): void {
    this.tabs.forEach((tab, index) => {
      const chosen = views[index] === view;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" }); // narrow windows show some of them
    });
  }

  private key(event: KeyboardEvent, index: number): void {
    const there = this.tabs.filter((tab) => !tab.hidden); // what is switched off has none
    const [at, last] = [there.indexOf(this.tabs[index]!), there.length - 1];
    const next = there[{ ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
    this.onSelect(views[this.tabs.indexOf(next)]!);
  }
}

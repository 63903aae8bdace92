// SPDX-License-Identifier: MIT
// What saves did to the story: a line for the last one, which opens to say what changed and what came before.
import { byId, element } from "../dom";
import { language, t, tn } from "../words";
import type { StoryDiffEvent, PathsUpdate } from "./socket";

const most = 10;

export class Changes {
  private readonly root = byId("changes");
  private readonly rows: HTMLElement[] = [];
  private last: HTMLDetailsElement | null = null;
  private wanted: boolean | null = null; // open or not, once the reader said so
  private told = 0; // the newest analysis that was told

  /** From the event that every save brings; its details may follow as a story diff, and come first after a break. */
  update(update: PathsUpdate): void {
    if (update.files.length > 0) this.tell(update.generation, update.files, update.summary);
  }

  diff(diff: StoryDiffEvent): void {
    if (diff.files.length > 0) this.tell(diff.generation, diff.files, diff.summary);
  }

  /** Open beside the lanes that it tells of; elsewhere the line says enough. */
  seen(): void {
    if (this.last !== null) this.last.open = this.wanted ?? document.body.dataset.view === "lanes";
  }

  private tell(generation: number, files: string[], said: string[]): void {
    if (generation <= this.told && generation > this.told - most) return; // twice: both events tell of it
    this.told = generation;
    const lines = said.length > 0 ? said : [t("changes.none")];
    const time = new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(new Date());
    const names = files.length > 4 ? [...files.slice(0, 4), "…"] : files;
    const head = [element("strong", {}, t("changes.saved", { files: names.join(", ") })), element("time", {}, time)];
    const list = element("ul", {}, ...lines.map((line) => element("li", {}, line)));
    const earlier = [...this.rows];
    this.rows.unshift(element("div", { class: "change" }, element("div", { class: "changes-head" }, ...head.map((part) => part.cloneNode(true))), list.cloneNode(true)));
    this.rows.length = Math.min(this.rows.length, most);
    const summary = element("summary", { class: "changes-head" }, ...head, element("span", { class: "changes-count" }, said.length > 0 ? tn("changes.count", said.length) : t("changes.none")));
    const details = element("details", { class: "change" }, summary, list);
    this.last = details;
    this.seen();
    summary.addEventListener("click", () => (this.wanted = !details.open));
    const close = element("button", { type: "button", class: "quiet", "aria-label": t("action.close"), title: t("action.close") }, "✕");
    close.addEventListener("click", () => (this.root.hidden = true));
    this.root.replaceChildren(close, details);
    if (earlier.length > 0) details.append(element("details", {}, element("summary", {}, t("changes.earlier", { count: earlier.length })), ...earlier));
    this.root.hidden = false;
  }
}

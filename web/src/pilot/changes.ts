// SPDX-License-Identifier: MIT
// What saves did to the story, the last one open, earlier ones below it.
import { byId, element } from "../dom";
import { language, t } from "../words";
import type { StoryDiffEvent, PathsUpdate } from "./socket";

const most = 10;

export class Changes {
  private readonly root = byId("changes");
  private readonly rows: HTMLElement[] = [];
  private told = 0; // the newest analysis that was told

  /** From the event that every save brings; its details may follow as a story diff, and come first after a break. */
  update(update: PathsUpdate): void {
    if (update.files.length > 0) this.tell(update.generation, update.files, update.summary);
  }

  diff(diff: StoryDiffEvent): void {
    if (diff.files.length > 0) this.tell(diff.generation, diff.files, diff.summary);
  }

  private tell(generation: number, files: string[], summary: string[]): void {
    if (generation <= this.told && generation > this.told - most) return; // twice: both events tell of it
    this.told = generation;
    const lines = summary.length > 0 ? summary : [t("changes.none")];
    const time = new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(new Date());
    const names = files.length > 4 ? [...files.slice(0, 4), "…"] : files;
    this.rows.unshift(element("div", { class: "change" },
      element("div", { class: "changes-head" }, element("strong", {}, t("changes.saved", { files: names.join(", ") })), element("time", {}, time)),
      element("ul", {}, ...lines.map((line) => element("li", {}, line)))));
    this.rows.length = Math.min(this.rows.length, most);
    const close = element("button", { type: "button", class: "quiet", "aria-label": t("action.close"), title: t("action.close") }, "✕");
    close.addEventListener("click", () => (this.root.hidden = true));
    const [last, ...earlier] = this.rows;
    this.root.replaceChildren(close, last!);
    if (earlier.length > 0) this.root.append(element("details", {}, element("summary", {}, t("changes.earlier", { count: earlier.length })), ...earlier));
    this.root.hidden = false;
  }
}

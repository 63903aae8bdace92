// SPDX-License-Identifier: MIT
// PILOT: lanes side by side, kept in the URL, redrawn when a save changes the story.
import { DaemonError, fetchPaths, type PathsReply } from "./api";
import { byId, element, plural } from "./dom";
import { onSchemeChange } from "./draw";
import { Lane } from "./lane";
import { LiveSocket, type PathsUpdate } from "./socket";

const mostLanes = 4;

function randomSession(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Pilot {
  private readonly query = new URLSearchParams(location.search);
  private readonly session = this.query.get("session") || randomSession();
  private readonly lanesBox = byId("lanes");
  private readonly status = byId("status");
  private readonly changes = byId("changes");
  private readonly addButton = byId<HTMLButtonElement>("add-lane");
  private lanes: Lane[] = [];
  private story: PathsReply | null = null;

  constructor() {
    this.addButton.addEventListener("click", () => this.addLane());
    onSchemeChange(() => this.lanes.forEach((lane) => lane.redraw()));
    this.keepUrl();
    // The page is drawn from the first fetch; the socket's own comes on top once it stands.
    void this.load([]);
    new LiveSocket(`pilot:${this.session}`, {
      onOpen: () => {
        this.showStatus("live", "Live");
        void this.load([]);
      },
      onLost: () => this.showStatus("lost", "Reconnecting…"),
      onUpdate: (update) => this.onUpdate(update),
    });
  }

  private get project(): string {
    return this.query.get("project") ?? "";
  }

  private showStatus(state: string, text: string): void {
    this.status.dataset.state = state;
    this.status.textContent = text;
    document.body.dataset.connection = state;
  }

  private onUpdate(update: PathsUpdate): void {
    const ours = this.story === null || update.root === this.story.root || update.project === this.project;
    if (!ours) return;
    if (update.files.length > 0) this.tell(update);
    void this.load([...update.added, ...update.changed]);
  }

  private tell(update: PathsUpdate): void {
    const lines = update.summary.length > 0 ? update.summary : ["The paths are as before."];
    const time = new Date().toLocaleTimeString();
    this.changes.replaceChildren(
      element("div", { class: "changes-head" },
        element("strong", {}, `Saved ${update.files.join(", ")}`), element("time", {}, time)),
      element("ul", {}, ...lines.map((line) => element("li", {}, line))));
    this.changes.hidden = false;
  }

  /** Reads the paths again and lets the lanes follow; lanes of `changed` paths flash. */
  private async load(changed: string[]): Promise<void> {
    try {
      this.story = await fetchPaths(this.project);
    } catch (error) {
      if (this.story === null) this.showProblem(error);
      return;
    }
    document.title = `${this.story.project} · PILOT`;
    byId("project").textContent = this.story.project;
    byId("project").title = this.story.root;
    byId("count").textContent = plural(this.story.path_count, "path");
    if (this.story.path_count === 0) return this.showEmpty(this.story);
    byId("state").hidden = true;
    this.fillLanes();
    await Promise.all(this.lanes.map((lane) => {
      lane.offer(this.story!.details);
      return this.story!.paths.includes(lane.path) ? lane.refresh(changed.includes(lane.path)) : undefined;
    }));
  }

  private fillLanes(): void {
    if (this.lanes.length > 0 || this.story === null) return;
    const wanted = [this.query.get("path") ?? "", ...this.query.getAll("lane")].filter((path) => path !== "");
    const first = wanted[0] ?? this.story.paths[0]!;
    if (wanted.length === 0) wanted.push(first);
    if (wanted.length === 1) {
      const next = this.story.paths[this.story.paths.indexOf(first) + 1] ?? this.story.paths.find((path) => path !== first);
      if (next !== undefined) wanted.push(next);
    }
    wanted.slice(0, mostLanes).forEach((path) => this.makeLane(path));
    this.keepUrl();
  }

  private makeLane(path: string): Lane {
    const lane = new Lane(path, this.project, {
      onChoose: (chosen) => {
        this.keepUrl();
        chosen.offer(this.story!.details);
        void chosen.refresh(false);
      },
      onRemove: (gone) => this.removeLane(gone),
    });
    this.lanes.push(lane);
    this.lanesBox.append(lane.root);
    this.countLanes();
    return lane;
  }

  private addLane(): void {
    if (this.story === null || this.lanes.length >= mostLanes) return;
    const shown = new Set(this.lanes.map((lane) => lane.path));
    const path = this.story.paths.find((other) => !shown.has(other)) ?? this.story.paths[0]!;
    const lane = this.makeLane(path);
    lane.offer(this.story.details);
    void lane.refresh(false);
    lane.focus();
    this.keepUrl();
  }

  private removeLane(lane: Lane): void {
    this.lanes = this.lanes.filter((other) => other !== lane);
    lane.dispose();
    this.countLanes();
    this.keepUrl();
    (this.lanes.at(-1) ?? { focus: () => this.addButton.focus() }).focus();
  }

  private countLanes(): void {
    this.addButton.disabled = this.lanes.length >= mostLanes;
    for (const lane of this.lanes) lane.root.classList.toggle("only", this.lanes.length === 1);
  }

  /** A link to this page opens the same view. */
  private keepUrl(): void {
    const query = new URLSearchParams();
    if (this.project !== "") query.set("project", this.project);
    const paths = this.lanes.length > 0 ? this.lanes.map((lane) => lane.path) : [this.query.get("path") ?? "", ...this.query.getAll("lane")];
    paths.forEach((path, index) => {
      if (path !== "") query.append(index === 0 ? "path" : "lane", path);
    });
    query.set("session", this.session);
    history.replaceState(null, "", `${location.pathname}?${query}`);
  }

  private showState(kind: string, title: string, lines: string[], action: HTMLElement | null): void {
    const box = byId("state");
    box.dataset.kind = kind;
    box.hidden = false;
    box.replaceChildren(element("h2", {}, title), ...lines.filter((line) => line !== "").map((line) => element("p", {}, line)));
    if (action !== null) box.append(action);
    this.lanes.forEach((lane) => lane.dispose());
    this.lanes = [];
  }

  private showEmpty(story: PathsReply): void {
    const title = story.schema_status === "empty" ? "No paths yet" : "The story could not be read";
    const status = story.code ? `${story.code} (schema_status: ${story.schema_status})` : `schema_status: ${story.schema_status}`;
    this.showState("empty", title, [story.message ?? "PILOT shows a path from its first label to its ending, side by side with others.", story.suggestion ?? "", status], null);
  }

  private showProblem(error: unknown): void {
    const again = element("button", { type: "button" }, "Try again");
    again.addEventListener("click", () => void this.load([]));
    const known = error instanceof DaemonError;
    this.showState("error", known ? error.message : "Something went wrong on this page", [known ? error.suggestion : String(error), known ? error.code : ""], again);
  }
}

new Pilot();

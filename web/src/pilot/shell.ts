// SPDX-License-Identifier: MIT
// The page around the views: loads the story, follows saves, switches views, opens places.
import { DaemonError, fetchProjects } from "../api";
import { byId, element } from "../dom";
import { t, tn } from "../words";
import { fetchPaths, fetchProblems, openPlace, warpTo, type PathsReply } from "./api";
import { Changes } from "./changes";
import { onSchemeChange } from "./draw";
import { keepLook } from "../theme";
import { HistoryTab } from "./history_tab";
import { LanesView } from "./lanes_view";
import { MapTab } from "./map_tab";
import { exportMenu, helpDialog } from "./menu";
import { offerProjects } from "./project_choice";
import { fetchStatus } from "./rules_api";
import { isOff } from "./history_api";
import { ProblemsView } from "./problems_view";
import { LiveSocket, type PathsUpdate } from "./socket";
import { Tabs } from "./tabs";
import { Toasts } from "./toasts";
import { ThenView } from "./then_view";
import { snapshots } from "./snapshots";
import { readUrl, views, writeUrl, type View } from "./url";

export class Shell {
  private readonly first = readUrl();
  private readonly session = this.first.session;
  private project = this.first.project;
  private view: View = this.first.view;
  private story: PathsReply | null = null;
  private turn = 0;
  private problemTurn = 0;
  private rulesTurn = 0;
  private failure: unknown = null; // why what is shown could not be read again
  private readonly toasts = new Toasts();
  private readonly changes = new Changes();
  private readonly tabs = new Tabs((view) => this.show(view));
  private readonly lanes: LanesView;
  private readonly map: MapTab;
  private readonly problems: ProblemsView;
  private readonly then: ThenView;
  private readonly history: HistoryTab;

  constructor() {
    const host = {
      project: () => this.project,
      story: () => this.story,
      keepUrl: () => this.keepUrl(),
      openPlace: (file: string, line: number) => void this.open(file, line),
      warp: (file: string, line: number) => void this.warp(file, line),
      showOnMap: (label: string) => {
        this.show("map");
        if (label) this.map.select(label);
      },
      say: (text: string) => this.toasts.say(t("said.copied", { text })),
      showInLanes: (label: string) => {
        this.show("lanes");
        this.lanes.put({ path: "q1", instead: "", through: label, to: "", at: "" });
      },
      filterMap: (labels: Set<string> | null, title: string) => {
        this.show("map");
        this.map.filter(labels, title);
      },
      sideBySide: (before: string, after: string, revision: string, to: string) =>
        this.showLanes([...(before ? [`${before}@${revision}`] : []), ...(after ? [to ? `${after}@${to}` : after] : [])]),
      compareOnMap: (revision: string) => {
        this.show("map");
        this.map.compare(revision);
      },
      lanePaths: () => this.lanes.paths(),
      compareStates: (from: string, to: string) => {
        this.then.choose(from, to);
        if (this.view === "then") void this.then.refresh();
        else this.show("then");
      },
      openSnapshot: (revision: string) => this.showLanes([`p001@${revision}`, ...(this.story?.paths.slice(0, 1) ?? [])]),
      note: (text: string) => this.toasts.say(text),
    };
    this.lanes = new LanesView(host);
    this.map = new MapTab(byId("map"), host, this.first);
    this.problems = new ProblemsView(byId("problems"), host);
    this.problems.restore(this.first.problems);
    this.then = new ThenView(byId("then"), host);
    this.then.choose(this.first.revision, this.first.to);
    this.history = new HistoryTab(byId("history"), host, this.first.history);
    exportMenu({ project: () => this.project, lanePath: () => this.lanes.links().find((lane) => /^p\d+$/.test(lane)) ?? "", savePng: () => this.savePng() });
    const help = helpDialog();
    addEventListener("keydown", (event) => this.key(event, help));
    onSchemeChange(() => void this.lanes.redraw());
  }

  begin(): void {
    snapshots.of(this.project);
    this.tabs.select(this.view);
    this.showView();
    byId<HTMLAnchorElement>("brand").href = keepLook("/");
    // The page is drawn from the first fetch; the socket's own comes on top once it stands.
    void this.load(false);
    if (this.view === "map") void this.map.refresh(0); // it needs nothing of the rest
    if (this.view === "history") void this.history.refresh();
    void this.offerProjects();
    let first = true;
    new LiveSocket(`pilot:${this.session}`, {
      onOpen: () => {
        this.showStatus("live");
        void this.load(true, first);
        if (!first) void this.reconnected();
        first = false;
      },
      onLost: () => {
        this.showStatus("lost");
        this.map.old();
      },
      onUpdate: (update) => this.onUpdate(update),
      onDiff: (diff) => {
        if (this.isOurs(diff)) this.changes.diff(diff);
      },
      onHistory: (event) => {
        if (this.isOurs(event)) this.history.event(event);
      },
      onRules: (event) => {
        if (this.isOurs(event)) void this.readRules();
      },
    });
  }

  /** What else may have gone on meanwhile. */
  private async reconnected(): Promise<void> {
    await Promise.all([this.history.reconnected(), this.readRules()]);
  }

  private showLanes(lanes: string[]): void {
    this.lanes.clear();
    this.lanes.begin(lanes, "steps", true, false);
    this.show("lanes");
    void this.lanes.refresh(false);
  }

  private isOurs(event: { root: string; project: string }): boolean {
    return this.story === null || event.root === this.story.root;
  }

  private showStatus(state: "live" | "lost"): void {
    const status = byId("status");
    status.dataset.state = state;
    status.textContent = t(`status.${state}`);
    document.body.dataset.connection = state;
    this.banner();
  }

  /** What the reader has to know of what is on screen: it may be old. */
  private banner(): void {
    const lost = document.body.dataset.connection === "lost";
    const failure = this.story !== null ? this.failure : null;
    const text = lost ? t("banner.lost") : failure !== null ? t("banner.stale", { why: reason(failure) }) : this.story?.watch ? t("banner.watch", { reason: this.story.watch }) : this.story?.code && this.story.path_count > 0 ? `${this.story.code} · ${this.story.message ?? ""} ${this.story.suggestion ?? ""}` : "";
    const banner = byId("banner");
    banner.hidden = text === "";
    banner.textContent = text;
    if (lost || failure === null) return;
    banner.append(" ", this.retry());
  }

  private onUpdate(update: PathsUpdate): void {
    if (!this.isOurs(update)) return;
    this.changes.update(update);
    void this.load(true);
  }

  private async offerProjects(): Promise<void> {
    const projects = await fetchProjects().catch(() => []);
    if (projects.length < 2) return;
    const current = () => this.project || this.story?.project || projects[0]!.alias;
    offerProjects(projects.map((one) => one.alias), current(), () => this.view);
  }

  /** Reads the story again and lets what is on screen follow; `unless`: not when it is the analysis that is shown. */
  private async load(flash: boolean, unless = false): Promise<void> {
    const turn = ++this.turn;
    let story: PathsReply;
    try {
      story = await fetchPaths(this.project);
    } catch (error) {
      if (turn !== this.turn) return;
      this.failure = error;
      if (this.story === null) this.showProblem(error);
      this.banner();
      return;
    }
    if (turn !== this.turn) return;
    const failed = this.failure !== null;
    this.failure = null;
    const known = unless && this.story !== null && this.story.generation === story.generation && this.story.schema_status === story.schema_status;
    this.story = story;
    if (known) {
      if (failed) this.banner();
      return;
    }
    if (this.project === "") this.project = story.project;
    snapshots.of(this.project);
    void this.history.check();
    document.title = `${story.project} · PILOT`;
    byId("project").textContent = story.project;
    byId("project").title = story.root;
    byId("count").textContent = tn("count.paths", story.path_count);
    if (story.play_throughs) byId("count").title = t("page.plays", { count: story.play_throughs });
    this.banner();
    void this.countProblems();
    if (story.path_count === 0) return this.showEmpty(story);
    byId("state").hidden = true;
    byId("main").dataset.state = "ready";
    this.lanes.follow(story);
    if (!this.lanes.began) this.lanes.begin(this.first.lanes, this.first.form, this.first.fold, this.first.fresh);
    this.keepUrl();
    if (this.view === "map") await this.map.refresh(story.generation); // what is looked at comes first
    await Promise.all([this.lanes.refresh(flash), this.view === "then" ? this.then.refresh() : undefined]);
    this.map.follow();
  }

  private async countProblems(): Promise<void> {
    const turn = ++this.problemTurn;
    const rules = this.fetchRules(); // both at once, lest the number beside the tab flickers
    const reply = await fetchProblems(this.project).catch(() => null);
    const showRules = await rules;
    if (reply === null || turn !== this.problemTurn) return;
    this.problems.show(reply);
    showRules();
    this.showCount();
  }

  private async readRules(): Promise<void> {
    const show = await this.fetchRules();
    show();
    this.showCount();
  }

  /** What puts them on the page; nothing, when they could not be read or newer ones were asked for. */
  private async fetchRules(): Promise<() => void> {
    const turn = ++this.rulesTurn;
    const status = await fetchStatus(this.project).catch((error: unknown) => (isOff(error) ? null : undefined));
    return () => {
      if (status !== undefined && turn === this.rulesTurn) this.problems.showRules(status);
    };
  }

  private showCount(): void {
    const { count, severity, more } = this.problems.tally();
    const badge = byId("problem-count");
    badge.hidden = count === 0;
    badge.textContent = more ? `${count}+` : String(count);
    badge.className = `count-badge ${severity}`;
  }

  private show(view: View): void {
    if (this.view === view) return;
    this.view = view;
    this.tabs.select(view);
    this.showView();
    this.keepUrl();
    if (view === "lanes") void this.lanes.shown();
    if (view === "map") void this.map.refresh(this.story?.generation ?? 0).then(() => this.map.follow());
    if (view === "then") void this.then.refresh();
    if (view === "history") void this.history.refresh();
  }

  private showView(): void {
    document.body.dataset.view = this.view;
    this.changes.seen();
    for (const view of views) byId(view).hidden = view !== this.view;
  }

  private keepUrl(): void {
    const lanes = this.lanes.began ? this.lanes.links() : this.first.lanes;
    const { form, fold } = this.lanes.began ? this.lanes.state() : this.first;
    writeUrl({ project: this.project, view: this.view, session: this.session, lanes, form, fold, level: this.map.level, compare: this.map.compared, map: this.map.state(), problems: this.problems.state(), revision: this.then.revision, to: this.then.to, history: this.history.state() });
  }

  /** In the editors that listen; without one, by a link that VS Code opens. */
  private async open(file: string, line: number): Promise<void> {
    try {
      const { uri, told } = await openPlace(this.project, file, line, this.session);
      this.toasts.say(t(told > 0 ? "said.told" : "said.opened", { place: `${file}:${line}` }));
      if (told === 0) location.assign(uri);
    } catch (error) {
      this.complain(error);
    }
  }

  private async warp(file: string, line: number): Promise<void> {
    try {
      await warpTo(this.project, file, line);
      this.toasts.say(t("said.warped", { place: `${file}:${line}` }));
    } catch (error) {
      this.complain(error);
    }
  }

  private async savePng(): Promise<void> {
    this.show("map");
    await this.map.refresh(this.story?.generation ?? 0);
    const blob = await this.map.png().catch(() => null);
    if (blob === null) return this.toasts.complain(t("export.png.failed"));
    const link = element("a", { href: URL.createObjectURL(blob), download: `${this.project || "story"}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun long before
  }

  private complain(error: unknown): void {
    const known = error instanceof DaemonError;
    this.toasts.complain(known ? `${error.message}. ${error.suggestion}` : String(error));
  }

  private key(event: KeyboardEvent, help: { toggle(): void }): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog")) return;
    const view = views[Number(event.key) - 1];
    if (view && !byId(`tab-${view}`).hidden) this.show(view);
    else if (event.key === "?") help.toggle();
    else if (event.key === "a" && this.view === "lanes") byId("add-lane").click();
  }

  private showState(kind: string, title: string, lines: string[], action: HTMLElement | null): void {
    const box = byId("state");
    box.dataset.kind = kind;
    box.hidden = false;
    byId("main").dataset.state = kind;
    box.replaceChildren(element("h2", {}, title), ...lines.filter((line) => line !== "").map((line) => element("p", {}, line)));
    if (action !== null) box.append(action); // the lanes are hidden, and there again as soon as there is a story
  }

  private showEmpty(story: PathsReply): void {
    const status = story.code ? `${story.code} (schema_status: ${story.schema_status})` : `schema_status: ${story.schema_status}`;
    const title = story.schema_status === "empty" ? t("page.empty") : t("page.unread");
    this.showState("empty", title, [story.message ?? t("page.empty.advice"), story.suggestion ?? "", status], null);
    if (this.view === "map") void this.map.refresh(story.generation);
  }

  private showProblem(error: unknown): void {
    const known = error instanceof DaemonError;
    this.showState("error", known ? error.message : t("error.page"), [known ? error.suggestion : String(error), known ? error.code : ""], this.retry());
  }

  private retry(): HTMLElement {
    const again = element("button", { type: "button" }, t("action.retry"));
    again.addEventListener("click", () => void this.load(false));
    return again;
  }
}

const reason = (error: unknown): string => (error instanceof DaemonError ? `${error.code} · ${error.message}` : String(error));

// SPDX-License-Identifier: MIT
// What is remembered of the story, in the page: loaded when it is first looked at. With history switched off
// there is no tab; an address that asks for it all the same is told so.
import { DaemonError } from "../api";
import { byId, element } from "../dom";
import type { HistoryView } from "../history/history_view";
import { t } from "../words";
import { fetchSnapshots, isOff, type HistoryEvent } from "./history_api";
import { snapshots } from "./snapshots";

export interface HistoryState { metrics: string[]; snapshot: number; from: number }

export interface HistoryTabHost {
  project(): string;
  keepUrl(): void;
  /** Two states side by side; `to` "": the story as it is now. */
  compareStates(from: string, to: string): void;
  compareOnMap(revision: string): void;
  openSnapshot(revision: string): void;
  note(text: string): void;
}

export class HistoryTab {
  private view: HistoryView | null = null;
  private making: Promise<HistoryView> | null = null;
  private readonly tab = byId("tab-history");
  private checking: Promise<void> | null = null;
  private off: DaemonError | null = null;

  constructor(private readonly root: HTMLElement, private readonly host: HistoryTabHost, private readonly first: Partial<HistoryState>) {}

  state(): Partial<HistoryState> {
    return this.view?.state() ?? this.first;
  }

  /** Whether there is a history; asked once. */
  check(): Promise<void> {
    return (this.checking ??= this.ask());
  }

  /** The daemon may be another one, and have gone on meanwhile. */
  async reconnected(): Promise<void> {
    this.checking = this.ask();
    await this.checking;
    if (!this.root.hidden) await this.refresh();
  }

  /** It is looked at, or what it shows may be old. */
  async refresh(): Promise<void> {
    await this.check();
    if (this.off !== null) return this.sayOff(this.off);
    const view = await this.made().catch((error: unknown) => this.fail(error));
    await view?.refresh();
  }

  private async ask(): Promise<void> {
    try {
      await fetchSnapshots(this.host.project(), 0, 1);
      this.off = null;
    } catch (error) {
      if (!isOff(error)) return; // what else is wrong says the view
      this.off = error as DaemonError;
    }
    this.tab.hidden = this.off !== null;
  }

  event(event: HistoryEvent): void {
    if (event.type === "history.snapshot") snapshots.learn([event]);
    this.view?.event(event, !this.root.hidden);
  }

  private made(): Promise<HistoryView> {
    this.making ??= import("../history/history_view").then(({ HistoryView }) => (this.view = new HistoryView(this.root, this.host, this.first)));
    this.making.catch(() => (this.making = null)); // the next look tries again
    return this.making;
  }

  private sayOff(error: DaemonError): void {
    this.root.replaceChildren(element("div", { class: "state" }, element("h2", {}, t("history.off")), element("p", {}, error.suggestion)));
    this.making = this.view = null;
  }

  private fail(error: unknown): void {
    this.root.replaceChildren(element("div", { class: "state", "data-kind": "error" }, element("h2", {}, t("history.failed")), element("p", {}, String((error as Error).message ?? error))));
  }
}

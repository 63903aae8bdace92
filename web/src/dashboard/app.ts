// SPDX-License-Identifier: MIT
// What happens is told by the daemon; only what it does not tell (rates, memory) is asked for, and
// only while somebody looks.
import { byId } from "../dom";
import { t } from "../words";
import * as daemon from "./api";
import { Channels } from "./channels";
import { Door, type Message } from "./door";
import { Facts } from "./facts";
import { LogTail } from "./log";
import { Projects } from "./projects";
import { time } from "./say";

const every = 3000;

export class Dashboard {
  private readonly facts = new Facts();
  private readonly channels = new Channels();
  private readonly projects = new Projects(() => this.readProjects());
  private live = false;
  private stopping = false;
  private reading: Promise<void> | null = null;
  private again = false;
  private poll = 0;

  constructor() {
    new Door("/ws", {
      onOpen: () => this.enter(),
      onMessage: (message) => this.heard(message),
      onLost: () => this.lost(),
    });
    new Door("/ws/status", {
      onOpen: () => this.schedule(0),
      onMessage: (message) => {
        if (message.type !== "status") return;
        this.facts.work(message.operation_in_progress === true, String(message.message));
        void this.readProjects();
      },
    });
    new LogTail(() => this.schedule(0));
    setInterval(() => this.tick(), 1000);
    document.addEventListener("visibilitychange", () => this.schedule(0));
  }

  private enter(): void {
    this.live = true;
    this.stopping = false;
    this.state("live");
    this.projects.lock(false);
    void this.readProjects().then(() => this.readSaves());
    this.schedule(0);
  }

  /** What was saved while nobody listened; without an event log that stays unknown. */
  private async readSaves(): Promise<void> {
    const saves = await daemon.saves().catch(() => []);
    for (const save of saves) this.projects.note(save.data.project, { files: save.data.files, at: save.timestamp * 1000 });
  }

  private lost(): void {
    this.live = false;
    this.channels.pause();
    this.state("lost");
    this.facts.lost();
    this.projects.lock(true);
    const banner = byId("offline");
    if (!banner.hidden) return;
    byId("offline-title").textContent = t(this.stopping ? "dash.offline.stopped" : "dash.offline");
    byId("offline-since").textContent = t("dash.offline.since", { time: time(Date.now()) });
    banner.hidden = false;
  }

  private state(state: "connecting" | "live" | "lost"): void {
    const status = byId("status");
    document.body.dataset.connection = state;
    if (state === "live") byId("offline").hidden = true;
    if (status.dataset.state === state) return;
    status.dataset.state = state;
    status.textContent = t(`status.${state}`);
  }

  private heard(message: Message): void {
    if (message.type === "daemon.shutdown") this.stopping = true;
    if (message.type === "watch.event" && !message.more) {
      this.projects.note(String(message.project), { files: message.files as string[], at: Date.now() });
    }
    if (message.type === "watch.event" || message.type === "watch.status") void this.readProjects();
  }

  /** One reading at a time; what happens meanwhile leads to another one. */
  private readProjects(): Promise<void> {
    if (this.reading !== null) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.readUntilQuiet().finally(() => (this.reading = null));
    return this.reading;
  }

  private async readUntilQuiet(): Promise<void> {
    do {
      this.again = false;
      try {
        const [projects, watchers] = await Promise.all([daemon.projects(), daemon.watchers()]);
        this.projects.show(projects, watchers);
        byId("trouble").hidden = true;
      } catch (error) {
        this.complain(error as Error);
      }
    } while (this.again);
  }

  private complain(error: Error): void {
    // While the connection is lost the banner says so already.
    byId("trouble").hidden = !this.live;
    byId("trouble").textContent = `${error.message} ${(error as { suggestion?: string }).suggestion ?? ""}`;
  }

  private schedule(pause: number): void {
    clearTimeout(this.poll);
    if (!this.live) return;
    if (document.visibilityState === "hidden") return this.channels.pause();
    this.poll = window.setTimeout(() => void this.look(), Math.max(pause, 50)); // several wishes, one look
  }

  private async look(): Promise<void> {
    try {
      const [status, stats, channels] = await Promise.all([daemon.status(), daemon.stats(), daemon.channels()]);
      this.facts.show(status);
      this.channels.show(channels, stats);
    } catch {
      this.channels.pause();
    }
    this.schedule(every);
  }

  private tick(): void {
    if (document.visibilityState === "hidden") return;
    if (this.live) this.facts.tick();
    this.projects.tick();
  }
}

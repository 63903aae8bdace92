// SPDX-License-Identifier: MIT
// One WebSocket that comes back: exponential pauses, at once when the page or the network wakes. After a
// break it asks for what it missed, from the last number it saw on.
import type { StoryDiff } from "./api";
import type { HistoryEvent } from "./history_api";
import type { RulesEvent } from "./rules_api";

export interface PathsUpdate {
  type: "pilot.paths.update"; project: string; root: string; generation: number;
  added: string[]; removed: string[]; changed: string[]; files: string[]; summary: string[];
}

export interface StoryDiffEvent extends StoryDiff { type: "story.diff"; project: string; root: string; generation: number; files: string[] }

export interface Listener {
  /** The subscription stands: from here on nothing is missed, so everything is to be fetched now. */
  onOpen(): void;
  onLost(): void;
  onUpdate(update: PathsUpdate): void;
  onDiff(diff: StoryDiffEvent): void;
  onHistory(event: HistoryEvent): void;
  onRules(event: RulesEvent): void;
}

const shortest = 500;
const longest = 10_000;
const silence = 75_000; // the daemon pings every 30 s; browsers answer those unseen, so we ask ourselves
const diffs = "story";

export class LiveSocket {
  private socket: WebSocket | null = null;
  private pause = shortest;
  private retry = 0;
  private heard = 0;
  private since: { epoch: string; seq: number } | null = null; // of the last diff that was seen

  constructor(private readonly channel: string, private readonly listener: Listener) {
    addEventListener("online", () => this.connectNow());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.connectNow();
    });
    this.connect();
  }

  private connectNow(): void {
    if (this.socket !== null && this.socket.readyState <= WebSocket.OPEN) return;
    this.pause = shortest;
    clearTimeout(this.retry);
    this.connect();
  }

  private connect(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.socket = socket;
    // A socket that another one has replaced says nothing any more.
    let probe = 0;
    const current = () => this.socket === socket;
    socket.onopen = () => {
      if (!current()) return socket.close();
      this.pause = shortest;
      this.heard = Date.now();
      socket.send(JSON.stringify({ type: "sub", channel: diffs, ...(this.since ? { since: this.since } : {}) }));
      for (const channel of ["history", "governance", this.channel]) socket.send(JSON.stringify({ type: "sub", channel })); // the last one's answer tells that all stand
      probe = window.setInterval(() => this.check(socket), silence / 3);
    };
    socket.onmessage = (event) => {
      if (current()) this.receive(event.data);
    };
    socket.onclose = () => {
      clearInterval(probe);
      if (current()) this.lost();
    };
  }

  private check(socket: WebSocket): void {
    if (Date.now() - this.heard > silence) socket.close();
    else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "ping" }));
  }

  private receive(data: unknown): void {
    this.heard = Date.now();
    const message = JSON.parse(String(data));
    if (message.type === "subscribed" && message.channel === this.channel) this.listener.onOpen();
    // What was missed follows this answer, so the number stays until it came; a new epoch begins anew.
    if (message.type === "subscribed" && message.channel === diffs && this.since?.epoch !== message.epoch) {
      this.since = { epoch: message.epoch, seq: message.seq };
    }
    if (message.type === "pilot.paths.update") this.listener.onUpdate(message as PathsUpdate);
    if (String(message.type).startsWith("history.")) this.listener.onHistory(message as HistoryEvent);
    if (String(message.type).startsWith("governance.")) this.listener.onRules(message as RulesEvent);
    if (message.type === "story.diff" && message.channel === diffs) {
      if (this.since) this.since.seq = message.seq;
      this.listener.onDiff(message as StoryDiffEvent);
    }
  }

  private lost(): void {
    this.socket = null;
    this.listener.onLost();
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, longest);
  }
}

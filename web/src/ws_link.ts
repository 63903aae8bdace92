// SPDX-License-Identifier: MIT
// One connection that comes back and takes its subscriptions up where they broke off. What came is
// judged by its numbers: gaps and doubles are found here, whatever the daemon says.
import { doors, isWildcard, type Message, named, origin, read, type Settings, spell, target } from "./ws_wire";

export type State = "closed" | "connecting" | "live" | "lost";

export interface Channel {
  name: string;
  /** `door`: the door or the client_id gave it; `heard`: a wildcard brings it. */
  kind: "wanted" | "door" | "heard";
  on: boolean;
  count: number;
  last: number | null;
  epoch: string | null;
  missing: number;
  doubles: number;
  outcome: "" | "recovered" | "refetch";
  /** The number we asked to go on after, while the answer is due. */
  since: number | null;
  /** Came while the answer was due; a replay may bring them again. */
  early: Set<number>;
  replayUntil: number;
  /** First event since a reconnect not yet seen. */
  unsure: boolean;
}

export interface LinkEvents {
  onState(): void;
  onFrame(direction: "in" | "out", raw: string, message: Message, mark: string): void;
  onNote(text: string, channel: string): void;
  onChannels(): void;
}

const shortest = 500;
const longest = 10_000;
const mostHeard = 500;
const reasons: Record<number, string> = {
  1000: "closed", 1001: "going away", 1005: "closed", 1006: "broken off", 1008: "refused", 1009: "message too big", 1011: "the daemon failed", 1013: "read too slowly",
};

export class Link {
  readonly channels = new Map<string, Channel>();
  state: State = "closed";
  connectionId = "";
  attempt = 0;
  opened = 0;
  reconnects = true;
  answersPings = true;
  private socket: WebSocket | null = null;
  private epoch: string | null = null;
  private retry = 0;
  private wasOpen = false;

  constructor(public settings: Settings, private readonly events: LinkEvents) {
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.hurry();
    });
  }

  connect(settings: Settings): void {
    this.settings = settings;
    this.attempt = 0;
    this.wasOpen = false;
    const gives = settings.door === "/ws/channel" ? [settings.name] : doors[settings.door]!.gives;
    for (const channel of this.channels.values()) if (channel.kind === "door" && !gives.includes(channel.name)) this.channels.delete(channel.name);
    for (const name of gives) this.want(name, "door");
    this.open();
  }

  disconnect(): void {
    clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.rest();
    if (this.state !== "closed") this.events.onNote("Disconnected.", "");
    this.enter("closed");
  }

  /** Breaks the connection off as a bad network would. */
  drop(): void {
    const socket = this.socket;
    socket?.close(1000);
    if (socket !== null) this.lost(socket, "dropped by hand");
  }

  send(raw: string): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(raw);
    const message = read(raw);
    this.events.onFrame("out", raw, message, "");
    if (message.type === "sub" || message.type === "subscribe") this.noteAsked(message.body);
    return true;
  }

  /** At once, or with the next connection. */
  subscribe(names: string[]): void {
    for (const name of names) this.want(name, "wanted").kind = "wanted";
    if (this.state === "live" && names.length > 0) this.send(this.asking(names));
    this.events.onChannels();
  }

  unsubscribe(name: string): void {
    const channel = this.channels.get(name);
    if (this.state !== "live" || channel === undefined) this.channels.delete(name);
    else this.send(spell(this.settings, "unsubscribe", { channel: name }));
    this.events.onChannels();
  }

  wanted(): string[] {
    return [...this.channels.values()].filter((channel) => channel.kind === "wanted").map((channel) => channel.name);
  }

  private asking(names: string[]): string {
    return spell(this.settings, "subscribe", names.length === 1 ? { channel: names[0] } : { channels: names });
  }

  private enter(state: State): void {
    this.state = state;
    if (state !== "live") this.connectionId = "";
    this.events.onState();
    this.events.onChannels();
  }

  private hurry(): void {
    if (this.state !== "lost") return;
    clearTimeout(this.retry);
    this.open();
  }

  private open(): void {
    const socket = new WebSocket(origin() + target(this.settings));
    this.socket = socket;
    socket.onopen = () => this.resume();
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(String(event.data));
    };
    socket.onclose = (event) => this.lost(socket, `${event.code} ${event.reason || (reasons[event.code] ?? "")}`.trim());
    if (this.state !== "lost") this.enter("connecting");
  }

  private rest(): void {
    for (const channel of this.channels.values()) {
      channel.on = false;
      channel.since = null;
      channel.unsure = true;
    }
  }

  private lost(socket: WebSocket, why: string): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.rest();
    if (this.state === "live") this.events.onNote(`Connection lost: ${why}.`, "");
    else if (this.attempt === 0) void this.explain();
    if (!this.reconnects) return this.enter("closed");
    const pause = Math.min(shortest * 2 ** this.attempt, longest) * (0.8 + Math.random() * 0.4);
    this.attempt++;
    this.retry = window.setTimeout(() => this.open(), pause);
    this.enter("lost");
  }

  /** A browser does not say why a handshake failed; the same question over HTTP does. */
  private async explain(): Promise<void> {
    try {
      const answer = await fetch("/api/ws/info", { headers: this.settings.token === "" ? {} : { "X-BranchPy-Token": this.settings.token } });
      const payload = answer.ok ? {} : await answer.json();
      if (!answer.ok) this.events.onNote(`Could not connect: ${payload.message ?? answer.statusText} ${payload.suggestion ?? ""}`.trim(), "");
      else this.events.onNote("Could not connect: the daemon answers, but refused this door.", "");
    } catch {
      this.events.onNote("Could not connect: the daemon does not answer.", "");
    }
  }

  /** Connected: new subscriptions in one message, broken ones each with where it stood. */
  private resume(): void {
    this.attempt = 0;
    this.opened = Date.now();
    this.events.onNote(this.wasOpen ? "Connected again." : `Connected to ${target(this.settings, "")}.`, "");
    this.wasOpen = true;
    this.enter("live");
    const own = this.settings.door === "/ws/channel" ? this.settings.name : null;
    const fresh: string[] = [];
    for (const channel of this.channels.values()) {
      if (channel.kind === "heard") continue;
      if (isWildcard(channel.name) || channel.last === null || channel.epoch === null) {
        if (channel.name !== own) fresh.push(channel.name);
      } else {
        this.send(spell(this.settings, "subscribe", { channel: channel.name, since: { epoch: channel.epoch, seq: channel.last } }));
      }
    }
    if (fresh.length > 0) this.send(this.asking(fresh));
  }

  private want(name: string, kind: "wanted" | "door"): Channel {
    const channel = this.channels.get(name) ?? this.add(name, kind);
    if (channel.kind === "heard") channel.kind = kind;
    return channel;
  }

  private add(name: string, kind: Channel["kind"]): Channel {
    const channel: Channel = {
      name, kind, on: false, count: 0, last: null, epoch: null, missing: 0, doubles: 0, outcome: "",
      since: null, early: new Set(), replayUntil: 0, unsure: false,
    };
    if (kind === "heard" && this.channels.size >= mostHeard) {
      for (const other of this.channels.values()) {
        if (other.kind !== "heard") continue;
        this.channels.delete(other.name);
        break;
      }
    }
    this.channels.set(name, channel);
    return channel;
  }

  private noteAsked(body: Record<string, unknown>): void {
    const since = body.since as { seq?: unknown } | undefined;
    for (const name of named(body)) {
      const channel = this.want(name, "wanted");
      if (typeof since?.seq !== "number") continue;
      channel.since = since.seq;
      channel.early.clear();
    }
    this.events.onChannels();
  }

  private receive(raw: string): void {
    const message = read(raw);
    const mark = message.isEvent ? this.judge(message.channel, message.seq!) : "";
    this.events.onFrame("in", raw, message, mark);
    if (message.isEvent) return this.events.onChannels();
    if (message.type === "subscribed") this.subscribed(message);
    else if (message.type === "unsubscribed") this.unsubscribed(message.channel);
    else if (message.type === "ping" && this.answersPings) this.send('{"type":"pong"}');
    else if (message.type === "connected") {
      this.connectionId = String(message.body.connection_id ?? "");
      this.events.onState();
    }
  }

  private unsubscribed(name: string): void {
    this.channels.delete(name);
    this.events.onChannels();
  }

  private subscribed(message: Message): void {
    const channel = this.want(message.channel, "door");
    const { recovered } = message.body;
    const epoch = typeof message.body.epoch === "string" ? message.body.epoch : null;
    channel.on = true;
    channel.unsure = false;
    if (epoch !== null) this.noteEpoch(epoch);
    if (channel.since !== null && typeof recovered === "boolean") {
      const replayed = recovered ? (message.seq ?? channel.since) - channel.since : 0;
      channel.outcome = recovered ? "recovered" : "refetch";
      channel.last = recovered ? channel.since : message.seq;
      channel.replayUntil = recovered ? message.seq ?? 0 : 0;
      if (!recovered) channel.early.clear();
      channel.since = null;
      channel.epoch = epoch;
      this.events.onNote(recovered ? `${channel.name} recovered: ${replayed} replayed.` : `${channel.name}: refetch needed, the log does not reach back.`, channel.name);
    } else if (channel.since === null) { // else: the door's own greeting, our answer is still due
      const anew = channel.epoch !== null && channel.epoch !== epoch;
      if (anew) channel.outcome = "refetch";
      if (channel.last === null || anew) channel.last = message.seq;
      channel.epoch = epoch;
    }
    this.events.onChannels();
  }

  /** One epoch for the whole log: with a new one every numbering is new. */
  private noteEpoch(epoch: string): void {
    if (this.epoch !== null && this.epoch !== epoch) {
      for (const channel of this.channels.values()) {
        if (channel.kind !== "heard") continue;
        channel.last = null;
        channel.outcome = "refetch";
      }
    }
    if (this.epoch === epoch) for (const channel of this.channels.values()) if (channel.kind === "heard") channel.unsure = false;
    this.epoch = epoch;
  }

  private judge(name: string, seq: number): string {
    const channel = this.channels.get(name) ?? this.add(name, "heard");
    channel.count++;
    if (channel.since !== null) {
      channel.early.add(seq);
      return "";
    }
    if (channel.unsure && channel.last !== null && seq <= channel.last) { // nobody named the epoch: a new log
      channel.last = null;
      channel.outcome = "refetch";
    }
    channel.unsure = false;
    if (channel.last === null) {
      channel.last = seq;
      return "";
    }
    while (channel.early.has(channel.last + 1)) channel.last++;
    if (seq <= channel.last) {
      if (channel.early.delete(seq)) return "replayed";
      channel.doubles++;
      return "double";
    }
    const skipped = seq - channel.last - 1;
    channel.last = seq;
    channel.missing += skipped;
    if (skipped > 0) return `${skipped} missing before`;
    return seq <= channel.replayUntil ? "replayed" : "";
  }
}

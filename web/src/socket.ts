// SPDX-License-Identifier: MIT
// One WebSocket that comes back: exponential pauses, at once when the page or the network wakes.

export interface PathsUpdate {
  type: "pilot.paths.update";
  project: string;
  root: string;
  added: string[];
  removed: string[];
  changed: string[];
  files: string[];
  summary: string[];
}

export interface Listener {
  onOpen(): void;
  onLost(): void;
  onUpdate(update: PathsUpdate): void;
}

const shortest = 500;
const longest = 10_000;
const silence = 75_000; // the daemon pings every 30 s; browsers answer those unseen, so we ask ourselves

export class LiveSocket {
  private socket: WebSocket | null = null;
  private pause = shortest;
  private retry = 0;
  private probe = 0;
  private heard = 0;

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
    socket.onopen = () => {
      this.pause = shortest;
      this.heard = Date.now();
      socket.send(JSON.stringify({ type: "sub", channel: this.channel }));
      this.probe = window.setInterval(() => this.check(socket), silence / 3);
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = () => this.lost();
  }

  private check(socket: WebSocket): void {
    if (Date.now() - this.heard > silence) socket.close();
    else socket.send(JSON.stringify({ type: "ping" }));
  }

  private receive(data: unknown): void {
    this.heard = Date.now();
    const message = JSON.parse(String(data));
    // Only now is nothing missed: the page fetches everything once the subscription stands.
    if (message.type === "subscribed" && message.channel === this.channel) this.listener.onOpen();
    if (message.type === "pilot.paths.update") this.listener.onUpdate(message as PathsUpdate);
  }

  private lost(): void {
    clearInterval(this.probe);
    this.socket = null;
    this.listener.onLost();
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, longest);
  }
}

// SPDX-License-Identifier: MIT
// A door of the daemon that is opened again when it falls shut: growing pauses, at once when the
// page or the network wakes.

export interface Message {
  type: string;
  [name: string]: unknown;
}

export interface Visitor {
  onOpen?(): void;
  onMessage(message: Message): void;
  onLost?(): void;
}

const shortest = 500;
const longest = 10_000;
const silence = 75_000; // browsers answer the daemon's pings unseen, so we ask ourselves

export class Door {
  private socket: WebSocket | null = null;
  private pause = shortest;
  private retry = 0;
  private probe = 0;
  private heard = 0;

  constructor(private target: string, private readonly visitor: Visitor) {
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.hurry();
    });
    this.open();
  }

  /** Goes to another address; what comes of the old one is not told any more. */
  move(target: string): void {
    this.target = target;
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.rest();
    this.open();
  }

  private hurry(): void {
    if (this.socket !== null && this.socket.readyState <= WebSocket.OPEN) return;
    this.rest();
    this.open();
  }

  private rest(): void {
    this.pause = shortest;
    clearTimeout(this.retry);
    clearInterval(this.probe);
  }

  private open(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.target}`);
    this.socket = socket;
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.pause = shortest;
      this.heard = Date.now();
      clearInterval(this.probe);
      this.probe = window.setInterval(() => this.check(socket), silence / 3);
      this.visitor.onOpen?.();
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.heard = Date.now();
      this.visitor.onMessage(JSON.parse(String(event.data)) as Message);
    };
    socket.onclose = () => this.lost(socket);
  }

  private check(socket: WebSocket): void {
    if (Date.now() - this.heard > silence) socket.close();
    else socket.send('{"type":"ping"}');
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.probe);
    this.visitor.onLost?.();
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(this.pause * 2, longest);
  }
}

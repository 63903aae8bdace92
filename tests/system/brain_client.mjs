// SPDX-License-Identifier: MIT
// The BRAiN document's conversation with npm's ws, on both ports.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { WebSocket } = createRequire(new URL("../../web/package.json", import.meta.url))("ws");
const [wsPort, httpPort] = process.argv.slice(2);
let checks = 0;
const check = (condition, what) => { assert.ok(condition, what); checks += 1; };

class Client {
  constructor(url, options) {
    this.socket = new WebSocket(url, options);
    this.waiting = [];
    this.messages = [];
    this.socket.on("message", (data, binary) => {
      assert.equal(binary, false);
      const message = JSON.parse(data.toString());
      if (message.type === "ping") this.send({ type: "pong" });
      const waiter = this.waiting.shift();
      if (waiter) waiter(message); else this.messages.push(message);
    });
  }
  open() { return new Promise((resolve, reject) => { this.socket.on("open", resolve); this.socket.on("error", reject); }); }
  send(message) { this.socket.send(JSON.stringify(message)); }
  next() { return this.messages.length > 0 ? Promise.resolve(this.messages.shift()) : new Promise((resolve) => this.waiting.push(resolve)); }
  close() { return new Promise((resolve) => { this.socket.on("close", (code) => resolve(code)); this.socket.close(1000, "done"); }); }
}

for (const [port, options, path] of [[wsPort, {}, ""], [httpPort, { perMessageDeflate: true }, "?compress=1"]]) {
  const client = new Client(`ws://127.0.0.1:${port}/ws/connect${path}`, options);
  await client.open();
  check((client.socket.extensions === "permessage-deflate") === (path !== ""), "compression only for who asks");
  check((await client.next()).type === "connected", "welcome");
  client.send({ type: "subscribe", channel: "missions" });
  check((await client.next()).type === "subscribed", "confirmation");
  const message = { text: "grüße ".repeat(200) };
  const response = await fetch(`http://127.0.0.1:${httpPort}/api/ws/broadcast`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel: "missions", message, type: "mission_update" }),
  });
  check(response.status === 202, "accepted");
  const event = await client.next();
  assert.deepEqual(event.data, message);
  check(event.type === "mission_update" && event.channel === "missions" && typeof event.timestamp === "number", "the event");
  check(await client.close() === 1000, "a clean close");
}
console.log(`${checks} checks`);
process.exit(0);

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

async function post(route, body) {
  const response = await fetch(`http://127.0.0.1:${httpPort}${route}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(response.status, 202);
  return response.json();
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
  client.send({ type: "ping" });
  check((await client.next()).type === "pong", "pong");
  client.send({ type: "dance" });
  check((await client.next()).code === "BPY-1005", "an error, and the socket stays");
  client.send({ type: "unsubscribe", channel: "missions" });
  const ended = await client.next();
  check(ended.type === "unsubscribed" && ended.channel === "missions", "the end of a subscription");
  await post("/api/ws/broadcast", { channel: "missions", message: 1 });
  client.send({ type: "ping" });
  check((await client.next()).type === "pong", "and no event before it");

  const direct = new Client(`ws://127.0.0.1:${port}/ws/channel/agents${path}${path === "" ? "?" : "&"}token=optional&user_id=ann`, options);
  await direct.open();
  check((await direct.next()).type === "connected", "the channel door's welcome");
  const confirmed = await direct.next();
  check(confirmed.type === "subscribed" && confirmed.channel === "agents", "subscribed at once");
  check((await post("/api/ws/broadcast", { channel: "agents", message: { id: 1 }, type: "heartbeat" })).subscribers === 1, "one subscriber");
  check((await direct.next()).type === "heartbeat", "its event");
  check((await post("/api/ws/broadcast/all", { type: "system_announcement", data: { message: "soon" } })).total_connections === 2, "both are counted");
  for (const each of [client, direct]) {
    const announced = await each.next();
    check(announced.type === "system_announcement" && announced.channel === undefined, "everybody hears it");
  }
  check((await post("/api/ws/broadcast/user", { user: "ann", type: "note", data: 1 })).connections === 1, "a user's connections");
  check((await direct.next()).type === "note", "the user hears");
  const channel = await (await fetch(`http://127.0.0.1:${httpPort}/api/ws/channels/agents`)).json();
  check(channel.connection_ids.length === 1, "who listens");
  check(await direct.close() === 1000, "a clean close of the channel door");
  check(await client.close() === 1000, "a clean close");
}
console.log(`${checks} checks`);
process.exit(0);

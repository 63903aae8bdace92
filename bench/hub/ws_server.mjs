// SPDX-License-Identifier: MIT
// npm's ws as its README broadcasts.
import { createRequire } from "node:module";
const { WebSocketServer, WebSocket } = createRequire(process.argv[3])("ws");
const subscribers = new Set();
new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false, backlog: 4096 }).on("connection", (socket, request) => {
  socket.on("error", () => {});
  if (request.url !== "/publish") {
    subscribers.add(socket);
    socket.on("close", () => subscribers.delete(socket));
    return;
  }
  socket.on("message", (data) => {
    for (const each of subscribers) if (each.readyState === WebSocket.OPEN) each.send(data, { binary: false });
  });
});

// SPDX-License-Identifier: MIT
// npm's @parcel/watcher on inotify (of itself it would start a watchman where there is one): "ready",
// then a line for each event: "?" (it does not say whether it is a folder), a blank, the path.
//   node parcel.mjs FOLDER_OF_NODE_MODULES ROOT
import { createRequire } from "node:module";
import { join } from "node:path";
const watcher = createRequire(join(process.argv[2], "x.js"))("@parcel/watcher");
await watcher.subscribe(process.argv[3], (error, events) => {
  if (error) process.stdout.write(`trouble ${error.message.split("\n")[0]}\n`);
  else process.stdout.write(events.map((event) => `? ${event.path}\n`).join(""));
}, { backend: "inotify" });
process.stdout.write("ready\n");

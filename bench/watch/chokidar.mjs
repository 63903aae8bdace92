// SPDX-License-Identifier: MIT
// npm's chokidar as its README watches: "ready", then a line for each event: D or F, a blank, the path.
//   node chokidar.mjs FOLDER_OF_NODE_MODULES ROOT
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
const { watch } = await import(pathToFileURL(createRequire(join(process.argv[2], "x.js")).resolve("chokidar")));
watch(process.argv[3], { ignoreInitial: true })
  .on("ready", () => process.stdout.write("ready\n"))
  .on("error", (error) => process.stdout.write(`trouble ${error.message.split("\n")[0]}\n`))
  .on("all", (event, path) => process.stdout.write(`${event.endsWith("Dir") ? "D" : "F"} ${path}\n`));

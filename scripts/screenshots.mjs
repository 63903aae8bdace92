#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Takes the pictures in docs/images from the release build, in a real browser.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Daemon, launch, makeFolder, openPage, Story } from "../tests/web/harness.mjs";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
process.env.BPYD_BIN ??= join(top, "build/release/bpyd");
const images = join(top, "docs/images");
mkdirSync(images, { recursive: true });

const place = makeFolder();
const daemon = new Daemon(place.folder);
const story = new Story(place.folder);
await daemon.start("--project", story.root);
const browser = await launch();
// A picture that cannot be taken ends everything: a daemon left behind would keep this running.
process.on("uncaughtException", (fault) => {
  console.error(fault.message);
  daemon.end("SIGKILL").finally(() => process.exit(1));
});
const view = "/pilot/view?project=lighthouse&path=p001&lane=p002";
const drawn = (page) => page.locator(".lane").last().locator("svg .node").first().waitFor();
const shoot = (page, name) => page.screenshot({ path: join(images, `${name}.png`) });

for (const colorScheme of ["light", "dark"]) {
  const page = await openPage(browser, daemon, view, { colorScheme });
  await drawn(page);
  await page.locator('#status[data-state="live"]').waitFor();
  story.save((text) => text.replace(/"(Search|Comb) the wreck for the lamp":/, (_, verb) => `"${verb === "Search" ? "Comb" : "Search"} the wreck for the lamp":`));
  await page.locator("#changes li").first().waitFor();
  await page.locator(".lane svg", { hasText: colorScheme === "light" ? "Comb" : "Search" }).first().waitFor();
  await page.locator(".lane.changed").first().evaluate((lane) => Promise.all(lane.getAnimations().map((a) => a.finished)));
  await shoot(page, `pilot-${colorScheme}`);
  await page.context().close();
}
const narrow = await openPage(browser, daemon, view, { viewport: { width: 420, height: 900 } });
await drawn(narrow);
await shoot(narrow, "pilot-narrow");
const start = await openPage(browser, daemon, "/");
await start.getByRole("link", { name: "The Lighthouse" }).waitFor();
await start.locator("#memory", { hasText: "MiB" }).waitFor();
await start.locator("#log .line").first().waitFor();
await shoot(start, "start");
const tester = await openPage(browser, daemon, "/static/websocket_test.html");
await tester.getByRole("button", { name: "Connect", exact: true }).click();
await tester.getByRole("combobox", { name: "Subscribe to" }).fill("missions");
await tester.getByRole("button", { name: "Subscribe", exact: true }).click();
await tester.evaluate(async () => {
  for (let id = 1; id <= 12; id += 1) {
    const body = JSON.stringify({ channel: "missions", type: id % 4 ? "mission_update" : "mission_completed", message: { mission_id: `mission_${id}`, status: id % 4 ? "running" : "completed" } });
    await fetch("/api/ws/broadcast", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }
});
await tester.getByText("mission_12").first().waitFor();
await shoot(tester, "websocket-test");
const error = await openPage(browser, daemon, "/pilot/view?project=nowhere");
await shoot(error, "error");
await daemon.end("SIGKILL");
await narrow.locator('#status[data-state="lost"]').waitFor();
await shoot(narrow, "reconnecting");
await daemon.start("--project", story.root);
story.save(() => "# nothing yet\n");
const empty = await openPage(browser, daemon, "/pilot/view?project=lighthouse");
await empty.locator('#state[data-kind="empty"]').waitFor();
await shoot(empty, "empty");
await daemon.end("SIGTERM");
await browser.close();
place.remove();
console.log(`pictures in ${images}`);

#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Takes the pictures in docs/images from the release build, in a real browser: each view, light and dark.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
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
const large = join(place.folder, "saga");
execFileSync(join(top, "scripts/gen-story"), [large, "--labels", "10000"]);
const projects = ["--project", story.root, "--project", large];
const demo = "/usr/share/games/renpy/demo"; // Debian's renpy-demo
if (existsSync(demo)) {
  cpSync(demo, join(place.folder, "demo"), { recursive: true, dereference: true });
  projects.push("--project", join(place.folder, "demo"));
}
const git = (...command) => execFileSync("git", ["-c", "user.name=Mara", "-c", "user.email=mara@example.org", "-c", "commit.gpgsign=false", ...command], { cwd: story.root });
git("init", "-q");
git("add", "-A");
git("commit", "-qm", "First draft of the lighthouse");
await daemon.start(...projects);
const browser = await launch();
// A picture that cannot be taken ends everything: a daemon left behind would keep this running.
process.on("uncaughtException", (fault) => {
  console.error(fault.message);
  daemon.end("SIGKILL").finally(() => process.exit(1));
});

let colorScheme = "light";
const steps = (page) => page.locator("#lane-body .step").first().waitFor();
const mapReady = (page) => page.locator('.story-map[data-state="ready"]').waitFor();
const live = (page) => page.locator('#status[data-state="live"]').waitFor();
const still = (page) => page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished)));
const two = "/pilot/view?project=lighthouse&path=p001&lane=p002";

/** Opens, waits, takes the picture `name-light` or `name-dark`, and closes. */
async function picture(name, target, ready, options = {}) {
  const page = await openPage(browser, daemon, target, { colorScheme, viewport: { width: 1280, height: 800 }, ...options });
  await ready(page);
  await still(page);
  await page.screenshot({ path: join(images, `${name}-${colorScheme}.png`) });
  await page.context().close();
}

async function saved(page) {
  await steps(page);
  await live(page);
  const verb = colorScheme === "light" ? "Comb" : "Search";
  story.save((text) => text.replace(/"(Search|Comb) the wreck for the lamp":/, `"${verb} the wreck for the lamp":`));
  await page.locator("#changes li").first().waitFor();
  await page.locator(".step", { hasText: `${verb} the wreck` }).first().waitFor();
}

async function near(page) {
  await mapReady(page);
  await page.locator(".map-panel").getByRole("button", { name: /what leads here/i }).click();
  await page.locator(".map-panel").getByText("Light the lamp").first().waitFor();
}

for (colorScheme of ["light", "dark"]) {
  await picture("lanes", two, saved);
  await picture("lanes-four", "/pilot/view?project=lighthouse&path=p001&lane=p004&lane=p003&lane=p002", steps, { viewport: { width: 1500, height: 950 } });
  await picture("drawing", `${two}&form=drawing`, (page) => page.locator(".canvas").last().locator("svg .node").first().waitFor());
  await picture("map", "/pilot/view?project=saga&view=map", mapReady, { viewport: { width: 1400, height: 900 } });
  await picture("map-near", "/pilot/view?project=lighthouse&view=map&label=signal&xy=330,520,1", near);
  await picture("problems", "/pilot/view?project=saga&view=problems", (page) => page.locator(".problem").first().waitFor());
  await picture("dashboard", "/", async (page) => {
    await page.getByRole("link", { name: "The Lighthouse" }).waitFor();
    await page.locator("#memory", { hasText: "MiB" }).waitFor();
    await page.locator("#log .line").first().waitFor();
  });
  await picture("error", "/pilot/view?project=nowhere", (page) => page.locator(".error-title").waitFor());
  await picture("narrow", two, steps, { viewport: { width: 420, height: 900 } });
}
if (existsSync(demo)) for (colorScheme of ["light", "dark"]) await picture("map-demo", "/pilot/view?project=demo&view=map", mapReady, { viewport: { width: 1400, height: 900 } });

for (colorScheme of ["light", "dark"]) {
  story.save((text) => text.replace('"A story":', '"A lie":').replace("label story:\n", 'label story:\n    m "The wind, and the one who whistles for it."\n').replace(/label wreck:\n\n/, "label wreck:\n    if trust > 3:\n        jump cabin\n\n"));
  await picture("then", "/pilot/view?project=lighthouse&view=then", (page) => page.locator(".path-change").first().waitFor());
  await picture("map-then", "/pilot/view?project=lighthouse&view=map&compare=HEAD&xy=330,460,0.8", async (page) => {
    await mapReady(page);
    await page.locator(".map-note", { hasText: "Compared" }).waitFor();
  });
  git("checkout", "-q", "game/script.rpy");
}

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
await tester.screenshot({ path: join(images, "websocket-test.png") });

const away = [];
for (colorScheme of ["light", "dark"]) away.push([colorScheme, await openPage(browser, daemon, two, { colorScheme })]);
for (const [, page] of away) {
  await steps(page);
  await live(page);
}
await daemon.end("SIGKILL");
for (const [scheme, page] of away) {
  await page.locator("#banner", { hasText: "away" }).waitFor();
  await page.screenshot({ path: join(images, `offline-${scheme}.png`) });
}
await daemon.start(...projects);
story.save(() => "# nothing yet\n");
for (colorScheme of ["light", "dark"]) await picture("empty", "/pilot/view?project=lighthouse", (page) => page.locator('#state[data-kind="empty"]').waitFor());

await daemon.end("SIGTERM");
await browser.close();
place.remove();
console.log(`pictures in ${images}`);

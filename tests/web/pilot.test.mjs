// SPDX-License-Identifier: MIT
// PILOT in a real browser on a real daemon.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Daemon, launch, makeFolder, openPage, Story } from "./harness.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");
const place = makeFolder();
const daemon = new Daemon(place.folder);
const story = new Story(place.folder);
let browser;

before(async () => {
  await daemon.start("--project", story.root);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon.end("SIGTERM");
  place.remove();
});

const drawn = (page, lane) => page.locator(".lane").nth(lane).locator("svg .node");
const live = (page) => page.locator('#status[data-state="live"]').waitFor();

async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

test("shows two lanes, drawn and told, and keeps them in the URL", async () => {
  const page = await openPage(browser, daemon, "/pilot/view?project=lighthouse&path=p001&session=abc");
  await drawn(page, 0).first().waitFor();
  await drawn(page, 1).first().waitFor();
  await live(page);
  assert.equal(await page.locator(".lane").count(), 2);
  assert.match(page.url(), /path=p001&lane=p002&session=abc/);
  assert.ok(await page.locator(".lane").first().locator(".step-choice").count() > 0);
  await page.locator(".lane").nth(1).locator("select").selectOption("p003");
  await page.waitForURL(/path=p001&lane=p003/);
  await page.locator("#add-lane").click();
  await drawn(page, 2).first().waitFor();
  await page.locator(".lane").nth(2).getByRole("button", { name: "Remove this lane" }).click();
  await page.waitForURL(/path=p001&lane=p003&session/);
  await close(page);
});

test("follows a save without a reload and says what changed", async () => {
  const page = await openPage(browser, daemon, "/pilot/view?project=lighthouse&path=p001");
  await live(page);
  await drawn(page, 0).first().waitFor();
  await page.evaluate(() => { window.stayed = true; });
  story.save((text) => text.replace('"Climb towards the voice":', '"Crawl towards the voice":'));
  await page.locator(".lane svg", { hasText: "Crawl towards the voice" }).first().waitFor();
  await page.locator("#changes li").first().waitFor();
  assert.match(await page.locator("#changes").innerText(), /Saved game\/script\.rpy/);
  assert.equal(await page.evaluate(() => window.stayed), true);
  story.save((text) => text.replace('"Crawl towards the voice":', '"Climb towards the voice":'));
  await page.locator(".lane svg", { hasText: "Climb towards the voice" }).first().waitFor();
  await close(page);
});

test("draws every character a writer may use, and runs none of it", async () => {
  const original = readFileSync(story.script, "utf8");
  const choice = `It's a_b *c* "d" <b>e</b> #f; &amp; (g) [h] | 100%% §日本`;
  story.save((text) => text.replace('"Climb towards the voice":', () => `${JSON.stringify(choice)}:`));
  const page = await openPage(browser, daemon, "/pilot/view?project=lighthouse&path=p001");
  await drawn(page, 0).first().waitFor();
  const words = (await page.locator(".lane").first().locator(".edgeLabel").allTextContents()).join(" ").replace(/\s+/g, "");
  assert.ok(words.includes(choice.replace("%%", "%").replace(/\s+/g, "")) || words.includes(choice.replace(/\s+/g, "")), words);
  story.save(() => original);
  await close(page);
});

test("says when a chosen path is gone and when there is none left", async () => {
  const original = readFileSync(story.script, "utf8");
  const page = await openPage(browser, daemon, "/pilot/view?project=lighthouse&path=p001&lane=p003");
  await live(page);
  await drawn(page, 1).first().waitFor();
  story.save(() => "label start:\n    \"The end.\"\n    return\n");
  await page.locator('.lane[data-state="gone"]').waitFor();
  assert.match(await page.locator('.lane[data-state="gone"] .notice').innerText(), /p003 is no longer in the story/);
  story.save(() => "# nothing\n");
  await page.locator('#state[data-kind="empty"]').waitFor();
  assert.match(await page.locator("#state").innerText(), /No paths yet[\s\S]*schema_status: empty/);
  story.save(() => original);
  await drawn(page, 0).first().waitFor();
  await close(page);
});

test("reconnects after the daemon was killed and restarted", async () => {
  const page = await openPage(browser, daemon, "/pilot/view?project=lighthouse&path=p001");
  await live(page);
  await daemon.end("SIGKILL");
  await page.locator('#status[data-state="lost"]').waitFor();
  assert.equal(await page.locator("#status").innerText(), "Reconnecting…");
  story.save((text) => text.replace("The storm throws you", "The gale throws you"));
  await daemon.start("--project", story.root);
  await live(page);
  await page.locator(".lane svg", { hasText: "The gale" }).first().waitFor();
  await close(page);
});

test("shows errors with their way out", async () => {
  const missing = await openPage(browser, daemon, "/");
  await missing.goto(`${daemon.base}/pilot/view?project=nowhere`);
  assert.equal(await missing.locator(".error-title").innerText(), "Project not found");
  assert.match(await missing.locator(".error-suggestion").innerText(), /lighthouse/);
  await missing.getByRole("button", { name: "Go Back" }).click();
  await missing.waitForURL(`${daemon.base}/`);
  await close(missing);
});

test("starts at a list of projects", async () => {
  const page = await openPage(browser, daemon, "/");
  const link = page.getByRole("link", { name: "The Lighthouse" });
  await link.click();
  await drawn(page, 0).first().waitFor();
  await close(page);
});

test("can be used with the keyboard alone", async () => {
  const page = await openPage(browser, daemon, "/pilot/view?project=lighthouse&path=p001&lane=p002");
  await drawn(page, 1).first().waitFor();
  await page.keyboard.press("Tab");
  const reached = [];
  for (let i = 0; i < 12; i++) {
    reached.push(await page.evaluate(() => document.activeElement?.tagName + "." + document.activeElement?.className));
    await page.keyboard.press("Tab");
  }
  for (const wanted of ["A.brand", "BUTTON.", "SELECT.", "BUTTON.quiet", "DIV.canvas", "SUMMARY."]) assert.ok(reached.includes(wanted), `${wanted} in ${reached}`);
  await close(page);
});

for (const colorScheme of ["light", "dark"]) {
  test(`has nothing serious for axe-core to find (${colorScheme})`, async () => {
    for (const target of ["/", "/docs", "/pilot/view?project=lighthouse&path=p001", "/pilot/view?project=nowhere"]) {
      const page = await openPage(browser, daemon, target, { colorScheme });
      if (target.includes("path=")) await drawn(page, 0).first().waitFor();
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
      const serious = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
      assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], target);
      await close(page);
    }
  });
}

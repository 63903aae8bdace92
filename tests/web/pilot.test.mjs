// SPDX-License-Identifier: MIT
// PILOT in a real browser on a real daemon: the sample story, and Debian's games.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Daemon, launch, makeFolder, openPage, Story, until } from "./harness.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { WebSocket } = require("ws");
const place = makeFolder();
const daemon = new Daemon(place.folder);
const story = new Story(place.folder);
const projects = ["--project", story.root];
const games = ["the_question", "demo"].filter((name) => existsSync(join("/usr/share/games/renpy", name, "game")));
let browser;
let editor;

/** An editor that hears of places to open: pages tell it, and follow no vscode: link. */
async function listen() {
  const socket = new WebSocket(`ws://127.0.0.1:${daemon.meta.ws_port}/ws`);
  const heard = [];
  const waiting = [];
  await new Promise((resolve) => {
    socket.on("open", () => socket.send(JSON.stringify({ type: "sub", channel: "editor" })));
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      if (message.type === "subscribed") resolve();
      if (message.type !== "editor.open") return;
      if (waiting.length > 0) waiting.shift()(message);
      else heard.push(message);
    });
  });
  return { next: () => (heard.length > 0 ? Promise.resolve(heard.shift()) : new Promise((resolve) => waiting.push(resolve))) };
}

before(async () => {
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "The first draft");
  for (const name of games) {
    cpSync(join("/usr/share/games/renpy", name), join(place.folder, name), { recursive: true, dereference: true });
    projects.push("--project", join(place.folder, name));
  }
  await daemon.start(...projects);
  editor = await listen();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon.end("SIGTERM");
  place.remove();
});

function git(...command) {
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", ...command], { cwd: story.root });
}

const original = readFileSync(story.script, "utf8");
beforeEach(async () => {
  if (readFileSync(story.script, "utf8") === original) return; // a test that failed left it otherwise
  story.save(() => original);
  const sync = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project: "lighthouse" }) };
  await fetch(`${daemon.base}/api/watch/sync`, sync);
});

const view = (more = "&path=p001&lane=p002") => `/pilot/view?project=lighthouse${more}`;
const steps = (page) => page.locator("#lane-body .step");
const step = (page, text) => steps(page).filter({ hasText: text });
const live = (page) => page.locator('#status[data-state="live"]').waitFor();
const mapReady = (page) => page.locator('.story-map[data-state="ready"]').waitFor();
const tab = (page, name) => page.getByRole("tab", { name });

async function open(target, options) {
  const page = await openPage(browser, daemon, target, options);
  await live(page);
  return page;
}

async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

test("shows what two paths share, where they part and where they meet", async () => {
  const page = await open(view());
  await steps(page).first().waitFor();
  assert.equal(await page.locator(".lane").count(), 2);
  const shared = page.locator(".band.shared");
  assert.match(await shared.first().innerText(), /The storm throws you/);
  assert.match(await page.locator(".branch").nth(0).innerText(), /Climb towards the voice/);
  assert.match(await page.locator(".branch").nth(1).innerText(), /Search the wreck for the lamp/);
  assert.match(await shared.nth(1).innerText(), /stairs/);
  const boxes = await Promise.all([shared.nth(0), page.locator(".branch").nth(0), page.locator(".branch").nth(1), shared.nth(1)].map((part) => part.boundingBox()));
  assert.ok(boxes[0].width > boxes[1].width * 1.8, "a shared band runs over both columns");
  assert.ok(Math.abs(boxes[1].y - boxes[2].y) < 2 && boxes[2].x > boxes[1].x + boxes[1].width - 2, "branches are side by side");
  assert.ok(boxes[3].y >= boxes[1].y + boxes[1].height, "they meet below");
  assert.ok(await page.locator(".lines-part path").count() >= 2 && await page.locator(".lines-meet path").count() >= 2);
  assert.match(await step(page, "trust").first().innerText(), /trust\s+0 → 1/);
  assert.match(await step(page, "trust > 1").first().innerText(), /holds/);
  await close(page);
});

test("lanes are added, chosen by ending, by words, through a label, and kept in the URL", async () => {
  const page = await open(view());
  await page.locator("#add-lane").click();
  await page.waitForURL(/lane=p003/);
  await page.locator(".lane").nth(2).getByRole("button", { name: "Remove this lane" }).click();
  await page.waitForURL((url) => !url.search.includes("p003"));
  await page.locator(".lane-choose").nth(1).click();
  await page.locator("#chooser-ending").selectOption("reunion");
  const options = page.locator("#chooser-list .option");
  for (const text of await options.allInnerTexts()) assert.match(text, /reunion/);
  await page.locator("#chooser-ending").selectOption("");
  await page.locator("#chooser-search").fill("lamp instead");
  assert.equal(await options.count(), 1);
  await options.first().click();
  await page.waitForURL(/lane=p003/);
  await page.locator(".lane-choose").nth(1).click();
  await page.getByLabel("Through labels").fill("wreck");
  await page.getByRole("button", { name: "Find" }).click();
  await options.filter({ hasText: "q1" }).click();
  await page.waitForURL(/lane=through%3Awreck%231/);
  await page.locator(".lane").nth(1).locator(".lane-name", { hasText: "Search the wreck" }).waitFor();
  const before = await page.locator("#lane-body").textContent();
  await page.reload();
  await steps(page).first().waitFor();
  await page.locator(".lane").nth(1).locator(".lane-name", { hasText: "Search the wreck" }).waitFor();
  assert.equal(await page.locator("#lane-body").textContent(), before);
  await close(page);
});

test("one decision made otherwise opens a lane that says so", async () => {
  const page = await open(view("&path=p001"));
  await page.locator(".other", { hasText: "A story" }).first().click();
  await page.locator(".badge", { hasText: "differs from p001 only here" }).waitFor();
  assert.match(page.url(), /p001%7Egame%2Fscript.rpy%3A44/);
  await close(page);
});

test("follows a save without a reload, keeps the scroll, says what changed", async () => {
  const page = await open(view(), { viewport: { width: 900, height: 420 } });
  await steps(page).first().waitFor();
  await page.evaluate(() => { window.stayed = true; });
  const anchor = step(page, "The truth").first();
  await anchor.scrollIntoViewIfNeeded();
  await anchor.focus();
  const y = (await anchor.boundingBox()).y;
  story.save((text) => text.replace('"Climb towards the voice":', '"Crawl towards the voice":'));
  await step(page, "Crawl towards the voice").first().waitFor({ state: "attached" });
  assert.equal(await page.locator(".row.changed", { hasText: "Crawl" }).count(), 1);
  await page.locator("#changes li").first().waitFor();
  assert.match(await page.locator("#changes").innerText(), /Saved game\/script\.rpy/);
  assert.equal(await page.evaluate(() => window.stayed), true);
  assert.equal(await page.evaluate(() => document.activeElement.textContent.includes("The truth")), true);
  const moved = (await step(page, "The truth").first().boundingBox()).y - (await page.locator("#changes").boundingBox()).height;
  assert.ok(Math.abs(moved - y) < 30, `the row in view stayed in view: ${y} → ${moved}`);
  story.save((text) => text.replace('"Crawl towards the voice":', '"Climb towards the voice":'));
  await step(page, "Climb towards the voice").first().waitFor({ state: "attached" });
  await close(page);
});

test("draws with Mermaid every character a writer may use, and runs none of it", async () => {
  const choice = `It's a_b *c* "d" <b>e</b> #f; &amp; (g) [h] | 100%% §日本`;
  story.save((text) => text.replace('"Climb towards the voice":', () => `${JSON.stringify(choice)}:`));
  const page = await open(view("&path=p001&form=drawing"));
  await page.locator(".canvas svg .node").first().waitFor();
  const words = (await page.locator(".canvas").first().locator(".edgeLabel").allTextContents()).join(" ").replace(/\s+/g, "");
  assert.ok(words.includes(choice.replace("%%", "%").replace(/\s+/g, "")) || words.includes(choice.replace(/\s+/g, "")), words);
  await page.getByRole("button", { name: "Steps" }).click();
  await step(page, "It's a_b").first().waitFor();
  story.save(() => original);
  await step(page, "Climb towards the voice").first().waitFor();
  await close(page);
});

test("drawings scroll together, label by label", async () => {
  const page = await open(view("&path=p001&lane=p002&form=drawing"), { viewport: { width: 1100, height: 420 } });
  const canvas = (index) => page.locator(".canvas").nth(index);
  await canvas(0).locator("svg .node").first().waitFor();
  await canvas(1).locator("svg .node").first().waitFor();
  await canvas(0).hover();
  await page.mouse.wheel(0, 400);
  const top = (index) => canvas(index).locator(".node", { hasText: "supper" }).first().boundingBox();
  await page.waitForFunction(() => document.querySelectorAll(".canvas")[1].scrollTop > 0);
  const [one, two] = [await top(0), await top(1)];
  assert.ok(Math.abs(one.y - two.y) < 260, `${one.y} beside ${two.y}`);
  await close(page);
});

test("a path too large to draw says so and offers the map", async () => {
  story.save((text) => text.replace("label wreck:\n", () => `label wreck:\n    jump a0\n${Array.from({ length: 150 }, (_, n) => `label a${n}:\n    jump ${n < 149 ? `a${n + 1}` : "b"}\n`).join("")}label b:\n`));
  const page = await open(view("&path=through:wreck%231&form=drawing"));
  await page.locator(".notice-box", { hasText: "BPY-1202" }).first().waitFor();
  await page.locator(".notice-box").first().getByRole("button", { name: "Open the map" }).click();
  await mapReady(page);
  story.save(() => original);
  await close(page);
});

test("says when a chosen path is gone and when there is none left", async () => {
  const page = await open(view("&path=p001&lane=p003"));
  await steps(page).first().waitFor();
  story.save(() => "label start:\n    \"The end.\"\n    return\n");
  await page.locator('.lane[data-state="gone"]').waitFor();
  assert.match(await page.locator('.lane[data-state="gone"] .notice').innerText(), /p003 is no longer in the story/);
  story.save(() => "# nothing\n");
  await page.locator('#state[data-kind="empty"]').waitFor();
  assert.match(await page.locator("#state").innerText(), /No paths yet[\s\S]*schema_status: empty/);
  story.save(() => original);
  await step(page, "The storm").first().waitFor();
  await close(page);
});

test("a save that renumbers the paths leaves each lane its path", async () => {
  const page = await open(view("&path=p002&lane=p003&session=renumbered"));
  const names = page.locator(".lane-name");
  await names.filter({ hasText: "Search the wreck" }).waitFor();
  story.save((text) => text.replace("    menu:\n", '    menu:\n        "Stay where you are":\n            return\n'));
  await page.waitForURL((url) => !/path=p002&lane=p003/.test(url.search));
  await page.locator("#changes li").first().waitFor();
  const [one, two] = await names.allTextContents();
  assert.match(one, /Search the wreck/);
  assert.match(two, /Light the lamp instead of answering/);
  story.save(() => original);
  await page.waitForURL(/path=p002&lane=p003/);
  await close(page);
});

test("lanes are there again after a save that left nothing to read", async () => {
  const page = await open(view("&path=p002&session=emptied"));
  await steps(page).first().waitFor();
  assert.equal(await page.locator(".lane").count(), 1, "a page's own address adds no lane");
  await page.locator("#add-lane").click();
  await page.locator("#add-lane").click();
  await page.locator(".lane").nth(2).waitFor();
  const lanes = new URL(page.url()).searchParams.toString();
  story.save(() => "# nothing\n");
  await page.locator('#state[data-kind="empty"]').waitFor();
  assert.equal(await page.locator(".lane").first().isVisible(), false);
  story.save(() => original);
  await step(page, "The storm").first().waitFor();
  assert.equal(await page.locator(".lane").count(), 3);
  assert.equal(new URL(page.url()).searchParams.toString(), lanes);
  await close(page);
});

test("what was unfolded stays so, and a pill keeps the focus, when a save redraws the lanes", async () => {
  const long = Array.from({ length: 20 }, (_, index) => `    $ count${index} = ${index}\n`).join("");
  story.save((text) => text.replace("    menu:\n", `${long}    menu:\n`));
  const page = await open(view());
  await page.locator(".folded").first().click();
  await step(page, "count9").first().waitFor();
  await page.locator(".other").first().focus();
  const pill = await page.evaluate(() => document.activeElement.textContent);
  story.save((text) => text.replace("The storm throws you", "The gale throws you"));
  await step(page, "The gale").first().waitFor();
  assert.equal(await step(page, "count9").count(), 1);
  assert.equal(await page.evaluate(() => document.activeElement.className + document.activeElement.textContent), `other${pill}`);
  story.save(() => original);
  await step(page, "The storm").first().waitFor();
  await close(page);
});

test("only a path of the story as it is offers decisions made otherwise", async () => {
  const page = await open(view("&path=through:wreck%231&session=searched"));
  await page.locator(".other-text").first().waitFor();
  assert.equal(await page.locator(".other").count(), 0);
  await close(page);
});

test("says when the story could not be read again, and tries again", async () => {
  const page = await open(view());
  await steps(page).first().waitFor();
  await page.route(/\/pilot\/paths/, (route) => route.fulfill({ status: 500, contentType: "application/json", body: JSON.stringify({ error: "no", code: "BPY-2000", message: "It broke", suggestion: "Wait" }) }));
  story.save((text) => text.replace("The storm throws you", "The gale throws you"));
  await page.locator("#banner", { hasText: "It broke" }).waitFor();
  await page.unroute(/\/pilot\/paths/);
  await page.locator("#banner button").click();
  await step(page, "The gale").first().waitFor();
  await page.locator("#banner").waitFor({ state: "hidden" });
  story.save(() => original);
  await close(page);
});

test("a session that no channel can have is replaced", async () => {
  const page = await open(view("&path=p001&session=a%20b%2F"));
  await page.waitForURL(/session=[0-9a-f]{12}/);
  await close(page);
});

test("the map: search, select, what leads there, open in the editor, back in lanes", async () => {
  const page = await open(view("&view=map"));
  await mapReady(page);
  await page.locator(".map-canvas").focus();
  await page.keyboard.press("/");
  await page.keyboard.type("signal");
  await page.keyboard.press("Enter");
  await page.waitForURL(/label=signal/);
  const panel = page.locator(".map-panel");
  await panel.getByText("signal").first().waitFor();
  await panel.getByRole("button", { name: /what leads here/i }).click();
  await panel.getByText("Light the lamp instead of answering").first().waitFor();
  await panel.getByRole("button", { name: /script\.rpy:\d+/ }).first().click();
  const place = await editor.next();
  assert.deepEqual([place.file, place.path], ["game/script.rpy", story.script]);
  await panel.getByRole("button", { name: /show in lanes/i }).click();
  await page.locator(".lane-name", { hasText: "q1" }).waitFor();
  await close(page);
});

test("the focus stays in the map's panel, along its links and over saves", async () => {
  const page = await open(view("&view=map&label=stairs"));
  await mapReady(page);
  const active = () => page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.textContent}`);
  await page.locator(".map-panel .map-way").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.search.includes("label=stairs"));
  assert.equal(await active(), `H2 ${new URL(page.url()).searchParams.get("label")}`);
  await page.getByRole("button", { name: "Show in lanes" }).focus();
  story.save((text) => text.replace("The hull groans.", "The hull is silent."));
  await page.locator("#changes").waitFor();
  await page.waitForFunction(() => performance.getEntriesByType("resource").filter((one) => one.name.includes("/pilot/map")).length > 1);
  assert.equal(await active(), "BUTTON Show in lanes");
  story.save(() => original);
  await page.getByRole("button", { name: "Map as text" }).click();
  await page.locator(".map-panel").getByRole("button", { name: "Close" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.className), "map-text");
  await close(page);
});

test("arrow keys go through the list of projects, Enter opens one as this page looks", { skip: games.length === 0 }, async () => {
  const page = await open(view("&lang=de&theme=dark"));
  await page.locator("#projects").focus();
  const here = page.url();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await page.locator("#projects").inputValue(), "lighthouse");
  assert.equal(page.url(), here);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.search.includes("project=lighthouse") && /lang=de&theme=dark/.test(url.search));
  await live(page);
  await close(page);
});

test("a save moves the map in place, and a jump to what is not written yet is planned", async () => {
  const page = await open(view("&view=map&label=stairs"));
  await mapReady(page);
  const at = new URL(page.url()).searchParams.get("xy");
  story.save((text) => text.replace("label wreck:\n", "label wreck:\n    if trust > 5:\n        jump not_written_yet\n"));
  await page.locator("#problem-count", { hasText: "1" }).waitFor();
  await page.getByRole("button", { name: "Map as text" }).click();
  await page.locator(".map-text", { hasText: "not_written_yet" }).waitFor();
  assert.match(page.url(), /label=stairs/);
  assert.equal(new URL(page.url()).searchParams.get("xy")?.split(",")[2], at?.split(",")[2], "the scale is kept");
  story.save(() => original);
  await page.locator("#problem-count").waitFor({ state: "hidden" });
  await close(page);
});

test("problems lead to their place and filter the map", async () => {
  story.save((text) => `${text}\nlabel nobody:\n    jump nowhere_at_all\n`);
  const page = await open(view("&view=problems"));
  const row = page.locator(".problem", { hasText: "nowhere_at_all" });
  await row.waitFor();
  await page.getByLabel("Check").selectOption("missing-label");
  await page.waitForURL(/check=missing-label/);
  assert.equal(await page.locator(".problem").count(), 1);
  await row.getByRole("button", { name: /script\.rpy:/ }).click();
  const place = await editor.next();
  assert.equal(readFileSync(story.script, "utf8").split("\n")[place.line - 1].trim(), "jump nowhere_at_all");
  await page.getByRole("button", { name: "Show these on the map" }).click();
  await mapReady(page);
  await page.locator(".map-filter", { hasText: "1 problem" }).waitFor();
  await tab(page, "Problems").click();
  await row.getByRole("button", { name: "nobody" }).click();
  await page.waitForURL(/label=nobody/);
  story.save(() => original);
  await close(page);
});

test("then and now: counts, choices, the map and both lanes", async () => {
  story.save((text) => text.replace('"A story":', '"A lie":').replace("label story:\n", "label story:\n    \"More words than before.\"\n"));
  const page = await open(view("&view=then"));
  await page.locator(".card.added", { hasText: "A lie" }).waitFor();
  await page.locator(".card.cut", { hasText: "A story" }).waitFor();
  assert.match(await page.locator(".card table").innerText(), /Words[\s\S]*\+4/);
  await page.locator(".path-change").first().getByRole("button", { name: "Side by side" }).click();
  await page.locator(".badge.then").waitFor();
  assert.match(page.url(), /path=p002%40HEAD&lane=p00/);
  await page.locator(".band", { hasText: "More words than before." }).waitFor();
  await tab(page, "Then & now").click();
  await page.locator("#then").getByRole("button", { name: "Show on the map" }).click();
  await page.locator(".map-note", { hasText: "Compared with" }).waitFor();
  await page.waitForURL(/compare=HEAD/);
  await page.getByRole("button", { name: "End comparison" }).click();
  await page.waitForURL((url) => !url.search.includes("compare"));
  story.save(() => original);
  await close(page);
});

test("every export can be read", async () => {
  const page = await open(view());
  await steps(page).first().waitFor();
  const checks = {
    "Map as SVG": (text) => assert.match(text, /^<svg[\s\S]*<\/svg>\s*$/),
    "Story as DOT (Graphviz)": (text) => assert.match(text, /^digraph[\s\S]*}\s*$/),
    "Story as Mermaid": (text) => assert.match(text, /^flowchart /),
    "Report as JSON": (text) => assert.equal(JSON.parse(text).format, "stats2"),
    "Paths as CSV": (text) => assert.equal(text.trim().split("\r\n").length, 5),
    "p001 as Mermaid": (text) => assert.match(text, /^flowchart /),
  };
  for (const [name, check] of Object.entries(checks)) {
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
    check(readFileSync(await download.path(), "utf8"));
  }
  await page.getByRole("button", { name: "Export" }).click();
  const [png] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Map as PNG" }).click()]);
  const bytes = readFileSync(await png.path());
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(bytes.readUInt32BE(16) > 400 && bytes.readUInt32BE(20) > 400, "its size");
  // What was exported as Mermaid is drawn by Mermaid.
  const mermaid = await (await page.request.get(`${daemon.base}/pilot/export?project=lighthouse&form=mermaid`)).text();
  assert.doesNotMatch(mermaid, /<script/);
  await close(page);
});

test("reconnects after the daemon was killed and restarted, and nothing is lost", async () => {
  const page = await open(view());
  await steps(page).first().waitFor();
  await daemon.end("SIGKILL");
  await page.locator('#status[data-state="lost"]').waitFor();
  assert.equal(await page.locator("#status").innerText(), "Reconnecting…");
  await page.locator("#banner", { hasText: "The daemon is away" }).waitFor();
  assert.ok(await steps(page).count() > 5, "the story stays on screen");
  story.save((text) => text.replace("The storm throws you", "The gale throws you"));
  await daemon.start(...projects);
  editor = await listen();
  await live(page);
  await step(page, "The gale").first().waitFor();
  assert.equal(await page.locator("#banner").isVisible(), false);
  story.save((text) => text.replace("The gale throws you", "The storm throws you"));
  await step(page, "The storm").first().waitFor();
  await close(page);
});

test("what was saved while the page's connection was broken is told when it is back", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const sockets = [];
  let broken = false;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    if (broken) return void socket.close();
    socket.connectToServer();
    sockets.push(socket);
  });
  await page.goto(daemon.base + view());
  await live(page);
  await steps(page).first().waitFor();
  broken = true;
  for (const socket of sockets) await socket.close();
  await page.locator('#status[data-state="lost"]').waitFor();
  story.save((text) => text.replace('"Search the wreck for the lamp":', '"Search the hold for the lamp":'));
  const sync = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project: "lighthouse" }) };
  assert.equal((await fetch(`${daemon.base}/api/watch/sync`, sync)).status, 200);
  broken = false;
  await live(page);
  await page.locator("#changes", { hasText: "Search the hold" }).waitFor();
  await step(page, "Search the hold").first().waitFor();
  story.save((text) => text.replace('"Search the hold for the lamp":', '"Search the wreck for the lamp":'));
  await step(page, "Search the wreck").first().waitFor();
  await context.close();
});

test("shows errors with their way out", async () => {
  const page = await openPage(browser, daemon, "/");
  await page.goto(`${daemon.base}/pilot/view?project=nowhere`);
  assert.equal(await page.locator(".error-title").innerText(), "Project not found");
  assert.match(await page.locator(".error-suggestion").innerText(), /lighthouse/);
  await page.getByRole("button", { name: "Go Back" }).click();
  await page.waitForURL(`${daemon.base}/`);
  await close(page);
});

test("can be used with the keyboard alone", async () => {
  const page = await open(view());
  await steps(page).first().waitFor();
  const active = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  /** The focus gets there: in the same moment, or when the answer to the last key has come. */
  const reached = (wanted) => until(async () => wanted.test(await active()), `the focus on ${wanted}`);
  await page.keyboard.press("Tab");
  assert.equal(await active(), "Skip to the story");
  const passed = [];
  for (const wanted of [/^PILOT$/, /^Lanes$/, /^Export$/, /^\?$/, /^Add lane$/, /^Steps$/, /^Drawing$/, /p001/, /^✕$/, /p002/, /^✕$/, /start/]) {
    for (let tries = 0; ; tries++) {
      await page.keyboard.press("Tab");
      passed.push(await active());
      if (wanted.test(passed.at(-1))) break;
      assert.ok(tries < 3, `${wanted} comes soon; so far ${JSON.stringify(passed)}`);
    }
  }
  await page.keyboard.press("ArrowDown");
  await reached(/The storm throws you/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await reached(/Search the wreck/);
  await page.keyboard.press("ArrowLeft");
  await reached(/Climb towards/);
  await page.keyboard.press("Enter");
  assert.equal((await editor.next()).line, 19);
  await page.keyboard.press("Tab");
  await reached(/Search the wreck for the lamp/); // what else could be chosen
  await page.keyboard.press("Enter");
  await page.locator(".lane").nth(2).locator(".lane-choose:focus").waitFor();
  await page.keyboard.press("?");
  await page.locator("#help[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#help:not([open])").waitFor({ state: "attached" });
  await page.keyboard.press("2");
  await mapReady(page);
  await tab(page, "Map").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/view=problems/);
  await page.keyboard.press("1");
  await page.locator(".lane-choose").first().focus();
  await page.keyboard.press("Enter");
  await page.locator("#chooser-search:focus").waitFor();
  await page.keyboard.type("p004");
  await page.keyboard.press("ArrowDown");
  await page.locator("#chooser .option:focus").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/path=p004/);
  await close(page);
});

test("a lane that comes late takes no focus that has gone on", async () => {
  const page = await open(view());
  await steps(page).first().waitFor();
  let arrived;
  const asked = new Promise((resolve) => (arrived = resolve));
  await page.route(/\/pilot\/path\?/, (route) => arrived(route), { times: 1 });
  await page.locator("#add-lane").click();
  const late = await asked;
  const export_ = page.getByRole("button", { name: "Export" });
  await export_.focus();
  await late.continue();
  await page.locator('.lane[data-state="ready"]').nth(2).waitFor();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))); // it is drawn
  assert.ok(await export_.evaluate((button) => button === document.activeElement));
  await close(page);
});

test("speaks German to whoever reads it, and keeps the theme asked for", async () => {
  const page = await open(view("&lang=de&theme=dark"));
  await steps(page).first().waitFor();
  assert.equal(await tab(page, "Karte").count(), 1);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), "dark");
  assert.match(page.url(), /lang=de&theme=dark/);
  await close(page);
});

test("the first view is small, and Mermaid is not part of it", async () => {
  const page = await openPage(browser, daemon, "/favicon.svg");
  let bytes = 0;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  cdp.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  await page.goto(daemon.base + view());
  await steps(page).first().waitFor();
  await live(page);
  assert.ok(bytes > 10_000 && bytes < 300_000, `${bytes} bytes`);
  await close(page);
});

for (const name of games) {
  test(`opens Debian's ${name}: lanes, map, problems`, async () => {
    const page = await open(`/pilot/view?project=${name}`);
    await steps(page).first().waitFor();
    assert.ok(await page.locator(".fork").count() > 0, "its paths part");
    await tab(page, "Map").click();
    await mapReady(page);
    await tab(page, "Problems").click();
    await page.locator(".problem, #problems .state").first().waitFor();
    assert.deepEqual(await serious(page), []);
    await close(page);
  });
}

async function serious(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  return found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact)).map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target).join(" ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  test(`has nothing serious for axe-core to find (${colorScheme})`, async () => {
      story.save((text) => `${text}\nlabel nobody:\n    jump nowhere_at_all\n`);
    const waits = {
      "": (page) => steps(page).first().waitFor(), "&form=drawing": (page) => page.locator(".canvas svg .node").first().waitFor(), "&view=map&label=start": mapReady,
      "&view=problems": (page) => page.locator(".problem").first().waitFor(), "&view=then": (page) => page.locator(".then-result .card").first().waitFor(),
    };
    for (const [more, ready] of Object.entries(waits)) {
      const page = await open(view(`&path=p001${more}`), { colorScheme });
      await ready(page);
      assert.deepEqual(await serious(page), [], more);
      if (more === "") {
        await page.locator(".lane-choose").first().click();
        await page.locator("#chooser-differs .option").first().waitFor();
        assert.deepEqual(await serious(page), [], "the chooser");
      }
      await close(page);
    }
    const error = await openPage(browser, daemon, "/pilot/view?project=nowhere", { colorScheme });
    assert.deepEqual(await serious(error), []);
    await close(error);
    story.save(() => original);
  });
}

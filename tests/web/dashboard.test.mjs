// SPDX-License-Identifier: MIT
// The dashboard and the error pages in a real browser on a real daemon.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Daemon, launch, makeFolder, openPage, Story } from "./harness.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");
const place = makeFolder();
const daemon = new Daemon(place.folder);
const story = new Story(place.folder);
const second = join(place.folder, "second");
let browser;

before(async () => {
  cpSync(story.root, second, { recursive: true });
  await daemon.start("--project", story.root);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon.end("SIGTERM");
  place.remove();
});

const live = (page) => page.locator('#status[data-state="live"]').waitFor();
const card = (page, alias) => page.locator(`.card[data-alias="${alias}"]`);
const value = (page, alias, name) => card(page, alias).locator(".numbers > div", { hasText: name }).locator("dd");
const open = async (target = "/", options = {}) => {
  const page = await openPage(browser, daemon, target, options);
  await live(page);
  await card(page, "lighthouse").and(page.locator('[data-state="ready"]')).waitFor();
  return page;
};

async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

test("shows the projects, what runs, and the ways on", async () => {
  const page = await open();
  assert.equal(await value(page, "lighthouse", "Labels").innerText(), "10");
  assert.equal(await value(page, "lighthouse", "Paths").innerText(), "4");
  assert.match(await value(page, "lighthouse", "Words").innerText(), /^\d+$/);
  assert.match(await card(page, "lighthouse").locator(".watching").innerText(), /Watching 1 file · inotify/);
  for (const [name, target] of [["Paths", ""], ["Map", "&view=map"], ["No problems", "&view=problems"]]) {
    assert.equal(await card(page, "lighthouse").getByRole("link", { name, exact: true }).getAttribute("href"), `/pilot/view?project=lighthouse${target}`);
  }
  await page.getByText(`${daemon.meta.http_port} · ${daemon.meta.ws_port}`).waitFor();
  await page.locator("#memory", { hasText: "MiB" }).waitFor();
  await page.locator('[data-channel="watch"]').waitFor();
  await page.locator("#clients", { hasText: /^3$/ }).waitFor(); // the page's own doors
  for (const name of ["WebSocket test", "Reference"]) {
    const answer = await page.request.get(new URL(await page.getByRole("link", { name }).getAttribute("href"), daemon.base).href);
    assert.equal(answer.status(), 200, name);
  }
  await close(page);
});

test("counts what goes by on a channel", async () => {
  const page = await open();
  await page.locator('[data-channel="daemon"]').waitFor();
  for (let id = 0; id < 20; id += 1) await page.request.post(`${daemon.base}/api/ws/broadcast`, { data: { channel: "missions", type: "created", message: { id } } });
  // In one look: the next one, three seconds later, finds the channel quiet again.
  const row = page.locator('[data-channel="missions"][data-busy]').filter({ has: page.locator("td", { hasText: /^20$/ }) });
  await row.filter({ has: page.locator(".rate", { hasText: /^[\d.]*[1-9][\d.]*\/s$/ }) }).waitFor();
  await close(page);
});

test("follows a save without a reload", async () => {
  const page = await open();
  await page.evaluate(() => { window.stayed = true; });
  const original = readFileSync(story.script, "utf8");
  story.save((text) => `${text}\nlabel epilogue:\n    "Long after."\n    return\n`);
  await value(page, "lighthouse", "Labels").and(page.getByText("11", { exact: true })).waitFor();
  await card(page, "lighthouse").locator(".saved", { hasText: "game/script.rpy" }).waitFor();
  await card(page, "lighthouse").locator('.problems[data-kind="warn"], .problems[data-kind="none"]').waitFor();
  story.save(() => original);
  await value(page, "lighthouse", "Labels").and(page.getByText("10", { exact: true })).waitFor();
  assert.equal(await page.evaluate(() => window.stayed), true);
  await close(page);
});

test("adds a project and forgets it, in every page that is open", async () => {
  const page = await open();
  const other = await open();
  await page.getByRole("button", { name: "Add project" }).click();
  await page.getByLabel("Folder of the game").fill(join(place.folder, "nowhere"));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: /There is no folder .*nowhere.*BPY-1101/ }).waitFor();
  await page.getByLabel("Folder of the game").fill(second);
  await page.keyboard.press("Enter");
  for (const shown of [page, other]) await card(shown, "second").and(shown.locator('[data-state="ready"]')).waitFor();
  await page.locator("#add").waitFor({ state: "hidden" });
  await card(page, "second").getByRole("button", { name: "Forget" }).click();
  const dialog = page.getByRole("dialog", { name: "Forget The Lighthouse?" });
  assert.match(await dialog.innerText(), /second/);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await card(page, "second").waitFor();
  await card(page, "second").getByRole("button", { name: "Forget" }).click();
  await dialog.getByRole("button", { name: "Forget" }).click();
  for (const shown of [page, other]) await card(shown, "second").waitFor({ state: "detached" });
  assert.ok(readFileSync(join(second, "game/script.rpy"), "utf8").length > 0);
  await close(page);
  await close(other);
});

test("follows the log, filters it and holds it", async () => {
  const page = await open();
  const line = (words) => page.locator("#log .line", { hasText: words });
  await page.request.get(`${daemon.base}/first-thing-amiss`);
  await line("/first-thing-amiss").waitFor();
  await page.getByLabel("Filter").fill("amiss");
  await page.locator("#log:not(:has(.line:not(:has-text('amiss'))))").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.request.get(`${daemon.base}/second-thing-amiss`);
  await page.getByRole("button", { name: /Resume \(\d+ new\)/ }).waitFor();
  assert.equal(await line("/second-thing-amiss").count(), 0);
  await page.getByRole("button", { name: /Resume/ }).click();
  await line("/second-thing-amiss").waitFor();
  await page.getByLabel("Least level").selectOption("error");
  await line("amiss").first().waitFor({ state: "detached" });
  await page.getByLabel("Least level").selectOption("info");
  await line("/first-thing-amiss").waitFor(); // the log remembers
  assert.equal(await line("/first-thing-amiss").count(), 1);
  await close(page);
});

test("says that the daemon is away, and is back by itself with nothing lost", async () => {
  const page = await open();
  await page.request.get(`${daemon.base}/before-the-break`);
  await page.locator("#log .line", { hasText: "/before-the-break" }).waitFor();
  await daemon.end("SIGKILL");
  await page.locator("#offline").waitFor();
  assert.match(await page.locator("#offline").innerText(), /bpyd does not answer/);
  assert.equal(await page.locator("#status").innerText(), "Reconnecting…");
  assert.equal(await card(page, "lighthouse").getByRole("button", { name: "Forget" }).isDisabled(), true);
  const original = readFileSync(story.script, "utf8");
  story.save((text) => `${text}\nlabel epilogue:\n    "Long after."\n    return\n`);
  await daemon.start("--project", story.root);
  await live(page);
  await value(page, "lighthouse", "Labels").and(page.getByText("11", { exact: true })).waitFor();
  assert.equal(await page.locator("#offline").isVisible(), false);
  await page.locator("#log .line", { hasText: "Client connected at /ws/logs" }).last().waitFor();
  assert.equal(await page.locator("#log .line", { hasText: "/before-the-break" }).count(), 1, "told again after the break, shown once");
  await card(page, "lighthouse").locator(".saved", { hasText: "game/script.rpy" }).waitFor(); // from the event log
  await daemon.end("SIGTERM");
  await page.locator("#offline", { hasText: "bpyd was stopped" }).waitFor();
  story.save(() => original);
  await daemon.start("--project", story.root);
  await live(page);
  await value(page, "lighthouse", "Labels").and(page.getByText("10", { exact: true })).waitFor();
  await close(page);
});

test("teaches who has no project yet", async () => {
  const bare = makeFolder();
  const fresh = new Daemon(bare.folder);
  await fresh.start();
  const page = await openPage(browser, fresh, "/");
  await page.getByRole("heading", { name: "Watch your first story" }).waitFor();
  await page.getByText("bpyd open /path/to/your/game").waitFor();
  await page.getByLabel("Folder of the game").fill(second);
  await page.keyboard.press("Enter");
  await card(page, "second").waitFor();
  assert.equal(await page.locator("#none").isVisible(), false);
  await close(page);
  await fresh.end("SIGTERM");
  bare.remove();
});

test("says why saves are not seen and why a story is not read, with the way out", async () => {
  const page = await open();
  const set = (enabled) => page.request.post(`${daemon.base}/api/watch/config`, { data: { project: "lighthouse", enabled } });
  await set(false);
  await card(page, "lighthouse").locator('.watching[data-kind="off"]').waitFor();
  await card(page, "lighthouse").getByText("Saves are not seen.").waitFor();
  await set(true);
  await card(page, "lighthouse").locator('.watching[data-kind="ok"]').waitFor();
  // What the daemon answers of a story whose analyzer fails.
  await page.route("**/api/projects?*", (route) => route.fulfill({ json: { total: 1, next_offset: null, projects: [{
    alias: "lighthouse", root: story.root, title: "The Lighthouse", state: "failed", watch: "ok", labels: 0, paths: 0, words: 0, seconds: 0, problems: 0, errors: 0, warnings: 0,
    generation: 1, problem: "<b>The analyzer</b> ended with exit code 3", code: "BPY-2002", suggestion: "Run the command by hand to see why" }] } }));
  await set(true);
  const trouble = card(page, "lighthouse").locator(".trouble-bad");
  await trouble.waitFor();
  assert.match(await trouble.innerText(), /<b>The analyzer<\/b> ended with exit code 3 BPY-2002\s+Run the command by hand to see why/);
  await close(page);
});

test("can be used with the keyboard alone", async () => {
  const page = await open();
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
  const tabTo = async (wanted) => {
    for (let i = 0; i < 40 && (await focused()) !== wanted; i += 1) await page.keyboard.press("Tab");
    assert.equal(await focused(), wanted);
  };
  await tabTo("add-open");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "add-path");
  await page.keyboard.press("Escape");
  assert.equal(await focused(), "add-open");
  await page.keyboard.press("Enter");
  await page.keyboard.type(second);
  await page.keyboard.press("Enter");
  await card(page, "second").locator("a:focus").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  assert.equal(await focused(), "forget-no");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.keyboard.press("Enter");
  await tabTo("forget-yes");
  await page.keyboard.press("Enter");
  await card(page, "second").waitFor({ state: "detached" });
  await tabTo("log");
  await close(page);
});

test("fits narrow windows, and looks and speaks as it is asked to", async () => {
  const narrow = await open("/", { viewport: { width: 420, height: 900 } });
  assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await close(narrow);
  const asked = await open("/?lang=de&theme=dark");
  await asked.getByRole("heading", { name: "Projekte" }).waitFor();
  assert.equal(await asked.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.match(await asked.getByRole("link", { name: "Pfade", exact: true }).getAttribute("href"), /theme=dark&lang=de$/);
  await close(asked);
});

test("tells a browser in a page what went wrong, and a program in JSON", async () => {
  const page = await open();
  await page.goto(`${daemon.base}/no/such/thing`);
  await page.getByRole("heading", { name: "Route not found" }).waitFor();
  assert.match(await page.locator(".error-code").innerText(), /^BPY-1102 · HTTP 404$/);
  assert.match(await page.locator(".error-detail").innerText(), /\/no\/such\/thing/);
  assert.equal(await page.locator(".error-icon").evaluate((icon) => getComputedStyle(icon, "::before").maskImage.startsWith("url(")), true);
  await page.getByRole("link", { name: "Home" }).click();
  await live(page);
  await page.goBack();
  await page.getByRole("button", { name: "Go Back" }).click();
  await live(page);
  assert.equal((await (await page.request.get(`${daemon.base}/no/such/thing`)).json()).code, "BPY-1102");
  await close(page);
});

test("under a token, the tab that a link opened may change things, another may only look", async () => {
  const guardedPlace = makeFolder();
  const guarded = new Daemon(guardedPlace.folder);
  await guarded.start("--auth", "token", "--project", story.root);
  const link = execFileSync(process.env.BPYD_BIN, ["--runtime-dir", guarded.runtime, "open", story.root], { encoding: "utf8" }).trim();
  const page = await openPage(browser, guarded, link.slice(guarded.base.length));
  await page.waitForURL(/\/pilot\/view\?project=lighthouse[^#]*$/); // neither the code nor the token stays in the address
  await page.goto(guarded.base + "/");
  await live(page);
  const other = await page.context().newPage();
  await other.goto(guarded.base + "/");
  await live(other);
  for (const [tab, told] of [[other, false], [page, true]]) {
    await tab.getByRole("button", { name: "Add project" }).click();
    await tab.getByLabel("Folder of the game").fill(second);
    await tab.keyboard.press("Enter");
    if (told) await card(tab, "second").waitFor();
    else await tab.getByRole("alert").filter({ hasText: /bpyd / }).waitFor();
  }
  await card(other, "second").waitFor();
  await close(page);
  await guarded.end("SIGTERM");
  guardedPlace.remove();
});

for (const colorScheme of ["light", "dark"]) {
  test(`has nothing serious for axe-core to find (${colorScheme})`, async () => {
    const check = async (page, what) => {
      const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
      const serious = found.violations.filter((v) => ["serious", "critical", "moderate"].includes(v.impact));
      assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], what);
    };
    const page = await open("/", { colorScheme });
    await page.getByRole("button", { name: "Add project" }).click();
    await page.locator("#log .line").first().waitFor();
    await page.evaluate(axe);
    await check(page, "the dashboard");
    await card(page, "lighthouse").getByRole("button", { name: "Forget" }).click();
    await check(page, "the question");
    await close(page);
    const lost = await openPage(browser, daemon, "/no/such/thing", { colorScheme });
    await lost.locator(".error-code").waitFor();
    await lost.evaluate(axe);
    await check(lost, "an error");
    await close(lost);
  });
}

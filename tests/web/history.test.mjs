// SPDX-License-Identifier: MIT
// What is remembered of the story, and what its rules say, in a real browser on a real daemon.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Daemon, launch, makeFolder, openPage, Story, until } from "./harness.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const place = makeFolder();
const daemon = new Daemon(place.folder);
const story = new Story(place.folder);
const original = readFileSync(story.script, "utf8");
let browser;

const route = (path) => `${daemon.base}${path}${path.includes("?") ? "&" : "?"}project=lighthouse`;
const get = async (path) => (await fetch(route(path))).json();
const post = (path, body) => fetch(daemon.base + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project: "lighthouse", ...body }) });
const taken = async () => (await get("/api/v1/history/snapshots?limit=1000")).snapshots;

/** Saves, and ends when the daemon has kept what was saved. */
async function keep(change) {
  const newest = (await taken())[0]?.id ?? 0;
  story.save(change);
  assert.equal((await post("/api/watch/sync", {})).status, 200);
  return until(async () => (await taken()).find((row) => row.id > newest), "a snapshot of what was saved");
}

before(async () => {
  const git = (...command) => execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", ...command], { cwd: story.root });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "The first draft");
  await daemon.start("--project", story.root);
  await until(async () => (await taken()).length > 0, "the first snapshot");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon.end("SIGTERM");
  place.remove();
});
beforeEach(async () => {
  if (readFileSync(story.script, "utf8") === original) return;
  story.save(() => original);
  await post("/api/watch/sync", {});
  assert.equal((await post("/api/v1/history/snapshots", {})).status, 201); // of what is now, whether it was kept before or not
});

const view = (more = "&view=history") => `/pilot/view?project=lighthouse${more}`;
const rows = (page) => page.locator(".snap");
const row = (page, id) => page.locator(`.snap[data-id="${id}"]`);
const tab = (page, name) => page.getByRole("tab", { name });
const act = (page, name) => page.locator(".snap.selected").getByRole("button", { name });

async function open(target, options) {
  const page = await openPage(browser, daemon, target, options);
  await page.locator('#status[data-state="live"]').waitFor();
  return page;
}

async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

test("a save becomes a snapshot: the list and the charts follow, scroll and focus stay", async () => {
  const page = await open(view(), { viewport: { width: 1280, height: 420 } });
  await rows(page).first().waitFor();
  const [newest] = await taken();
  await page.locator('.chart[data-metric="words"] canvas').waitFor();
  assert.equal(await page.locator(".chart").count(), 3);
  await row(page, newest.id).locator(".snap-head").click();
  await act(page, "Compare with now").focus();
  await page.locator(".history").evaluate((node) => { node.scrollTop = 200; });
  const place = () => row(page, newest.id).evaluate((node) => node.getBoundingClientRect().top - node.closest(".history").getBoundingClientRect().top);
  const top = await place();
  const kept = await keep((text) => text.replace('"A story":', '"A lie":').replace("label story:\n", "label story:\n    \"More words than before.\"\n"));
  await row(page, kept.id).waitFor();
  assert.match(await row(page, kept.id).innerText(), /A lie[\s\S]*Words \+4/);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "now", "the focus stays");
  const moved = await place();
  assert.ok(Math.abs(moved - top) < 2, `what was in view stayed there: ${top} → ${moved}`);
  await row(page, kept.id).locator(".snap-head").click();
  await page.locator("#readout", { hasText: `Words ${kept.words}` }).waitFor();
  assert.match(await row(page, kept.id).locator(".snap-commit").innerText(), /^after [0-9a-f]{8}$/);
  await close(page);
});

test("a snapshot is taken, named, pinned and deleted", async () => {
  const page = await open(view());
  await page.getByRole("button", { name: "Take a snapshot" }).click();
  await page.getByLabel("Name (may be left out)").fill("Before the rewrite");
  await page.getByRole("button", { name: "Take it" }).click();
  const named = page.locator(".snap.selected", { hasText: "Before the rewrite" });
  await named.waitFor();
  const { id } = (await taken()).find((one) => one.name === "Before the rewrite");
  await page.waitForURL(new RegExp(`snapshot=${id}`));
  await act(page, "Pin").click();
  await act(page, "Unpin").waitFor();
  await named.getByText("pinned").waitFor();
  await act(page, "Rename…").click();
  await page.getByRole("textbox", { name: "Name" }).fill("After it");
  await page.keyboard.press("Enter");
  await page.locator(".snap.selected", { hasText: "After it" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "name", "the focus is back");
  // A name that another one has is refused where it was written.
  const other = await keep((text) => text.replace('"A story":', '"A myth":'));
  await row(page, other.id).locator(".snap-head").click();
  await act(page, "Name it…").click();
  await page.getByRole("textbox", { name: "Name" }).fill("After it");
  await page.keyboard.press("Enter");
  await page.locator(".ask-fault", { hasText: /After it|name/i }).waitFor();
  await page.keyboard.press("Escape");
  await act(page, "Delete…").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row(page, other.id).waitFor({ state: "detached" });
  assert.equal((await taken()).some((one) => one.id === other.id), false);
  await page.waitForFunction(() => document.activeElement.className === "snap-head", null, {});
  await close(page);
});

test("keys and the mouse go from snapshot to snapshot along the charts", async () => {
  await keep((text) => text.replace('"A story":', '"A tale":'));
  await keep((text) => text.replace('"A tale":', '"A fable of many words":'));
  const all = await taken();
  const page = await open(view());
  await rows(page).first().waitFor();
  const charts = page.getByRole("slider", { name: /Trends/ });
  await charts.focus();
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(new RegExp(`snapshot=${all[1].id}(&|$)`));
  assert.match(await page.locator("#readout").innerText(), new RegExp(`Words ${all[1].words}`));
  await page.keyboard.press("Home");
  await page.waitForURL(new RegExp(`snapshot=${all.at(-1).id}(&|$)`));
  await page.locator(`.snap.selected[data-id="${all.at(-1).id}"]`).waitFor();
  await page.keyboard.press("+");
  await page.getByRole("button", { name: "Show all of the time" }).waitFor();
  await page.keyboard.press("0");
  await page.getByRole("button", { name: "Show all of the time" }).waitFor({ state: "hidden" });
  const over = page.locator('.chart[data-metric="words"] .u-over');
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width - 3, box.y + 20);
  await page.locator('.chart[data-metric="endings"] .chart-value', { hasText: String(all[0].endings) }).waitFor();
  await page.mouse.click(box.x + box.width - 3, box.y + 20);
  await page.locator(`.snap.selected[data-id="${all[0].id}"]`).waitFor();
  await row(page, all[0].id).locator(".snap-head").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForURL(new RegExp(`snapshot=${all[1].id}(&|$)`));
  assert.equal(await page.evaluate(() => document.activeElement.closest(".snap").dataset.id), String(all[1].id));
  await close(page);
});

test("figures are chosen, and there is a table of them", async () => {
  const page = await open(view());
  await page.getByRole("button", { name: "Figures" }).click();
  await page.getByRole("checkbox", { name: "Reading time" }).check();
  await page.getByRole("checkbox", { name: "Problems" }).uncheck();
  await page.keyboard.press("Escape");
  await page.locator('.chart[data-metric="seconds"]').waitFor();
  assert.equal(await page.locator('.chart[data-metric="problems"]').count(), 0);
  await page.waitForURL(/metrics=words%2Cendings%2Cseconds/);
  await page.getByText("Values as a table").click();
  await page.getByRole("columnheader", { name: "Reading time" }).waitFor();
  const [newest] = await taken();
  assert.match(await page.locator(".value-table tbody tr").first().innerText(), new RegExp(`\\b${newest.words}\\b`));
  await page.reload();
  await page.locator('.chart[data-metric="seconds"]').waitFor();
  await close(page);
});

test("any snapshot is compared with now and with another: words, choices, problems", async () => {
  const [first] = await taken();
  const second = await keep((text) => `${text.replace('"A story":', '"A legend":').replace("label story:\n", "label story:\n    \"More words than before.\"\n")}\nlabel lost:\n    jump nowhere_at_all\n`);
  const page = await open(view(`&view=history&snapshot=${first.id}`));
  await act(page, "Compare with now").click();
  await page.waitForURL(new RegExp(`view=then.*revision=snapshot%3A${first.id}`));
  await page.locator(".card.added", { hasText: "A legend" }).waitFor();
  await page.locator(".card.worse", { hasText: "nowhere_at_all" }).waitFor();
  await page.locator(".words-by-label", { hasText: "story" }).waitFor();
  assert.doesNotMatch(await page.locator(".then-result thead").innerText(), /snapshot/, "it has a date");
  await page.locator(`#then-revision option:checked[value="snapshot:${first.id}"]`).waitFor({ state: "attached" });
  await tab(page, "History").click();
  await act(page, "Compare with another…").click();
  await page.locator(".readout-versus", { hasText: "choose the other one" }).waitFor();
  await row(page, second.id).locator(".snap-head").click();
  await page.locator(".readout-versus").getByRole("button", { name: "Compare" }).click();
  await page.waitForURL((url) => url.searchParams.get("revision") === `snapshot:${first.id}` && url.searchParams.get("to") === `snapshot:${second.id}`);
  await page.locator(".card.added", { hasText: "A legend" }).waitFor();
  assert.equal(await page.locator("#then").getByRole("button", { name: "Show on the map" }).isDisabled(), true);
  await page.locator("#then-until").selectOption("");
  await page.waitForURL((url) => !url.searchParams.has("to"));
  await close(page);
});

test("a snapshot opens in lanes and on the map, by its name, and so does a link to it", async () => {
  const [first] = await taken();
  await fetch(`${daemon.base}/api/v1/history/snapshots/${first.id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project: "lighthouse", name: "First light" }) });
  await keep((text) => text.replace('"Climb towards the voice":', '"Crawl towards the voice":'));
  const page = await open(view(`&view=history&snapshot=${first.id}`));
  await act(page, "Open in lanes").click();
  await page.locator(".badge.then", { hasText: "as in the snapshot First light" }).waitFor();
  await page.waitForURL(new RegExp(`path=p001%40snapshot%3A${first.id}`));
  await page.locator(".step", { hasText: "Climb towards the voice" }).first().waitFor();
  await page.locator(".step", { hasText: "Crawl towards the voice" }).first().waitFor();
  await page.reload();
  await page.locator(".badge.then", { hasText: "as in the snapshot First light" }).waitFor();
  await page.locator(".lane-choose").nth(1).click();
  await page.locator("#chooser-at").selectOption({ label: await page.locator("#chooser-at option", { hasText: "First light" }).first().textContent() });
  await page.locator("#chooser-list .option").filter({ hasText: "Climb towards" }).first().click();
  await page.locator(".lane").nth(1).locator(".badge.then", { hasText: "First light" }).waitFor();
  await tab(page, "History").click();
  await act(page, "Open on the map").click();
  await page.locator(".map-note", { hasText: "Compared with First light" }).waitFor();
  await page.waitForURL(new RegExp(`compare=snapshot%3A${first.id}`));
  await close(page);
});

/** Replies as large or as bare as no test can make them in time. */
async function remembered(page, count, trouble = "") {
  const at = (index) => new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString();
  const one = (index) => ({ id: index + 1, taken: at(index), name: index % 500 === 3 ? `Draft ${index}` : "", pinned: false, origin: "analysis", clean: false, generator: "", summary: [`Change ${index}`], words: 100 + index * 3, seconds: 30 + index, labels: 7, reachable_labels: 7, menus: 2, choices: 5, paths: 4, endings: 2 + (index % 3), errors: 0, warnings: index % 5, files: 1, lines: 80 });
  await page.route(/\/api\/v1\/history\/snapshots\?/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [offset, limit] = [Number(query.get("offset") ?? 0), Number(query.get("limit") ?? 100)];
    const shown = Array.from({ length: Math.max(0, Math.min(limit, count - offset)) }, (_, index) => one(count - 1 - offset - index));
    return route.fulfill({ json: { project: "lighthouse", root: story.root, total: count, next_offset: offset + limit < count ? offset + limit : null, bytes: 1_000_000, trouble, snapshots: shown } });
  });
  await page.route(/\/api\/v1\/history\/trend/, (route) => {
    const all = Array.from({ length: count }, (_, index) => one(index));
    const metrics = new URL(route.request().url()).searchParams.get("metric").split(",");
    return route.fulfill({ json: { project: "lighthouse", total: count, ids: all.map((row) => row.id), taken: all.map((row) => row.taken), names: all.map((row) => row.name), series: metrics.map((metric) => ({ metric, values: all.map((row) => (metric === "problems" ? row.warnings : row[metric])) })) } });
  });
}

test("ten thousand snapshots, one and none", async () => {
  const page = await openPage(browser, daemon, "/");
  await remembered(page, 10_000);
  await page.goto(daemon.base + view());
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 100, "a page of them");
  await page.getByRole("button", { name: "100 older snapshots" }).click();
  await rows(page).nth(199).waitFor();
  const box = await page.locator('.chart[data-metric="words"] .u-over').boundingBox();
  await page.mouse.click(box.x + box.width * 0.4, box.y + 30);
  const selected = page.locator(".snap.selected");
  await selected.waitFor();
  const id = Number(await selected.getAttribute("data-id"));
  assert.ok(id > 3500 && id < 4500, `far from the newest: ${id}`);
  await page.waitForFunction(() => { const box = document.querySelector(".snap.selected").getBoundingClientRect(); return box.top > 200 && box.bottom < innerHeight + 200; });
  await page.getByRole("button", { name: "Newer snapshots" }).waitFor();
  await page.unrouteAll();
  await remembered(page, 1);
  await page.goto(daemon.base + view());
  await rows(page).first().waitFor();
  assert.equal(await page.locator('.chart[data-metric="words"] .chart-value').innerText(), "100");
  await page.unrouteAll();
  await remembered(page, 0, "the disk is full");
  await page.goto(daemon.base + view());
  await page.getByRole("heading", { name: "No snapshots yet" }).waitFor();
  await page.locator(".history-trouble", { hasText: "the disk is full" }).waitFor();
  assert.equal(await page.locator(".chart").first().isVisible().catch(() => false), false);
  await close(page);
});

test("with history switched off there is no tab, and a link to it says so", async () => {
  const other = makeFolder();
  const silent = new Daemon(other.folder);
  const told = new Story(other.folder);
  mkdirSync(join(other.folder, "runtime/default"), { recursive: true });
  writeFileSync(join(other.folder, "runtime/default/config.json"), JSON.stringify({ disabled: ["history"] }));
  await silent.start("--project", told.root);
  try {
    const page = await openPage(browser, silent, view());
    await page.getByRole("heading", { name: "History is switched off" }).waitFor();
    await page.locator("#tab-history").waitFor({ state: "hidden" });
    await tab(page, "Then & now").focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForURL((url) => !url.searchParams.has("view"));
    await page.keyboard.press("5");
    assert.equal(await page.locator("#history").isVisible(), false);
    await close(page);
  } finally {
    await silent.end("SIGTERM");
    other.remove();
  }
});

test("what the rules find stands among the problems", async (context) => {
  const status = await get("/api/governance/status");
  if (status.violations === undefined) return context.skip("no governance in this daemon");
  mkdirSync(join(story.root, ".branchpy"), { recursive: true });
  const rules = {
    checks: { "unreachable-label": "error" }, rules: [{ id: "short-labels", check: "words-per-label", severity: "warn", max: 3 }],
    waivers: [{ rule: "short-labels", labels: ["start"], reason: "The storm may be long" }],
  };
  const put = await fetch(`${daemon.base}/api/governance/rules`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project: "lighthouse", rules }) });
  assert.equal(put.status, 200, await put.text());
  const page = await open(view("&view=problems"));
  await page.locator(".rules-verdict").waitFor();
  story.save((text) => `${text}\nlabel nobody:\n    "Nobody reads this."\n    return\n`);
  const mark = page.locator(".problem", { has: page.locator(".rule-mark") }).filter({ hasText: "Nothing leads to label nobody" });
  await mark.first().waitFor();
  await page.locator(".rules-verdict .not-passed").waitFor();
  assert.equal(await page.locator(".problem", { hasText: "Nothing leads to label nobody" }).count(), 1, "found by a check and by a rule, and told once");
  await page.locator(".rule-mark", { hasText: "short-labels" }).first().waitFor();
  await page.locator("#problem-source").selectOption("rules");
  await page.waitForURL(/found=rules/);
  assert.equal(await page.locator(".problem:not(:has(.rule-mark))").count(), 0);
  await page.locator(".waived summary").click();
  await page.locator(".waived .waiver", { hasText: "The storm may be long" }).first().waitFor();
  await mark.first().getByRole("button", { name: "nobody" }).click();
  await page.waitForURL(/label=nobody/);
  await tab(page, "Problems").click();
  story.save(() => original);
  await mark.first().waitFor({ state: "detached" });
  await post("/api/v1/history/snapshots", {}); // what was saved here is kept before the next test counts
  await close(page);
});

test("speaks German, and fits a narrow window", async () => {
  const [first] = await taken();
  const page = await open(view(`&view=history&snapshot=${first.id}&lang=de`), { viewport: { width: 480, height: 900 } });
  await page.getByRole("button", { name: "Mit jetzt vergleichen" }).waitFor();
  assert.equal(await tab(page, "Verlauf").count(), 1);
  assert.equal(await page.locator(".history").evaluate((node) => node.scrollWidth <= node.clientWidth), true, "nothing hangs over");
  for (const name of await page.locator(".chart canvas").all()) assert.ok((await name.boundingBox()).width < 480);
  await close(page);
});

async function serious(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  return found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact)).map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target).join(" ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  test(`has nothing serious for axe-core to find (${colorScheme})`, async () => {
    const [first] = await taken();
    const second = await keep((text) => text.replace('"A story":', `"A ${colorScheme} story":`));
    const page = await open(view(`&view=history&snapshot=${second.id}&since=${first.id}`), { colorScheme });
    await page.locator(".readout-versus").waitFor();
    await page.getByText("Values as a table").click();
    await page.locator(".value-table tbody tr").first().waitFor();
    assert.deepEqual(await serious(page), []);
    await page.getByRole("button", { name: "Figures" }).click();
    assert.deepEqual(await serious(page), [], "the figures");
    await page.keyboard.press("Escape");
    await act(page, "Delete…").click();
    assert.deepEqual(await serious(page), [], "a question");
    await page.keyboard.press("Escape");
    await page.emulateMedia({ colorScheme: colorScheme === "light" ? "dark" : "light" });
    assert.deepEqual(await serious(page), [], "the other way round");
    await page.locator(".readout-versus").getByRole("button", { name: "Compare" }).click();
    await page.locator(".words-by-label, .then-result .state, .card.added").first().waitFor();
    assert.deepEqual(await serious(page), [], "the comparison");
    await close(page);
  });
}

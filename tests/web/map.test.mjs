// SPDX-License-Identifier: MIT
// The story map in a real browser, on stories made up here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, openPage } from "./harness.mjs";
import { serveMap, storyMap } from "./map_page.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");
let browser;
let server;

before(async () => {
  [server, browser] = await Promise.all([serveMap(), launch()]);
});
after(async () => {
  await browser?.close();
  server?.end();
});

async function open(map, options = {}) {
  const page = await openPage(browser, server, "/", { reducedMotion: "reduce", ...options });
  await page.waitForFunction(() => window.view !== undefined);
  if (map !== null) await show(page, map);
  return page;
}
async function show(page, map, changed = []) {
  await page.evaluate(([next, names]) => window.view.show(next, new Set(names)), [map, changed]);
  await page.locator(`#map[data-state="${map.labels.length > 0 ? "ready" : "empty"}"]`).waitFor();
}
async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}
const state = (page) => page.evaluate(() => window.view.state());
const told = (page) => page.evaluate(() => window.told);
/** Where a point of the map is on the screen. */
const onScreen = (page, x, y) => page.evaluate(([mapX, mapY]) => {
  const box = document.querySelector(".map-canvas").getBoundingClientRect();
  const { x: left, y: top, scale } = window.view.stage.view;
  return { x: box.left + (mapX - left) * scale, y: box.top + (mapY - top) * scale };
}, [x, y]);
const colours = (page) => page.evaluate(() => {
  const canvas = document.querySelector(".map-canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
});
async function accessible(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document));
  assert.deepEqual(found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes[0].html]), []);
}

test("draws ten thousand labels and says when it has", async () => {
  const page = await open(storyMap(10000));
  assert.ok(await page.evaluate(() => performance.getEntriesByName("map-drawn").length) === 1);
  assert.ok(await colours(page) > 20);
  await close(page);
});

test("a drag pans, a wheel with control zooms around the pointer, a click selects", async () => {
  const map = storyMap(100);
  const page = await open(map);
  const label = map.labels[30];
  await page.evaluate(([x, y]) => window.view.restore({ x, y, scale: 1 }), [label.x + 110, label.y + 30]);
  const was = await state(page);
  await page.mouse.move(600, 500);
  await page.mouse.down();
  await page.mouse.move(700, 560, { steps: 4 });
  await page.mouse.up();
  const is = await state(page);
  assert.deepEqual([was.x - is.x, was.y - is.y], [100, 60]);
  const at = await onScreen(page, label.x + 50, label.y + 20);
  await page.mouse.move(at.x, at.y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, 100);
  await page.keyboard.up("Control");
  await page.waitForFunction((scale) => window.view.state().scale < scale, is.scale);
  const now = await onScreen(page, label.x + 50, label.y + 20);
  assert.ok(Math.hypot(now.x - at.x, now.y - at.y) < 1);
  await page.mouse.click(now.x, now.y);
  assert.equal((await state(page)).selected, label.name);
  await page.getByRole("heading", { name: label.name }).waitFor();
  await page.getByRole("button", { name: `${label.file}:${label.line}` }).click();
  await page.getByRole("button", { name: "Show in lanes" }).click();
  assert.deepEqual((await told(page)).slice(-3), [["select", label.name], ["open", label.file, label.line], ["lanes", label.name]]);
  await page.getByRole("button", { name: "What leads here?" }).click();
  await page.getByText("courage > 3", { exact: true }).first().waitFor();
  await close(page);
});

test("goes along the story by keyboard and tells it in words", async () => {
  const page = await open(storyMap(60));
  await page.evaluate(() => window.view.select("scene_6", true));
  await page.locator(".map-canvas").focus();
  await page.keyboard.press("Alt+ArrowDown");
  assert.equal((await state(page)).selected, "scene_7");
  await page.keyboard.press("Alt+ArrowUp");
  assert.equal((await state(page)).selected, "scene_5");
  await page.keyboard.press("Alt+ArrowRight");
  assert.equal((await state(page)).selected, "scene_6");
  assert.match(await page.locator("#map > .unseen").innerText(), /scene_6 in game\/day_0\.rpy, line 61\. 46 words, .* 2 ways in, 2 ways out\./);
  await page.keyboard.press("Enter");
  assert.deepEqual((await told(page)).at(-1), ["open", "game/day_0.rpy", 61]);
  const { x, scale } = await state(page);
  await page.keyboard.press("ArrowRight");
  assert.ok((await state(page)).x > x);
  await page.keyboard.press("+");
  assert.ok((await state(page)).scale > scale);
  await page.keyboard.press("0");
  assert.ok((await state(page)).scale < scale);
  await page.keyboard.press("Escape");
  assert.equal((await state(page)).selected, "");
  await page.evaluate(() => window.view.follow([{ id: "p001", title: "p001", labels: ["start", "scene_2", "scene_3"], colour: "--lane-1" }]));
  for (const key of ["n", "n", "n", "p"]) await page.keyboard.press(key);
  assert.equal((await state(page)).selected, "scene_2");
  assert.equal((await state(page)).follow, "p001");
  await page.keyboard.press("f");
  assert.equal((await state(page)).follow, "");
  await close(page);
});

test("searches names, choices and words, and goes there", async () => {
  const page = await open(storyMap(200));
  await page.locator(".map-canvas").focus();
  await page.keyboard.press("/");
  await page.keyboard.type("number 33");
  await page.getByRole("option", { name: "scene_33 Stay with number 33" }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal((await state(page)).selected, "scene_33");
  const field = page.getByRole("combobox", { name: "Search the map" });
  await field.fill("scene");
  await page.getByText("50 of 200 labels").waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator('[role="option"][aria-selected="true"]').getAttribute("id"), await field.getAttribute("aria-activedescendant"));
  await field.fill("nothing of that kind");
  await page.getByText("Nothing found").waitFor();
  await close(page);
});

test("a folded file is one card; the state comes back whole", async () => {
  const page = await open(storyMap(100));
  await page.evaluate(() => window.view.select("scene_25", true));
  await page.getByRole("button", { name: "Fold its file" }).click();
  const kept = await state(page);
  assert.deepEqual(kept.folded, ["game/day_1.rpy"]);
  await page.evaluate(() => window.view.select("scene_26", true)); // what is gone to is unfolded
  assert.deepEqual((await state(page)).folded, []);
  const other = await open(null);
  await other.evaluate((wanted) => window.view.restore(wanted), kept);
  await show(other, storyMap(100));
  assert.deepEqual(await state(other), kept);
  await close(other);
  await close(page);
});

test("a newer map stays where it was looked at and never leaves the screen empty", async () => {
  const page = await open(storyMap(100));
  await page.evaluate(() => window.view.select("scene_45", true));
  const before = await state(page);
  const newer = storyMap(100, 2);
  for (const one of [...newer.labels, ...newer.files]) one.x += 500;
  newer.width += 500;
  const seen = page.evaluate(() => new Promise((done) => {
    let turns = 0;
    let least = Infinity;
    const look = () => {
      const { data } = document.querySelector(".map-canvas").getContext("2d").getImageData(0, 0, 900, 600);
      least = Math.min(least, new Set(new Uint32Array(data.buffer)).size);
      if (++turns < 30) requestAnimationFrame(look);
      else done(least);
    };
    requestAnimationFrame(look);
  }));
  await show(page, newer, ["scene_45"]);
  assert.ok(await seen > 10);
  const now = await state(page);
  assert.deepEqual([now.x, now.y, now.scale, now.selected], [before.x + 500, before.y, before.scale, "scene_45"]);
  await close(page);
});

test("tells everything as text, a hundred labels at a time, filtered and searched", async () => {
  const page = await open(storyMap(250));
  await page.getByRole("button", { name: "Map as text" }).click();
  await page.getByText("1 to 100 of 250 labels").waitFor();
  await page.getByRole("button", { name: "Next hundred" }).click();
  await page.getByText("101 to 200 of 250 labels").waitFor();
  await page.evaluate(() => window.view.filter(new Set(["start", "scene_3"]), "Two of them"));
  await page.getByText("1 to 2 of 2 labels").waitFor();
  await accessible(page);
  await page.locator(".map-text tbody").getByRole("button", { name: "scene_4" }).click();
  assert.equal((await state(page)).selected, "scene_4");
  await page.getByRole("button", { name: "Show everything again" }).click();
  await page.getByText(/of 250 labels/).waitFor();
  await close(page);
});

test("draws without its worker, too", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/map_worker.js*", (route) => route.abort());
  await page.goto(server.base);
  await page.waitForFunction(() => window.view !== undefined);
  await show(page, storyMap(60));
  assert.ok(await colours(page) > 20);
  const size = await page.evaluate(async () => (await window.view.png(1000)).size);
  assert.ok(size > 1000);
  await context.close();
});

test("no label, one label, a narrow window, a picture of the whole", async () => {
  const page = await open(storyMap(0));
  await page.getByText("Nothing to draw yet").waitFor();
  await show(page, storyMap(1));
  await page.getByText("Nothing to draw yet").waitFor({ state: "hidden" });
  await page.setViewportSize({ width: 400, height: 700 });
  await page.evaluate(() => window.view.select("start", true));
  const panel = await page.locator(".map-panel").boundingBox();
  assert.ok(panel.y > 300 && panel.width > 390);
  const picture = await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await window.view.png(600));
    return Math.max(bitmap.width, bitmap.height);
  });
  assert.ok(picture > 500 && picture <= 600);
  await accessible(page);
  await close(page);
});

for (const colorScheme of ["light", "dark"]) {
  test(`nothing keeps anybody out, ${colorScheme}`, async () => {
    const page = await open(storyMap(100), { colorScheme });
    await accessible(page);
    await page.locator(".map-legend summary").click();
    await page.locator(".map-legend button").first().click();
    await page.evaluate(() => window.view.select("scene_33", true));
    await page.getByRole("combobox").fill("scene");
    await accessible(page);
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), colorScheme === "dark" ? "light" : "dark");
    await page.waitForFunction(() => document.querySelector("#map").dataset.state === "ready");
    await close(page);
  });
}

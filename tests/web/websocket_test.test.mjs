// SPDX-License-Identifier: MIT
// The WebSocket test client in a real browser on a real daemon.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Daemon, launch, makeFolder, openPage, until } from "./harness.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");
const place = makeFolder();
const daemon = new Daemon(place.folder);
let browser;

before(async () => {
  await daemon.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon.end("SIGTERM");
  place.remove();
});

const address = "/static/websocket_test.html";
const open = (query, options) => openPage(browser, daemon, address + query, options);
const live = (page) => page.locator('#status[data-state="live"]').waitFor();
const chip = (page, name) => page.locator(".chip", { has: page.locator(".name", { hasText: new RegExp(`^${name.replace(/\*/g, "\\*")}$`) }) });
const subscribed = (page, name) => page.locator(".row.in", { has: page.locator('.type[title="subscribed"]') }).locator(`.channel[title="${name}"]`).last().waitFor();
const numbered = (page, name, seq) => chip(page, name).locator(".seq", { hasText: new RegExp(`^#${seq}$`) }).waitFor();
const rows = (page, type) => page.locator(".row", { has: page.locator(`.type[title="${type}"]`) });

async function publish(channel, type, message) {
  const answer = await fetch(`${daemon.base}/api/ws/broadcast`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel, type, message }),
  });
  assert.equal(answer.status, 202);
  return answer.json();
}

async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

test("shows what is published, filters it and keeps the view in the URL", async () => {
  const page = await open("?channel=missions&channel=build:*");
  assert.equal(await page.locator("#status-text").innerText(), "Not connected");
  await page.locator("#connect").click();
  await live(page);
  await subscribed(page, "build:*");
  await page.locator("#status-more", { hasText: /[0-9a-f-]{36} · since/ }).waitFor();
  await publish("missions", "mission_update", { id: 1, exact: "ä<b>" });
  await publish("build:7", "build_failed", { line: 12 });
  const { seq } = await publish("missions", "mission_done", { id: 1 });
  await numbered(page, "missions", seq);
  await rows(page, "mission_done").waitFor();
  assert.equal(await chip(page, "missions").locator("b").innerText(), "2");
  assert.match(await chip(page, "build:7").getAttribute("class"), /heard/);
  assert.match(await rows(page, "mission_update").innerText(), /\d\d:\d\d:\d\d\.\d{3}[\s\S]*missions[\s\S]*#\d+[\s\S]*"ä<b>"/);

  await page.getByLabel("By type").fill("mission_*");
  await rows(page, "build_failed").waitFor({ state: "detached" });
  assert.equal(await page.locator(".row").count(), 2);
  await page.getByLabel("Filter by text").fill("EXACT");
  await rows(page, "mission_done").waitFor({ state: "detached" });
  await page.waitForURL(/channel=missions&channel=build%3A\*&filter_text=EXACT&filter_type=mission_\*&connect=1/);
  await page.reload();
  await live(page);
  assert.equal(await page.getByLabel("Filter by text").inputValue(), "EXACT");
  await page.getByLabel("Filter by text").fill("");
  await page.getByLabel("By type").fill("");
  await chip(page, "build:*").locator(".choose").click();
  assert.equal(await page.getByLabel("By channel").inputValue(), "build:*");
  await chip(page, "build:*").getByRole("button", { name: "Unsubscribe from build:*" }).click();
  await chip(page, "build:*").waitFor({ state: "detached" });
  await close(page);
});

test("opens a message as JSON, pauses and clears", async () => {
  const page = await open("?channel=paused&connect=1");
  await subscribed(page, "paused");
  await publish("paused", "first", { deep: [{ a: 1.50 }, []], text: "{\"x\": 1}" });
  await rows(page, "first").locator("summary").press("Enter");
  const shown = await rows(page, "first").locator(".json").innerText();
  assert.match(shown, /\n {4}"deep": \[\n {6}\{\n {8}"a": 1\.5\n {6}\},\n {6}\[\]\n {4}\],/);
  assert.equal(JSON.parse(shown).data.text, '{"x": 1}');
  await page.locator("#pause").click();
  await publish("paused", "second", {});
  await page.locator("#counter", { hasText: "paused, 1 waiting" }).waitFor();
  assert.equal(await rows(page, "second").count(), 0);
  await page.locator("#pause").click();
  await rows(page, "second").waitFor();
  await page.locator("#clear").click();
  await page.locator(".row").first().waitFor({ state: "detached" });
  assert.match(await page.locator("#empty").innerText(), /Nothing yet/);
  await close(page);
});

test("sends: the form, the templates, and nothing that is not JSON", async () => {
  const page = await open("?channel=sent&connect=1");
  await subscribed(page, "sent");
  await page.locator("#publish-channel").fill("sent");
  await page.locator("#publish-event").fill("typed");
  await page.locator("#publish-data").fill('{"big": 12345678901234567890, "e": 1e2}');
  await page.locator("#publish-ack").check();
  await page.locator("#publish").click();
  const got = page.locator(".row.in", { has: page.locator('.type[title="typed"]') });
  await got.locator("summary").click();
  assert.match(await got.locator(".json").innerText(), /12345678901234567890[\s\S]*1e2/);
  await rows(page, "published").waitFor();
  await page.locator("#publish-data").fill('{"big": ');
  await page.locator("#publish").click();
  assert.ok(await page.locator("#publish-fault").innerText());

  await page.locator("#send-panel summary").click();
  await page.locator("#message").fill("{ping}");
  await page.locator("#send").click();
  assert.equal(await page.locator("#message").getAttribute("aria-invalid"), "true");
  await page.getByRole("button", { name: "Ping", exact: true }).click();
  await page.locator("#message").press("Control+Enter");
  await page.locator(".row.in", { has: page.locator('.type[title="pong"]') }).waitFor();
  assert.equal(await page.locator(".row.out", { has: page.locator('.type[title="ping"], .type[title="text"]') }).count(), 1);
  await page.locator("#message").fill('{"kind": 1}');
  assert.match(await page.locator("#message-fault").innerText(), /Without a type/);
  await page.locator("#send").click();
  await rows(page, "error").waitFor();
  await close(page);
});

test("goes through every door", async () => {
  for (const door of ["/ws/connect", "/ws", "/ws/channel", "/"]) {
    const page = await open(`?door=${encodeURIComponent(door)}&name=hall&channel=doors`);
    await page.locator("#connect").click();
    await subscribed(page, "doors");
    const name = door === "/ws/channel" ? "hall" : "doors";
    if (name === "hall") await chip(page, "hall").waitFor();
    const { seq } = await publish(name, "knock", { door });
    await numbered(page, name, seq);
    await rows(page, "knock").waitFor();
    assert.match(await rows(page, "knock").locator(".preview").innerText(), /^\{"door":/);
    assert.equal(await page.locator(".chip .bad").count(), 0);
    await page.locator("#connect").click();
    await page.locator('#status[data-state="closed"]').waitFor();
    await close(page);
  }
});

test("offers the same as a wscat line, also without a clipboard", async () => {
  const page = await open("?channel=missions");
  const line = await page.locator("#wscat").inputValue();
  assert.equal(line, `wscat -c "${daemon.base.replace("http", "ws")}/ws/connect" -w 86400 -x '{"type":"subscribe","channel":"missions"}'`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("#copy").click();
  await page.locator("#copied", { hasText: "Copied." }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), line);
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("no")); });
  await page.locator("#copy").click();
  await page.locator("#copied", { hasText: "press Ctrl+C" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.selectionEnd - document.activeElement.selectionStart), line.length);
  await close(page);
});

test("resumes after the daemon was killed and started again", async () => {
  const page = await open("?channel=resumed&connect=1");
  await subscribed(page, "resumed");
  const { seq } = await publish("resumed", "step", { n: 1 });
  await numbered(page, "resumed", seq);
  await daemon.end("SIGKILL");
  await page.locator('#status[data-state="lost"]').waitFor();
  assert.match(await page.locator("#status-text").innerText(), /Reconnecting… attempt \d/);
  await daemon.start();
  for (let n = 2; n <= 4; n++) assert.equal((await publish("resumed", "step", { n })).seq, seq + n - 1);
  await live(page);
  await numbered(page, "resumed", seq + 3);
  await chip(page, "resumed").locator(".mark.good", { hasText: "recovered" }).waitFor();
  assert.equal(await chip(page, "resumed").locator(".bad").count(), 0);
  await rows(page, "step").nth(3).waitFor();
  assert.equal(await rows(page, "step").count(), 4);
  await close(page);
});

test("says what was replayed and when to refetch", async () => {
  for (const [channel, query] of Object.entries({ away: "channel=away", afar: "door=/&channel=afar", aside: "door=/ws/channel&name=aside" })) {
    const page = await open(`?${query}&connect=1`);
    await subscribed(page, channel);
    await publish(channel, "step", { n: 1 });
    await rows(page, "step").waitFor();
    await page.locator("#connect").click();
    await page.locator('#status[data-state="closed"]').waitFor();
    for (let n = 2; n <= 4; n++) await publish(channel, "step", { n });
    await page.locator("#connect").click();
    await page.locator(".row.note", { hasText: `${channel} recovered: 3 replayed.` }).waitFor();
    await rows(page, "step").nth(3).locator(".mark", { hasText: "replayed" }).waitFor();
    assert.equal(await page.locator(".row .mark").count(), 3);
    await page.locator("#send-panel summary").click();
    await page.locator("#message").fill(JSON.stringify({ type: "subscribe", channel, since: { epoch: "another", seq: 1 } }));
    await page.locator("#send").click();
    await chip(page, channel).locator(".mark.bad", { hasText: "refetch needed" }).waitFor();
    await close(page);
  }
});

test("finds gaps and doubles by itself", async () => {
  const page = await open("");
  await page.routeWebSocket(/\/ws\/connect/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (message.includes('"lost"')) return;
      socket.send(message);
      if (message.includes('"twice"')) socket.send(message);
    });
  });
  await page.goto(`${daemon.base}${address}?channel=holes&connect=1`);
  await subscribed(page, "holes");
  for (const type of ["fine", "lost", "lost", "after", "twice"]) await publish("holes", type, {});
  await chip(page, "holes").locator(".bad", { hasText: "2 missing" }).waitFor();
  await chip(page, "holes").locator(".bad", { hasText: "1 double" }).waitFor();
  assert.equal(await rows(page, "after").locator(".mark").innerText(), "2 missing before");
  assert.equal(await rows(page, "fine").locator(".mark").count(), 0);
  await close(page);
});

test("stays usable in a flood", async () => {
  const many = 5000;
  const page = await open("?channel=flood&connect=1");
  await subscribed(page, "flood");
  await page.evaluate(() => {
    // What a burst may cost is counted, not timed: how often the list is drawn, and how long it gets.
    window.mostRows = 0;
    window.drawings = 0;
    window.frames = 0;
    new MutationObserver(() => {
      ++window.drawings;
      window.mostRows = Math.max(window.mostRows, document.querySelectorAll(".row").length);
    }).observe(document.querySelector("#list"), { childList: true });
    const count = () => { ++window.frames; requestAnimationFrame(count); };
    requestAnimationFrame(count);
  });
  let sent = 0;
  const publisher = async () => {
    while (sent < many) await publish("flood", "drop", { n: ++sent, text: "x".repeat(100) });
  };
  const flood = Promise.all(Array.from({ length: 32 }, publisher));
  await rows(page, "drop").first().waitFor();
  await page.locator("#pause").click(); // in the midst of it
  await page.locator("#pause").click();
  await page.locator("#rate", { hasText: /[1-9][\d,.]* messages\/s · [1-9][\d.]* [kM]?B\/s/ }).waitFor();
  await flood;
  await numbered(page, "flood", many);
  assert.equal(await chip(page, "flood").locator("b").innerText(), "5,000");
  assert.equal(await chip(page, "flood").locator(".bad").count(), 0);
  await page.locator("#counter", { hasText: /^500 shown · 2,000 kept/ }).waitFor();
  assert.equal(await page.locator(".row .seq").last().innerText(), `#${many}`);

  // The same once more in one burst, from the log.
  const { epoch } = await (await fetch(`${daemon.base}/api/ws/channels/flood`)).json();
  await chip(page, "flood").getByRole("button", { name: "Unsubscribe" }).click();
  await chip(page, "flood").waitFor({ state: "detached" });
  await page.locator("#send-panel summary").click();
  await page.locator("#message").fill(JSON.stringify({ type: "subscribe", channel: "flood", since: { epoch, seq: 0 } }));
  await page.locator("#send").click();
  await numbered(page, "flood", many);
  assert.equal(await chip(page, "flood").locator(".bad").count(), 0);
  const { mostRows, drawings, frames } = await page.evaluate(() => ({ mostRows: window.mostRows, drawings: window.drawings, frames: window.frames }));
  assert.ok(mostRows <= 500, `${mostRows} rows`);
  assert.ok(drawings <= frames + 5, `${drawings} drawings in ${frames} frames`); // pause and resume draw at once

  // Who reads further up is not pulled away.
  await page.locator("#scroller").evaluate((box) => { box.scrollTop = 100; });
  const at = () => page.locator("#scroller").evaluate((box) => box.scrollTop);
  await until(async () => (await at()) === 100, "the scroll");
  await publish("flood", "late", {});
  await page.locator("#newer", { hasText: "1 newer" }).click();
  await rows(page, "late").waitFor();
  assert.ok((await at()) > 100);
  await close(page);
});

test("can be used with the keyboard alone", async () => {
  const page = await open("?channel=keys&connect=1");
  await subscribed(page, "keys");
  const reached = new Set();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName));
  }
  for (const wanted of ["connect", "drop", "copy", "wscat", "subscribe-name", "choose", "leave", "publish-data", "filter-text", "filter-channel", "filter-type", "pause", "clear", "scroller", "line"]) {
    assert.ok(reached.has(wanted), `${wanted} in ${[...reached]}`);
  }
  await close(page);
});

for (const [name, options] of Object.entries({ light: { colorScheme: "light" }, dark: { colorScheme: "dark" }, narrow: { viewport: { width: 400, height: 800 } } })) {
  test(`has nothing for axe-core to find and fits (${name})`, async () => {
    const page = await open("?channel=seen&channel=other&connect=1", options);
    await subscribed(page, "other");
    await publish("seen", "looked", { at: ["it", 1, null] });
    await rows(page, "looked").locator("summary").click();
    await page.evaluate(() => document.querySelectorAll(".controls details").forEach((box) => { box.open = true; }));
    await page.locator("#message").fill("{");
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), []);
    const [wide, fits] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= fits, `${wide} px in ${fits}`);
    const picture = await page.screenshot({ fullPage: true });
    assert.ok(picture.length > 10_000 && picture.subarray(1, 4).toString() === "PNG");
    await close(page);
  });
}

// SPDX-License-Identifier: MIT
// A real daemon and a real Chromium for one test file.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";

const top = join(dirname(fileURLToPath(import.meta.url)), "../..");
const patience = 60_000; // a cold machine reads its browser from a slow disk

/** Polls for what a process cannot announce; ends as soon as it holds. */
export async function until(condition, what) {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export class Daemon {
  constructor(folder) {
    this.folder = folder;
    this.runtime = join(folder, "runtime");
  }

  async start(...more) {
    const ports = this.meta ? ["--port", String(this.meta.ws_port), "--http-port", String(this.meta.http_port)] : ["--port", "0", "--http-port", "0"];
    this.process = spawn(process.env.BPYD_BIN, ["--runtime-dir", this.runtime, ...ports, ...more], { stdio: "inherit" });
    const file = join(this.runtime, "default/wsd.meta.json");
    this.meta = await until(() => {
      try {
        const meta = JSON.parse(readFileSync(file, "utf8"));
        return meta.pid === this.process.pid ? meta : null;
      } catch {
        return null; // not there yet, or the last one's being removed
      }
    }, "wsd.meta.json");
    this.base = `http://127.0.0.1:${this.meta.http_port}`;
  }

  async end(signal) {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill(signal);
    await ended;
  }
}

export class Story {
  constructor(folder, from = join(top, "docs/sample")) {
    this.root = join(folder, "lighthouse");
    cpSync(from, this.root, { recursive: true });
    this.script = join(this.root, "game/script.rpy");
  }

  /** As editors do it: a temporary beside it, renamed over. */
  save(change) {
    const text = change(readFileSync(this.script, "utf8"));
    writeFileSync(`${this.script}.new`, text);
    renameSync(`${this.script}.new`, this.script);
  }
}

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "bpyd-web-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    timeout: 2 * patience,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page that remembers what it must not do: ask elsewhere, break the policy, throw. */
export async function openPage(browser, daemon, target, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("request", (request) => {
    // A place opens in the editor by a vscode: link; a picture is saved from a blob.
    if (!request.url().startsWith(daemon.base) && !/^(data|vscode|blob):/.test(request.url())) page.faults.push(`asked ${request.url()}`);
  });
  page.on("pageerror", (error) => page.faults.push(`threw ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) page.faults.push(message.text());
  });
  page.setDefaultTimeout(patience);
  await page.goto(daemon.base + target);
  return page;
}

// SPDX-License-Identifier: MIT
// The story map on a page of its own under the daemon's content policy, with a story made up here.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../web/node_modules/esbuild/lib/main.js";

const source = join(dirname(fileURLToPath(import.meta.url)), "../../web/src");
const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'";
const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Map</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/page.css"><script type="module" src="/static/page.js"></script></head>
<body><main><h1 class="unseen">Map</h1><div id="map"></div></main></body></html>`;
const script = `import { MapView } from "${source}/map/map_view";
window.told = [];
const tell = (what) => (...values) => void window.told.push([what, ...values]);
window.view = new MapView(document.getElementById("map"), {
  openPlace: tell("open"), onSelect: tell("select"), onState: () => undefined, onLevel: tell("level"), showInLanes: tell("lanes"),
  requirements: async () => ({ reachable: true, choices: [{ text: "Go up", label: "start" }], conditions: [{ text: "courage > 3" }] }),
});`;
const style = `@import "${source}/colours.css"; @import "${source}/map/map.css"; main { height: 100vh; display: flex; } #map { flex: 1; }`;

const sizes = { width: 220, gapX: 40, gapY: 56, head: 34, body: 40, row: 26, perRow: 4, strip: 76 };

function labelAt(index, file, x, y) {
  const pins = index % 3 === 0 ? [
    { text: `Stay with number ${index}`, condition: "", never: "", line: index * 10 + 4, y: sizes.head + sizes.body, rows: 1 },
    { text: "Leave", condition: "courage > 3", never: index % 6 === 0 ? "courage is at most 2" : "", line: index * 10 + 6, y: sizes.head + sizes.body + sizes.row, rows: 1 },
  ] : [];
  return {
    name: index === 0 ? "start" : `scene_${index}`, file, line: index * 10 + 1, kind: "label", change: "", text: `These are the first words of scene ${index}`,
    words: 40 + index, seconds: 20 + index, x, y, width: sizes.width, height: sizes.head + sizes.body + pins.length * sizes.row,
    route: index % 5 === 4 ? 0 : -1, problems: index % 11 === 3 ? 2 : 0, severity: index % 11 === 3 ? "warn" : "", reachable: index % 13 !== 7,
    entry: index === 0, ending: index % 17 === 16, pins,
  };
}

/** `count` labels, twenty to a file, each leading to the next two. */
export function storyMap(count, generation = 1) {
  const [labels, files, edges] = [[], [], []];
  const across = Math.max(1, Math.ceil(Math.sqrt(count / 20)));
  const [width, height] = [sizes.perRow * (sizes.width + sizes.gapX) + 40, 5 * 190 + sizes.strip];
  for (let first = 0; first < count; first += 20) {
    const number = first / 20;
    const [x, y] = [40 + (number % across) * (width + 80), 40 + Math.floor(number / across) * (height + 80)];
    const file = `game/day_${number}.rpy`;
    const many = Math.min(20, count - first);
    files.push({ file, chapter: "day", x, y, width, height, labels: many, words: many * 50, seconds: many * 20, problems: 0 });
    for (let at = 0; at < many; at++) {
      labels.push(labelAt(first + at, file, x + 32 + (at % sizes.perRow) * (sizes.width + sizes.gapX), y + sizes.strip + Math.floor(at / sizes.perRow) * 190));
    }
  }
  labels.forEach((label, from) => {
    for (const to of [from + 1, from + 2]) {
      if (to < count) edges.push({ from, to, pin: label.pins.length > 0 ? to - from - 1 : -1, kind: label.pins.length > 0 ? "choice" : "jump", file: label.file, line: label.line + 3 });
    }
  });
  const far = (list, side, size) => Math.max(0, ...list.map((one) => one[side] + one[size])) + (list.length > 0 ? 40 : 0);
  return { project: "made-up", generation, level: "labels", width: far(files, "x", "width"), height: far(files, "y", "height"), endings: count > 0 ? ["scene_16"] : [], files, labels, edges };
}

export async function serveMap() {
  const folder = mkdtempSync(join(tmpdir(), "bpyd-map-"));
  writeFileSync(join(folder, "page.ts"), script);
  writeFileSync(join(folder, "page.css"), style);
  const out = join(folder, "out");
  await build({
    entryPoints: { page: join(folder, "page.ts"), style: join(folder, "page.css"), map_worker: join(source, "map/tile_worker.ts") },
    entryNames: "[name]", outdir: out, bundle: true, splitting: true, format: "esm", target: "es2022", logLevel: "warning",
  });
  const types = { js: "text/javascript", css: "text/css" };
  const server = createServer((request, answer) => {
    const name = request.url.split("?")[0].replace("/static/", "").replace("page.css", "style.css");
    const headers = { "content-security-policy": policy, "content-type": `${types[name.split(".").pop()] ?? "text/html"}; charset=utf-8` };
    try {
      const body = name === "/" ? html : readFileSync(join(out, name));
      answer.writeHead(200, headers).end(body);
    } catch {
      answer.writeHead(404, headers).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    end: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

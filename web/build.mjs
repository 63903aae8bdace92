// SPDX-License-Identifier: MIT
// Builds the pages into argv[2] with a manifest of what the binary embeds: each file as it is,
// in brotli and in gzip. Type errors fail the build.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = resolve(process.argv[2] ?? "dist");
const files = join(out, "static");
rmSync(files, { recursive: true, force: true });
mkdirSync(files, { recursive: true });

execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "--noEmit"], { stdio: "inherit" });

await build({
  entryPoints: ["src/pilot.ts", "src/start.ts", "src/error.ts", "src/websocket_test.ts", "src/pilot.css", "src/page.css", "src/websocket_test.css"],
  outdir: files,
  bundle: true,
  splitting: true, // Mermaid becomes chunks of its own, fetched when the first drawing is due
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  chunkNames: "chunk-[hash]",
  logLevel: "warning",
});
for (const name of ["favicon.svg", "pilot.html", "start.html", "websocket_test.html"]) copyFileSync(join("src", name), join(files, name));

const types = { js: "text/javascript", css: "text/css", html: "text/html", svg: "image/svg+xml" };
const paths = { "pilot.html": "/pilot/view.html", "start.html": "/start.html", "favicon.svg": "/favicon.svg" };

function compress(name, bytes) {
  const quality = bytes.length > 300_000 ? 9 : 11; // the last percent of a big file costs seconds
  writeFileSync(join(files, `${name}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }));
  writeFileSync(join(files, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}

const manifest = readdirSync(files).sort().map((name) => {
  const bytes = readFileSync(join(files, name));
  compress(name, bytes);
  return {
    path: paths[name] ?? `/static/${name}`,
    file: `static/${name}`,
    type: `${types[name.split(".").pop()]}; charset=utf-8`,
    etag: createHash("sha256").update(bytes).digest("hex").slice(0, 16),
    encodings: ["br", "gzip"],
  };
});
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));

// SPDX-License-Identifier: MIT
// Turns the pages' manifest into a table (assets.cpp) and their bytes (assets.S, by .incbin).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const entries = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
entries.sort((a, b) => (a.path < b.path ? -1 : 1));

const assembly = ['.section .rodata,"a",@progbits'];
const symbol = (index, coding) => `bpyd_asset_${index}_${coding}`;
function embed(index, coding, file) {
  const name = symbol(index, coding);
  assembly.push(`.balign 16`, `.global ${name}`, `.global ${name}_end`, `${name}:`,
    `.incbin "${join(folder, file)}"`, `${name}_end:`, `.byte 0`);
}

const declarations = [];
const rows = [];
const view = (name) => `{${name}, static_cast<std::size_t>(${name}_end - ${name})}`;
entries.forEach((entry, index) => {
  const codings = { identity: entry.file };
  if (entry.encodings.includes("br")) codings.br = `${entry.file}.br`;
  if (entry.encodings.includes("gzip")) codings.gz = `${entry.file}.gz`;
  for (const [coding, file] of Object.entries(codings)) {
    embed(index, coding, file);
    const name = symbol(index, coding);
    declarations.push(`extern "C" const char ${name}[];`, `extern "C" const char ${name}_end[];`);
  }
  const field = (coding) => (codings[coding] ? view(symbol(index, coding)) : "{}");
  rows.push(`      {${JSON.stringify(entry.path)}, ${JSON.stringify(entry.type)}, ${JSON.stringify(entry.etag)},\n` +
    `       ${field("identity")}, ${field("br")}, ${field("gz")}},`);
});
assembly.push('.section .note.GNU-stack,"",@progbits', "");

writeFileSync(join(folder, "assets.S"), assembly.join("\n"));
writeFileSync(join(folder, "assets.cpp"), `// Made by scripts/embed.mjs.
#include <vector>

#include "bpyd/protocol/assets.hpp"

${declarations.join("\n")}

namespace bpyd::web {
protocol::Assets assets() {
  static const std::vector<protocol::Asset> table = {
${rows.join("\n")}
  };
  return table;
}
}  // namespace bpyd::web
`);

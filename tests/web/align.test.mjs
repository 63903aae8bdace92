// SPDX-License-Identifier: MIT
// Where paths go together, part and meet: the page's own code, without a page.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "../../web/node_modules/esbuild/lib/main.js";

const top = join(dirname(fileURLToPath(import.meta.url)), "../..");

async function load(name) {
  const made = await build({ entryPoints: [join(top, "web/src/pilot", name)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString("base64")}`);
}
const { align, matches } = await load("align.ts");
const { parseLane, laneText } = await load("lane_spec.ts");

const lane = (text) => [...text].map((key) => ({ key }));
/** "ab(c|de)f": shared steps, and branches in brackets. */
function drawn(parts) {
  return parts.map((part) => (part.kind === "shared" ? part.rows.map((row) => row[0].key).join("") : `(${part.branches.map((branch) => drawn(branch.parts)).join("|")})`)).join("");
}
const of = (...lanes) => drawn(align(lanes.map(lane)));

test("what two paths share is one band, what they do not is beside one another", () => {
  assert.equal(of("abcxy", "abdexy"), "ab(c|de)xy");
  assert.equal(of("abc", "abc"), "abc");
  assert.equal(of("abc", "xyz"), "(abc|xyz)");
  assert.equal(of("axb", "ab"), "a(x|)b");
  assert.equal(of("a", ""), "(a|)");
});

test("of three, two may go together for a while", () => {
  assert.equal(of("aqrz", "aqsz", "atz"), "a(q(r|s)|t)z");
  assert.equal(of("az", "abz", "abz"), "a(|b)z");
});

test("lanes apart are not drawn as one, and nothing is lost or told twice", () => {
  assert.equal(of("aqz", "atz", "aqz"), "a(q|t|q)z");
});

test("by turns together: the first with the second, then the second with the third", () => {
  const told = of("apqz", "apqrsz", "arsz");
  assert.ok(told.startsWith("a(") && told.endsWith(")z"), told);
});

test("steps that come again are matched in order", () => {
  assert.deepEqual(matches([..."abab"], [..."ab"]).length, 2);
  assert.equal(of("xlxlx", "xlx").replace(/[^xl]/g, ""), "xlxlx");
});

test("random lanes: each lane can be read back from the drawing", () => {
  let seed = 7;
  const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
  for (let round = 0; round < 300; round++) {
    const lanes = Array.from({ length: 2 + random(5) }, () => Array.from({ length: random(14) }, () => "abcdefgh"[random(8)]).join(""));
    const read = lanes.map(() => "");
    const walk = (parts) => {
      for (const part of parts) {
        if (part.kind === "fork") part.branches.forEach((branch) => walk(branch.parts));
        else for (const row of part.rows) part.lanes.forEach((number, index) => (read[number] += row[index].key));
      }
    };
    walk(align(lanes.map(lane)));
    assert.deepEqual(read, lanes);
  }
});

test("long lanes are aligned too", () => {
  const one = Array.from({ length: 6000 }, (_, index) => ({ key: `s${index}` }));
  const two = one.map((step, index) => (index % 50 === 3 ? { key: `t${index}` } : step));
  assert.equal(align([one, two]).length, 241);
});

test("a lane's text names it, and reads back", () => {
  for (const text of ["p001", "p001~script.rpy:42", "through:a,b#2", "to:script.rpy:12#1", "p003@HEAD~2", "p001~game/x.rpy:3@v1.0", "p001@snapshot:12", "through:a,b#2@snapshot:12", "to:script.rpy:12#1@snapshot:7", "p001~game/x.rpy:3@snapshot:7"]) assert.equal(laneText(parseLane(text)), text);
  assert.equal(laneText(parseLane("through:a")), "through:a#1");
  assert.deepEqual(parseLane("p001~game/x.rpy:3@snapshot:7"), { path: "p001", instead: "game/x.rpy:3", through: "", to: "", at: "snapshot:7" });
});

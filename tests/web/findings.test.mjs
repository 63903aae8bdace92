// SPDX-License-Identifier: MIT
// Problems and violations as one list, and figures over time: the page's own code, without a page.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "../../web/node_modules/esbuild/lib/main.js";

const top = join(dirname(fileURLToPath(import.meta.url)), "../..");

async function load(name) {
  const made = await build({ entryPoints: [join(top, "web/src", name)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString("base64")}`);
}
globalThis.location = { search: "?lang=en", hash: "" }; // what the page's words and its token ask for
globalThis.sessionStorage ??= { getItem: () => null };
globalThis.navigator ??= { languages: [] };
const { merge } = await load("pilot/findings.ts");
const { TrendData } = await load("history/trend.ts");

const problem = (id, line, more = {}) => ({ id, severity: "warn", file: "a.rpy", line, column: 1, label: "start", message: `${id} ${line}`, suggestion: "", ...more });
const violation = (check, line, more = {}) => ({ key: `${check}${line}`, rule: `no-${check}`, check, severity: "error", file: "a.rpy", line, label: "start", message: `${check} ${line}`, suggestion: "", points: 5, waived: false, reason: "", until: "", ...more });

test("what a check and a rule both found stands there once, with both marks and the worse of their severities", () => {
  const { open, waived } = merge([problem("dead-end", 3), problem("no-start", 9)], [violation("dead-end", 3), violation("label-length", 1)]);
  assert.deepEqual(open.map((one) => [one.id, one.check, one.rules.map((rule) => rule.rule), one.severity]), [
    ["label-length", false, ["no-label-length"], "error"],
    ["dead-end", true, ["no-dead-end"], "error"],
    ["no-start", true, [], "warn"],
  ]);
  assert.equal(waived.length, 0);
});

test("several on one line keep their own", () => {
  const found = merge([problem("x", 3, { message: "one" }), problem("x", 3, { message: "two" })], [violation("x", 3, { message: "two" })]).open;
  assert.deepEqual(found.map((one) => [one.message, one.rules.length]).sort(), [["one", 0], ["two", 1]]);
});

test("what is waived stands apart, unless another rule says the same", () => {
  const waived = violation("x", 3, { waived: true });
  assert.equal(merge([problem("x", 3)], [waived]).waived.length, 1);
  assert.equal(merge([problem("x", 3)], [waived]).open.length, 0);
  assert.equal(merge([problem("x", 3)], [waived, violation("x", 3, { rule: "other" })]).open.length, 1);
  assert.equal(merge([], [waived, violation("y", 4)]).waived.length, 1);
});

test("without rules the problems are as the daemon told them", () => {
  assert.deepEqual(merge([problem("b", 9), problem("a", 1)], []).open.map((one) => one.id), ["b", "a"]);
});

test("a snapshot is found among the figures, and where it stands in the list", () => {
  const trend = (ids, total) => new TrendData({ total, ids, taken: ids.map((id) => new Date(id * 1000).toISOString()), names: ids.map(() => ""), series: [{ metric: "words", values: ids.map((id) => id * 10) }] });
  const all = trend([2, 5, 9], 3);
  assert.deepEqual([2, 5, 9, 4, 10].map((id) => all.indexOf(id)), [0, 1, 2, -1, -1]);
  assert.deepEqual([0, 1, 2].map((index) => all.offsetOf(index)), [2, 1, 0]);
  const thinned = trend([1, 50, 100], 101);
  assert.deepEqual([0, 1, 2].map((index) => thinned.offsetOf(index)), [100, 50, 0]);
  thinned.insert({ id: 60, taken: new Date(60_000).toISOString(), name: "", words: 6 });
  assert.deepEqual([thinned.indexOf(60), thinned.total, thinned.of("words")[2]], [2, 101, 6]);
  all.append({ id: 12, taken: new Date(12_000).toISOString(), name: "x", words: 7 });
  all.append({ id: 12, taken: new Date(12_000).toISOString(), name: "x", words: 7 });
  assert.deepEqual([all.count, all.total, all.of("words").at(-1), all.names.at(-1)], [4, 4, 7, "x"]);
});

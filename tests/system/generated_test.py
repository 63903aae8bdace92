#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generated stories: statements, graph, reachability, counts and cover equal to what the generator knows."""
import collections
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BPYD = os.environ.get("BPYD_BIN", str(ROOT / "build/dev/bpyd"))
WRAPPERS = {"Translate", "EndTranslate", "Init"}


class Generated(unittest.TestCase):
    def bpyd(self, *words):
        return subprocess.run([BPYD, *map(str, words)], check=True, capture_output=True, text=True).stdout

    def story(self, labels, lines, seed):
        folder = tempfile.TemporaryDirectory(prefix="bpyd-story-")
        self.addCleanup(folder.cleanup)
        subprocess.run([ROOT / "scripts/gen-story", folder.name, "--labels", str(labels), "--lines", str(lines), "--seed", str(seed)], check=True)
        return pathlib.Path(folder.name), json.loads((pathlib.Path(folder.name) / "expected.json").read_text())

    def check(self, labels, lines, seed):
        folder, expected = self.story(labels, lines, seed)
        rows = [json.loads(line) for line in self.bpyd("facts", folder).splitlines()]
        rows = [[row["kind"], row["file"], row["line"]] for row in rows if row["kind"] not in WRAPPERS]
        implicit = [row for at, row in enumerate(rows) if at + 1 == len(rows) or rows[at + 1][1] != row[1]]
        self.assertTrue(all(row[0] == "Return" for row in implicit))  # each file's own end
        self.assertEqual([row for row in rows if not any(row is end for end in implicit)], expected["facts"])

        flow = {label["name"]: label for label in json.loads(self.bpyd("flow", folder))["labels"]}
        report = json.loads(self.bpyd("analyze", "--no-write", "--json", folder))
        told = {label["name"]: label for label in report["labels"] if label["kind"] != "call_from"}
        self.assertEqual(set(flow), set(expected["labels"]))
        for name, wanted in expected["labels"].items():
            found = flow[name]
            self.assertEqual((found["file"], found["line"]), (wanted["file"], wanted["line"]))
            self.assertEqual([row["to"] for row in found["jumps"]], wanted["jumps"], name)
            self.assertEqual([row["to"] for row in found["calls"]], wanted["calls"], name)
            self.assertEqual([[[choice["text"], choice["target"]] for choice in menu["choices"]] for menu in found["menus"]], wanted["menus"], name)
            self.assertEqual(told[name]["reachable"], wanted["reachable"], name)
            self.assertEqual(told[name]["words"], wanted["words"], name)
        self.assertEqual(report["counts"]["play_throughs"], expected["play_throughs"])
        return expected, report

    def test_statements_graph_and_counts(self):
        for seed in range(1, 13):
            self.check(20 + 30 * seed, 200 + 400 * seed, seed)

    def test_the_cover_shows_every_reachable_choice_once_or_more(self):
        for seed in range(20, 26):
            expected, report = self.check(60, 800, seed)
            self.assertFalse(report["truncated"])
            shown = collections.Counter(choice["text"] for path in report["paths"] for choice in path["choices"])
            wanted = {text for label in expected["labels"].values() if label["reachable"] for menu in label["menus"] for text, _ in menu}
            self.assertEqual(set(shown), wanted)
            self.assertLessEqual(len(report["paths"]), len(wanted) + 2)
            for path in report["paths"]:
                self.assertEqual((path["entry"], path["ending_kind"] in ("return", "quit")), ("start", True))

    def test_a_diff_of_two_folders_in_words(self):
        with tempfile.TemporaryDirectory(prefix="bpyd-diff-") as folder:
            for name, choice in (("old", "Stay"), ("new", "Leave")):
                game = pathlib.Path(folder, name, "game")
                game.mkdir(parents=True)
                (game / "script.rpy").write_text(f'label start:\n    menu:\n        "{choice}":\n            return\n        "Wait":\n            return\n')
            old, new = f"{folder}/old", f"{folder}/new"
            self.assertIn("now reads “Leave”", self.bpyd("diff", old, new))
            self.assertEqual(self.bpyd("diff", old, old), "The story is the same\n")
            self.assertTrue(json.loads(self.bpyd("diff", "--json", old, new))["changed"])

    def test_a_number_of_many_digits(self):
        expected, _ = self.check(2000, 12000, 3)
        self.assertGreater(len(expected["play_throughs"]), 100)


if __name__ == "__main__":
    unittest.main()

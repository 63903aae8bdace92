"""`bpyd check` as a build server calls it: exit codes, text, JSON, JUnit and SARIF, each held against its schema."""
import json
import os
import pathlib
import re
import subprocess
import urllib.parse
import xml.etree.ElementTree

import jsonschema

from harness import STORY, Case, main, run

HERE = pathlib.Path(__file__).resolve().parents[1]
GAMES = pathlib.Path("/usr/share/games/renpy")
# The schema of SARIF 2.1.0 as Microsoft's test matchers carry it, installed with the pages' packages.
SARIF = pathlib.Path(os.environ.get("BPYD_SARIF_SCHEMA") or HERE.parent / "web/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
JUNIT = HERE / "data/schemas/junit.xsd"
BROKEN = STORY + 'label lost:\n    "It\'s <b> & \\"that\\""\n    jump nowhere\n'


class Check(Case):
    def check(self, root, *arguments, code=0):
        return run("check", root, *arguments, runtime=self.folder / "run", check=code)

    def rules(self, document, name="rules.json"):
        file = self.folder / name
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        return file

    def sarif(self, root, *arguments, code=0):
        """Printed, and valid by the official schema."""
        log = json.loads(self.check(root, "--format", "sarif", *arguments, code=code).stdout)
        schema = json.loads(SARIF.read_text())
        judge = jsonschema.validators.validator_for(schema)
        judge.check_schema(schema)
        judge(schema, format_checker=judge.FORMAT_CHECKER).validate(log)
        return log["runs"][0]

    def junit(self, root, *arguments, code=0):
        text = self.check(root, "--format", "junit", *arguments, code=code).stdout
        judged = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(JUNIT), "-"], input=text, capture_output=True, text=True)
        self.assertEqual(judged.returncode, 0, judged.stderr[:2000])
        return xml.etree.ElementTree.fromstring(text)

    def test_exit_codes(self):
        root = self.project()
        self.check(root)
        self.check(root, "--fail-on", "warn")
        broken = self.project("broken", BROKEN)
        self.check(broken, code=1)
        self.check(broken, "--fail-on", "never")
        lost = self.project("lost", STORY + "label lost:\n    return\n")
        self.check(lost)
        self.check(lost, "--fail-on", "warn", code=1)
        for arguments in ([self.folder / "none"], [root, "--format", "yaml"], [root, "--rules", self.folder / "none.json"], [root, "--rules", self.rules('{"rulez": []}')], [root, "--output", "/proc/none/out"]):
            self.assertEqual(self.check(*arguments, code=None).returncode, 2)
        bad = self.check(root, "--rules", self.rules('{"rules": [{"id": "a", "check": "words", "max": -1}]}'), code=2)
        self.assertRegex(bad.stderr, r"BPY-1303 .*rules\.json: /rules/0/max must be a whole number from 0")
        self.assertEqual(json.loads(self.check(root, "--json", "--rules", self.rules("{"), code=2).stdout)["code"], "BPY-1303")
        self.assertEqual(self.check(self.folder / "none", code=2).stdout, "")

    def test_the_projects_own_rules(self):
        root = self.project()
        (root / ".branchpy").mkdir()
        (root / ".branchpy/governance.json").write_text(json.dumps({"rules": [{"id": "long", "check": "words", "min": 100, "advice": "Write on."}]}))
        told = self.check(root, code=1)
        self.assertIn("There is 1 word, at least 100 are asked for  [long]\n          Write on.", told.stdout)
        self.assertEqual(told.stdout.splitlines()[-1], "failed: 1 error, 0 warnings, 0 notes, 10 points")
        self.check(root, "--rules", self.rules({}))
        (root / ".branchpy/governance.json").write_text("{")
        self.assertIn(".branchpy/governance.json: / is no JSON", self.check(root, code=2).stderr)

    def test_text_and_json(self):
        broken = self.project("broken", BROKEN)
        told = self.check(broken, code=1).stdout
        self.assertIn("game/script.rpy\n", told)
        self.assertRegex(told, r"    14  error  There is no label nowhere  \[missing-label\]  in label lost\n")
        self.assertEqual(told.splitlines()[-1], "failed: 1 error, 1 warning, 0 notes, 11 points")
        report = json.loads(self.check(broken, "--json", code=1).stdout)
        self.assertEqual((report["passed"], report["errors"], report["warnings"], len(report["violations"])), (False, 1, 1, 2))
        output = self.folder / "out.json"
        self.assertEqual(self.check(broken, "--format", "json", "--output", output, code=1).stdout, "")
        self.assertEqual(json.loads(output.read_text()), report)

    def test_sarif(self):
        root = self.project("broken", BROKEN)
        (root / "game/scène #1 50%.rpy").write_text("label odd:\n    jump nowhere_else\n")
        rules = self.rules({"rules": [{"id": "long", "check": "words", "min": 100, "severity": "warn"}],
                            "waivers": [{"rule": "missing-label", "labels": ["lost"], "reason": "next week"}, {"rule": "none", "reason": "old"}]})
        made = self.sarif(root, "--rules", rules, code=1)
        driver = made["tool"]["driver"]
        self.assertEqual(driver["name"], "bpyd")
        for result in made["results"]:
            self.assertEqual(driver["rules"][result["ruleIndex"]]["id"], result["ruleId"])
            place = result["locations"][0]["physicalLocation"]
            self.assertGreaterEqual(place["region"]["startLine"], 1)
            self.assertTrue((root / urllib.parse.unquote(place["artifactLocation"]["uri"])).exists())
        keys = [result["partialFingerprints"]["bpydKey/v1"] for result in made["results"]]
        self.assertEqual(len(set(keys)), len(keys))
        waived = [result for result in made["results"] if "suppressions" in result]
        self.assertEqual([(result["ruleId"], result["suppressions"][0]["justification"]) for result in waived], [("missing-label", "next week")])
        self.assertIn("The waiver for none", made["invocations"][0]["toolConfigurationNotifications"][0]["message"]["text"])
        uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in made["results"]}
        self.assertIn("game/sc%c3%a8ne%20%231%2050%25.rpy", uris)
        self.assertEqual(self.sarif(self.project("fine"))["results"], [])

    def test_junit(self):
        root = self.project("broken", BROKEN + "    jump nowhere\n")
        rules = self.rules({"max_points": 5, "rules": [{"id": "words", "check": "forbidden-words", "words": ["It's", "Hello"]}],
                            "waivers": [{"rule": "words", "containing": "Hello", "reason": "a <greeting>"}]})
        made = self.junit(root, "--rules", rules, code=1)
        suites = {suite.get("name"): suite for suite in made}
        self.assertEqual(len(suites["choice-without-effect"].findall("testcase")), 1)
        self.assertEqual(suites["choice-without-effect"].get("failures"), "0")
        self.assertEqual((suites["words"].get("tests"), suites["words"].get("failures"), suites["words"].get("skipped")), ("2", "1", "1"))
        self.assertEqual(suites["words"].find(".//skipped").get("message"), "a <greeting>")
        self.assertIn("warn: game/script.rpy:12: Nothing leads to the label lost", suites["unreachable-labels"].find("system-out").text)
        self.assertEqual(suites["max_points"].get("failures"), "1")
        for suite in made:
            self.assertEqual(len(suite.findall(".//failure")), int(suite.get("failures")))
        self.junit(self.project("fine"))

    def test_debians_games_with_the_shipped_rules(self):
        """What is found is read here once by a person; it must stay so."""
        if not (GAMES / "demo").is_dir():
            self.skipTest("renpy-demo is not installed")
        question = json.loads(self.check(GAMES / "the_question", "--json").stdout)
        self.assertEqual((question["passed"], question["violations"]), (True, []))
        demo = json.loads(self.check(GAMES / "demo", "--json").stdout)
        counts = {}
        for one in demo["violations"]:
            counts[one["rule"], one["severity"]] = counts.get((one["rule"], one["severity"]), 0) + 1
        self.assertTrue(demo["passed"])
        self.assertEqual({rule for rule, severity in counts if severity == "warn"}, {"dead-translation", "choice-without-effect"})
        self.assertEqual(counts["choice-without-effect", "warn"], 1)  # "Yes." and "I do." do the same
        self.assertEqual([one for one in demo["violations"] if not one["suggestion"]], [])
        launcher = json.loads(self.check(GAMES / "launcher", "--json", code=1).stdout)
        self.assertEqual([(one["rule"], one["message"]) for one in launcher["violations"] if one["severity"] == "error"], [("missing-label", "There is no label install")])
        for game in ("the_question", "demo", "launcher"):
            self.sarif(GAMES / game, code=1 if game == "launcher" else 0)
            self.junit(GAMES / game, code=1 if game == "launcher" else 0)

    def test_every_kind_of_rule_on_a_real_game(self):
        if not (GAMES / "the_question").is_dir():
            self.skipTest("renpy-thequestion is not installed")
        rules = self.rules({"checks": {"*": "off"}, "extends": "none", "rules": [
            {"id": "routes", "check": "words-per-route", "within": 20}, {"id": "near", "check": "choices-to-ending", "max": 1},
            {"id": "lull", "check": "minutes-without-choice", "max": 1}, {"id": "tone", "check": "forbidden-words", "words": ["book*"]},
            {"id": "chapters", "check": "required-metadata", "required": ["chapter"], "scope": {"labels": ["start"]}}]})
        made = json.loads(self.check(GAMES / "the_question", "--json", "--rules", rules, code=1).stdout)
        found = sorted((one["rule"], one["label"], one.get("value")) for one in made["violations"])
        self.assertIn(("near", "marry", 2), found)
        self.assertIn(("chapters", "start", None), found)
        self.assertEqual({rule for rule, _, _ in found}, {"routes", "near", "lull", "tone", "chapters"})
        # A player reads "book" in dialogue and choices; labels and variables of that name are no words.
        lines = (GAMES / "the_question/game/script.rpy").read_text().splitlines()
        for one in made["violations"]:
            if one["rule"] == "tone":
                self.assertRegex(lines[one["line"] - 1], re.compile(r'".*\bbook.*"', re.I))


if __name__ == "__main__":
    main()

"""Governance over the wire: rules kept, changed and tried; what a save breaks and mends; a broken file; switched off."""
import json
import os

import jsonschema

from harness import Case, commit, main, receive, wait_for

STORY = """label start:
    "Hello there."
    menu:
        "Left":
            jump left
        "Right":
            jump right
label left:
    return
label right:
    return
"""
NO_DAMN = {"extends": "none", "checks": {"*": "off"}, "rules": [{"id": "tone", "check": "forbidden-words", "words": ["damn*"]}]}


class Governance(Case):
    def setUp(self):
        super().setUp()
        self.root = self.project(text=STORY)
        self.script = self.root / "game/script.rpy"
        self.file = self.root / ".branchpy/governance.json"

    def begin(self, *arguments, **more):
        self.d = self.daemon("--project", self.root, *arguments, **more)
        self.d.ready("story")

    def status(self, query=""):
        return self.d.json("/api/governance/status?" + query)

    def put(self, rules, status=200):
        return self.d.json("/api/governance/rules", "PUT", {"project": "story", "rules": rules}, status=status)

    def keep(self, text):
        """The rules file, whole at once: who reads it meanwhile has the old or the new."""
        fresh = self.folder / "fresh.json"
        fresh.write_text(text)
        os.replace(fresh, self.file)

    def listen(self):
        """A socket that hears of governance."""
        d = self.d

        class Ears:
            async def __aenter__(self):
                self.socket = await d.socket("/ws/connect").__aenter__()
                await self.socket.send(json.dumps({"type": "subscribe", "channel": "governance"}))
                await receive(self.socket, "subscribed")
                return self

            async def __aexit__(self, *what):
                await self.socket.close()

            async def hear(self, kind):
                return (await receive(self.socket, kind))["data"]
        return Ears()

    async def test_a_save_breaks_a_rule_and_another_mends_it(self):
        self.begin()
        self.put(NO_DAMN)
        async with self.listen() as ears:
            self.script.write_text(STORY.replace("Hello there.", "Damn you."))
            told = await ears.hear("governance.violation")
            self.assertEqual((told["project"], told["first"], told["passed"], told["total"]), ("story", False, False, 1))
            broken = told["violations"][0]
            self.assertEqual((broken["rule"], broken["check"], broken["severity"], broken["file"], broken["line"], broken["label"]), ("tone", "forbidden-words", "error", "game/script.rpy", 2, "start"))
            self.assertRegex(broken["key"], "^[0-9a-f]{16}$")
            status = self.status()
            self.assertEqual((status["errors"], status["passed"], status["total"], status["violations"][0]["key"]), (1, False, 1, broken["key"]))
            # The line moves, the violation stays: nothing is told of it.
            self.script.write_text("# a comment\n" + STORY.replace("Hello there.", "Damn you."))
            self.d.json("/api/watch/sync", "POST", {"project": "story"})
            moved = self.status()["violations"][0]
            self.assertEqual((moved["key"], moved["line"]), (broken["key"], 3))
            self.script.write_text(STORY)
            gone = await ears.hear("governance.resolved")
            self.assertEqual((gone["passed"], gone["total"], gone["violations"][0]["key"]), (True, 1, broken["key"]))
            self.assertTrue(self.status()["passed"])

    async def test_the_first_evaluation_says_that_it_is(self):
        self.script.write_text(STORY + "label lost:\n    jump nowhere\n")
        other = self.project("other", STORY + "label lost:\n    jump nowhere\n")
        self.begin()
        async with self.listen() as ears:
            self.d.register(other)
            told = await ears.hear("governance.violation")
            self.assertEqual((told["project"], told["first"], told["passed"]), ("other", True, False))
            self.assertEqual({row["rule"] for row in told["violations"]}, {"missing-label", "unreachable-labels"})

    def test_rules_are_shown_replaced_and_refused(self):
        self.begin()
        shipped = self.d.json("/api/governance/rules")
        self.assertEqual((shipped["project"], shipped["file"], shipped["exists"], shipped["rules_file_error"]), ("story", ".branchpy/governance.json", False, ""))
        schema = self.d.json("/api/governance/schema")
        validator = jsonschema.Draft202012Validator(schema)
        validator.validate(shipped["rules"])
        validator.validate(NO_DAMN)
        # At once, as the history may write in it; a folder that is not there is made.
        (self.root / ".branchpy").rename(self.folder / "gone")
        answered = self.put(NO_DAMN)
        self.assertTrue(answered["exists"])
        self.assertEqual(answered["rules"], NO_DAMN)
        self.assertEqual(json.loads(self.file.read_text()), NO_DAMN)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        before = self.file.read_text()
        bad = {"rules": [{"id": "a", "check": "words", "max": 1}, {"id": "b", "check": "words", "max": 1}, {"id": "c", "check": "words", "max": "many"}]}
        refused = self.put(bad, status=422)
        self.assertEqual(refused["code"], "BPY-1303")
        self.assertTrue(refused["message"].startswith("/rules/2/max must be a whole number"), refused["message"])
        self.assertFalse(validator.is_valid(bad))
        self.assertEqual(self.file.read_text(), before)
        self.assertEqual(self.d.json("/api/governance/rules", "PUT", {}, status=400)["code"], "BPY-1001")
        self.assertEqual(self.d.json("/api/governance/rules?project=none", status=404)["code"], "BPY-1101")

    def test_a_replaced_rule_is_evaluated_before_the_answer(self):
        self.begin()
        self.put({"rules": [{"id": "long", "check": "words", "min": 100, "severity": "warn"}]})
        status = self.status("rule=long")
        self.assertEqual((status["total"], status["warnings"], status["violations"][0]["value"], status["violations"][0]["limit"]), (1, 1, 2, 100))
        self.put({"fail_on": "warn", "rules": [{"id": "long", "check": "words", "min": 100, "severity": "warn"}], "waivers": [{"rule": "long", "reason": "a draft"}, {"rule": "tone", "reason": "old", "until": "2020-01-01"}]})
        status = self.status("waived=true")
        self.assertEqual((status["passed"], status["waived"], status["total"], status["violations"][0]["reason"]), (True, 1, 1, "a draft"))
        self.assertEqual([row["rule"] for row in status["unused_waivers"]], ["tone"])
        self.assertEqual(self.status("waived=false")["total"], 0)

    def test_a_page_of_many(self):
        self.script.write_text(STORY + "".join(f"label lost{n:02}:\n    return\n" for n in range(30)))
        self.begin()
        page = self.status("rule=unreachable-labels&limit=10&offset=20")
        self.assertEqual((page["total"], page["next_offset"], len(page["violations"]), page["violations"][0]["label"]), (30, None, 10, "lost20"))
        self.assertEqual(self.status("limit=7")["next_offset"], 7)
        self.assertEqual(self.status("severity=error")["total"], 0)
        self.assertEqual(self.d.json("/api/governance/status?limit=0", status=400)["code"], "BPY-1002")
        self.assertEqual(self.d.json("/api/governance/status?severity=dire", status=400)["code"], "BPY-1002")

    def test_what_if(self):
        self.begin()
        tried = self.d.json("/api/governance/evaluate", "POST", {"project": "story", "rules": {"rules": [{"id": "short", "check": "words", "max": 1}]}})
        self.assertEqual((tried["passed"], tried["errors"], tried["violations"][0]["rule"]), (False, 1, "short"))
        self.assertFalse(self.file.exists())
        self.assertTrue(self.status()["passed"])
        self.assertTrue(self.d.json("/api/governance/evaluate", "POST", {})["passed"])
        bad = self.d.json("/api/governance/evaluate", "POST", {"rules": {"rulez": []}}, status=422)
        self.assertEqual((bad["code"], bad["message"]), ("BPY-1303", "/rulez is unknown: did you mean 'rules'?"))

    def test_a_revision(self):
        self.script.write_text(STORY.replace("Hello there.", "Damn you."))
        commit(self.root)
        self.script.write_text(STORY)
        self.begin()
        then = self.d.json("/api/governance/evaluate", "POST", {"at": "HEAD", "rules": NO_DAMN})
        self.assertEqual((then["passed"], then["generation"], len(then["commit"])), (False, 0, 40))
        self.assertTrue(self.d.json("/api/governance/evaluate", "POST", {"rules": NO_DAMN})["passed"])
        self.assertEqual(self.d.json("/api/governance/evaluate", "POST", {"at": "no-such"}, status=400)["code"], "BPY-1002")

    async def test_a_broken_file_leaves_the_last_good_rules_in_force(self):
        self.begin()
        self.script.write_text(STORY.replace("Hello there.", "Damn you."))
        self.d.json("/api/watch/sync", "POST", {"project": "story"})
        async with self.listen() as ears:
            # Written by hand: no save of a script is needed.
            self.keep(json.dumps(NO_DAMN))
            told = await ears.hear("governance.violation")
            self.assertEqual([row["rule"] for row in told["violations"]], ["tone"])
            for text in ('{"rules": [{"id": "tone", "check": "forbiden-words"}]}', '{"rules": [', '{"rules": [{"id": "tone", "check": "forbiden-words"}]}'):
                self.keep(text)
                wait_for(lambda: self.status()["rules_file_error"] != "" and ("no JSON" in self.status()["rules_file_error"]) == text.endswith("["), "the broken file is noticed")
                status = self.status()
                self.assertEqual([row["rule"] for row in status["violations"]], ["tone"])
            self.assertIn(".branchpy/governance.json: /rules/0/check is unknown: did you mean 'forbidden-words'?", status["rules_file_error"])
            rules = self.d.json("/api/governance/rules")
            self.assertEqual((rules["exists"], rules["rules"]), (True, NO_DAMN))
            self.assertEqual(rules["rules_file_error"], status["rules_file_error"])
            self.file.unlink()
            gone = await ears.hear("governance.resolved")
            self.assertEqual([row["rule"] for row in gone["violations"]], ["tone"])
            self.assertEqual(self.status()["rules_file_error"], "")
        logged = [line for line in self.d.log() if line.get("event") == "rules.broken"]
        self.assertEqual(len(logged), 3)  # once for each cause

    def test_a_file_that_leads_out_is_not_read(self):
        outside = self.folder / "elsewhere.json"
        outside.write_text(json.dumps(NO_DAMN))
        (self.root / ".branchpy").mkdir(exist_ok=True)
        self.file.symlink_to(outside)
        self.begin()
        self.assertIn("governance.json", self.status()["rules_file_error"])

    def test_a_project_that_cannot_be_written(self):
        if os.geteuid() == 0:
            # Root may write anywhere: a file where the folder should be stops it too.
            (self.root / ".branchpy").write_text("")
        else:
            (self.root / ".branchpy").mkdir()
            (self.root / ".branchpy").chmod(0o500)
        self.begin()
        self.assertEqual(self.put(NO_DAMN, status=507)["code"], "BPY-2004")
        self.assertTrue(self.status()["passed"])

    def test_an_external_analyzers_report(self):
        stats = self.folder / "stats2.json"
        self.begin()
        stats.write_text((self.root / ".branchpy/stats2.json").read_text())
        self.d.stop()
        self.begin(env={"BPYD_ANALYZER_COMMAND": json.dumps(["cat", str(stats)]), "BPYD_ANALYZER_OUTPUT": "stdout"})
        tried = self.d.json("/api/governance/evaluate", "POST", {"rules": dict(NO_DAMN, rules=NO_DAMN["rules"] + [{"id": "ways", "check": "endings", "min": 3}])})
        self.assertEqual([row["rule"] for row in tried["not_evaluated"]], ["tone"])
        self.assertEqual([row["rule"] for row in tried["violations"]], ["ways"])

    def test_switched_off(self):
        self.begin(env={"BPYD_DISABLED": json.dumps(["governance"])})
        self.assertNotIn("governance", self.d.json("/api/handshake")["capabilities"])
        for target in ("status", "rules", "schema"):
            self.assertEqual(self.d.json("/api/governance/" + target, status=404)["code"], "BPY-1107")
        self.assertEqual(self.d.json("/api/governance/evaluate", "POST", {}, status=404)["code"], "BPY-1107")
        self.assertNotIn("/api/governance/status", self.d.json("/openapi.json")["paths"])

    def test_it_is_in_the_handshake_and_documented(self):
        self.begin()
        self.assertIn("governance", self.d.json("/api/handshake")["capabilities"])
        messages = {m["name"]: m for m in self.d.json("/asyncapi.json")["channels"]["_ws"]["messages"].values()}
        for kind in ("governance.violation", "governance.resolved"):
            self.assertEqual(messages[kind]["x-channel"], "governance")


if __name__ == "__main__":
    main()

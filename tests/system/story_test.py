"""The story as PILOT asks for it: one path closely, the map, problems, then and now, files, the editor, the game."""
import csv
import http.client
import io
import json
import os
import pathlib
import re
import sys
import threading
import xml.etree.ElementTree

from harness import Case, commit, main, receive, run, wait_for

STORY = """define config.name = "Two <ways> & \\"more\\""
default brave = False
label start:
    "Rain falls on the harbour."
    menu:
        "Up the hill":
            $ brave = True
            "You climb."
        "Down to the cave":
            jump cave
label hall:
    "A fire burns."
    menu:
        "Fight" if brave:
            jump glory
        "Rest":
            return
label cave:
    "Dark."
    jump hall
label glory:
    "=SUM(1) they cheer."
    jump epilogue
"""


class Story(Case):
    def setUp(self):
        super().setUp()
        self.root = self.project(text=STORY)
        self.d = self.daemon("--project", self.root)
        self.d.ready("story")
        self.script = self.root / "game/script.rpy"

    def find(self, *choices):
        """The id of the listed path with these choices."""
        for row in self.d.json("/pilot/paths")["details"]:
            if row["choices"] == list(choices):
                return row["id"]
        self.fail(f"no path {choices}")

    def path(self, query):
        return self.d.json("/pilot/path?" + query)

    def save(self, before, after):
        """Saves, and returns when the story has it."""
        text = self.script.read_text()
        self.assertIn(before, text)
        self.script.write_text(text.replace(before, after))
        self.d.json("/api/watch/sync", "POST", {"project": "story"})

    def labels(self, query=""):
        return {label["name"]: label for label in self.d.json("/pilot/map?" + query)["labels"]}

    def test_a_path_step_by_step(self):
        path = self.path("path=" + self.find("Up the hill", "Fight"))
        steps = {step["text"]: step for step in path["steps"]}
        self.assertEqual([step["kind"] for step in path["steps"]], ["label", "say", "choice", "set", "say", "label", "say", "condition", "choice", "jump", "label", "say", "jump", "end"])
        self.assertEqual(steps["Rain falls on the harbour."]["words"], 5)
        self.assertEqual((steps["brave = True"]["before"], steps["brave = True"]["after"]), ("False", "True"))
        self.assertEqual(steps["brave"]["verdict"], "holds")
        self.assertEqual([other["text"] for other in steps["Up the hill"]["others"]], ["Down to the cave"])
        self.assertEqual(path["steps"][-1]["words"], path["words"])
        cave = self.path("path=" + self.find("Down to the cave", "Rest"))
        keys = {step["text"]: step["key"] for step in cave["steps"]}
        self.assertEqual(keys["A fire burns."], steps["A fire burns."]["key"])

    def test_one_decision_otherwise(self):
        base = self.find("Up the hill", "Fight")
        found = self.d.json(f"/pilot/paths?differs={base}&instead=script.rpy:16")["details"]
        self.assertEqual([row["choices"] for row in found], [["Up the hill", "Rest"]])
        self.assertEqual(self.path(f"path={base}&instead=script.rpy:9")["choices"], ["Down to the cave", "Rest"])
        self.assertIn("<ol", self.d.get(f"/pilot/graph?path={base}&instead=script.rpy:9").text)
        self.assertEqual(self.d.json(f"/pilot/path?path={base}&instead=script.rpy:3", status=404)["code"], "BPY-1201")
        self.assertEqual(self.d.json(f"/pilot/path?path={base}&instead=nonsense", status=400)["code"], "BPY-1002")

    def test_the_map_and_what_is_planned(self):
        reply = self.d.json("/pilot/map")
        labels = self.labels()
        self.assertEqual(set(labels), {"start", "hall", "cave", "glory", "epilogue"})
        self.assertEqual(labels["epilogue"]["kind"], "planned")
        self.assertEqual([pin["text"] for pin in labels["start"]["pins"]], ["Up the hill", "Down to the cave"])
        self.assertEqual(labels["hall"]["pins"][0]["condition"], "brave")
        self.assertTrue(labels["start"]["entry"] and not labels["cave"]["entry"])
        names = [label["name"] for label in reply["labels"]]
        ways = {(names[edge["from"]], names[edge["to"]]) for edge in reply["edges"]}
        self.assertTrue({("start", "cave"), ("start", "hall"), ("cave", "hall"), ("hall", "glory"), ("glory", "epilogue")} <= ways, ways)
        self.assertEqual([label["kind"] for label in self.d.json("/pilot/map?level=files")["labels"]], ["file"])
        self.assertEqual(self.d.json("/pilot/map?level=galaxies", status=400)["code"], "BPY-1002")

    def test_a_save_moves_nothing_and_says_what_changed(self):
        (self.root / "game/other.rpy").write_text('label other:\n    "Apart."\n    return\n')
        self.d.json("/api/watch/sync", "POST", {"project": "story"})
        before = self.d.json("/pilot/map")
        self.save('"Dark."', '"Very dark."')
        after = self.d.json("/pilot/map")
        self.assertEqual((after["previous"], after["changed"]), (before["generation"], ["cave"]))
        places = lambda reply: {label["name"]: (label["x"], label["y"]) for label in reply["labels"]}
        self.assertEqual(places(before), places(after))

    def test_problems_lead_to_their_place(self):
        reply = self.d.json("/pilot/problems")
        missing = [problem for problem in reply["problems"] if problem["id"] == "missing-label"]
        self.assertEqual([(p["label"], p["file"], p["line"], p["severity"]) for p in missing], [("glory", "game/script.rpy", 23, "error")])
        self.assertEqual(self.d.json("/pilot/problems?severity=error")["total"], reply["errors"])
        self.assertEqual(self.d.json("/pilot/problems?id=missing-label&limit=1")["total"], 1)
        self.assertEqual(self.d.json("/pilot/problems?severity=loud", status=400)["code"], "BPY-1002")

    def test_then_and_now(self):
        self.assertEqual(self.d.json("/pilot/compare", status=400)["code"], "BPY-1002")  # no repository yet
        commit(self.root, "first")
        self.assertTrue(self.d.json("/pilot/compare")["same"])
        base = self.find("Down to the cave", "Rest")
        self.save('        "Rest":\n            return\n', '        "Leave":\n            return\n')
        self.save("label cave:\n", "label tower:\n    \"High.\"\n    return\nlabel cave:\n")
        reply = self.d.json("/pilot/compare?from=HEAD")
        self.assertFalse(reply["same"])
        self.assertEqual((reply["labels_added"], [c["text"] for c in reply["choices_lost"]]), (["tower"], ["Rest"]))
        self.assertEqual(reply["after"]["labels"] - reply["before"]["labels"], 1)
        self.assertEqual([row["subject"] for row in self.d.json("/pilot/revisions")["revisions"]], ["first"])
        then = self.path(f"path={base}&at=HEAD")
        self.assertEqual(then["choices"], ["Down to the cave", "Rest"])
        self.assertEqual(len(then["commit"]), 40)
        self.assertEqual(self.d.json("/pilot/paths?at=HEAD")["commit"], then["commit"])
        labels = self.labels("compare=HEAD")
        self.assertEqual({name: label["change"] for name, label in labels.items() if label["change"]}, {"tower": "added", "hall": "changed"})
        self.assertEqual(self.d.json("/pilot/path?path=p001&at=nothing", status=400)["code"], "BPY-1002")
        self.save('label tower:\n    "High."\n    return\n', "")
        commit(self.root, "second")
        self.save("label glory:", "label fame:")
        labels = self.labels("compare=HEAD")
        self.assertEqual((labels["glory"]["change"], labels["fame"]["change"]), ("cut", "added"))

    def test_each_export_can_be_read(self):
        get = lambda query: self.d.get("/pilot/export?form=" + query)
        svg = get("svg")
        root = xml.etree.ElementTree.fromstring(svg.text)
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertIn("Up the hill", "".join(root.itertext()))
        self.assertIn("attachment", svg.getheader("Content-Disposition"))
        rows = list(csv.DictReader(io.StringIO(get("csv").text, newline="")))
        self.assertEqual([row["id"] for row in rows], self.d.json("/pilot/paths")["paths"])
        self.assertEqual(json.loads(get("json").text)["format"], "stats2")
        dot = get("dot").text
        self.assertTrue(dot.startswith("digraph") and dot.rstrip().endswith("}"), dot[:80])
        self.assertRegex(get("mermaid").text, r"^flowchart ")
        self.assertRegex(get("mermaid&path=p001").text, r"^flowchart ")
        self.assertEqual(json.loads(get("docx").text)["code"], "BPY-1002")

    def test_a_cell_is_no_formula(self):
        self.save('"Rest":', '"=HYPERLINK(1)":')
        for row in csv.reader(io.StringIO(self.d.get("/pilot/export?form=csv").text, newline="")):
            for cell in row:
                self.assertNotRegex(cell, r"^[=+@-]")

    async def test_a_place_is_told_to_the_editor(self):
        async with self.d.socket() as ws:
            await ws.send('{"type": "sub", "channel": "editor"}')
            await receive(ws, "subscribed")
            reply = self.d.json("/pilot/open", "POST", {"file": "game/script.rpy", "line": 12, "session": "s1"})
            told = await receive(ws, "editor.open")
        self.assertEqual(reply["told"], 1)
        self.assertEqual((told["path"], told["line"], told["session"]), (str(self.script), 12, "s1"))
        self.assertEqual(reply["uri"], f"vscode://file{self.script}:12")
        self.assertEqual(self.d.json("/pilot/open", "POST", {"file": "/etc/passwd"}, status=403)["code"], "BPY-1404")
        self.assertEqual(self.d.json("/pilot/open", "POST", {"file": "game/script.rpy", "line": 999}, status=400)["code"], "BPY-1002")
        self.assertEqual(self.d.request("GET", "/pilot/open?file=game/script.rpy").status, 405)

    async def test_the_game_starts_at_a_line_by_the_users_own_command(self):
        place = {"file": "game/script.rpy", "line": 12}
        self.assertIn("pilot.warp_command", self.d.json("/pilot/warp", "POST", place, status=409)["suggestion"])
        told = self.folder / "told"
        code = f"import sys; open({str(told)!r}, 'w').write(' '.join(sys.argv[1:])); sys.exit('no screen')"
        config = {"pilot": {"warp_command": [sys.executable, "-c", code, "{root}", "--warp", "{place}"]}}
        (self.root / ".branchpy").mkdir(exist_ok=True)
        (self.root / ".branchpy/config.json").write_text(json.dumps(config))
        # A project's own file counts only when the user trusts it.
        self.assertEqual(self.d.json("/pilot/warp", "POST", place, status=409)["code"], "BPY-1504")
        self.assertFalse(told.exists())
        run("trust", self.root, runtime=self.d.runtime, check=0)
        async with self.d.socket() as ws:
            await ws.send('{"type": "sub", "channel": "pilot:x"}')
            await receive(ws, "subscribed")
            self.d.json("/pilot/warp", "POST", place, status=202)
            ended = await receive(ws, "pilot.warp.ended")
        self.assertEqual(told.read_text(), f"{self.root} --warp script.rpy:12")
        self.assertEqual((ended["exit_code"], ended["message"]), (1, "no screen"))

    def test_what_cannot_be_asked(self):
        far = 2**63 - 1
        for target in (f"/pilot/problems?offset={far}", f"/pilot/paths?offset={far}", f"/pilot/paths?to=script.rpy:5&offset={far}", "/pilot/export?form=csv&path=p001",
                       "/pilot/map?level=files&compare=HEAD"):
            self.assertEqual(self.d.json(target, status=400)["code"], "BPY-1002", target)
        for session in ("a b", "x" * 65, "<b>"):
            self.assertEqual(self.d.json("/pilot/open", "POST", {"file": "game/script.rpy", "session": session}, status=400)["code"], "BPY-1002")

    async def test_a_file_name_is_never_an_option(self):
        (self.root / "game/-x.rpy").write_text("label x:\n    return\n")
        (self.root / "game/{line}.rpy").write_text("label y:\n    return\n")
        self.d.json("/api/watch/sync", "POST", {"project": "story"})
        (self.root / ".branchpy").mkdir(exist_ok=True)
        (self.root / ".branchpy/config.json").write_text(json.dumps({"pilot": {"warp_command": ["true", "{file}", "at={place}"]}}))
        run("trust", self.root, runtime=self.d.runtime, check=0)
        async with self.d.socket() as ws:
            await ws.send('{"type": "sub", "channel": "pilot:x"}')
            await receive(ws, "subscribed")
            self.assertEqual(self.d.json("/pilot/warp", "POST", {"file": "game/-x.rpy"}, status=202)["command"], ["true", "./-x.rpy", "at=-x.rpy:1"])
            await receive(ws, "pilot.warp.ended")
            # What was filled in is not looked into.
            reply = self.d.json("/pilot/warp", "POST", {"file": "game/{line}.rpy"}, status=202)
        self.assertEqual(reply["command"], ["true", "{line}.rpy", "at={line}.rpy:1"])

    def test_a_report_of_another_analyzer_harms_no_map(self):
        report = json.loads((self.root / ".branchpy/stats2.json").read_text())
        for number, edge in enumerate(report["edges"]):
            edge["kind"] = ["", "x", "teleport"][number % 3]
        for label in report["labels"]:
            label["words"] = 2**40
        (self.folder / "report.json").write_text(json.dumps(report))
        other = self.daemon("--project", self.root, env={"BPYD_ANALYZER_COMMAND": json.dumps(["cat", str(self.folder / "report.json")]), "BPYD_ANALYZER_OUTPUT": "stdout"})
        other.ready("story")
        reply = other.json("/pilot/map")
        self.assertEqual(reply["files"][0]["words"], len(report["labels"]) * 2**40)
        self.assertEqual({edge["kind"] for edge in reply["edges"]}, {"", "x", "teleport"})
        self.assertIn("</svg>", other.get("/pilot/export?form=svg").text)
        report["labels"][0]["words"] = 2**40 + 1
        (self.folder / "report.json").write_text(json.dumps(report))
        self.script.write_text(STORY + "# again\n")
        other.json("/api/watch/sync", "POST", {"project": "story"})
        self.assertEqual(other.json("/pilot/paths")["code"], "BPY-1301")

    def test_a_folder_that_is_registered_again_is_another_project(self):
        large = self.project("large", "label start:\n    jump a0\n" + "".join(f"label a{n}:\n    jump a{n + 1}\n" for n in range(3000)) + "label a3000:\n    return\n")
        self.d.register(large)
        self.d.ready("large")
        asked = threading.Thread(target=lambda: self.d.get("/pilot/map?project=large"))
        asked.start()
        self.d.request("DELETE", "/api/projects/large")
        (large / "game/script.rpy").write_text("label start:\n    return\n")
        self.d.register(large)
        asked.join()
        self.assertEqual([label["name"] for label in self.d.json("/pilot/map?project=large")["labels"]], ["start"])

    def test_an_editor_may_hold_the_page_when_it_is_let_in(self):
        policy = lambda daemon: daemon.get("/pilot/view").getheader("Content-Security-Policy")
        self.assertIn("frame-ancestors 'none'", policy(self.d))
        other = self.daemon("--project", self.root, "--allow-origin", "vscode-webview://abc", "--allow-origin", "vscode-file://vscode-app", "--allow-origin", "https://x; script-src *")
        other.ready("story")
        self.assertTrue(policy(other).endswith("frame-ancestors vscode-webview://abc vscode-file://vscode-app"), policy(other))
        held = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
        self.assertEqual((self.d.get("/pilot/view", headers=held).status, other.get("/pilot/view", headers=held).status), (403, 200))

    def test_a_git_that_hangs_ends_with_the_daemon(self):
        tools = self.folder / "tools"
        tools.mkdir()
        started = self.folder / "started"
        (tools / "git").write_text(f"#!/bin/sh\necho $$ >> {started}\nexec sleep 1000\n")
        (tools / "git").chmod(0o755)
        other = self.daemon("--project", self.root, env={"PATH": f"{tools}:{os.environ['PATH']}"})
        other.ready("story")
        asked = threading.Thread(target=lambda: self.ask_in_vain(other, "/pilot/revisions"))
        asked.start()
        pid = wait_for(lambda: started.exists() and started.read_text().split(), "git")[0]
        # A save is read all the same.
        self.script.write_text(STORY + "label more:\n    return\n")
        other.json("/api/watch/sync", "POST", {"project": "story"})
        self.assertEqual(other.stop(), 0)
        asked.join()
        wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "git's end")

    @staticmethod
    def ask_in_vain(daemon, target):
        try:
            daemon.get(target)
        except (OSError, http.client.HTTPException):
            pass

    def test_a_large_drawing_is_told_so(self):
        lines = [f"label a{n}:\n    jump a{n + 1}" for n in range(400)]
        self.save("label cave:\n", "label cave:\n    jump a0\n" + "\n".join(lines) + "\nlabel a400:\n")
        answer = json.loads(self.d.get("/pilot/export?form=mermaid").text)
        self.assertEqual(answer["code"], "BPY-1202")
        cave = self.find("Down to the cave", "Rest")
        page = self.d.get(f"/pilot/graph?path={cave}").text
        self.assertTrue(re.search(r'class="too-large" data-code="BPY-1202"', page))


if __name__ == "__main__":
    main()

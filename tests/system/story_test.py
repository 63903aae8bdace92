"""Projects as they come: broken files, odd encodings, huge ones, external analyzers, every save style."""
import json
import os
import stat
import sys

from harness import STORY, Case, main, receive, run


class BadInput(Case):
    def diagnostics(self, text, name="script.rpy"):
        """The story with one more file; its diagnostics, and the paths found all the same."""
        root = self.folder / f"p{len(list(self.folder.iterdir()))}"
        (root / "game").mkdir(parents=True)
        (root / "game/script.rpy").write_text(STORY)
        (root / "game" / ("extra_" + name)).write_bytes(text)
        report = json.loads(run("analyze", root, "--json", runtime=self.folder / "rt", check=0).stdout)
        return [d for d in report["diagnostics"] if d["file"].startswith("game/extra_")], report

    def test_odd_encodings_are_read_and_located(self):
        for name, text, expected in (
                ("latin1", "label caf\xe9:\n    return\n".encode("latin-1"), True),
                ("bom", b"\xef\xbb\xbflabel bom:\n    return\n", False),
                ("crlf", b"label crlf:\r\n    return\r\n", False)):
            found, report = self.diagnostics(text)
            self.assertEqual(bool([d for d in found if d["severity"] != "info" and d["id"] != "unreachable-label"]), expected, (name, found))
            self.assertEqual(len(report["labels"]), 4, name)
            self.assertEqual(report["paths"][0]["labels"], ["start", "left"])

    def test_faults_are_located_and_cost_only_themselves(self):
        for name, text, line in (("unterminated", b'label a:\n    "never closed\n    return\nlabel b:\n    return\n', 2),
                                 ("tabs", b"label a:\n\treturn\n", 2),
                                 ("nonsense", b"label a:\n    return\n%%% ???\nlabel b:\n    return\n", 3)):
            found, report = self.diagnostics(text)
            self.assertTrue([d for d in found if d["line"] == line], (name, found))
            self.assertTrue(all(d["message"] and "column" in d for d in found))
            self.assertEqual(report["paths"][0]["labels"], ["start", "left"], name)

    def test_files_that_cannot_be_read(self):
        root = self.project()
        os.mkfifo(root / "game/pipe.rpy")
        (root / "game/dangling.rpy").symlink_to("nowhere.rpy")
        (root / "game/out.rpy").symlink_to("/etc/passwd")
        (root / "game/loop").symlink_to("..")
        (root / "game/folder.rpy").mkdir()
        d = self.daemon("--project", root)
        reply = d.ready("story")
        self.assertEqual(reply["path_count"], 2)
        report = json.loads((root / ".branchpy/stats2.json").read_text())
        unread = {f["file"] for f in report["files"] if f["problem"]}
        self.assertEqual(unread, {"game/pipe.rpy", "game/dangling.rpy", "game/out.rpy"})
        self.assertNotIn("root:", json.dumps(report))

    def test_a_file_of_fifty_megabytes(self):
        root = self.project()
        with open(root / "game/huge.rpy", "w") as huge:
            huge.write("label huge:\n")
            for _ in range(50):
                huge.write(("    \"" + "word " * 200 + "\"\n") * 1020)
        self.assertGreater((root / "game/huge.rpy").stat().st_size, 50_000_000)
        d = self.daemon("--project", root)
        self.assertEqual(d.ready("story")["path_count"], 2)
        self.assertEqual(d.get("/pilot/health").status, 200)

    def test_no_project_and_no_game(self):
        d = self.daemon("--project", self.folder / "nowhere")
        (self.folder / "empty").mkdir()
        for target, code in (("/pilot/paths", "BPY-1101"), ("/pilot/paths?project=x", "BPY-1101")):
            self.assertEqual(d.json(target, status=404)["code"], code)
        reply = d.json("/api/projects", "POST", {"root": str(self.folder / "empty")}, status=404)
        self.assertEqual(reply["code"], "BPY-1101")
        self.assertIn("game/", reply["suggestion"])

    def test_a_game_without_a_label_is_empty_not_an_error(self):
        d = self.daemon("--project", self.project("blank", "# nothing yet\n"))
        reply = d.ready("blank")
        self.assertEqual((reply["paths"], reply["schema_status"]), ([], "empty"))
        self.assertTrue(reply["suggestion"])
        self.assertEqual(d.get("/pilot/view?project=blank&path=p001").status, 200)

    def test_a_project_that_cannot_be_written_to_is_served(self):
        root = self.project()
        (root / ".branchpy").write_text("a file where the folder should be")
        d = self.daemon("--project", root)
        self.assertEqual(d.ready("story")["path_count"], 2)
        self.assertIn("stats2.unwritten", [line["event"] for line in d.log()])

    async def test_a_project_that_loses_its_game_keeps_its_last_story(self):
        root = self.project()
        d = self.daemon("--project", root)
        d.ready("story")
        async with d.socket() as ws:
            (root / "game").rename(root / "hidden")
            event = await receive(ws, "watch.event")
            self.assertIn("game/", event["error"])
            self.assertEqual(d.json("/pilot/paths")["path_count"], 2)
            self.assertEqual(d.json("/api/projects/story")["code"], "BPY-1101")
            (root / "hidden").rename(root / "game")
            await receive(ws, "watch.event", lambda m: "error" not in m)
            self.assertNotIn("problem", d.json("/api/projects/story"))


ANALYZER = """#!{python}
import json, os, sys
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
open("seen.json", "w").write(json.dumps({{"fds": fds[:-1], "cwd": os.getcwd(), "secret": os.environ.get("BPYD_SECRET")}}))
print(open("answer.json").read())
"""


class External(Case):
    def external(self, root, output="stdout"):
        script = self.folder / "analyzer"
        script.write_text(ANALYZER.format(python=sys.executable))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return {"analyzer": {"command": [str(script)], "output": output}}

    def configured(self, config):
        runtime = self.folder / "rt"
        (runtime / "default").mkdir(parents=True, exist_ok=True)
        (runtime / "default/config.json").write_text(json.dumps(config))
        return runtime

    def good_answer(self, root):
        text = run("analyze", root, "--no-write", "--json", runtime=self.folder / "cli", check=0).stdout
        (root / "answer.json").write_text(text)
        return text

    def test_its_report_stands_in(self):
        root = self.project()
        report = json.loads(self.good_answer(root))
        report["paths"] = report["paths"][:1]
        (root / "answer.json").write_text(json.dumps(report))
        d = self.daemon("--project", root, runtime=self.configured(self.external(root)), env={"BPYD_SECRET": "x"})
        self.assertEqual(d.ready("story")["paths"], ["p001"])
        seen = json.loads((root / "seen.json").read_text())
        self.assertEqual(seen, {"fds": [0, 1, 2], "cwd": str(root), "secret": None})

    def test_what_does_not_fit_is_bpy_1301_with_the_pointer(self):
        root = self.project()
        good = json.loads(self.good_answer(root))
        d = None
        for spoil, words in ((lambda r: r["paths"][1].update(labels="x"), "/paths/1/labels"), (lambda r: r.pop("paths"), "paths"), (lambda r: r["labels"][0].pop("name"), "/labels/0")):
            report = json.loads(json.dumps(good))
            spoil(report)
            (root / "answer.json").write_text(json.dumps(report))
            d = self.daemon("--project", root, runtime=self.configured(self.external(root)))
            reply = d.ready("story")
            self.assertEqual((reply["schema_status"], reply["code"], reply["paths"]), ("invalid", "BPY-1301", []))
            self.assertIn(words, reply["message"])
            self.assertEqual(d.get("/pilot/graph?path=p001", headers={"Accept": "application/json"}).status, 422)
            d.stop()

    def test_a_corrupt_report_file(self):
        root = self.project()
        (root / ".branchpy").mkdir()
        (root / ".branchpy/stats2.json").write_text("{ corrupt")
        d = self.daemon("--project", root, runtime=self.configured({"analyzer": {"command": ["true"]}}))
        reply = d.ready("story")
        self.assertEqual((reply["schema_status"], reply["code"]), ("invalid", "BPY-1301"))
        d.stop()
        builtin = self.daemon("--project", root)
        self.assertEqual(builtin.ready("story")["path_count"], 2)

    def test_a_failing_command_is_named(self):
        root = self.project()
        for command, words in ((["false"], "exit code 1"), (["no-such-analyzer"], "no-such-analyzer")):
            d = self.daemon("--project", root, runtime=self.configured({"analyzer": {"command": command}}))
            reply = d.ready("story")
            self.assertEqual((reply["schema_status"], reply["code"]), ("missing", "BPY-2002"))
            self.assertIn(words, reply["message"])
            d.stop()

    def test_a_projects_own_command_runs_only_when_trusted(self):
        root = self.project()
        self.good_answer(root)
        (root / ".branchpy").mkdir(exist_ok=True)
        (root / ".branchpy/config.json").write_text(json.dumps(self.external(root)))
        runtime = self.folder / "trusting"
        d = self.daemon("--project", root, runtime=runtime)
        self.assertEqual(d.ready("story")["path_count"], 2)
        self.assertFalse((root / "seen.json").exists())
        self.assertIn("BPY-1409", [line.get("code") for line in d.log()])
        d.stop()
        run("trust", root, runtime=runtime, check=0)
        trusted = self.daemon("--project", root, runtime=runtime)
        trusted.ready("story")
        self.assertTrue((root / "seen.json").exists())


class Saving(Case):
    async def test_every_editors_way_of_saving_is_one_event(self):
        root = self.project()
        d = self.daemon("--project", root)
        d.ready("story")
        script = root / "game/script.rpy"

        def in_place(text):
            script.write_text(text)

        def renamed(text):
            (root / "game/script.rpy.new").write_text(text)
            os.replace(root / "game/script.rpy.new", script)

        def vim(text):
            script.rename(root / "game/script.rpy~")
            script.write_text(text)
            (root / "game/script.rpy~").unlink()

        async with d.socket() as ws:
            await receive(ws, "watch.status")
            for number, save in enumerate((in_place, renamed, vim) * 5):
                save(STORY + f"# {number}\n")
                event = await receive(ws, "watch.event")
                self.assertEqual(event["files"], ["game/script.rpy"])
                self.assertEqual(event["generation"], number + 2, "one save, one event")

    async def test_saves_during_an_analysis_end_in_the_final_state(self):
        root = self.project()
        d = self.daemon("--project", root)
        d.ready("story")
        async with d.socket() as ws:
            for number in range(40):
                (root / "game/script.rpy").write_text(STORY + "".join(f"label extra{n}:\n    return\n" for n in range(number + 1)))
            await receive(ws, "watch.event", lambda m: d.json("/api/projects/story")["labels"] == 43)


if __name__ == "__main__":
    main()

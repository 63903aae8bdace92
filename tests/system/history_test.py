"""The history of a story: snapshots after saves, asked for, named, compared, and what faults may do to them."""
import csv
import io
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import threading
import unittest

from harness import Case, commit, main, receive, run

STORY = """label start:
    "Rain falls."
    menu:
        "Up":
            jump hall
        "Down":
            jump cave
label hall:
    "A fire."
    return
label cave:
    "Dark."
    return
"""
BASE = "/api/v1/history"
ALL = BASE + "/snapshots"
ROOT = unittest.skipUnless(os.geteuid() == 0, "only root can mount")
KILLS = int(os.environ.get("BPYD_KILLS", "25"))  # 200 for the whole thing


class History(Case):
    def start(self, *arguments, text=STORY, config=None, **more):
        self.root = self.project(text=text)
        self.script = self.root / "game/script.rpy"
        if config:
            (self.root / ".branchpy").mkdir()
            (self.root / ".branchpy/config.json").write_text(json.dumps(config))
        self.d = self.daemon("--project", self.root, *arguments, **more)
        self.d.ready("story")

    def take(self, status=201, **body):
        return self.d.json(ALL, "POST", body, status=status)

    def save(self, text):
        """Saves, and returns when the story has it."""
        self.script.write_text(text)
        self.d.json("/api/watch/sync", "POST", {})

    def rows(self, more=""):
        return self.d.json(ALL + "?" + more)["snapshots"]

    def refused(self, method, target, code, status, body=None):
        answer = self.d.request(method, target, body=body)
        self.assertEqual(answer.status, status, answer.text)
        said = json.loads(answer.text)
        self.assertEqual(said["code"], code)
        self.assertTrue(said["message"] and said["suggestion"])
        return said

    async def test_a_save_that_changes_the_story_is_kept_and_told(self):
        self.start()
        first = self.take()
        self.assertEqual((first["id"], first["labels"], first["words"], first["summary"]), (1, 3, 5, []))
        async with self.d.socket() as ws:
            await ws.send(json.dumps({"type": "sub", "channel": "history"}))
            await receive(ws, "subscribed")
            self.script.write_text(STORY.replace('"Dark."', '"Dark and cold here."'))
            told = await receive(ws, "history.snapshot")
            self.assertEqual((told["id"], told["project"], told["origin"]), (2, "story", "analysis"))
            self.assertEqual(told["summary"], ["Label “cave”: 3 words more"])
            self.save("# Only a comment.\n" + self.script.read_text())
            self.script.write_text(STORY)
            back = await receive(ws, "history.snapshot")
            self.assertEqual((back["id"], back["words"]), (3, 5), "the comment made none")
            self.assertEqual(self.take(name="as it was")["created"], False)
            self.assertEqual((await receive(ws, "history.changed"))["ids"], [3])
        self.assertEqual([row["id"] for row in self.rows()], [3, 2, 1])
        self.assertEqual([row["name"] for row in self.rows("named=true")], ["as it was"])

    def test_named_pinned_deleted_and_paged(self):
        self.start()
        one = self.take(name="first draft", pinned=True)
        self.assertTrue(one["pinned"])
        self.save(STORY.replace("Rain", "Snow"))
        two = self.take()
        self.assertEqual(self.d.json(f"{ALL}/first%20draft?report=false")["id"], one["id"])
        self.assertEqual(self.d.json(f"{ALL}/newest?report=false")["id"], two["id"])
        changed = self.d.json(f"{ALL}/{two['id']}", "PATCH", {"name": "second", "pinned": True})
        self.assertEqual((changed["name"], changed["pinned"]), ("second", True))
        self.refused("PATCH", f"{ALL}/{two['id']}", "BPY-1503", 409, {"name": "first draft"})
        for bad in ("12", "newest", "now", "a\nb", "x" * 101):
            self.refused("PATCH", f"{ALL}/{two['id']}", "BPY-1002", 400, {"name": bad})
            self.refused("POST", ALL, "BPY-1002", 400, {"name": bad})
        page = self.d.json(ALL + "?limit=1")
        self.assertEqual((page["total"], page["next_offset"], page["snapshots"][0]["id"]), (2, 1, two["id"]))
        self.assertIsNone(self.d.json(ALL + "?limit=1&offset=1")["next_offset"])
        self.assertEqual(self.d.json(f"{ALL}/second", "DELETE"), {"deleted": two["id"]})
        self.refused("DELETE", f"{ALL}/second", "BPY-1103", 404)
        self.refused("GET", f"{ALL}/99", "BPY-1103", 404)
        self.refused("GET", f"{ALL}/99999999999999999999999", "BPY-1103", 404)
        self.refused("GET", ALL + "?limit=0", "BPY-1002", 400)
        self.refused("GET", ALL + "?project=nobody", "BPY-1101", 404)

    def test_compared_and_followed(self):
        self.start()
        self.take(name="then")
        self.save(STORY.replace('    "Dark."\n    return', '    "Dark. Very dark."\n    jump nowhere').replace('"Up"', '"Up the hill"'))
        self.take()
        for place in (BASE, ALL):
            told = self.d.json(f"{place}/diff?from=then&to=newest")
            self.assertFalse(told["same"])
            self.assertEqual(told["words"], [{"label": "cave", "before": 1, "after": 3}])
            self.assertEqual([row["text"] for row in told["choices_gained"]], ["Up the hill"])
            self.assertEqual([(row["id"], row["line"]) for row in told["problems_gained"]], [("missing-label", 13)])
            self.assertEqual((told["before"]["name"], told["after"]["errors"]), ("then", 1))
        now = self.d.json(f"{BASE}/diff?from=then")
        self.assertEqual((now["after"]["id"], now["after"]["words"], now["words"]), (0, told["after"]["words"], told["words"]))
        back = self.d.json(f"{BASE}/diff?from=newest&to=then")
        self.assertEqual([row["id"] for row in back["problems_lost"]], ["missing-label"])
        self.assertTrue(self.d.json(f"{BASE}/diff?from=1&to=1")["same"])
        trend = self.d.json(f"{BASE}/trend?metric=words,problems,unreachable_labels")
        self.assertEqual((trend["ids"], trend["names"], trend["total"]), ([1, 2], ["then", ""], 2))
        self.assertEqual([(s["metric"], s["values"], s["lowest"], s["highest"]) for s in trend["series"]], [("words", [5, 7], 5, 7), ("problems", [0, 1], 0, 1), ("unreachable_labels", [0, 0], 0, 0)])
        self.refused("GET", f"{BASE}/trend?metric=luck", "BPY-1002", 400)
        self.refused("GET", f"{BASE}/diff", "BPY-1001", 400)
        self.refused("GET", f"{BASE}/diff?from=1&to=77", "BPY-1103", 404)

    def test_its_report_is_the_one_that_was_written(self):
        self.start()
        self.take()
        written = json.loads((self.root / ".branchpy/stats2.json").read_text())
        self.save(STORY + 'label more:\n    "More."\n')
        self.take()
        self.assertEqual(self.d.json(f"{ALL}/1")["report"], written)
        self.assertNotEqual(self.d.json(f"{ALL}/2")["report"], written)
        self.assertIsNone(self.d.json(f"{ALL}/1?report=false").get("report"))

    def test_pilot_shows_the_story_as_it_was(self):
        self.start()
        self.take()
        self.save(STORY.replace("jump cave", "jump hall"))
        self.take(name="no cave")
        labels = {row["name"]: row for row in self.d.json("/pilot/map?at=snapshot:1")["labels"]}
        self.assertTrue(labels["cave"]["reachable"])
        self.assertEqual(self.d.json("/pilot/paths?at=snapshot:1")["path_count"], 2)
        told = self.d.json("/pilot/compare?from=snapshot:1&to=snapshot:no%20cave")
        self.assertEqual((told["before"]["commit"], told["labels_unreachable"]), ("snapshot:1", ["cave"]))
        self.refused("GET", "/pilot/map?at=snapshot:9", "BPY-1103", 404)

    def test_tied_to_the_commit(self):
        self.root = self.project(text=STORY)
        commit(self.root)
        self.script = self.root / "game/script.rpy"
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=self.root, capture_output=True, text=True, check=True).stdout.strip()
        self.d = self.daemon("--project", self.root)
        self.d.ready("story")
        first = self.take()
        self.assertEqual((first["commit"], first["clean"]), (head, True))
        self.save(STORY.replace("Rain", "Snow"))
        second = self.take()
        self.assertEqual((second["commit"], second["clean"]), (head, False))
        self.assertEqual(subprocess.run(["git", "status", "--porcelain"], cwd=self.root, capture_output=True, text=True, check=True).stdout.split(), ["M", "game/script.rpy"], "the history is no file of the writer's")
        commit(self.root, "snow")
        third = self.take()
        self.assertEqual((third["id"], third["clean"], third["created"]), (second["id"], True, False), "the newest turned out to be the commit's")
        self.assertNotEqual(third["commit"], head)

    def test_only_so_many_are_kept(self):
        self.start(config={"history": {"keep": 3}})
        self.take(name="kept")
        for number in range(6):
            self.save(STORY.replace("Rain", f"Rain {number}"))
            self.take()
        rows = self.rows()
        self.assertEqual([row["id"] for row in rows], [7, 6, 5, 1])
        self.assertEqual(self.d.json(f"{ALL}/5")["words"], 6, "what is kept does not need what went")

    def test_switched_off(self):
        self.root = self.project(text=STORY)
        runtime = self.folder / "runtime"
        (runtime / "default").mkdir(parents=True, mode=0o700)
        (runtime / "default/config.json").write_text('{"disabled": ["history"]}')
        self.d = self.daemon("--project", self.root, runtime=runtime)
        self.d.ready("story")
        self.assertNotIn("history", self.d.json("/api/handshake")["capabilities"])
        for method, target in (("GET", ALL), ("POST", ALL), ("GET", BASE), ("DELETE", ALL + "/1"), ("GET", BASE + "/trend")):
            said = self.refused(method, target, "BPY-1107", 404, {} if method == "POST" else None)
            self.assertIn("history", said["message"])
        self.refused("GET", "/api/v1/historyx", "BPY-1102", 404)
        self.refused("GET", "/pilot/map?at=snapshot:1", "BPY-1107", 404)
        self.assertFalse((self.root / ".branchpy/history.db").exists())
        (runtime / "other").mkdir(mode=0o700)
        (runtime / "other/config.json").write_text('{"disabled": ["histroy"]}')
        done = run("--profile", "other", runtime=runtime, check=2)
        self.assertIn("histroy", done.stderr)

    def test_a_project_without_a_history_of_its_own(self):
        self.start(config={"history": {"enabled": False}})
        self.save(STORY.replace("Rain", "Snow"))
        self.assertEqual(self.d.json(ALL), {"project": "story", "root": str(self.root), "total": 0, "next_offset": None, "bytes": 0, "trouble": "", "snapshots": []})
        self.assertEqual(self.d.json(BASE + "/trend")["ids"], [])
        self.assertFalse((self.root / ".branchpy/history.db").exists(), "a question makes no file")
        self.assertTrue(self.take()["created"], "who asks gets one all the same")

    def test_a_file_that_is_no_database_is_set_aside(self):
        self.start()
        self.take()
        self.d.stop()
        database = self.root / ".branchpy/history.db"
        for damage in (lambda b: b[: len(b) // 2], lambda b: b"not a database at all" * 50, lambda b: b[:100] + bytes(x ^ 0x55 for x in b[100:3000]) + b[3000:]):
            database.write_bytes(damage(database.read_bytes()))
            self.d = self.daemon("--project", self.root)
            self.assertTrue(self.take(name="afterwards")["id"])
            word = [line for line in self.d.log() if line["event"] == "history.damaged"]
            self.assertEqual([line["code"] for line in word], ["BPY-2001"])
            aside = pathlib.Path(word[0]["set_aside"])
            self.assertTrue(aside.exists() and aside.parent == database.parent)
            self.assertEqual(self.rows()[0]["name"], "afterwards")
            self.assertEqual(self.d.json("/pilot/health")["status"], "ok")
            self.d.json(f"{ALL}/afterwards", "DELETE")
            self.take()
            self.d.stop()

    def test_nowhere_to_write(self):
        self.start()
        self.take()
        self.d.stop()
        shutil.rmtree(self.root / ".branchpy")
        (self.root / ".branchpy").write_text("in the way")
        self.d = self.daemon("--project", self.root)
        self.d.ready("story")
        self.refused("POST", ALL, "BPY-2004", 507, {})
        self.assertEqual(self.d.json(ALL)["total"], 0)
        self.save(STORY.replace("Rain", "Snow"))
        self.assertEqual(self.d.json("/pilot/health")["status"], "ok")
        (self.root / ".branchpy").unlink()
        self.take()  # unless the save's own came first
        self.assertEqual(self.d.json(ALL)["total"], 1, "as soon as it can be written to")

    @ROOT
    def test_a_folder_that_cannot_be_written_to_is_read(self):
        self.start()
        self.take(name="kept")
        self.d.stop()
        # Root may write anywhere but where nobody can: on a mount that is read-only.
        subprocess.run(["mount", "--bind", self.root, self.root], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.root], check=False)
        subprocess.run(["mount", "-o", "remount,ro,bind", self.root], check=True)
        self.d = self.daemon("--project", self.root)
        self.d.ready("story")
        listed = self.d.json(ALL)
        self.assertEqual([row["name"] for row in listed["snapshots"]], ["kept"])
        self.assertTrue(listed["trouble"])
        self.assertEqual(self.d.json(f"{ALL}/kept")["words"], 5)
        self.refused("PATCH", f"{ALL}/kept", "BPY-2004", 507, {"pinned": True})
        self.refused("POST", ALL, "BPY-2004", 507, {"name": "more"})

    def test_a_full_disk(self):
        self.start()
        self.take()
        resource.prlimit(self.d.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        self.save(STORY.replace("Rain", "Snow"))
        self.refused("POST", ALL, "BPY-2004", 507, {"name": "full"})
        self.assertEqual([row["id"] for row in self.rows()], [1])
        self.assertEqual(self.d.json("/pilot/health")["status"], "ok")
        resource.prlimit(self.d.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.assertEqual(self.take(name="room again")["id"], 2)

    def test_killed_while_it_writes_loses_nothing_it_acknowledged(self):
        """Saves and requests from two sides, SIGKILL at a random moment, again and again."""
        self.start()
        rng = random.Random(5)
        acknowledged = {}
        runtime = self.d.runtime
        for kill in range(KILLS):
            victim = self.d
            alarm = threading.Timer(rng.uniform(0.0, 0.12), victim.process.kill)
            alarm.start()
            number = 0
            try:
                while True:
                    number += 1
                    self.script.write_text(STORY.replace("Rain", f"Rain {kill} {number}"))
                    kept = self.take(name=f"k{kill} n{number}")
                    acknowledged[kept["id"]] = kept["name"]
            except (ConnectionError, OSError, AssertionError, ValueError) as error:
                self.assertNotIsInstance(error, AssertionError, str(error))
            except Exception as error:  # the answer was cut off
                self.assertIn(type(error).__name__, ("RemoteDisconnected", "IncompleteRead", "BadStatusLine"), repr(error))
            alarm.join()
            victim.process.wait()
            self.d = self.daemon("--project", self.root, runtime=runtime)
            self.d.ready("story")
        self.take(name="last")
        self.assertTrue(acknowledged, "kills that came before anything was acknowledged show nothing")
        found = {}
        offset = 0
        while offset is not None:
            page = self.d.json(f"{ALL}?limit=1000&offset={offset}")
            found.update({row["id"]: row["name"] for row in page["snapshots"]})
            offset = page["next_offset"]
        for number, name in acknowledged.items():
            self.assertEqual(found.get(number), name, f"{len(acknowledged)} acknowledged, {len(found)} found")
        for number in rng.sample(sorted(found), min(40, len(found))):
            self.d.json(f"{ALL}/{number}")
        self.assertFalse(list((self.root / ".branchpy").glob("*damaged*")))
        print(f"{KILLS} kills, {len(acknowledged)} snapshots acknowledged, all there")

    def test_from_the_command_line(self):
        self.start()
        self.take(name='say "hi"')
        self.save(STORY.replace('"Dark."', '"Dark and cold here."'))
        self.take()
        runtime = self.d.runtime
        told = run("history", "list", self.root, runtime=runtime, check=0).stdout
        self.assertIn("Label “cave”: 3 words more", told)
        self.assertEqual([row["id"] for row in json.loads(run("--json", "history", "list", self.root, runtime=runtime, check=0).stdout)], [2, 1])
        self.assertEqual(json.loads(run("--json", "history", "show", self.root, "1", runtime=runtime, check=0).stdout)["words"], 5)
        self.assertIn("3 words more", run("history", "diff", self.root, "1", runtime=runtime, check=0).stdout)
        rows = list(csv.DictReader(io.StringIO(run("history", "export", self.root, runtime=runtime, check=0).stdout)))
        self.assertEqual([(row["id"], row["name"], row["words"]) for row in rows], [("1", 'say "hi"', "5"), ("2", "", "8")])
        self.assertEqual(json.loads(run("history", "export", self.root, "1", runtime=runtime, check=0).stdout)["format"], "stats2")
        run("history", "export", self.root, "1", "--to", self.folder / "out", runtime=runtime, check=0)
        self.assertEqual((self.folder / "out/game/script.rpy").read_text(), STORY)
        self.assertIn("BPY-1002", run("history", "export", self.root, "1", "--to", self.folder / "out", runtime=runtime, check=1).stderr)
        self.assertIn("BPY-1103", run("history", "show", self.root, "7", runtime=runtime, check=1).stderr)
        self.assertIn("BPY-1103", run("history", "list", self.folder, runtime=runtime, check=1).stderr)


if __name__ == "__main__":
    main()

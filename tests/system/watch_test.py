# SPDX-License-Identifier: MIT
"""The watch from outside: what a subscriber is told, what the routes answer, what outlives a restart."""
import asyncio
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

from harness import BPYD, PATIENCE, Case, main, receive, run, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/watch"))
import storm  # noqa: E402
from mirror import Mirror  # noqa: E402

STORM = pathlib.Path(storm.__file__)


async def told(ws, files):
    """The watch.events until all these files were told."""
    events, missing = [], set(files)
    while missing:
        events.append(await receive(ws, "watch.event"))
        missing -= set(events[-1]["files"])
    return events


def can_unshare(*how):
    return shutil.which("unshare") and subprocess.run(["unshare", *how, "true"], capture_output=True).returncode == 0


class Questions(Case):
    def watched(self, daemon, alias="story"):
        return next(row for row in daemon.json("/api/watch/status")["projects"] if row["project"] == alias)

    async def test_says_what_changed_since_a_clock(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        first = d.json("/api/watch/since?project=story")
        self.assertTrue(first["fresh"])
        self.assertEqual(first["changes"], [{"file": "game/script.rpy", "change": "created"}])
        (root / "game/new.rpy").write_text("label new:\n    return\n")
        (root / "game/script.rpy").unlink()
        since = d.json(f"/api/watch/since?project=story&clock={first['clock']}")
        self.assertFalse(since["fresh"] or since["degraded"])
        self.assertEqual(since["changes"], [{"file": "game/new.rpy", "change": "created"}, {"file": "game/script.rpy", "change": "removed"}])
        again = d.json(f"/api/watch/since?project=story&clock={since['clock']}")
        self.assertEqual((again["changes"], again["total"]), ([], 0))
        page = d.json(f"/api/watch/since?project=story&clock={first['clock']}&limit=1&offset=1")
        self.assertEqual((page["changes"], page["total"]), (since["changes"][1:], 2))
        self.assertNotIn("next_offset", page)

    async def test_a_restart_cannot_say_and_says_so(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        clock = d.json("/api/watch/since?project=story")["clock"]
        d.kill()
        (root / "game/other.rpy").write_text("label other:\n    return\n")
        d = self.daemon(runtime=d.runtime)
        since = d.json(f"/api/watch/since?project=story&clock={clock}")
        self.assertTrue(since["fresh"])
        self.assertEqual({row["file"] for row in since["changes"]}, {"game/other.rpy", "game/script.rpy"})

    async def test_a_sync_answers_when_the_story_is_read(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        for number in range(10):
            (root / "game/script.rpy").write_text(f"label start:\n    return\nlabel only_{number}:\n    return\n")
            synced = d.json("/api/watch/sync", "POST", {"project": "story"})
            self.assertFalse(synced["degraded"])
            labels = d.json("/api/projects/story")
            self.assertEqual(labels["labels"], 2)
            story = json.loads(run("flow", root, runtime=self.folder, check=0).stdout)
            self.assertIn(f"only_{number}", json.dumps(story))

    async def test_wrong_questions_get_a_code(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        for target, words in (("/api/watch/since?clock=yesterday", "no clock"), ("/api/watch/since?limit=0", "limit"), ("/api/watch/since?offset=-1", "offset")):
            reply = d.json(target, status=400)
            self.assertIn(words, reply["message"])
        self.assertEqual(d.json("/api/watch/since?project=nobody", status=404)["code"], "BPY-1101")
        self.assertEqual(d.json("/api/watch/sync", "POST", {"timeout_ms": 0}, status=400)["code"], "BPY-1002")
        for body, words in (({"settle_ms": -1}, "settle_ms"), ({"reports": ["coffee"]}, "coffee"), ({"ignore": ["game/[a-"]}, "game/[a-"), ({"roots": ["relative"]}, "relative")):
            reply = d.json("/api/watch/config", "POST", body, status=400)
            self.assertIn(words, reply["message"])
        self.assertEqual(d.json("/api/watch/config")["settle_ms"], 5)

    async def test_settings_hold_over_a_restart(self):
        d, root, other = self.daemon(), self.project(), self.project("other")
        d.register(root)
        answer = d.json("/api/watch/config", "POST", {"settle_ms": 20, "ignore": ["*.draft"], "roots": [str(other)]})
        self.assertEqual((answer["settle_ms"], answer["ignore"], sorted(answer["roots"])), (20, ["*.draft"], sorted([str(root), str(other)])))
        d.json("/api/watch/config", "POST", {"project": "story", "ignore": ["/game/drafts/", "!saves/"], "reports": []})
        d.json("/api/watch/config", "POST", {"project": "other", "enabled": False})
        wait_for(lambda: "other" in (d.runtime / "default/projects.json").read_text(), "projects.json")
        d.kill()
        d = self.daemon(runtime=d.runtime)
        d.ready("story")
        row = self.watched(d)
        self.assertEqual((row["settle_ms"], row["ignore"], row["reports"]), (20, ["/game/drafts/", "!saves/"], []))
        self.assertEqual(self.watched(d, "other")["mode"], "off")
        self.assertEqual(d.json("/api/watch/sync", "POST", {"project": "other"}, status=409)["code"], "BPY-1504")
        async with d.socket() as ws:
            (root / "game/drafts").mkdir()
            (root / "game/drafts/a.rpy").write_text("x")
            (root / "game/saves").mkdir()
            (root / "game/saves/1.save").write_text("x")
            event = (await told(ws, ["game/saves/1.save"]))[-1]
            self.assertEqual(event["files"], ["game/saves/1.save"])
            self.assertNotIn("report", event)
        d.json("/api/watch/config", "POST", {"project": "story", "reset": True})
        self.assertEqual(d.json("/api/watch/config?project=story")["ignore"], ["*.draft"])
        (d.runtime / "default/watch.json").write_text("{broken")
        d.kill()
        d = self.daemon(runtime=d.runtime)
        self.assertEqual(d.json("/api/watch/config")["settle_ms"], 5)
        self.assertTrue((d.runtime / "default/watch.json.bad").exists())

    async def test_without_reports_a_question_is_answered_from_the_newest_save(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        d.json("/api/watch/config", "POST", {"reports": []})
        d.ready("story")
        generation = d.json("/api/projects/story")["generation"]
        async with d.socket() as ws:
            (root / "game/script.rpy").write_text("label start:\n    return\n")
            event = (await told(ws, ["game/script.rpy"]))[-1]
            self.assertNotIn("report", event)
            self.assertEqual(d.json("/api/projects/story")["generation"], generation, "nobody asked")
            self.assertEqual(d.ready("story")["path_count"], 1)
            await ws.send('{"type": "sub", "report": "analyze"}')
            await receive(ws, "subscribed")
            (root / "game/script.rpy").write_text("label start:\n    return\n# again\n")
            self.assertEqual((await receive(ws, "watch.event"))["report"], "analyze")


class Truth(Case):
    async def follow(self, daemon, root, alias, ws, mirror):
        """Takes in events until all that was written before was told."""
        synced = asyncio.create_task(asyncio.to_thread(daemon.json, "/api/watch/sync", "POST", {"project": alias, "timeout_ms": 30000}))
        synced.add_done_callback(lambda _: asyncio.ensure_future(ws.send('{"type": "ping"}')))
        answered = None
        while True:
            message = json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))
            if message["type"] == "watch.event":
                mirror.clock = message["clock"]
                for change in message["changes"]:
                    mirror.tell(change["file"])
            elif message["type"] == "pong":  # what was told before the answer came before the pong
                answered = await synced
            # but a reader that was too slow is caught up from the log behind it
            if answered is not None and mirror.clock in ("", answered["clock"]):
                return answered

    async def after_storm(self, seed, disturb=lambda daemon: None, **config):
        root = self.folder / f"storm{seed}"
        storm.seed_tree(root, seed)
        d = self.daemon("--project", root)
        if config:
            d.json("/api/watch/config", "POST", config)
        d.ready(root.name)
        mirror = Mirror(root)
        mirror.clock = ""
        async with d.socket() as ws:
            process = await asyncio.create_subprocess_exec(sys.executable, str(STORM), str(root), "--seed", str(seed), "--ops", "3000", "--seconds", "1", stdout=subprocess.DEVNULL)
            disturb(d)
            reader = asyncio.create_task(self.read(ws, mirror))
            self.assertEqual(await process.wait(), 0)
            d.process.send_signal(signal.SIGCONT)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await self.follow(d, root, root.name, ws, mirror)
        self.assertEqual(mirror.misses(), [], f"seed {seed}")
        return d

    async def read(self, ws, mirror):
        while True:
            message = json.loads(await ws.recv())
            mirror.clock = message.get("clock", mirror.clock)
            for change in message.get("changes", []):
                mirror.tell(change["file"])

    async def test_after_a_storm_a_subscriber_knows_the_tree(self):
        for seed in (1, 2):
            await self.after_storm(seed)

    async def test_and_with_no_settle_time(self):
        await self.after_storm(3, settle_ms=0)

    async def test_and_after_the_kernel_lost_events(self):
        def stall(daemon):
            daemon.process.send_signal(signal.SIGSTOP)
            for _ in range(5000):  # four events each, and the kernel keeps 16,384
                for name in ("one.txt", "two.txt"):
                    with open(self.folder / "storm4/game" / name, "a") as file:
                        file.write("x")

        d = await self.after_storm(4, stall)
        row = d.json("/api/watch/status")["projects"][0]
        self.assertGreaterEqual(row["rescans"], 1)
        self.assertFalse(row["degraded"])

    async def test_a_checkout_is_few_events_and_complete(self):
        root = self.project()
        for number in range(5000):
            folder = root / f"game/d{number % 50}"
            folder.mkdir(exist_ok=True)
            (folder / f"f{number}.txt").write_text("one\n")
        git = lambda *command: subprocess.run(["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@t", *command], check=True, capture_output=True)  # noqa: E731
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "one")
        git("checkout", "-qb", "two")
        for number in range(0, 5000, 2):
            (root / f"game/d{number % 50}/f{number}.txt").write_text("two two\n")
        for number in range(1, 5000, 10):
            (root / f"game/d{number % 50}/f{number}.txt").unlink()
        git("commit", "-qam", "two")
        d = self.daemon("--project", root)
        d.ready("story")
        async with d.socket() as ws:
            await asyncio.to_thread(git, "checkout", "-q", "master")
            expected = {f"game/d{n % 50}/f{n}.txt" for n in [*range(0, 5000, 2), *range(1, 5000, 10)]}
            events = await told(ws, expected)
        print(f"a checkout of {len(expected):,} files: {len(events)} events")
        self.assertLessEqual(len(events), 20, "a slow disk may pause in the midst of it")
        self.assertEqual(set().union(*(event["files"] for event in events)), expected)

    async def test_a_flood_of_files_comes_in_parts(self):
        root = self.project()
        d = self.daemon("--project", root)
        d.ready("story")
        before = d.json("/api/watch/since")["clock"]
        outside = self.folder / "many"
        outside.mkdir()
        for number in range(9000):
            (outside / f"f{number}.txt").touch()
        async with d.socket() as ws:
            outside.rename(root / "game/many")
            events = await told(ws, {f"game/many/f{n}.txt" for n in range(9000)})
        self.assertEqual([event["more"] for event in events], [True, True, False])
        self.assertEqual({event["clock"] for event in events[:2]}, {before})
        self.assertEqual(d.json(f"/api/watch/since?clock={events[0]['clock']}&limit=10")["total"], 9000)

    async def test_a_root_that_was_replaced_is_read_anew(self):
        root = self.project()
        d = self.daemon("--project", root)
        d.ready("story")
        shutil.copytree(root / "game", self.folder / "other/game")
        (self.folder / "other/game/script.rpy").write_text("label start:\n    return\n")
        root.rename(self.folder / "old")
        (self.folder / "other").rename(root)
        d.json("/api/watch/sync", "POST", {"project": "story"})
        wait_for(lambda: d.json("/api/projects/story")["labels"] == 1, "the other story")
        (root / "game/script.rpy").write_text("label start:\n    return\nlabel more:\n    return\n")
        d.json("/api/watch/sync", "POST", {"project": "story"})
        self.assertEqual(d.json("/api/projects/story")["labels"], 2)

    async def test_who_waits_is_not_forgotten(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        d.json("/api/watch/config", "POST", {"reports": [], "settle_ms": 3000})
        d.ready("story")
        (root / "game/script.rpy").write_text("label start:\n    return\n")
        waiting = asyncio.create_task(asyncio.to_thread(d.request, "POST", "/api/watch/sync", {"project": "story"}))
        wait_for(lambda: d.json("/api/watch/status")["projects"][0]["settle_ms"] == 3000, "the settings")
        d.json("/api/watch/config", "POST", {"settle_ms": 1})
        self.assertEqual((await waiting).status, 200, "asked again of the new watcher")
        d.json("/api/projects/story", "DELETE")
        self.assertEqual(d.json("/pilot/paths?project=story", status=404)["code"], "BPY-1101")

    async def test_a_failing_analyzer_is_told_once_for_each_cause(self):
        d, root = self.daemon(), self.project()
        d.register(root)
        d.ready("story")
        async with d.socket() as ws:
            (root / "game").rename(root / "play")
            event = await receive(ws, "watch.event", lambda m: m.get("failed"))
            self.assertIn("no game/ folder", event["error"])
            for number in range(3):
                (root / f"notes{number}.rpy").write_text("x")
                event = await receive(ws, "watch.event", lambda m, name=f"notes{number}.rpy": name in m["files"])
                self.assertTrue(event["failed"])
                self.assertNotIn("error", event)
            (root / "play").rename(root / "game")
            await receive(ws, "watch.event", lambda m: m.get("failed") is False)
        self.assertEqual(sum(line["event"] == "analysis.failed" for line in d.log()), 1)


class Limits(Case):
    def unshared(self, how, first="true"):
        """A bpyd in namespaces of its own, after a shell command there."""
        wrapped = self.folder / "bpyd"
        wrapped.write_text(f'#!/bin/sh\nexec unshare {how} sh -c \'{first}; exec "$0" "$@"\' {BPYD} "$@"\n')
        wrapped.chmod(0o755)
        return wrapped

    async def test_when_watches_run_out_the_rest_is_polled(self):
        if not can_unshare("-Ur"):
            self.skipTest("no user namespaces here")
        root = self.project()
        for number in range(30):
            (root / f"game/d{number}").mkdir()
        d = self.daemon("--project", root, binary=self.unshared("-Ur", "echo 12 > /proc/sys/user/max_inotify_watches"))
        d.ready("story")
        row = d.json("/api/watch/status")["projects"][0]
        self.assertEqual((row["mode"], row["degraded"], row["code"]), ("mixed", True, "BPY-2005"))
        self.assertIn("fs.inotify.max_user_watches", row["reason"])
        self.assertGreater(row["polled"], 15)
        async with d.socket() as ws:
            for number in range(30):
                (root / f"game/d{number}/new.txt").write_text("x")
            await told(ws, {f"game/d{n}/new.txt" for n in range(30)})
        self.assertEqual(d.json("/pilot/health")["watch"], "degraded")
        self.assertTrue(d.json("/api/watch/since")["degraded"])
        self.assertIn("max_user_watches", d.ready("story")["watch"])

    async def test_without_an_inotify_instance_all_is_polled(self):
        if not can_unshare("-Ur"):
            self.skipTest("no user namespaces here")
        root = self.project()
        d = self.daemon("--project", root, binary=self.unshared("-Ur", "echo 0 > /proc/sys/user/max_inotify_instances"))
        d.ready("story")
        row = d.json("/api/watch/status")["projects"][0]
        self.assertEqual((row["mode"], row["degraded"]), ("polling", True))
        self.assertIn("max_user_instances", row["reason"])
        (root / "game/new.rpy").write_text("label new:\n    return\n")
        d.json("/api/watch/sync", "POST", {"project": "story"})
        self.assertEqual(d.json("/api/projects/story")["labels"], 4)

    async def test_sees_file_systems_come_and_go(self):
        if not can_unshare("-rm"):
            self.skipTest("no mount namespaces here")
        root = self.project()
        (root / "game/disk").mkdir()
        (root / "game/disk/beneath.txt").write_text("x")
        d = self.daemon("--project", root, binary=self.unshared("-rm"))
        d.ready("story")
        inside = ["nsenter", "-t", str(d.meta["pid"]), "-U", "-m", "--preserve-credentials"]
        files = lambda: {row["file"] for row in d.json("/api/watch/since")["changes"]}  # noqa: E731
        async with d.socket() as ws:
            subprocess.run([*inside, "mount", "-t", "tmpfs", "none", str(root / "game/disk")], check=True)
            await told(ws, {"game/disk/beneath.txt"})
            self.assertEqual(files(), {"game/script.rpy"})
            subprocess.run([*inside, "sh", "-c", f"echo x > {root}/game/disk/above.txt"], check=True)
            await told(ws, {"game/disk/above.txt"})
            subprocess.run([*inside, "umount", "-l", str(root / "game/disk")], check=True)
            await told(ws, {"game/disk/above.txt", "game/disk/beneath.txt"})
            self.assertEqual(files(), {"game/script.rpy", "game/disk/beneath.txt"})


class Terminal(Case):
    def watching(self, runtime, root, *flags):
        process = subprocess.Popen([BPYD, "--runtime-dir", str(runtime), *flags, "watch", str(root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=dict(os.environ, HOME=str(self.folder)))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    async def test_prints_saves_with_the_daemon(self):
        d, root = self.daemon(), self.project()
        process = self.watching(d.runtime, root, "--json")
        lines = []
        wait_for(lambda: d.json("/api/ws/channels/watch").get("subscribers", 0) > 0, "the subscription")
        d.ready("story")
        (root / "game/script.rpy").write_text("label start:\n    return\n")
        while not lines or json.loads(lines[-1])["type"] != "story.diff":
            lines.append(await asyncio.to_thread(process.stdout.readline))
        self.assertEqual(json.loads(lines[0])["data"]["files"], ["game/script.rpy"])
        status = run("status", runtime=d.runtime, check=0).stdout
        self.assertRegex(status, r"1 files in 2 folders, inotify, \d+ saves")
        self.assertIn("kernel watches", status)
        self.assertEqual(json.loads(run("--json", "status", runtime=d.runtime, check=0).stdout)["watch"]["projects"][0]["files"], 1)

    async def test_and_without_one(self):
        folder = self.folder / "any"
        folder.mkdir()
        process = self.watching(self.folder / "runtime", folder)
        self.assertIn("watching", await asyncio.to_thread(process.stderr.readline))
        (folder / "notes.txt").write_text("x")
        line = await asyncio.to_thread(process.stdout.readline)
        self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{3} created  notes\.txt$")
        self.assertIn("BPY-1101", run("watch", self.folder / "nowhere", runtime=self.folder).stderr)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""State files that something has damaged: each kind of damage to each file, and the daemon starts, or says why not.

Ordinary runs try some of the damages to each file, others each time; BPYD_HOSTILE=all tries all of them, and
BPYD_SEED the same ones again."""
import json
import os
import random
import shutil
import time

import harness
from attack import Tally
from harness import main, run, wait_for
from slow_test import Raw
from surroundings import LOADED_STOP, SANITIZED, Attack

tally = Tally("hostile.damage")
Attack.tally = tally
SNAPSHOTS = "/api/v1/history/snapshots"
SEED = int(os.environ.get("BPYD_SEED") or random.randrange(1 << 30))
CHANCE = random.Random(SEED)
LATE = 25  # seconds that no start takes unless it hangs: a file of gigabytes is read, under a sanitizer
PART = 23 if os.environ.get("BPYD_HOSTILE") == "all" else 6
print(f"BPYD_SEED={SEED}")


class Damage(Attack):
    def setUp(self):
        super().setUp()
        # A start that reads for ever must not take the machine along.
        self.bounded = self.wrapped("" if SANITIZED else "resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))")
        self.environment = {"ASAN_OPTIONS": "hard_rss_limit_mb=2048:" + os.environ.get("ASAN_OPTIONS", "")}

    def edit(self, root, text):
        (root / "game/script.rpy").write_text(text)

    def publish(self, d, size=1):
        return d.request("POST", "/api/ws/broadcast", body={"channel": "missions", "message": "x" * size})

    def damages(self):
        def sparse(path, size):
            path.unlink(missing_ok=True)
            with open(path, "wb") as file:
                file.truncate(size)

        def put(make):
            def put_there(path):
                path.unlink(missing_ok=True)
                make(path)
            return put_there
        return {"empty": lambda p: p.write_bytes(b""), "truncated": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
                "garbage": lambda p: p.write_bytes(random.Random(8).randbytes(3000)),
                "NUL bytes": lambda p: p.write_bytes(b"\0" * 5000), "no line end": lambda p: p.write_bytes(b"x" * 200_000), "huge": lambda p: sparse(p, 3 << 30),
                "a list": lambda p: p.write_text("[1, 2, 3]"), "null": lambda p: p.write_text("null"),
                "nested": lambda p: p.write_text('{"a":' * 100_000), "a bare number": lambda p: p.write_text("1e999"),
                "wrong types": lambda p: p.write_text(self.twisted(p)), "twice": lambda p: p.write_bytes(p.read_bytes() * 2),
                "flipped": lambda p: p.write_bytes(bytes(b ^ (0x55 if i % 97 == 50 else 0) for i, b in enumerate(p.read_bytes()))),
                "no UTF-8": lambda p: p.write_bytes(p.read_bytes().replace(b"e", b"\xff\xfe")),
                "a folder": put(os.mkdir), "a full folder": put(lambda p: (os.mkdir(p), (p / "x").touch())), "a FIFO": put(os.mkfifo),
                "a dead link": put(lambda p: p.symlink_to(self.folder / "nowhere")), "a link to itself": put(lambda p: p.symlink_to(p)), "a link to zeros": put(lambda p: p.symlink_to("/dev/zero")),
                "a link to a terminal": put(lambda p: p.symlink_to("/dev/tty")), "a socket": put(lambda p: os.mknod(p, 0o140600)), "no permission": lambda p: p.chmod(0)}

    def twisted(self, path):
        """The same JSON with each value of another type."""
        def twist(value):
            if isinstance(value, dict):
                return {key: twist(inner) for key, inner in value.items()} if value else []
            if isinstance(value, list):
                return {"0": value[0]} if value else 5
            return [value] if isinstance(value, str) else "x" if isinstance(value, (int, bool)) else 3
        try:
            return json.dumps(twist(json.loads(path.read_text())))
        except ValueError:
            return '{"x": [{}]}'

    def template(self):
        """Runtime folder and project of a daemon that has seen everything once."""
        runtime, root = self.folder / "template/rt", self.folder / "template/story"
        (root / "game").mkdir(parents=True)
        self.edit(root, harness.STORY)
        (root / ".branchpy").mkdir()
        (root / ".branchpy/governance.json").write_text(json.dumps({"version": 1, "rules": [{"id": "near", "check": "choices-to-ending", "max": 12}], "max_points": 40}))
        (root / ".branchpy/config.json").write_text(json.dumps({"watch": {"settle_ms": 6}}))
        (runtime / "default").mkdir(parents=True)
        (runtime / "default/config.json").write_text(json.dumps({"log_level": "info", "event_log": {"segment_bytes": 65536}}))
        d = self.daemon(runtime=runtime)
        d.register(root)
        d.ready("story")
        for n in range(60):
            self.assertEqual(self.publish(d, 3000).status, 202)
        self.assertIn(d.request("POST", SNAPSHOTS, body={"name": "kept"}).status, (200, 201))
        d.json("/api/watch/config", "POST", {"project": "story", "settle_ms": 8})
        run("trust", root, runtime=runtime, check=0)
        link = Raw(d.ws_port, "/ws?client_id=panel")
        link.text({"type": "sub", "channel": "news"})
        wait_for(lambda: (runtime / "default/daemon_subs.json").exists() and "news" in (runtime / "default/daemon_subs.json").read_text(), "daemon_subs.json")
        link.end()
        d.kill()
        return runtime, root

    def each(self, where):
        """Every damage to every file of a folder: starts or says why, quickly, and serves."""
        runtime, root = self.template()
        base = runtime if where == "runtime" else root / ".branchpy"
        if where == "runtime":
            names = [f"default/{n}" for n in ("wsd.meta.json", "daemon_subs.json", "projects.json", "trusted.json", "watch.json", "config.json", "shutdown.signal")] + ["ws_daemon.log"]
        elif where == "events":
            base = runtime / "default/events"
            segments = sorted(p.name for p in base.glob("*.jsonl"))
            self.assertGreater(len(segments), 2)
            names = ["epoch", "open", segments[0], segments[0].replace(".jsonl", ".index"), segments[-1]]
        else:
            names = ["stats2.json", "config.json", "governance.json", "history.db", "history.db-wal"]
        aside = {"default/daemon_subs.json", "default/projects.json", "default/watch.json"}
        harmless = {"no permission", "twice", "flipped", "wrong types"}  # read as far as it can be, or cannot be judged
        refused, slowest = [], 0
        for name in names:
            for damage, do in sorted(CHANCE.sample(sorted(self.damages().items()), PART)):
                if damage == "a FIFO" and name == "ws_daemon.log":
                    continue  # process_test.py has it
                if damage == "no permission" and os.geteuid() == 0:
                    continue  # nothing is forbidden to root
                tally.add("damaged files")
                place = self.folder / f"place-{name.replace('/', '-')}-{damage.replace(' ', '-')}"
                with self.subTest(f"{name}: {damage}"):
                    try:
                        took = self.damaged(place, place / (base / name).relative_to(self.folder / "template"), do, where)
                        if took is None:
                            refused.append(f"{name}: {damage}")
                            self.assertIn(name, ("default/config.json", "default/wsd.meta.json", "ws_daemon.log"), "a bad file is set aside, not fatal")
                            continue
                        slowest = max(slowest, took)
                        if name in aside and damage not in harmless and "link" not in damage:
                            self.assertTrue(list((place / "rt" / name).parent.glob("*.bad")), "not set aside")
                    finally:
                        while self.daemons:
                            self.end_daemons()
                            self.daemons.clear()
                        shutil.rmtree(place, ignore_errors=True)
        print(f"damage to {where}: slowest start {slowest:.1f} s; refused in words: {', '.join(refused) or 'none'}")

    def damaged(self, place, file, do, where):
        """One start with one damaged file: None when it was refused, else how long the start took."""
        shutil.copytree(self.folder / "template", place, symlinks=True)
        state = place / "rt/default/projects.json"  # the project went along
        state.write_text(state.read_text().replace(str(self.folder / "template"), str(place)))
        if not file.exists():
            file.write_bytes(b"")
        do(file)
        started = time.monotonic()
        d = self.daemon("--project", place / "story", runtime=place / "rt", wait=False, binary=self.bounded, env=self.environment)
        serves = self.starts(d)
        took = time.monotonic() - started
        self.assertLess(took, LATE)
        if not serves:
            return None
        started = time.monotonic()
        answer = d.get("/pilot/paths?project=story")
        self.assertTrue(answer.status == 200 or "BPY-" in answer.text, answer.text)
        response = self.publish(d)
        self.assertTrue(response.status == 202 or "BPY-" in response.text, response.text)
        if where != "project":
            self.assertEqual(answer.status, 200)
        for target in ("/api/governance/rules", "/api/governance/violations", SNAPSHOTS, "/api/watch/config", "/api/ws/channels/missions/events?since=0", "/api/projects", "/metrics"):
            answer = d.get(target)
            self.assertTrue(answer.status < 400 or "BPY-" in answer.text, f"{target}: {answer.text}")
            self.assertNotIn("BPY-2000", answer.text[:300])
        answer = d.request("POST", SNAPSHOTS, body={"name": "after"})
        self.assertTrue(answer.status < 300 or "BPY-" in answer.text, answer.text)
        self.edit(place / "story", harness.STORY + "label more:\n    return\n")
        answer = d.request("POST", "/api/watch/sync", body={"project": "story"})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(d.json("/api/projects/story")["labels"], 4)
        self.assertLess(time.monotonic() - started, LATE)
        started = time.monotonic()
        d.process.terminate()
        self.assertEqual(d.process.wait(harness.PATIENCE), 0)
        self.assertLess(time.monotonic() - started, LOADED_STOP)
        return took

    def test_state_of_a_profile(self):
        self.each("runtime")

    def test_the_event_log(self):
        self.each("events")

    def test_files_of_a_project(self):
        self.each("project")


if __name__ == "__main__":
    main()

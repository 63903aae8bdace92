"""scripts/soak for some forty seconds, and that its judgement can fail."""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "hostile"))
from harness import PATIENCE, Case, main, run  # noqa: E402

SOAK = pathlib.Path(__file__).resolve().parents[2] / "scripts/soak"
SECONDS = float(os.environ.get("BPYD_SOAK_SECONDS", "40"))
MARK = f"98764.{os.getpid():07}"  # seconds to sleep: an analyzer's processes are found by it


def load():
    loader = importlib.machinery.SourceFileLoader("soak", str(SOAK))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("soak", loader))
    loader.exec_module(module)
    return module


class Judgement(unittest.TestCase):
    def setUp(self):
        self.soak = load()
        self.chance = random.Random(3)

    def grows(self, values, key="descriptors"):
        return self.soak.growth(list(enumerate(values)), self.soak.ALLOWED[key])[2]

    def test_what_grows_is_told_from_what_goes_up_and_down(self):
        noise = [self.chance.gauss(100, 15) for _ in range(500)]
        self.assertFalse(self.grows(noise))
        self.assertTrue(self.grows([value + n * 0.2 for n, value in enumerate(noise)]), "a descriptor lost in every fifth look")
        self.assertFalse(self.grows([value + (400 if n % 50 == 0 else 0) for n, value in enumerate(noise)]), "bursts that end are no growth")
        self.assertTrue(self.grows([30e6 + n * 1e5 for n in range(500)], "rss"))
        self.assertFalse(self.grows([30e6 + n * 1e4 for n in range(500)], "rss"))
        self.assertTrue(self.grows([5 + n // 100 for n in range(500)], "threads"))
        self.assertTrue(self.grows([n // 50 for n in range(500)], "temporary"))
        self.assertFalse(self.grows([100] * 10), "a few looks")

    def test_a_lost_and_a_doubled_event_are_told(self):
        one = self.soak.Follower()
        for seq in (1, 2, 4, 4, 5):
            one.take(seq)
        self.assertEqual(one.lost, ["4 after 2", "4 after 4"])


class Children(Case):
    def setUp(self):
        self.addCleanup(self.end_marked)  # after the daemon
        super().setUp()

    def marked(self):
        return list(map(int, subprocess.run(["pgrep", "-f", f"^sleep {MARK}$"], capture_output=True, text=True, check=False).stdout.split()))

    def end_marked(self):
        for pid in self.marked():
            os.kill(pid, signal.SIGKILL)

    def test_analyzers_that_end_hang_and_talk_without_end_never_hold_the_daemon_up(self):
        """One's end and another's beginning in the same turn of the loop, over and over."""
        runtime = self.folder / "rt"
        runtime.mkdir(mode=0o700)
        commands = {"failing": ["false"], "quick": ["echo", "{}"], "hanging": ["sleep", MARK], "loud": ["yes"], "late": ["sh", "-c", "sleep 0.05; exit 3"],
                    "nested": ["sh", "-c", f"sleep {MARK} & sleep {MARK}"]}
        roots = [self.project(name) for name in commands]
        for root in roots:
            (root / ".branchpy").mkdir()
            (root / ".branchpy/config.json").write_text(json.dumps({"analyzer": {"command": commands[root.name], "output": "stdout", "timeout_s": 1}}))
            run("trust", root, runtime=runtime, check=0)
        d = self.daemon(*(part for root in roots for part in ("--project", root)), runtime=runtime)
        ends, saves, slowest = time.monotonic() + SECONDS / 4, 0, 0.0
        while time.monotonic() < ends:
            for root in roots:
                (root / "game/script.rpy").write_text(f"label start:\n    \"{saves}\"\n    return\n")
                saves += 1
            began = time.monotonic()
            try:
                self.assertEqual(d.get("/pilot/health").status, 200)
            except TimeoutError:
                self.fail(f"no answer within {PATIENCE:.0f} s, after {saves} saves")
            slowest = max(slowest, time.monotonic() - began)
        self.assertEqual(d.stop(), 0)
        self.assertEqual(self.marked(), [], "orphans")
        print(f"soak.children: {saves:,} saves in {len(roots)} projects, the slowest answer took {slowest * 1000:.0f} ms")
        self.assertLess(slowest, 5, "something holds the loop up")


class Soak(unittest.TestCase):
    def test_mixed_work_grows_nothing_and_loses_nothing(self):
        began = time.monotonic()
        done = subprocess.run(["/usr/bin/python3", SOAK, str(SECONDS)], capture_output=True, text=True, timeout=SECONDS + 200, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
        self.assertLess(time.monotonic() - began, SECONDS + 60, "it ends in time")


if __name__ == "__main__":
    main()

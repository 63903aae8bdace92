# SPDX-License-Identifier: MIT
"""What the machine does to the daemon: full and read-only disks, no descriptors, no watches, no memory,
a clock that jumps, a long sleep. What it does to files is in damage_test.py."""
import asyncio
import contextlib
import http.client
import json
import mmap
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

import harness
from attack import Tally
from harness import BPYD, main, receive, run, wait_for
from slow_test import Raw, frame
from surroundings import LOADED_STOP, QUICK, ROOT, SANITIZED, Attack, can_unshare, children_of, health_within, pulse, seconds_used

tally = Tally("hostile.faults")
Attack.tally = tally
SNAPSHOTS = "/api/v1/history/snapshots"


def metric(d, name):
    for line in d.get("/metrics").text.splitlines():
        if line.startswith(name) and line[len(name)] in " {":
            return float(line.split()[-1])
    return None


class Fault(Attack):
    def publish(self, d, size=1, channel="missions"):
        return d.request("POST", "/api/ws/broadcast", body={"channel": channel, "message": "x" * size})

    def refused(self, response, statuses=(503, 507)):
        """Refused with a code that says what is wrong."""
        self.assertIn(response.status, statuses, response.text)
        self.assertRegex(json.loads(response.text)["code"], r"BPY-(2004|2001|2007|2002|2008)")
        tally.add("requests refused with a code")

    def idle(self, d, seconds=1.5, most=0.25):
        """It waits, it does not spin."""
        before, started = seconds_used(d.process.pid), time.monotonic()
        time.sleep(seconds)  # the measure itself
        share = (seconds_used(d.process.pid) - before) / (time.monotonic() - started)
        self.assertLess(share, most, "it spins")
        tally.most("percent of a processor at most while it waits", round(100 * share))

    def edit(self, root, text):
        (root / "game/script.rpy").write_text(text)


@unittest.skipUnless(can_unshare("-Urm"), "no user namespaces here")
class Disk(Fault):
    def on_small_disk(self, size="2m", **more):
        """A daemon whose runtime folder and project lie on a disk of their own; seen through its root."""
        disk = self.folder / "disk"
        disk.mkdir(exist_ok=True)
        d = self.daemon(*more.pop("arguments", ()), runtime=disk / "rt", wait=False, binary=self.unshared("-Urm", f"mount -t tmpfs -o size={size},mode=700 none {disk}"), **more)
        inside = pathlib.Path(f"/proc/{d.process.pid}/root{disk}")
        d.runtime = inside / "rt"
        d.wait_ready()
        d.inside, d.disk = inside, disk
        (inside / "story/game").mkdir(parents=True)
        (inside / "story/game/script.rpy").write_text(harness.STORY)
        d.register(disk / "story")
        d.ready("story")
        return d

    def fill(self, d):
        """To the last byte; what it wrote must not be given back by itself."""
        with open(d.inside / f"ballast{random.getrandbits(32):x}", "wb", buffering=0) as file:
            for size in (1 << 16, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def make_room(self, d):
        for file in d.inside.glob("ballast*"):
            file.unlink()

    def test_a_full_disk_stops_no_service(self):
        d = self.on_small_disk(arguments=("--log-level", "debug"))
        root = d.inside / "story"
        link = Raw(d.ws_port, "/ws/channel/missions")
        told = 0
        self.assertEqual(self.publish(d).status, 202)
        for turn in range(3):
            last = d.json("/api/ws/channels/missions")["seq"]
            self.fill(d)
            with pulse(self, d):
                response = self.publish(d, 3000)
                while response.status == 202:  # what room a half-full page of the log has
                    last += 1
                    response = self.publish(d, 3000)
                self.refused(response)
                for _ in range(200):
                    self.assertEqual(d.get("/nope" + "x" * 300).status, 404)
                    tally.add("requests on a full disk")
                self.refused(self.publish(d, 60000))
                with open(root / "game/script.rpy", "r+") as file:  # shorter, in place: that needs no room
                    file.truncate(harness.STORY.index("label right"))
                d.json("/api/watch/sync", "POST", {"project": "story"})
                self.assertEqual(d.json("/api/projects/story")["labels"], 2)
                for method, target, body in (("POST", SNAPSHOTS, {"name": f"n{turn}"}), ("POST", "/api/watch/config", {"settle_ms": 9 + turn}),
                                             ("PATCH", "/api/projects/story", {"alias": f"story{turn}"}),
                                             ("PATCH", f"/api/projects/story{turn}", {"alias": "story"}), ("POST", "/api/ws/broadcast/user", {"user": "ann", "type": "x", "data": "y" * 5000})):
                    answer = d.request(method, target, body=body)
                    tally.add("requests on a full disk")
                    if answer.status >= 300:
                        self.refused(answer)
                link.text({"type": "publish", "channel": "missions", "data": "z" * 5000, "ack": True})
                link.text({"type": "ping"})
                codes = []
                while "pong" not in codes:
                    message = json.loads(link.read_frame()[1])
                    codes.append(message.get("code", message.get("type")))
                self.assertIn("BPY-2004", codes)
                inside = ["nsenter", "-t", str(d.process.pid), "-U", "-m", "--preserve-credentials"]
                trusted = subprocess.run([*inside, BPYD, "--runtime-dir", d.disk / "rt", "trust", d.disk / "story"], capture_output=True, text=True)
                self.assertTrue(trusted.returncode == 0 or "BPY-2004" in trusted.stderr, trusted.stderr)
            with self.subTest("lost log lines are counted"):
                self.assertGreater(metric(d, "bpyd_log_lines_lost_total") or 0, 0)
            self.make_room(d)
            self.assertEqual(self.publish(d).status, 202)
            self.assertEqual(d.json("/api/ws/channels/missions")["seq"], last + 1, "a number was given to a refused event")
            self.assertEqual(d.get("/there-is-room").status, 404)
            wait_for(lambda: "/there-is-room" in (d.runtime / "ws_daemon.log").read_text(), "the log goes on")
            self.edit(root, harness.STORY + f"label more{turn}:\n    return\n")
            d.json("/api/watch/sync", "POST", {"project": "story"})
            self.assertEqual(d.json("/api/projects/story")["labels"], 4)
            self.assertIn(d.request("POST", SNAPSHOTS, body={"name": f"again{turn}"}).status, (200, 201))
            wait_for(lambda: f"more{turn}" in (root / ".branchpy/stats2.json").read_text(), "the report on the disk")
            told = last + 1
            tally.add("times a disk was filled and emptied")
        # Each whole line of the log is one; only the one under way when the disk was full may be cut.
        broken = 0
        for line in (d.runtime / "ws_daemon.log").read_bytes().split(b"\n"):
            try:
                line and json.loads(line)
            except ValueError:
                broken += 1
        self.assertLessEqual(broken, 3)
        self.assertEqual(d.json("/api/ws/channels/missions/events?since=0&limit=1000")["events"][-1]["seq"], told)
        self.fill(d)
        link.end()
        started = time.monotonic()
        d.process.terminate()
        self.assertEqual(d.process.wait(harness.PATIENCE), 0)
        self.assertLess(time.monotonic() - started, LOADED_STOP)

    def test_a_start_on_a_full_disk_serves_or_says_why(self):
        for size in ("4k", "8k", "16k", "32k", "64k"):
            disk = self.folder / "disk"
            disk.mkdir(exist_ok=True)
            d = self.daemon("--auth", "token", runtime=disk / "rt", wait=False, binary=self.unshared("-Urm", f"mount -t tmpfs -o size={size} none {disk}"))
            d.runtime = pathlib.Path(f"/proc/{d.process.pid}/root{disk}/rt")
            tally.add("starts on tiny disks")
            with self.subTest(size):
                if self.starts(d):
                    self.stops(d, LOADED_STOP)

    def test_a_file_at_its_limit(self):
        d = self.daemon("--log-level", "debug", "--project", self.project(), binary=self.wrapped("resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))"))
        d.ready("story")
        with pulse(self, d):
            accepted = 0
            while (response := self.publish(d, 5000)).status == 202:
                accepted += 1
                self.assertLess(accepted, 500, "nothing is ever full")
            self.refused(response)
            for _ in range(800):
                d.get("/nope" + "x" * 300)
            tally.add("requests on a full disk", 800)
            self.assertLessEqual((d.runtime / "ws_daemon.log").stat().st_size, 200_000)
        with self.subTest("lost log lines are counted"):
            self.assertGreater(metric(d, "bpyd_log_lines_lost_total") or 0, 0)
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.assertEqual(json.loads(self.publish(d).text)["seq"], accepted + 1)
        self.stops(d, LOADED_STOP)

    def test_a_runtime_folder_that_is_read_only(self):
        runtime = self.folder / "rt"
        first = self.daemon(runtime=runtime)
        self.stops(first, LOADED_STOP)
        mount = f"mount --bind {runtime} {runtime} && mount -o remount,bind,ro {runtime}"
        d = self.daemon(runtime=runtime, wait=False, binary=self.unshared("-Urm", mount))
        self.assertFalse(self.starts(d))
        d = self.daemon(runtime=self.folder / "none/rt", wait=False, binary=self.unshared("-Urm", f"mount --bind {self.folder} {self.folder} && mount -o remount,bind,ro {self.folder}"))
        self.assertFalse(self.starts(d))
        for part in ("events", "."):
            place = runtime / "default" / part
            d = self.daemon(runtime=runtime, wait=False, binary=self.unshared("-Urm", f"mount --bind {place} {place} && mount -o remount,bind,ro {place}"))
            tally.add("read-only folders")
            if self.starts(d):
                response = self.publish(d)
                if response.status != 202:
                    self.refused(response)
                self.stops(d, LOADED_STOP)
        tally.add("read-only folders", 2)

    def test_a_project_that_is_read_only(self):
        root = self.project()
        d = self.daemon("--project", root, binary=self.unshared("-Urm", f"mount --bind {root} {root} && mount -o remount,bind,ro {root}"))
        d.ready("story")
        for n in range(3):  # the user writes to it all the same
            self.edit(root, harness.STORY + f"label more{n}:\n    return\n")
            d.json("/api/watch/sync", "POST", {"project": "story"})
            self.assertEqual(d.json("/api/projects/story")["labels"], 4)
        self.refused(d.request("POST", SNAPSHOTS, body={"name": "x"}))
        self.assertEqual(d.get("/pilot/map").status, 200)
        tally.add("read-only folders")
        self.stops(d, LOADED_STOP)


class Descriptors(Fault):
    def exhausted(self, d):
        """Connections until no more are taken."""
        links = []
        while len(links) < 200:
            links.append(socket.create_connection(("127.0.0.1", d.http_port), timeout=2))
            try:
                self.ask(links[-1], "GET", "/pilot/health")
            except (OSError, AssertionError):
                return links
        raise AssertionError("200 connections with 70 descriptors")

    def test_none_left_waits_without_spinning_and_recovers(self):
        root = self.project()
        d = self.daemon("--project", root, binary=self.wrapped("resource.setrlimit(resource.RLIMIT_NOFILE, (70, 70))"))
        d.ready("story")
        ws = Raw(d.ws_port, "/ws/channel/watch")
        for turn in range(3):
            links = self.exhausted(d)
            tally.add("connections until none was left", len(links))
            self.idle(d)
            # Who is in is served, and what happens is told.
            links[0].settimeout(QUICK)
            self.assertEqual(self.ask(links[0], "GET", "/pilot/health")[0], 200)
            before = time.monotonic()
            self.edit(root, harness.STORY + f"label more{turn}:\n    return\n")
            ws.socket.settimeout(5)
            ws.messages(1)
            self.assertLess(time.monotonic() - before, QUICK)
            for link in links:
                link.close()
            wait_for(lambda: health_within(d), "health again")
            d.json("/api/watch/sync", "POST", {"project": "story"})
            self.edit(root, harness.STORY + f"label other{turn}:\n    return\n# {turn}\n")
            d.json("/api/watch/sync", "POST", {"project": "story"})
            row = d.json("/api/projects/story")
            self.assertEqual((row["labels"], row.get("problem")), (4, None))
            self.assertIn(d.request("POST", SNAPSHOTS, body={"name": f"n{turn}"}).status, (200, 201))
        lines = sum(line["event"] == "listener.descriptors" for line in d.log())
        self.assertGreater(lines, 0, "nothing said why")
        tally.most("log lines about descriptors in some seconds", lines)
        self.stops(d, LOADED_STOP)

    def test_none_left_for_questions_children_and_the_past(self):
        """Through a connection that is in: answers, or refused with a code; afterwards all works."""
        root = self.project()
        harness.commit(root)
        self.edit(root, harness.STORY + "# two\n")
        harness.commit(root, "two")
        told = self.folder / "report.json"
        run("analyze", root, runtime=self.folder / "cli", check=0)
        told.write_text((root / ".branchpy/stats2.json").read_text())
        for external in (False, True):
            env = {"BPYD_ANALYZER_COMMAND": json.dumps(["cat", str(told)]), "BPYD_ANALYZER_OUTPUT": "stdout"} if external else {}
            d = self.daemon("--project", root, env=env, binary=self.wrapped("resource.setrlimit(resource.RLIMIT_NOFILE, (90, 90))"))
            d.ready("story")
            inner = [socket.create_connection(("127.0.0.1", d.http_port), timeout=20) for _ in range(3)]
            for link in inner:
                self.ask(link, "GET", "/pilot/health")
            for left in (0, 1, 2, 3, 4, 6, 8):
                links = self.exhausted(d)
                for link in links[:left]:
                    link.close()
                used = lambda: len(os.listdir(f"/proc/{d.process.pid}/fd"))  # noqa: E731
                deadline = time.monotonic() + 1  # others may take what became free: then it is tried with fewer
                while used() > 90 - left and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.edit(root, harness.STORY + f"# {left} {external}\n" + f"label l{left}:\n    return\n")
                for method, target, body in (("GET", "/pilot/paths?at=HEAD~1", None), ("GET", "/pilot/compare?from=HEAD~1&to=HEAD", None), ("GET", "/pilot/revisions", None),
                                             ("POST", SNAPSHOTS, {"name": f"n{left}{external}"}), ("GET", SNAPSHOTS, None),
                                             ("POST", "/api/ws/broadcast", {"channel": "news", "message": left}), ("POST", "/api/watch/config", {"settle_ms": left}),
                                             ("GET", "/pilot/map", None), ("GET", "/", None),
                                             ("POST", "/api/watch/sync", {"project": "story", "timeout_ms": 3000}), ("GET", "/api/governance/rules", None), ("GET", "/metrics", None)):
                    status, text = self.ask(inner[0], method, target, body)
                    tally.add("requests without descriptors")
                    if status >= 400:
                        self.assertRegex(text, r"BPY-\d{4}", f"{method} {target}: {status}")
                        self.assertNotIn("BPY-2000", text, f"{method} {target} with {left} descriptors left")
                for link in links:
                    link.close()
                wait_for(lambda: health_within(d), "health again")
                wait_for(lambda: not children_of(d.process.pid), "no child is left")
            [link.close() for link in inner]
            for target in ("/pilot/paths?at=HEAD~1", "/pilot/revisions", SNAPSHOTS):
                d.json(target)
            d.json("/api/watch/config", "POST", {"settle_ms": 3})
            self.edit(root, harness.STORY)
            d.json("/api/watch/sync", "POST", {"project": "story"})
            self.assertIsNone(d.json("/api/projects/story").get("problem"))
            self.assertEqual(self.publish(d).status, 202)
            self.stops(d, LOADED_STOP)

    def ask(self, link, method, target, body=None):
        text = json.dumps(body).encode() if body is not None else b""
        fields = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(text) if body is not None else b""
        link.sendall(b"%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s" % (method.encode(), target.encode(), fields, text))
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = link.recv(65536)
            self.assertTrue(chunk, f"{method} {target}: closed")
            data += chunk
        head, _, answer = data.partition(b"\r\n\r\n")
        size = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
        while len(answer) < size:
            answer += link.recv(65536)
        return int(head.split()[1]), answer.decode()

    def test_starts_with_hardly_any(self):
        for count in (3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 32):
            with self.subTest(count):
                d = self.daemon("--auth", "token", runtime=self.folder / f"rt{count}", wait=False, binary=self.wrapped(f"resource.setrlimit(resource.RLIMIT_NOFILE, ({count}, {count}))"))
                tally.add("starts with hardly any descriptors")
                wait_for(lambda: d.process.poll() is not None or self.own_metadata(d), "a start or an end")
                if d.process.poll() is None:
                    d.wait_ready()
                    self.idle(d, 0.3, 0.5)
                    started = time.monotonic()
                    d.process.terminate()
                    self.assertEqual(d.process.wait(10), 0)
                    self.assertLess(time.monotonic() - started, LOADED_STOP)
                else:
                    words = d.process.stderr.read().decode()
                    self.assertGreater(d.process.returncode, 0, words)
                    if count >= 6:  # below, the system's own loader finds no descriptor
                        self.assertRegex(words, r"BPY-\d{4}")

    @unittest.skipUnless(can_unshare("-Ur"), "no user namespaces here")
    def test_watches_that_run_out_while_it_runs(self):
        root = self.project()
        d = self.daemon("--project", root, binary=self.unshared("-Ur"))
        d.ready("story")
        subprocess.run(["nsenter", "-t", str(d.process.pid), "-U", "--preserve-credentials", "sh", "-c", "echo 3 > /proc/sys/user/max_inotify_watches"], check=True)
        for n in range(20):
            (root / f"game/d{n}").mkdir()
            (root / f"game/d{n}/s.rpy").write_text(f"label l{n}:\n    return\n")
        wait_for(lambda: d.json("/api/projects/story")["labels"] == 23, "all is seen")
        self.assertEqual(d.json("/pilot/health")["watch"], "degraded")
        (root / "game/d7/s.rpy").write_text("label l7:\n    return\nlabel l7b:\n    return\n")
        started = time.monotonic()
        wait_for(lambda: d.json("/api/projects/story")["labels"] == 24, "a change where nothing watches")
        self.assertLess(time.monotonic() - started, 15)
        self.idle(d, 2.5)
        self.stops(d, LOADED_STOP)
        tally.add("watches that ran out", 20)


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long *offset;
__attribute__((constructor)) static void start(void) {
  int fd = open(getenv("CLOCK_FILE"), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) offset = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  if (fd >= 0) close(fd);
}
static long shift(void) { return offset && offset != MAP_FAILED ? *offset : 0; }
int clock_gettime(clockid_t id, struct timespec *now) {
  int result = syscall(SYS_clock_gettime, id, now);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  now->tv_sec = t.tv_sec;
  now->tv_usec = t.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
"""


class Clocks(Fault):
    def jumping(self):
        """What to put into the environment, and how far the wall clock is off."""
        if not shutil.which("cc"):
            self.skipTest("no C compiler to make a clock with")
        (self.folder / "shim.c").write_text(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.folder / "shim.so", self.folder / "shim.c"], check=True)
        (self.folder / "clock").write_bytes(bytes(8))
        file = open(self.folder / "clock", "r+b")
        self.addCleanup(file.close)
        memory = mmap.mmap(file.fileno(), 8)
        env = {"LD_PRELOAD": str(self.folder / "shim.so"), "CLOCK_FILE": str(self.folder / "clock"), "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
        return env, lambda seconds: struct.pack_into("q", memory, 0, seconds)

    async def test_the_wall_clock_jumps_and_no_timer_cares(self):
        env, set_clock = self.jumping()
        runtime = self.folder / "rt"
        (runtime / "default").mkdir(parents=True)
        (runtime / "default/config.json").write_text(json.dumps({"limits": {"heartbeat_s": 1}}))
        root = self.project()
        d = self.daemon("--project", root, runtime=runtime, env=env)
        d.ready("story")
        set_clock(86400 * 400)
        year = time.gmtime(time.time() + 86400 * 400).tm_year
        d.get("/nope")
        self.assertIn(str(year), d.log()[-1]["ts"], "the clock did not jump: the test shows nothing")
        set_clock(0)
        idle = socket.create_connection(("127.0.0.1", d.http_port))
        idle.sendall(b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        idle.recv(65536)
        now = int(time.time())
        async with d.socket("/ws/connect") as ws:
            await ws.send('{"type":"subscribe","channels":["missions","watch"]}')
            for n, clock in enumerate((3600, -3600, 86400 * 3650, -86400 * 3650, 0, -now, -now - 10**6, 7258118400 - now, 4102444800 - now, 2**31 - now, 2**32 - now, -1, 1, 0)):
                with self.subTest(clock):
                    set_clock(clock)
                    tally.add("jumps of the clock")
                    self.assertIsNotNone(health_within(d))
                    self.assertEqual(d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": n}, status=202)["seq"], n + 1)
                    self.assertEqual((await receive(ws, "broadcast"))["seq"], n + 1)
                    started = time.monotonic()
                    self.edit(root, harness.STORY + f"label l{n}:\n    return\n")
                    await receive(ws, "watch.event")
                    self.assertLess(time.monotonic() - started, QUICK)
                    self.assertLess(d.json("/api/daemon/status")["uptime_seconds"], 200)
            await asyncio.to_thread(self.idle, d, 3)  # three heartbeats
            await ws.send('{"type": "ping"}')
            await receive(ws, "pong")
        idle.sendall(b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(idle.recv(65536).startswith(b"HTTP/1.1 200"), "a kept connection was dropped")
        idle.close()
        self.assertTrue(all(line["ts"] for line in d.log()))
        self.stops(d, LOADED_STOP)

    def test_a_clock_of_another_age_at_the_start(self):
        """Numbers go on and nothing hangs when the wall clock was far ahead or behind at the last run."""
        env, set_clock = self.jumping()
        runtime, seq, now = self.folder / "rt", 0, int(time.time())
        root = self.project()
        for clock in (0, 86400 * 3650, -86400 * 3650, -now, 7258118400 - now, 0):
            set_clock(clock)
            d = self.daemon("--auth", "token", "--project", root, runtime=runtime, env=env)
            token = {"X-BranchPy-Token": (runtime / "default/token").read_text().strip()}
            answer = d.request("POST", "/api/ws/broadcast", body={"channel": "missions", "message": 1}, headers=token)
            self.assertEqual(answer.status, 202, answer.text)
            got = json.loads(answer.text)["seq"]
            self.assertEqual(got, seq + 1, "a number was given twice or lost")
            seq = got
            self.assertEqual(d.get("/pilot/paths?project=story", headers=token).status, 200)
            tally.add("jumps of the clock")
            self.stops(d, LOADED_STOP)

    @unittest.skipUnless(can_unshare("-UrT", "--monotonic", "1000"), "no time namespaces here")
    async def test_a_machine_that_runs_for_years(self):
        root = self.project()
        for offset in (86400 * 365 * 100, 2**31):
            binary = self.folder / f"years{offset}"
            binary.write_text(f'#!/bin/sh\nexec unshare -UrT --monotonic {offset} --boottime {offset} {BPYD} "$@"\n')
            binary.chmod(0o755)
            d = self.daemon("--project", root, binary=binary, wait=False)
            wait_for(lambda: d.meta_file.exists(), "metadata")
            d.meta = json.loads(d.meta_file.read_text())
            d.http_port, d.ws_port = d.meta["http_port"], d.meta["ws_port"]
            d.ready("story")
            async with d.socket() as ws:
                self.edit(root, harness.STORY + f"label l{offset}:\n    return\n")
                await receive(ws, "watch.event")
            self.assertLess(d.json("/api/daemon/status")["uptime_seconds"], 60)
            tally.add("jumps of the clock")
            os.kill(d.meta["pid"], signal.SIGTERM)
            d.process.wait(10)

    async def test_asleep_for_seconds_and_awake_again(self):
        await self.sleep_and_wake({})

    async def test_who_answers_is_not_closed_because_the_daemon_slept(self):
        await self.sleep_and_wake({"limits": {"heartbeat_s": 1}})

    async def sleep_and_wake(self, config):
        runtime = self.folder / "rt"
        (runtime / "default").mkdir(parents=True)
        (runtime / "default/config.json").write_text(json.dumps(config))
        root = self.project()
        d = self.daemon("--project", root, runtime=runtime)
        d.ready("story")
        async with d.socket("/ws/connect") as ws:
            await ws.send('{"type":"subscribe","channels":["missions","watch"]}')
            for turn in range(2):
                d.process.send_signal(signal.SIGSTOP)
                links = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(50)]
                for n, link in enumerate(links):
                    link.sendall([b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /pilot/paths HTTP/1.1\r\nHost: localhost\r\n\r\n"][n % 2])
                self.edit(root, harness.STORY + f"label l{turn}:\n    return\n")
                await asyncio.sleep(4)  # the sleep itself: four heartbeats
                d.process.send_signal(signal.SIGCONT)
                started = time.monotonic()
                for link in links:
                    link.settimeout(QUICK)
                    self.assertTrue(link.recv(65536).startswith(b"HTTP/1.1 200"))
                    link.close()
                self.assertLess(time.monotonic() - started, QUICK)
                await receive(ws, "watch.event")
                await ws.send('{"type": "ping"}')
                await receive(ws, "pong")
                tally.add("sleeps of 4 s")
        self.stops(d, LOADED_STOP)


class Memory(Fault):
    def binary(self):
        if not SANITIZED:
            return BPYD
        plain = ROOT / "build/release/bpyd"
        if not plain.exists():
            self.skipTest("address space cannot be limited under a sanitizer, and build/release/bpyd is not there")
        return plain

    def storm(self, d, root):
        """Big bodies, big answers nobody reads, big stories, deep JSON: all at once."""
        refused, over = [], time.monotonic() + 8

        def ask(method, target, body=None):
            connection = http.client.HTTPConnection("127.0.0.1", d.http_port, timeout=5)
            with contextlib.suppress(OSError, http.client.HTTPException):
                tally.add("requests under memory pressure")
                connection.request(method, target, body=body, headers={"Content-Type": "application/json"} if body is not None else {})
                response = connection.getresponse()
                text = response.read().decode()
                if response.status >= 500:
                    refused.append((response.status, text[:200]))
            connection.close()

        def client(n):
            while time.monotonic() < over and d.process.poll() is None:
                ask("POST", "/api/ws/broadcast", json.dumps({"channel": f"c{n}", "message": "x" * 900_000}).encode())
                ask("POST", "/api/ws/broadcast", b"[" * 1_000_000)
                ask("GET", "/pilot/map")
                ask("GET", "/openapi.json")
                ask("GET", "/pilot/paths?limit=1000")

        threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        [t.start() for t in threads]
        readers = []
        with contextlib.suppress(OSError):
            for _ in range(60):
                reader = socket.socket()
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                reader.settimeout(2)
                readers.append(reader)
                reader.connect(("127.0.0.1", d.ws_port))
                reader.sendall(b"GET /ws/connect HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                reader.sendall(frame(0x81, json.dumps({"type": "subscribe", "channels": [f"c{n}" for n in range(8)]}).encode()))
        for n in range(4):
            text = "label start:\n    menu:\n" + "".join(f'        "c{n} {i}":\n            jump l{i}\n' for i in range(3000))
            text += "".join(f'label l{i}:\n    "words {"x" * 200}"\n    return\n' for i in range(3000))
            with contextlib.suppress(OSError):
                self.edit(root, text)
            time.sleep(1)  # the pressure itself
        [t.join() for t in threads]
        for reader in readers:
            reader.close()
        return refused

    def test_little_memory_costs_requests_and_not_the_daemon(self):
        binary = self.binary()
        for room in (8, 32, 96):
            with self.subTest(f"{room} MiB"):
                root = self.project(f"story{room}")
                d = self.daemon("--project", root, binary=binary)
                d.ready(root.name)
                now = int(next(line for line in pathlib.Path(f"/proc/{d.process.pid}/status").read_text().splitlines() if line.startswith("VmSize")).split()[1]) << 10
                resource.prlimit(d.process.pid, resource.RLIMIT_AS, (now + (room << 20), resource.RLIM_INFINITY))
                refused = self.storm(d, root)
                ended = d.process.poll()
                words = d.process.stderr.read().decode()[-500:] if ended is not None else ""
                self.assertIsNone(ended, f"ended for want of memory: {words}")
                wait_for(lambda: health_within(d), "health while memory is short")
                for status, text in refused:
                    self.assertRegex(text, r"BPY-\d{4}", status)
                tally.add("requests refused with a code", len(refused))
                resource.prlimit(d.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                self.edit(root, harness.STORY)
                d.json("/api/watch/sync", "POST", {"project": root.name, "timeout_ms": 20000})
                self.assertEqual(d.json(f"/api/projects/{root.name}")["labels"], 3)
                self.assertEqual(self.publish(d).status, 202)
                self.stops(d, LOADED_STOP)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""What the tests of the process and of faults share: odd surroundings to start in, health asked for
all the while, and who is left afterwards."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import harness
from harness import BPYD, Case, wait_for

# Seconds. Not what is good (scripts/bench-attack measures that), but what no busy machine takes unless
# something holds the daemon up.
QUICK = 5.0  # until health answers, whatever else goes on
LOADED_STOP = 5.0  # R20: a limit that is stated
SANITIZED = any(name in pathlib.Path(BPYD).read_bytes() for name in (b"__asan_init", b"__tsan_init"))
ROOT = pathlib.Path(__file__).resolve().parents[3]


def can_unshare(*how):
    return shutil.which("unshare") and subprocess.run(["unshare", *how, "true"], capture_output=True).returncode == 0


def seconds_used(pid):
    """Computing time of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def health_within(d, limit=QUICK):
    """How long health took; None when it did not answer in time."""
    started = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", d.http_port), timeout=limit) as link:
            link.settimeout(limit)
            link.sendall(b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if not link.recv(64).startswith(b"HTTP/1.1 200"):
                return None
    except OSError:
        return None
    took = time.monotonic() - started
    return took if took <= limit else None


@contextlib.contextmanager
def pulse(case, d, limit=QUICK):
    """Asks for health all the while; fails when one answer was late."""
    late, over = [], threading.Event()

    def ask():
        while not over.wait(0.02):
            case.tally.add("health checks under load")
            if health_within(d, limit) is None:
                late.append(time.monotonic())
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    case.assertEqual(late, [], f"health took longer than {limit} s")


def processes(marker):
    """Pids of running programs with this text in their command line, zombies not among them."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if marker.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def children_of(pid):
    """{pid: state letter} of its children, zombies ("Z") included."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if int(fields[1]) == pid:
                    found[int(entry.name)] = fields[0]
    return found


class Attack(Case):
    tally = None  # of the test file

    def daemon(self, *arguments, runtime=None, **more):
        """Never removes a folder that was given: it may be one of the system's."""
        made = super().daemon(*arguments, runtime=runtime, **more)
        if runtime is not None:
            made.close = lambda: made.kill() if made.process.poll() is None else None
        return made

    def wrapped(self, code, binary=BPYD):
        """A bpyd that is started from surroundings made by some Python."""
        self.wrappers = getattr(self, "wrappers", 0) + 1
        file = self.folder / f"start{self.wrappers}"
        file.write_text(f"#!{sys.executable} -IS\nimport os, resource, signal, sys\nbinary, arguments = {str(binary)!r}, sys.argv[1:]\n{code}\nos.execv(binary, [binary, *arguments])\n")
        file.chmod(0o755)
        return file

    def unshared(self, how, first="true", binary=BPYD):
        """A bpyd in namespaces of its own, after a shell command there."""
        self.wrappers = getattr(self, "wrappers", 0) + 1
        file = self.folder / f"start{self.wrappers}"
        file.write_text(f'#!/bin/sh\nexec unshare {how} sh -c \'{first} && exec "$0" "$@"\' {binary} "$@"\n')
        file.chmod(0o755)
        return file

    def starts(self, d):
        """True when it serves; else it ended, and said why with a code."""
        wait_for(lambda: d.process.poll() is not None or self.own_metadata(d), "a start or an end")
        if d.process.poll() is not None:
            words = d.process.stderr.read().decode(errors="replace")
            self.assertGreater(d.process.returncode, 0, words)
            self.assertRegex(words, r"BPY-\d{4}|Run with --help")
            self.assertNotIn("AddressSanitizer", words)
            return False
        d.wait_ready()
        self.assertIsNotNone(health_within(d, 10))
        return True

    def own_metadata(self, d):
        try:
            with open(os.open(d.meta_file, os.O_RDONLY | os.O_NONBLOCK)) as file:  # it may be anything yet
                data = json.loads(file.read(65536))
            return isinstance(data, dict) and data.get("pid") == d.process.pid
        except (OSError, ValueError, RecursionError):
            return False

    def stops(self, d, limit, *signals):
        """Stops it; says how long that took, which must be in time, clean and leave nothing."""
        started = time.monotonic()
        for number in signals or (signal.SIGTERM,):
            with contextlib.suppress(ProcessLookupError):
                d.process.send_signal(number)
        self.assertEqual(d.process.wait(harness.PATIENCE), 0)
        took = time.monotonic() - started
        self.assertLess(took, limit)
        self.assertFalse(d.meta_file.exists(), "metadata stays behind")
        self.tally.add("stops")
        return took

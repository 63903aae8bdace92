# SPDX-License-Identifier: MIT
"""The process under attack: races for its profile, odd surroundings, every signal, children that
misbehave, pipes that nobody reads, and secrets that must be nowhere."""
import contextlib
import json
import os
import pathlib
import random
import shlex
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.parse

import harness
from attack import Tally
from harness import main, receive, run, wait_for
from slow_test import Raw
from surroundings import LOADED_STOP, QUICK, SANITIZED, Attack, children_of, health_within, processes, pulse

tally = Tally("hostile.process")
Attack.tally = tally
IDLE_STOP = 5.0  # an idle one takes a tenth


class OneInstance(Attack):
    def test_twenty_starts_at_once_are_one_daemon_and_nineteen_that_name_it(self):
        for n in range(3):
            runtime = self.folder / f"race{n}"
            runs = [self.daemon(runtime=runtime, wait=False) for _ in range(20)]
            tally.add("starts in races", 20)
            wait_for(lambda: sum(d.process.poll() is None for d in runs) == 1, "nineteen ended")
            survivor = next(d for d in runs if d.process.poll() is None)
            survivor.wait_ready()
            told = [(d.process.returncode, *(part.decode() for part in d.process.communicate())) for d in runs if d is not survivor]
            self.assertEqual([t for t in told if t[0] != 0], [], "a start that lost the race")
            for _, out, _ in told:
                self.assertEqual(json.loads(out), survivor.meta)
            self.stops(survivor, LOADED_STOP)

    def test_starts_while_it_stops_leave_one_or_none_and_the_next_works(self):
        random.seed(8)
        runtime = self.folder / "rt"
        for _ in range(6):
            first = self.daemon(runtime=runtime)
            first.process.send_signal(signal.SIGTERM)
            runs = []
            for _ in range(5):
                runs.append(self.daemon(runtime=runtime, wait=False))
                time.sleep(random.random() * 0.1)  # the moment to hit is not known: many are tried
            tally.add("starts in races", 6)
            self.assertEqual(first.process.wait(10), 0)
            wait_for(lambda: sum(d.process.poll() is None for d in runs) <= 1, "at most one is left")
            left = [d for d in runs if d.process.poll() is None]
            for d in runs:
                if d not in left:
                    self.assertIn(d.process.returncode, (0, 4))
            for d in left:
                d.wait_ready()
                self.assertEqual(json.loads(d.meta_file.read_text())["pid"], d.process.pid)
                self.stops(d, LOADED_STOP)
            self.assertFalse((runtime / "default/wsd.meta.json").exists())

    def test_killed_and_started_in_a_breath(self):
        """The kernel frees lock and ports, also while a child of the dead one lives on."""
        marker = f"bpyd-orphan-{os.getpid()}"
        command = ["sh", "-c", "sleep 20", marker]
        runtime = self.folder / "rt"
        base = self.daemon().ws_port  # just a number in the range the kernel gives out
        for _ in range(5):
            d = self.daemon("--project", self.folder / "story" if (self.folder / "story").exists() else self.project(), runtime=runtime, ports=(base + 1, -1),
                            env={"BPYD_ANALYZER_COMMAND": json.dumps(command)})
            wait_for(lambda: processes(marker), "the child")
            ports = d.ws_port, d.http_port
            d.kill()
            d = self.daemon(runtime=runtime, ports=(base + 1, -1), env={"BPYD_ANALYZER_COMMAND": json.dumps(command)})
            self.assertEqual((d.ws_port, d.http_port), ports, "a child holds the ports of the one before")
            d.kill()
            for pid in processes(marker):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            tally.add("kills")

    def test_stale_metadata_harms_nobody(self):
        """It names a living program and a server of somebody else: neither hears of us."""
        bystander = subprocess.Popen(["sleep", "60"])
        self.addCleanup(bystander.wait)
        self.addCleanup(bystander.kill)
        heard = []
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def listen():
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    with link:
                        link.settimeout(5)
                        heard.append(link.recv(65536))
                        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        threading.Thread(target=listen, daemon=True).start()
        d = self.daemon("--auth", "token")
        token = (d.runtime / "default/token").read_text().strip()
        d.kill()
        port = server.getsockname()[1]
        stale = dict(d.meta, pid=bystander.pid, ws_port=port, http_port=port)
        for command in (["stop"], ["status"], ["ping"], ["restart"], ["open", str(self.project())]):
            d.meta_file.write_text(json.dumps(stale))
            (d.runtime / "default/token").write_text(token)
            if command == ["restart"]:
                again = self.daemon("restart", runtime=d.runtime)
                self.stops(again, LOADED_STOP)
            else:
                done = run(*command, runtime=d.runtime)
                with self.subTest(f"{command} says"):
                    self.assertIn(done.returncode, (1, 4), f"{command}: {done.stdout}")
            tally.add("commands on stale metadata")
            self.assertIsNone(bystander.poll(), f"{command} ended somebody else")
            with self.subTest(f"{command} tells"):
                self.assertFalse([h for h in heard if token.encode() in h], f"{command} gave the token to somebody else")
                self.assertFalse([h for h in heard if h.startswith(b"POST")], f"{command} sent orders to somebody else")
            heard.clear()

    def test_a_lock_file_that_was_replaced_makes_no_second_daemon(self):
        d = self.daemon()
        lock = d.runtime / "default/wsd.lock"
        for replace in (lock.unlink, lambda: (lock.unlink(), lock.touch(0o600)), lambda: (lock.unlink(missing_ok=True), os.mkfifo(lock))):
            replace()
            second = self.daemon(runtime=d.runtime, wait=False)
            wait_for(lambda: second.process.poll() is not None or self.own_metadata(second), "a start or an end")
            tally.add("lock files")
            both = second.process.poll() is None and health_within(d) is not None
            self.assertFalse(both, "two daemons serve one profile")
            self.assertIsNotNone(health_within(d), "the first went")

    def test_something_else_in_place_of_a_file_it_needs(self):
        """Serves, or ends with words and a code; hangs never, and follows no link to write through."""
        precious = self.folder / "precious"
        places = ["default/wsd.lock", "default/wsd.meta.json", "default/token", "ws_daemon.log", "default/events", "default/shutdown.signal"]
        things = {"folder": os.mkdir, "full folder": lambda p: (os.mkdir(p), (p / "x").touch()), "FIFO": os.mkfifo, "link": lambda p: p.symlink_to(precious),
                  "dead link": lambda p: p.symlink_to(self.folder / "nowhere/x"), "link to itself": lambda p: p.symlink_to(p), "device": lambda p: p.symlink_to("/dev/full"),
                  "socket": lambda p: os.mknod(p, stat.S_IFSOCK | 0o600)}
        refused = []
        for place in places:
            for name, make in things.items():
                with self.subTest(f"{name} for {place}"):
                    precious.write_text("precious")
                    runtime = self.folder / f"rt{random.getrandbits(32):x}"
                    (runtime / "default").mkdir(parents=True)
                    make(runtime / place)
                    d = self.daemon("--auth", "token", runtime=runtime, wait=False)
                    tally.add("things in place of files")
                    if self.starts(d):
                        self.stops(d, LOADED_STOP)
                    else:
                        refused.append(f"{name} for {place}")
                    if place != "ws_daemon.log":  # whoever wants the log on another disk may link it there
                        self.assertEqual(precious.read_text(), "precious", "written through a link")
        print("refused:", ", ".join(refused) or "none")


class Folders(Attack):
    def refused(self, *arguments, runtime, words):
        d = self.daemon(*arguments, runtime=runtime, wait=False)
        self.assertNotEqual(d.process.wait(harness.PATIENCE), 0)
        said = d.process.stderr.read().decode(errors="replace")
        self.assertRegex(said, r"BPY-\d{4}")
        self.assertIn(words, said)
        self.assertGreater(d.process.returncode, 0, said)
        tally.add("folders refused")

    def test_a_folder_of_somebody_else_is_refused(self):
        theirs = self.folder / "theirs"
        theirs.mkdir()
        if os.geteuid() == 0:
            os.chown(theirs, 12345, 12345)
        else:
            theirs = pathlib.Path("/usr")
        self.refused(runtime=theirs, words="belongs to another user")
        (self.folder / "link").symlink_to(theirs)
        self.refused(runtime=self.folder / "link", words="belongs to another user")
        if os.geteuid() == 0:
            (self.folder / "mine").mkdir()
            (self.folder / "mine/default").mkdir()
            os.chown(self.folder / "mine/default", 12345, 12345)
            self.refused(runtime=self.folder / "mine", words="belongs to another user")

    def test_what_is_no_folder_is_refused_in_words(self):
        file, fifo = self.folder / "file", self.folder / "fifo"
        file.write_text("x")
        os.mkfifo(fifo)
        for place in (file, fifo, file / "below", pathlib.Path("/dev/null"), pathlib.Path("/proc/self"), pathlib.Path("/nonexistent-\x7f") / ("x" * 300), self.folder / "n" / ("y" * 5000)):
            with self.subTest(str(place)[:60]):
                d = self.daemon(runtime=place, wait=False)
                self.assertFalse(self.starts(d))
                tally.add("folders refused")

    def test_an_open_folder_is_made_private(self):
        for mode in (0o755, 0o777, 0o1777, 0o500, 0o000):
            runtime = self.folder / f"rt{mode:o}"
            runtime.mkdir()
            (runtime / "default").mkdir()
            (runtime / "default").chmod(mode)
            runtime.chmod(mode)
            d = self.daemon("--auth", "token", runtime=runtime)
            for folder in (runtime, runtime / "default"):
                self.assertEqual(stat.S_IMODE(folder.stat().st_mode) & 0o777, 0o700, f"{folder} was {mode:o}")
            self.stops(d, LOADED_STOP)

    def test_names_of_folders_and_profiles(self):
        for name in ("a b", "новое", "x\ny", "%00%2e", "$(touch boom)", "-rf", "'\"", b"\xff\xfe".decode("utf-8", "surrogateescape")):
            with self.subTest(name):
                d = self.daemon(runtime=self.folder / "names" / name, wait=False)
                if self.starts(d):
                    self.assertEqual(d.json("/api/handshake").get("ok", True), True)
                    self.stops(d, LOADED_STOP)
                tally.add("odd names")
        self.assertFalse(list(pathlib.Path(".").glob("boom")))
        for n, profile in enumerate(("../out", "a/b", "..", ".", "", "/abs", "x" * 300, "a\nb", "-x", "ws_daemon.log")):
            with self.subTest(profile=profile):
                runtime = self.folder / f"p{n}" / "rt"
                runtime.parent.mkdir()
                d = self.daemon(f"--profile={profile}", runtime=runtime, wait=False)
                d.profile = profile
                if self.starts(d):
                    place = d.meta_file.resolve().parent
                    self.assertEqual(place.parent, runtime.resolve(), f"profile {profile!r} leads to {place}")
                    self.stops(d, LOADED_STOP)
                tally.add("odd names")
                self.assertEqual({p.name for p in runtime.parent.iterdir()} - {"rt"}, set(), "written beside its own folder")

    async def test_everything_below_is_private_whatever_the_umask(self):
        for mask in (0, 0o777, 0o022, 0o400):
            root = self.project(f"story{mask:o}")
            d = self.daemon("--auth", "token", "--project", root, binary=self.wrapped(f"os.umask({mask})"))
            token = (d.runtime / "default/token").read_text().strip()
            headers = {"X-BranchPy-Token": token}
            self.assertEqual(d.get(f"/pilot/paths?project={root.name}", headers=headers).status, 200)
            d.request("POST", "/api/watch/config", body={"settle_ms": 7}, headers=headers)
            run("trust", root, runtime=d.runtime, check=0)
            async with d.socket(f"/ws?client_id=x&token={token}") as ws:
                await ws.send('{"type": "sub", "channel": "news"}')
                await receive(ws, "subscribed")
            d.request("POST", "/api/ws/broadcast", body={"channel": "news", "message": 1}, headers=headers)
            wait_for(lambda: (d.runtime / "default/daemon_subs.json").exists() and (d.runtime / "default/watch.json").exists(), "the state files")
            seen = 0
            for path in [d.runtime, *d.runtime.rglob("*")]:
                with contextlib.suppress(FileNotFoundError):  # a temporary that went
                    self.assertEqual(stat.S_IMODE(path.lstat().st_mode), 0o700 if path.is_dir() else 0o600, f"{path} with umask {mask:o}")
                    seen += 1
            self.assertGreater(seen, 8)
            tally.add("files looked at for their mode", seen)
            self.stops(d, LOADED_STOP)


class Ports(Attack):
    def held(self, count, how):
        """Consecutive ports that somebody holds, and the sockets."""
        for base in range(20000 + os.getpid() % 20000, 60000, 16):
            sockets = []
            try:
                for port in range(base, base + count):
                    sockets.append(how(port))
                return base, sockets
            except OSError:
                [s.close() for s in sockets]
        raise AssertionError("no free range")

    def test_six_taken_ports_end_the_start_whoever_holds_them(self):
        def bound(port, family=socket.AF_INET, host="127.0.0.1", listens=True, dual=False):
            made = socket.socket(family)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if dual:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            made.bind((host, port))
            if listens:
                made.listen()
            return made
        ways = {"listening": bound, "on every address": lambda p: bound(p, host="0.0.0.0")}
        if socket.has_ipv6:
            ways["on every address of both kinds"] = lambda p: bound(p, socket.AF_INET6, "::", dual=True)
        for name, how in ways.items():
            with self.subTest(name):
                base, sockets = self.held(6, how)
                runtime = self.folder / name.replace(" ", "-")
                done = run("--port", base, runtime=runtime)
                [s.close() for s in sockets]
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("BPY-2003", done.stderr)
                self.assertIn(str(base), done.stderr)
                self.assertFalse((runtime / "default/wsd.meta.json").exists())
                tally.add("port ranges", 1)
                d = self.daemon(runtime=runtime)  # and the lock is free again
                self.stops(d, LOADED_STOP)

    def test_one_free_port_of_six_is_not_enough_for_two_roles(self):
        def listening(port):
            return socket.create_server(("127.0.0.1", port))
        base, sockets = self.held(6, listening)
        sockets.pop(3).close()
        done = run("--port", base, runtime=self.folder / "one")
        [s.close() for s in sockets]
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertFalse((self.folder / "one/default/wsd.meta.json").exists())
        tally.add("port ranges")

    def test_the_end_of_the_range_is_the_end(self):
        for port in (65531, 65534, 65535):
            with self.subTest(port):
                d = self.daemon(runtime=self.folder / str(port), ports=(port, -1), wait=False)
                tally.add("port ranges")
                if self.starts(d):
                    self.assertTrue(port <= d.ws_port <= 65535 and port <= d.http_port <= 65535, (d.ws_port, d.http_port))
                    self.stops(d, LOADED_STOP)
                else:
                    self.assertEqual(d.process.returncode, 3)
        for port in (-1, -2, 65536, 70000, 2**31, 2**63, 10**30, "x", "", "8765x"):
            done = run(f"--port={port}", runtime=self.folder / "no")
            self.assertEqual(done.returncode, 2, f"{port}: {done.stderr}")
            tally.add("port ranges")


class Signals(Attack):
    def test_stray_signals_end_nothing(self):
        d = self.daemon("--project", self.project())
        d.ready("story")
        for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG, signal.SIGIO, signal.SIGXFSZ, signal.SIGTTIN, signal.SIGTTOU):
            with self.subTest(signal.Signals(number).name):
                for _ in range(20):
                    if d.process.poll() is None:
                        d.process.send_signal(number)
                        tally.add("signals")
                d.process.send_signal(signal.SIGCONT)
                answered = wait_for(lambda: d.process.poll() is not None or health_within(d), "an answer or an end")
                ended = d.process.poll()
                if ended is not None:  # the next ones deserve a daemon too
                    d = self.daemon("--project", self.folder / "story")
                self.assertIsNone(ended)
                self.assertIsNotNone(answered)

    def test_stopped_from_a_terminal_and_continued(self):
        d = self.daemon()
        for number in (signal.SIGTSTP, signal.SIGSTOP):
            for _ in range(10):
                d.process.send_signal(number)
                if number == signal.SIGSTOP:  # the other is ignored in a group that no shell looks after
                    wait_for(lambda: pathlib.Path(f"/proc/{d.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", "stopped")
                    self.assertIsNone(health_within(d, 0.05))
                d.process.send_signal(signal.SIGCONT)
                wait_for(lambda: health_within(d), "an answer")
                tally.add("signals", 2)
        self.stops(d, LOADED_STOP)

    def test_sighup_storm_with_a_configuration_that_comes_and_goes(self):
        d = self.daemon()
        config = d.runtime / "default/config.json"
        texts = ['{"log_level": "debug"}', "{", "", '{"watch": {"reports": []}}', '{"prot": 1}', "\x00" * 100, '{"host": "0.0.0.0"}', '{"log_level": "loud"}', "[" * 100000]
        with pulse(self, d):
            for n in range(200):
                config.write_text(texts[n % len(texts)])
                d.process.send_signal(signal.SIGHUP)
                tally.add("signals")
        for other in (os.mkfifo, os.mkdir):
            config.unlink()
            other(config)
            d.process.send_signal(signal.SIGHUP)
            self.assertIsNotNone(health_within(d))
            config.rename(self.folder / f"was{other.__name__}")
            config.write_text("{}")
        self.stops(d, LOADED_STOP)

    def test_a_storm_of_ends_is_one_end(self):
        for first, second in ((signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGHUP)):
            d = self.daemon("--project", self.project(f"story-{first}-{second}"))
            links = [Raw(d.ws_port) for _ in range(20)]
            self.stops(d, LOADED_STOP, *[first, second] * 50)
            tally.add("signals", 100)
            for link in links:
                self.assertEqual(link.close_code(), 1001)
                link.end()
            self.assertEqual(sum(line["event"] == "daemon.stopping" for line in d.log()), 1)

    def test_ended_while_it_starts(self):
        """Nothing can be promised before it serves; but nothing may hang and the next must start."""
        runtime = self.folder / "rt"
        for n in range(25):
            d = self.daemon(runtime=runtime, wait=False)
            time.sleep(n * 0.01)  # walks through the start
            d.process.send_signal(signal.SIGTERM)
            self.assertIn(d.process.wait(10), (0, -signal.SIGTERM))
            tally.add("starts that were ended")
        d = self.daemon(runtime=runtime)
        self.stops(d, LOADED_STOP)


class Upgrades(Attack):
    def test_an_upgrade_is_asked_of_every_route(self):
        """Some answer at once and some by and by: neither kind may end the daemon."""
        root = self.project()
        for arguments in ([], ["--project", root]):
            with self.subTest("with a story" if arguments else "without a story"):
                died = self.died_of_upgrades(arguments)
                self.assertFalse(died, "\n".join(died))

    def died_of_upgrades(self, arguments):
        d, died, body = self.daemon(*arguments), [], "Content-Type: application/json\r\nContent-Length: 0\r\n"
        for target, methods in sorted(d.json("/openapi.json")["paths"].items()):
            for method in {m.upper() for m in methods} | {"GET"} if not target.endswith(("/shutdown", "/restart")) else {"GET"}:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", d.ws_port), timeout=10) as link:
                    link.sendall(f"{method} {target.replace('{', '').replace('}', '')} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 f"{'' if method == 'GET' else body}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
                    link.recv(64)
                tally.add("upgrades asked of routes")
                wait_for(lambda: health_within(d, 5) or d.process.poll() is not None, "an answer or an end")
                if d.process.poll() is not None:
                    died.append(f"{method} {target}: {d.process.stderr.read().decode()[:200]}")
                    d = self.daemon(*arguments)
        return died


class Stopping(Attack):
    def test_idle_is_at_once(self):
        for auth in ([], ["--auth", "token"]):
            d = self.daemon("--project", self.project(f"story{len(auth)}"), *auth)
            wait_for(lambda: (self.folder / f"story{len(auth)}/.branchpy/stats2.json").exists(), "the first report")
            self.stops(d, IDLE_STOP)

    def slow_readers(self, d):
        links = [Raw(d.ws_port, "/ws/channel/missions", receive_buffer=4096) for _ in range(20)]
        for _ in range(300):
            d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": "x" * 20000}, status=202)
        return links

    def many_sockets(self, d):
        links = [Raw(d.ws_port) for _ in range(200)]
        return links + [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(50)]

    def half_requests(self, d):
        links = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(60)]
        for n, link in enumerate(links):
            link.sendall([b"G", b"GET /pilot/health HTTP/1.1\r\nHost: local",
                          b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"][n % 3])
        return links

    def never_readers(self, d):
        links = []
        for _ in range(300):
            link = socket.socket()
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.connect(("127.0.0.1", d.http_port))
            link.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                link.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            links.append(link)
        return links

    def in_flight(self, d):
        """Questions that wait for an analysis that does not end."""
        links = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(20)]
        for link in links:
            link.sendall(b"GET /pilot/paths HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return links

    def long_questions(self, d):
        links = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(8)]
        for n, link in enumerate(links):
            link.sendall(b"GET /pilot/paths?at=HEAD~%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % n)
        return links

    def stop_under(self, loads, daemon, marker, *signals):
        held = [load(daemon) for load in loads]
        try:
            took = self.stops(daemon, LOADED_STOP, *signals)
        finally:
            for links in held:
                [(link.end if hasattr(link, "end") else link.close)() for link in links]
        self.assertEqual(wait_for(lambda: not processes(marker), "no child is left"), True)
        self.assertIn("daemon.shutdown", [line["event"] for line in daemon.log()])
        return took

    def test_loaded_is_under_five_seconds(self):
        times = {}
        for load in (self.many_sockets, self.slow_readers, self.half_requests, self.never_readers):
            with self.subTest(load.__name__):
                times[load.__name__] = self.stop_under([load], self.daemon(), f"no-child-{os.getpid()}")
        for name, loads in (("a running child", []), ("in_flight", [self.in_flight]), ("all at once", [self.in_flight, self.many_sockets, self.slow_readers, self.half_requests, self.never_readers])):
            with self.subTest(name):
                marker = f"bpyd-stop-{os.getpid()}-{len(loads)}"
                command = ["sh", "-c", "trap '' TERM INT HUP; (sleep 55; : $0) & while :; do sleep 1; done", marker]
                d = self.daemon("--project", self.project(f"story{len(times)}"), env={"BPYD_ANALYZER_COMMAND": json.dumps(command)})
                wait_for(lambda: processes(marker), "the child")
                times[name] = self.stop_under(loads, d, marker, *([signal.SIGTERM, signal.SIGINT] * 20))
        with self.subTest("a long PILOT question"):
            marker = str(self.folder / "bin/git")
            (self.folder / "bin").mkdir()
            pathlib.Path(marker).write_text("#!/bin/sh\ntrap '' TERM\nsleep 50 &\nwhile :; do sleep 1; done\n")
            pathlib.Path(marker).chmod(0o755)
            root = self.project("asked")
            (root / ".git").mkdir()
            d = self.daemon("--project", root, env={"PATH": f"{self.folder}/bin:{os.environ['PATH']}"})
            d.ready("asked")
            links = self.long_questions(d)
            wait_for(lambda: processes(marker), "git")
            times["long_questions"] = self.stop_under([], d, marker)
            [link.close() for link in links]
        print("stops under load: " + ", ".join(f"{name} {took:.2f} s" for name, took in times.items()))


class Output(Attack):
    def test_a_full_pipe_that_nobody_reads_blocks_nothing(self):
        d = self.daemon("--log-stderr", "--log-level", "debug")
        log = d.runtime / "ws_daemon.log"
        asked = 0
        with pulse(self, d):
            while log.stat().st_size < 300_000 and asked < 3000:  # the pipe holds 64 KiB
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", d.http_port), timeout=QUICK) as link:
                    link.sendall(b"GET /nope" + b"x" * 500 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    link.settimeout(QUICK)
                    if not link.recv(64):
                        break
                asked += 1
                if asked % 50 == 0 and health_within(d, 2 * QUICK) is None:
                    break  # it hangs: the pulse says so
        tally.add("requests on a full pipe", asked)
        started = time.monotonic()
        d.process.send_signal(signal.SIGTERM)
        self.assertEqual(d.process.wait(LOADED_STOP), 0)
        self.assertLess(time.monotonic() - started, LOADED_STOP)

    def test_dead_pipes_and_full_devices(self):
        for name, code in {"dead pipes": "r, w = os.pipe(); os.close(r); os.dup2(w, 1); os.dup2(w, 2)", "a full device": "f = os.open('/dev/full', os.O_WRONLY); os.dup2(f, 1); os.dup2(f, 2)",
                           "no reader": "f = os.open('/dev/null', os.O_RDONLY); os.dup2(f, 1); os.dup2(f, 2)",
                           "a file at its limit": f"f = os.open({str(self.folder / 'out')!r}, os.O_WRONLY | os.O_CREAT); os.dup2(f, 2); os.ftruncate(f, 1 << 20); os.lseek(f, 0, 2)"}.items():
            with self.subTest(name):
                d = self.daemon("--log-stderr", "--log-level", "debug", binary=self.wrapped(code))
                for _ in range(50):
                    self.assertEqual(d.get("/nope").status, 404)
                tally.add("starts in odd surroundings")
                self.stops(d, LOADED_STOP)

    def test_a_command_whose_output_goes_nowhere_ends(self):
        d = self.daemon()
        for command in (["status"], ["routes"], ["version"], ["config"], []):
            for code in ("f = os.open('/dev/full', os.O_WRONLY); os.dup2(f, 1)", "os.close(1)", "r, w = os.pipe(); os.close(r); os.dup2(w, 1)", "[os.close(n) for n in (0, 1, 2)]"):
                done = subprocess.run([self.wrapped(code), "--runtime-dir", d.runtime, *command], timeout=harness.PATIENCE, capture_output=True, env=d.env)
                self.assertIn(done.returncode, (0, 1, 2, 4, -signal.SIGPIPE), f"{command} {code}: {done.stderr.decode()}")
                self.assertNotIn(b"Sanitizer", done.stderr)
                tally.add("commands with odd output")


CHILD = r'''
import os, signal, sys, time
signal.alarm(45)  # whatever goes wrong, it ends
report = open(sys.argv[2]).read()
mode = open(sys.argv[1]).read()


def sleep():
    while True:
        time.sleep(1)


def offspring(count, then=sleep):
    for _ in range(count):
        if os.fork() == 0:
            signal.alarm(45)
            then()


def ignore():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def flood(fd, chunk):
    while True:
        os.write(fd, chunk)


if mode == "grandchildren":
    offspring(3, lambda: (offspring(1), sleep()))
    print(report)
    sys.stdout.flush()
    os._exit(0)
elif mode == "ignores SIGTERM":
    ignore()
    sleep()
elif mode == "a family that ignores SIGTERM":
    ignore()
    offspring(3)
    sleep()
elif mode == "forks all the time":
    ignore()
    for _ in range(200):
        if os.fork() == 0:
            signal.alarm(45)
            sleep()
        time.sleep(0.02)
    sleep()
elif mode == "closes its output and lives on":
    os.close(1)
    os.close(2)
    sleep()
elif mode == "endless output":
    flood(1, b"x" * 79 + b"\n")
elif mode == "endless errors":
    flood(2, b"x" * 65536)
elif mode == "a line without end":
    for _ in range(1024):
        os.write(1, b"x" * 65536)
elif mode == "a report behind too much":
    for _ in range(200):
        os.write(1, b" " * 65536)
    print(report)
elif mode == "no UTF-8":
    os.write(1, report.encode().replace(b"start", b"st\xff\xfert", 3))
elif mode == "NUL bytes":
    os.write(1, report.encode() + b"\0" * 100)
elif mode == "errors that are no UTF-8":
    os.write(2, b"bad \xff\xfe \x1b[31m \x00 words")
    sys.exit(3)
elif mode == "exit 3":
    sys.exit(3)
elif mode == "SIGSEGV":
    os.kill(os.getpid(), signal.SIGSEGV)
elif mode == "SIGKILL":
    os.kill(os.getpid(), signal.SIGKILL)
elif mode == "stops itself":
    os.kill(os.getpid(), signal.SIGSTOP)
    sleep()
elif mode == "says nothing":
    pass
elif mode == "nested without end":
    os.write(1, b"[" * 4_000_000)
elif mode == "leaves the session":
    if os.fork() == 0:
        os.setsid()
        signal.alarm(20)
        sleep()
    print(report)
else:
    print(report)
'''


class Children(Attack):
    def setUp(self):
        super().setUp()
        self.root = self.project()
        (self.folder / "child").mkdir()
        self.mode, self.report, self.child = (self.folder / "child" / name for name in ("mode", "report", "child.py"))
        run("analyze", self.root, runtime=self.folder / "cli", check=0)
        self.report.write_text((self.root / ".branchpy/stats2.json").read_text())
        (self.root / ".branchpy/stats2.json").unlink()
        self.child.write_text(CHILD)
        self.mode.write_text("")

    def analyzer(self, command=None, timeout=2, **more):
        command = command or [sys.executable, "-IS", str(self.child), str(self.mode), str(self.report)]
        return {"BPYD_ANALYZER_COMMAND": json.dumps(command), "BPYD_ANALYZER_OUTPUT": "stdout", "BPYD_ANALYZER_TIMEOUT_S": str(timeout), **more}

    def rest(self, d, alias="story", above=0):
        """The project's row when its next analysis is over."""
        def over():
            row = d.json(f"/api/projects/{alias}")
            return row if row["generation"] > above and not d.json("/api/daemon/status")["operation_in_progress"] else None
        return wait_for(over, "the analysis")

    def save(self, d, n, name="story"):
        (self.folder / name / "game/script.rpy").write_text(harness.STORY + f"# {n}\n")

    def test_children_that_misbehave(self):
        table = [("good", None), ("grandchildren", None), ("ignores SIGTERM", "ran longer"), ("a family that ignores SIGTERM", "ran longer"), ("forks all the time", "ran longer"),
                 ("closes its output and lives on", "ran longer"), ("endless output", "ran longer"), ("endless errors", "ran longer"), ("a line without end", "BPY-"),
                 ("a report behind too much", "BPY-"), ("no UTF-8", "BPY-"), ("NUL bytes", "BPY-"), ("errors that are no UTF-8", "exit code 3"), ("exit 3", "exit code 3"),
                 ("SIGSEGV", "exit code 139"),
                 ("SIGKILL", "exit code 137"), ("stops itself", "ran longer"), ("says nothing", "BPY-"), ("nested without end", "BPY-"), ("leaves the session", None), ("good", None)]
        marker = str(self.child)
        d = self.daemon("--project", self.root, env=self.analyzer())
        row = self.rest(d)
        self.assertIsNone(row.get("problem"))
        descriptors = lambda: len(os.listdir(f"/proc/{d.process.pid}/fd"))  # noqa: E731
        d.json("/api/v1/history/snapshots", "POST", {}, status=201)  # its database is open from here on
        before = descriptors()
        for n, (mode, problem) in enumerate(table):
            with self.subTest(mode):
                self.mode.write_text(mode)
                with pulse(self, d):
                    self.save(d, n)
                    row = self.rest(d, above=row["generation"])
                tally.add("children that misbehave")
                if problem is None:
                    self.assertIsNone(row.get("problem"))
                else:
                    self.assertRegex(row["code"], r"BPY-(1301|2002|1413)")
                    self.assertIn(problem, row["code"] + " " + row["problem"])
                if mode == "leaves the session":
                    for pid in processes(marker):
                        os.kill(pid, signal.SIGKILL)
                wait_for(lambda: not processes(marker), f"nobody is left of: {mode}")
                wait_for(lambda: not children_of(d.process.pid), "no zombie is left")
                self.assertEqual(row["labels"], 3, "the last good story is served")
        wait_for(lambda: descriptors() <= before + 2, "descriptors are closed")
        tally.most("KiB of memory after children that write without end", d.json("/api/daemon/status")["memory_kib"])
        self.assertLess(d.json("/api/daemon/status")["memory_kib"], 700 << 10)
        self.stops(d, LOADED_STOP)

    # In a shell of its own, else the shell's own redirections would be seen.
    SHOW = ("(ls -l /proc/$$/fd > $1/fds); cat /proc/self/status > $1/status; cut -d' ' -f4-8 /proc/$$/stat > $1/stat; "
            "echo $$ > $1/pid; env -0 > $1/env; pwd > $1/cwd; cat $2")

    def shown(self, d):
        """What a child saw around itself, checked."""
        told = self.folder / "child"
        fds = dict(line.split()[-3::2] for line in (told / "fds").read_text().splitlines() if "->" in line)
        self.assertEqual(set(fds), {"0", "1", "2"}, fds)
        self.assertEqual(fds["0"], "/dev/null")
        self.assertTrue(fds["1"].startswith("pipe:") and fds["2"].startswith("pipe:") and fds["1"] != fds["2"], fds)
        status = dict(line.split(":\t") for line in (told / "status").read_text().splitlines() if ":\t" in line)
        self.assertEqual((int(status["SigBlk"], 16), int(status["SigIgn"], 16)), (0, 0))
        pid = int((told / "pid").read_text())
        _, group, session, _, _ = map(int, (told / "stat").read_text().split())
        self.assertEqual((group, session), (pid, pid))
        env = dict(entry.split("=", 1) for entry in (told / "env").read_text(errors="replace").split("\0") if entry)
        allowed = {"PATH", "HOME", "LANG", "TMPDIR", "USER", "XDG_CACHE_HOME", "PWD", "_", "SHLVL", "OLDPWD"}
        self.assertEqual({name for name in env if name not in allowed and not name.startswith("LC_")}, set())
        self.assertEqual((told / "cwd").read_text().strip(), str(self.root))
        tally.add("children looked at")
        return env

    def showing(self, **more):
        return self.analyzer(["sh", "-c", self.SHOW, "show", str(self.folder / "child"), str(self.report)], 20, **more)

    def test_a_child_gets_what_is_listed_and_nothing_else(self):
        leaks = {"LD_PRELOAD": "", "BPYD_TOKEN": "s3cret", "SSH_AUTH_SOCK": "/tmp/x", "AWS_SECRET_ACCESS_KEY": "s3cret",
                 "GIT_DIR": "/tmp", "PYTHONPATH": "/tmp", "IFS": "x", "BASH_ENV": "/tmp/x", "PATHX": "1", "HOMEX": "1"}
        d = self.daemon("--project", self.root, "--auth", "token", env=self.showing(**leaks))
        links = [socket.create_connection(("127.0.0.1", d.ws_port)) for _ in range(30)]
        token = (d.runtime / "default/token").read_text().strip()
        self.assertEqual(d.get("/pilot/paths?project=story", headers={"X-BranchPy-Token": token}).status, 200)
        self.assertNotIn("s3cret", str(self.shown(d)))
        [link.close() for link in links]

    STARTS = {
        "no stdin": "os.close(0)", "no stdout": "os.close(1)", "no stderr": "os.close(2)", "none of the three": "[os.close(n) for n in (0, 1, 2)]",
        "stdout and stderr closed, others open": "os.close(1); os.close(2); [os.set_inheritable(os.open('/dev/null', os.O_RDONLY), True) for _ in range(20)]",
        "many descriptors inherited": "[os.set_inheritable(os.open('/dev/null', os.O_RDONLY), True) for _ in range(200)]",
        "SIGCHLD ignored": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "every signal ignored": "[signal.signal(n, signal.SIG_IGN) for n in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}]",
        "every signal blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
        "umask 0777": "os.umask(0o777)", "umask 0": "os.umask(0)",
        "40 descriptors": "resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))",
        "a small stack": "resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, 512 << 10))",
        "no HOME": "os.environ.pop('HOME', None)", "HOME is nowhere": "os.environ['HOME'] = '/nonexistent/x'", "an empty HOME": "os.environ['HOME'] = ''",
        "odd LANG": "os.environ.update(LANG='tr_TR.UTF-9', LC_ALL='xx_YY.KOI8', LC_NUMERIC='de_DE.UTF-8', TZ=':/etc/passwd')",
        "a deleted cwd": "import tempfile; t = tempfile.mkdtemp(); os.chdir(t); os.rmdir(t)",
        "a cwd of no rights": "import tempfile; t = tempfile.mkdtemp(); os.chdir(t); os.chmod(t, 0); os.rmdir(t)",
        "another name": "os.execv(binary, ['-', *arguments])",
        "no core, no time to spare": "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.nice(5)",
    }

    def test_starts_in_odd_surroundings(self):
        for name, code in self.STARTS.items():
            for file in (self.folder / "child").glob("fds"):
                file.unlink()
            with self.subTest(name):
                binary = self.wrapped(code)
                d = self.daemon("--log-stderr", "--project", self.root, env=self.showing(), binary=binary)
                tally.add("starts in odd surroundings")
                row = self.rest(d)
                self.assertIsNone(row.get("problem"))
                env = self.shown(d)
                self.assertEqual(env.get("HOME"), {"no HOME": None, "HOME is nowhere": "/nonexistent/x", "an empty HOME": ""}.get(name, str(d.runtime)))
                for number in ("0", "1", "2"):  # none of them is a file of its own by chance
                    file = pathlib.Path(f"/proc/{d.process.pid}/fd/{number}")
                    if os.path.lexists(file):
                        self.assertRegex(os.readlink(file), r"^(/dev/null|pipe:\[\d+\])$", f"descriptor {number}")
                self.assertEqual(d.json("/api/ws/broadcast", "POST", {"channel": "news", "message": 1}, status=202)["seq"], 1)
                self.assertTrue(all("event" in line for line in d.log()))
                self.stops(d, LOADED_STOP)

    def test_a_failing_child_fails_whatever_happens_to_sigchld(self):
        self.mode.write_text("exit 3")
        d = self.daemon("--project", self.root, env=self.analyzer(timeout=20), binary=self.wrapped(self.STARTS["SIGCHLD ignored"]))
        self.assertIn("exit code 3", self.rest(d).get("problem", "none"))
        self.stops(d, LOADED_STOP)

    def test_commands_that_cannot_run(self):
        plain, script = self.folder / "plain", self.folder / "script"
        plain.write_text("x")
        script.write_text("#!/nonexistent/interpreter\n")
        script.chmod(0o755)
        for command in (["/nonexistent"], [str(plain)], [str(self.folder)], [""], [str(script)], ["no-such-program-anywhere"], ["x" * 5000], ["a\nb"], ["sh", "-c", "exit 3", *["x" * 100000] * 30]):
            with self.subTest(command[0][:40]):
                d = self.daemon("--project", self.root, env={"BPYD_ANALYZER_COMMAND": "[]"}, wait=False)
                d.kill()
                (d.runtime / "default").mkdir(parents=True, exist_ok=True)
                (d.runtime / "default/config.json").write_text(json.dumps({"analyzer": {"command": command[:2000]}}))
                if (d.runtime / "default/config.json").stat().st_size > 1 << 20:
                    (d.runtime / "default/config.json").write_text(json.dumps({"analyzer": {"command": ["sh", "-c", "exit 3", *["x" * 131072] * 7]}}))
                d = self.daemon("--project", self.root, runtime=d.runtime)
                row = self.rest(d)
                self.assertEqual(row["code"], "BPY-2002", row)
                wait_for(lambda: not children_of(d.process.pid), "nobody is left of it")
                tally.add("commands that cannot run")
                self.stops(d, LOADED_STOP)

    def test_time_limits_that_make_no_sense(self):
        """A project's own file may say them beside the user's command: no number may end the daemon."""
        (self.root / ".branchpy").mkdir(exist_ok=True)
        for limit in (0, -1, -2**63, 2**63 - 1, 2**62, 10**10, 1e300, "x", None, [1], 0.5):
            with self.subTest(limit):
                (self.root / ".branchpy/config.json").write_text(json.dumps({"analyzer": {"timeout_s": limit}}))
                env = self.analyzer()
                env.pop("BPYD_ANALYZER_TIMEOUT_S")
                d = self.daemon("--project", self.root, env=env)
                self.rest(d)
                self.assertIsNotNone(health_within(d))
                tally.add("odd time limits")
                self.stops(d, LOADED_STOP)

    def test_at_most_four_at_once_and_a_bounded_queue(self):
        gate, door, marker = self.folder / "go", self.folder / "door", f"bpyd-queue-{os.getpid()}"
        os.mkfifo(door)
        command = ["sh", "-c", f"[ -e {shlex.quote(str(gate))} ] || read x < {shlex.quote(str(door))}; cat {shlex.quote(str(self.report))}", marker]
        d = self.daemon(env=self.analyzer(command, 60))
        count = 80
        with pulse(self, d, 5 if SANITIZED else QUICK):  # to fork takes long under a sanitizer
            for n in range(count):
                d.register(self.project(f"p{n}"))


            def rows():
                return d.json("/api/projects?limit=1000")["projects"]
            wait_for(lambda: sum(row.get("code") == "BPY-1429" for row in rows()) == count - 4 - 64, "the rest is refused")
            wait_for(lambda: len(children_of(d.process.pid)) == 4, "four at once")
            gate.write_text("")
            os.close(os.open(door, os.O_WRONLY))  # lets in who waits
            most = 0

            def done():
                nonlocal most
                most = max(most, len(children_of(d.process.pid)))
                return sum(row["labels"] == 3 for row in rows()) == 68
            wait_for(done, "those that waited")
        self.assertLessEqual(most, 4)
        tally.add("children in a queue", count)
        wait_for(lambda: not processes(marker), "nobody is left")

    def test_a_projects_own_file_runs_nothing_until_it_is_trusted(self):
        told = self.folder / "ran"
        others = [self.project("story-2"), self.project("sto")]
        inner = self.root / "inner"
        (inner / "game").mkdir(parents=True)
        (inner / "game/script.rpy").write_text(harness.STORY)
        roots = [self.root, *others, inner]
        for root in roots:
            (root / ".branchpy").mkdir(exist_ok=True)
            config = {"analyzer": {"command": ["sh", "-c", f"echo $PWD >> {told}; cat {self.report}"], "output": "stdout"}, "pilot": {"warp_command": ["sh", "-c", f"echo warp >> {told}"]},
                      "auth": "none", "host": "0.0.0.0", "insecure": True, "allow_origins": ["http://evil.example"], "projects": ["/tmp"]}
            (root / ".branchpy/config.json").write_text(json.dumps(config))
        d = self.daemon()
        rows = {root: d.register(root)["alias"] for root in roots}
        for alias in rows.values():
            d.ready(alias)
            d.request("POST", f"/pilot/warp?project={alias}", body={"project": alias, "file": "game/script.rpy", "line": 1})
            d.request("POST", "/pilot/warp", body={"project": alias, "file": "game/script.rpy", "line": 1, "command": ["touch", str(told)], "warp_command": ["touch", str(told)]})
            d.json("/api/watch/sync", "POST", {"project": alias})
        self.assertFalse(told.exists(), "an untrusted project's command ran")
        self.assertEqual(d.get("/pilot/health", headers={"Origin": "http://evil.example"}).status, 403)
        self.assertEqual(d.meta["host"], "127.0.0.1")
        tally.add("untrusted projects", len(roots))
        # A list of trust that is no list trusts nobody.
        for text in ('{"roots": "/"}', '["/"]', '{"projects": ["/"]}', '{"trusted": ["/", "*", ""]}', '{"roots": ["/", "*", ""]}', "/", "\x00", "true", '{"roots": true}'):
            (d.runtime / "default/trusted.json").write_text(text)
            for n, (root, alias) in enumerate(rows.items()):
                (root / "game/script.rpy").write_text(harness.STORY + f"# {n} {len(text)}\n")
                d.json("/api/watch/sync", "POST", {"project": alias})
            self.assertFalse(told.exists(), f"trusted by {text!r}")
        (d.runtime / "default/trusted.json").unlink()
        run("trust", self.root, runtime=d.runtime, check=0)
        for n, (root, alias) in enumerate(rows.items()):
            (root / "game/script.rpy").write_text(harness.STORY + f"# again {n}\n")
            d.json("/api/watch/sync", "POST", {"project": alias})
        ran = wait_for(lambda: told.exists() and told.read_text().split(), "the trusted one's command")
        self.assertEqual(set(ran), {str(self.root)}, "only the trusted one, none beside or below it")


class Secrets(Attack):
    def everything_told(self, d):
        """All that others could read: {where: bytes}."""
        told = {str(p.relative_to(d.runtime)): p.read_bytes() for p in d.runtime.rglob("*") if p.is_file() and p.name not in ("token",)}
        told["names"] = "\n".join(str(p) for p in d.runtime.rglob("*")).encode()
        told["argv"] = pathlib.Path(f"/proc/{d.process.pid}/cmdline").read_bytes()
        told["environment"] = pathlib.Path(f"/proc/{d.process.pid}/environ").read_bytes()
        told["handshake"] = d.get("/api/handshake").text.encode()
        told["health"] = d.get("/pilot/health").text.encode()
        return told

    async def use(self, d, secret, spread):
        """Sends it in every way that is right and some that are wrong."""
        quoted = urllib.parse.quote(secret, safe="")
        odd = "".join(f"%{ord(c):02X}" for c in secret)
        doors = [f"token={secret}", f"x=1&token={secret}&y=2", f"token={quoted}", f"%74oken={secret}", f"tok%65n={secret}", f"%74%6f%6B%65%6e={odd}", f"token={odd}",
                 f"token={secret}&token=x", f"token=x&token={secret}",
                 f"&token={secret}", f";token={secret}", f"x;token={secret}", f"Token={secret}", f"TOKEN={secret}", f"a=?token={secret}",
                 f"ticket={secret}", f"k={secret}", f"%6b={secret}", f"access_token={secret}",
                 f"token%3D{secret}", f"token+={secret}", f"+token={secret}", f"token=%20{secret}", f"{secret}", f"token[]={secret}"]
        paths = ["/ws/connect", "/ws", "/pilot/view", "/pilot/paths", "/nope", "/", "/api/ws/stats", "/ws/channel/x", "/api/projects/none"]
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        for path in paths:
            for query in doors:
                for fields in (upgrade, ""):
                    with socket.create_connection(("127.0.0.1", d.ws_port), timeout=10) as link:
                        link.sendall(f"GET {path}?{query} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
                        with contextlib.suppress(ConnectionResetError):  # refused and gone is an answer too
                            link.recv(64)
                    tally.add("requests with a secret")
        for method, target, fields in [("GET", "/api/ws/stats", f"X-BranchPy-Token: {secret}"), ("GET", "/nope", f"Authorization: Bearer {secret}"), ("GET", "/nope", f"Authorization: Basic {secret}"),
                                       ("GET", "/api/ws/stats", f"Authorization: bearer  {secret}"), ("GET", "/nope", f"Cookie: bpyd={secret}; k={secret}; token={secret}"),
                                       ("GET", "/nope", f"Referer: http://127.0.0.1/pilot/view?k={secret}&token={secret}"), ("GET", "/nope", f"X-Correlation-Id: {secret[:8]}"),
                                       ("GET", "/ws", f"Sec-WebSocket-Protocol: bpyd.token.{secret}\r\n{upgrade.strip()}"), ("GET", f"http://user:{secret}@localhost/nope", "X: y"),
                                       ("BREW", f"/nope?token={secret}", "X: y"),
                                       ("GET", f"/ws/connect#token={secret}", "X: y"), ("GET", "/nope", f"User-Agent: {secret}"),
                                       ("POST", f"/api/ws/broadcast?token={secret}", f"X-BranchPy-Token: {secret}\r\nContent-Type: application/json\r\nContent-Length: 1")]:
            with socket.create_connection(("127.0.0.1", d.http_port), timeout=10) as link:
                link.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n{{".encode())
                with contextlib.suppress(ConnectionResetError):
                    link.recv(64)
            tally.add("requests with a secret")
        spread()

    def check(self, told, secrets):
        found = []
        for what, secret in secrets.items():
            variants = {secret, urllib.parse.quote(secret, safe=""), "".join(f"%{ord(c):02X}" for c in secret), secret[: len(secret) // 2], secret[len(secret) // 2:]}
            for where, data in told.items():
                at = [data.find(v.encode()) for v in variants if v.encode() in data]
                if at:
                    line = data[max(0, min(at) - 160):min(at) + 20].decode(errors="replace").splitlines()[-1]
                    found.append(f"{what} in {where}: …{line}")
        tally.add("places searched for secrets", len(told) * len(secrets))
        return found

    async def test_a_token_is_in_its_file_and_nowhere_else(self):
        root = self.project()
        told_by_child = self.folder / "env"
        command = ["sh", "-c", f"tr '\\0' '\\n' < /proc/$$/environ > {told_by_child}; tr '\\0' '\\n' < /proc/$$/cmdline >> {told_by_child}; exit 1"]
        d = self.daemon("--auth", "token", "--log-level", "debug", "--log-stderr", "--project", root, env={"BPYD_ANALYZER_COMMAND": json.dumps(command)})
        errors = []
        reader = threading.Thread(target=lambda: errors.extend(d.process.stderr))
        reader.start()
        token = (d.runtime / "default/token").read_text().strip()
        secrets = {"the token": token}
        live = []
        async with d.socket(f"/ws/logs?token={token}") as ws:
            def open_links():
                for _ in range(3):
                    link = run("open", root, runtime=d.runtime, check=0).stdout.strip()
                    target = link[link.index("/pilot"):]
                    first = d.get(target)
                    self.assertEqual(first.status, 303)
                    code, cookie = target.split("k=")[1], first.getheader("Set-Cookie").split(";")[0].split("=", 1)[1]
                    secrets[f"one-time code {len(secrets)}"], secrets[f"page cookie {len(secrets)}"] = code, cookie
                    name = first.getheader("Set-Cookie").split("=")[0]
                    self.assertEqual(d.get("/pilot/paths?project=story", headers={"Cookie": f"{name}={cookie}"}).status // 100 in (2, 4, 5), True)
                    for again in (target, target.replace("k=", "%6b="), "/nope?k=" + code, "/pilot/view?%6B=" + code):
                        d.get(again)
            await self.use(d, token, open_links)
            run("publish", "missions", "1", runtime=d.runtime, check=0)
            run("status", runtime=d.runtime, check=0)
            d.request("GET", "/last-one", headers={"X-BranchPy-Token": token})
            while not live or "/last-one" not in live[-1]:
                live.append(json.dumps(await receive(ws)))
        told = self.everything_told(d)
        told["the live log"] = "\n".join(live).encode()
        for target in ("/api/daemon/status", "/metrics", "/api/projects", "/api/ws/stats", "/openapi.json", "/"):
            told[target] = d.get(target, headers={"X-BranchPy-Token": token}).text.encode()
        told["a child"] = told_by_child.read_bytes()
        self.stops(d, LOADED_STOP)
        reader.join()
        told["stderr"] = b"".join(errors)
        self.assertEqual(self.check(told, secrets), [])
        seen = " ".join(self.check(told, {"no secret": "/last-one"}))  # what is there is found
        for where in ("ws_daemon.log", "the live log", "stderr"):
            self.assertIn(where, seen)
        self.assertFalse((d.runtime / "default/token").exists())

    async def test_a_key_and_its_web_tokens_are_nowhere(self):
        from access_test import SECRET, jwt
        key = self.folder / "key"
        key.write_text(SECRET)
        key.chmod(0o600)
        d = self.daemon("--auth", "jwt", "--jwt-key", key, "--log-level", "debug", "--project", self.project())
        good, old = jwt(scope="admin"), jwt(scope="admin", exp=1)
        await self.use(d, good, lambda: None)
        await self.use(d, old, lambda: None)
        async with d.socket(f"/ws/connect?token={good}") as ws:
            await receive(ws, "connected")
            await ws.send('{"type":"publish","channel":"tasks","data":1}')
        told = self.everything_told(d)
        # Header and claims are no secret; what makes it valid is the signature.
        self.assertEqual(self.check(told, {"the key": SECRET, "a web token's signature": good.split(".")[2], "an old one's signature": old.split(".")[2]}), [])
        self.stops(d, LOADED_STOP)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""Watchers behind one interface.

  peer = make("watchman"); peer.start(root, told); …; peer.stop()

start() comes back when the peer really watches. From then on a thread of the peer's calls
told(time.monotonic() of when the bytes came, path below the root, is it a folder: None when the peer
does not say). `asked` and `ready` are the times of when watching was asked for and when it held,
`pid` is the process that watches, `trouble` what it complained of. `tells_files` is true of peers
that tell of every file in a folder that comes or goes; the others' subscriber has to look again."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from ws import WebSocket

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "bench/watch"
BUILT = TOP / "build/bench"  # programs and npm's packages
MODULES = BUILT / "watch"
PATIENCE = 180.0


class Peer:
    tells_files = False
    process = None

    def start(self, root, told):
        self.root, self.told, self.trouble = os.path.realpath(root), told, []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bpyd-peer-"))
        self.is_ready = threading.Event()
        try:
            self.begin()
            self.ready = time.monotonic()
        except BaseException:
            self.stop()
            raise

    def spawn(self, *command, **more):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("BPYD_")}
        environment["HOME"] = str(self.folder)  # nobody's own settings, and nothing left behind there
        self.asked = time.monotonic()
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, env=environment, **more)
        self.pid = self.process.pid

    def until(self, condition, what):
        """Polls where the peer sends nothing that could be waited for."""
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: never came: {what}")
            time.sleep(0.002)
        return value

    def read_in_thread(self, read, take):
        """`take` gets what `read` gives, with the time when it came."""
        def loop():
            try:
                while data := read():
                    take(time.monotonic(), data)
            except OSError:
                pass  # closed by stop()
        self.reader = threading.Thread(target=loop, daemon=True)
        self.reader.start()

    def below(self, path):
        return path[len(self.root) + 1:]

    def sync(self):
        """True when everything that happened so far is known to be told; false: it cannot say."""
        return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self):
        pass


class LinePeer(Peer):
    """A program that prints "ready", then lines: D, F or ? (a folder, a file, unknown), a blank, the path."""
    KINDS = {"D": True, "F": False, "?": None}

    def begin(self):
        self.rest = b""
        self.spawn(*self.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out = self.process.stdout.fileno()
        self.read_in_thread(lambda: os.read(out, 1 << 16), self.take)
        self.until(self.is_ready.is_set, "ready")

    def take(self, now, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.line(now, os.fsdecode(line))

    def line(self, now, line):
        kind, _, path = line.partition(" ")
        if kind in self.KINDS and path.startswith(self.root):
            self.told(now, self.below(path), self.KINDS[kind])
        elif line == "ready":
            self.is_ready.set()
        elif not line.startswith(" "):  # a traceback's last line says it all
            self.trouble.append(line)

    def close(self):
        if self.process:
            self.reader.join()
            self.process.stdout.close()


class Raw(LinePeer):
    def command(self):
        return BUILT / "raw", self.root


class Watchdog(LinePeer):
    def command(self):
        return "/usr/bin/python3", HERE / "watchdog_peer.py", self.root


class Chokidar(LinePeer):
    tells_files = True

    def command(self):
        return "node", HERE / "chokidar.mjs", MODULES, self.root


class Parcel(LinePeer):
    def command(self):
        return "node", HERE / "parcel.mjs", MODULES, self.root


class Inotifywait(LinePeer):
    def command(self):
        return "inotifywait", "-m", "-r", "--format", "%e %w%f", "-e", "close_write,create,delete,move", self.root

    def line(self, now, line):
        kinds, _, path = line.partition(" ")
        if path.startswith(self.root + "/"):
            self.told(now, self.below(path), "ISDIR" in kinds)
        elif line.startswith("Watches established"):
            self.is_ready.set()
        elif not line.startswith("Setting up watches"):
            self.trouble.append(line)


class Watchman(Peer):
    """Its own protocol over its socket: a line of JSON each way."""
    tells_files = True

    def __init__(self, settle_ms=None):
        self.settle_ms = settle_ms

    def begin(self):
        if self.settle_ms is not None:
            (pathlib.Path(self.root) / ".watchmanconfig").write_text(json.dumps({"settle": self.settle_ms}))
        place = self.folder / "socket"
        self.spawn("watchman", "--foreground", "--no-save-state", f"--sockname={place}", f"--statefile={self.folder}/state",
                   f"--logfile={self.folder}/log", f"--pidfile={self.folder}/pid", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.until(place.exists, "its socket")
        self.link, self.rest = socket.socket(socket.AF_UNIX), b""
        self.link.settimeout(PATIENCE)
        self.until(lambda: self.link.connect_ex(str(place)) == 0, "its socket taking connections")  # it binds before it listens
        self.asked = time.monotonic()
        self.ask("watch", self.root)
        wanted = {"expression": ["type", "f"], "fields": ["name", "exists"]}  # only files, since it tells of each
        listed = self.ask("query", self.root, wanted)
        self.known = {file["name"] for file in listed["files"]}
        self.ask("subscribe", self.root, "bench", {**wanted, "since": listed["clock"]})
        self.link.settimeout(None)
        self.take(time.monotonic(), b"")  # what came in one read with the answer
        self.read_in_thread(lambda: self.link.recv(1 << 18), self.take)

    def ask(self, *command):
        """Only before the reader runs."""
        self.link.sendall(json.dumps(command).encode() + b"\n")
        while b"\n" not in self.rest:
            if not (data := self.link.recv(1 << 16)):
                raise RuntimeError("watchman closed its socket")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"watchman: {answer['error']}")
        return answer

    def take(self, now, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for message in map(json.loads, lines):
            names = {file["name"] for file in message.get("files", ())}
            if message.get("is_fresh_instance"):
                names |= self.known  # it looked anew: what it does not list is gone
                self.trouble.append("looked at everything anew")
            self.known |= names
            for name in sorted(names):
                self.told(now, name, False)

    def close(self):
        if hasattr(self, "link"):
            self.link.close()


class Bpyd(Peer):
    tells_files = True
    binary = os.environ.get("BPYD_BIN", str(TOP / "build/release/bpyd"))

    def __init__(self, settle_ms=None):
        self.settle_ms = settle_ms
        self.on_message = lambda now, message: None  # everything it says, for who wants more than paths
        self.alias, self.ws, self.pongs = None, None, threading.Semaphore(0)

    def begin(self):
        profile = self.folder / "default"
        profile.mkdir(mode=0o700)
        watch = {} if self.settle_ms is None else {"settle_ms": self.settle_ms}
        (profile / "config.json").write_text(json.dumps({"watch": watch, "log_level": "warn"}))
        self.spawn(self.binary, "--runtime-dir", self.folder, "--port", 0, "--http-port", 0, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        meta = self.until(self.meta, "wsd.meta.json")
        self.http_port = meta["http_port"]
        self.ws = WebSocket(meta["ws_port"], "/ws")
        self.ws.send({"type": "sub", "channel": "story"})
        self.read_in_thread(self.ws.receive, self.take)
        self.asked = time.monotonic()
        self.alias = self.request("POST", "/api/projects", {"root": self.root})[1]["alias"]
        self.until(self.watched, "the project is watched")
        self.watched_at = time.monotonic()
        self.until(self.analysed, "its first analysis")

    def meta(self):
        try:
            return json.loads((self.folder / "default/wsd.meta.json").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def request(self, method, target, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE)
        connection.request(method, target, body=json.dumps(body) if body is not None else None, headers={"Content-Type": "application/json"})
        response = connection.getresponse()
        data = json.loads(response.read())
        connection.close()
        return response.status, data

    def watch_row(self):
        """What /api/watch/status says of the project; None where there is no such route."""
        status, data = self.request("GET", "/api/watch/status")
        if status != 200:
            return None
        return next((row for row in data["projects"] if row["project"] == self.alias), {})

    def watched(self):
        row = self.watch_row()
        return True if row is None else row.get("ready")  # without the route: POST answers when all is watched

    def analysed(self):
        row = next(row for row in self.request("GET", "/api/projects")[1]["projects"] if row["alias"] == self.alias)
        return row["state"] != "analysing"

    def take(self, now, messages):
        for text in messages:
            message = json.loads(text)
            if message["type"] == "watch.event":
                for change in message["changes"]:
                    self.told(now, change["file"], False)
            elif message["type"] == "pong":
                self.pongs.release()
            elif message["type"] == "error":
                self.trouble.append(message["message"])
            self.on_message(now, message)

    def sync(self):
        # With reports: what concerns the story is told when its report can be fetched.
        if self.request("POST", "/api/watch/sync", {"project": self.alias, "reports": True, "timeout_ms": 60000})[0] != 200:
            return False
        self.ws.send({"type": "ping"})  # what was told before the answer comes before the pong
        return self.pongs.acquire(timeout=PATIENCE)

    def close(self):
        if self.ws:
            if self.ws.closed and not self.ws.closed.startswith("1001"):  # 1001: it went because it was asked to
                self.trouble.append(f"closed the socket: {self.ws.closed}")
            self.ws.close()


PEERS = {
    "raw": Raw, "bpyd": Bpyd, "bpyd-0": lambda: Bpyd(settle_ms=0), "watchman": Watchman, "watchman-1": lambda: Watchman(settle_ms=1),
    "inotifywait": Inotifywait, "watchdog": Watchdog, "chokidar": Chokidar, "parcel": Parcel,
}


def make(name):
    peer = PEERS[name]()
    peer.name = name
    return peer

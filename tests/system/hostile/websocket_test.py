"""Clients that break rules, ask too much, read nothing or vanish, on every door of /asyncapi.json: each gets
its code and an orderly end, the daemon stays small, and everybody else is served meanwhile."""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import resource
import select
import signal
import socket
import struct
import threading
import time
import zlib

from attack import Tally, head_of, status
from frames import (BINARY, CLOSE, CONTINUATION, KEY, PING, PONG, RSV1, RSV2, TEXT, Link, closing, deflated, fragments, frame, handshake)
from harness import PATIENCE, Case, main, wait_for
from surroundings import LOADED_STOP, SANITIZED

TALLY = Tally("hostile.websocket")
LIMIT = 65536  # of a message, unless configured
MOST_WAIT = 5.0  # seconds a bystander may wait for an answer; the bound of a machine that tests much at once
ROOM = 8 if SANITIZED else 1  # a sanitizer knows more of each byte, and keeps what was freed for a while: here for a short one
SHORT_MEMORY = {"ASAN_OPTIONS": "quarantine_size_mb=4:thread_local_quarantine_size_kb=64:" + os.environ.get("ASAN_OPTIONS", "")}
UNLIMITED = {"messages_per_second": 1000000, "message_burst": 1000000}


def json_frame(message):
    return frame(TEXT, (message if isinstance(message, str) else json.dumps(message)).encode("utf-8", "surrogatepass"))


def answer_to(port, data):
    """The one answer to some bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        answer = b""
        while True:
            head, gap, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
            if gap and len(body) >= (int(length.group(1)) if length and not data.startswith(b"HEAD") else 0):
                return answer
            chunk = connection.recv(65536)
            if not chunk:
                return answer
            answer += chunk


class Bystander(threading.Thread):
    """A client that behaves, and must be served while others do not: every answer within MOST_WAIT."""

    def __init__(self, d):
        super().__init__(daemon=True)
        self.link, self.http = Link(d.ws_port, "/ws/connect"), http.client.HTTPConnection("127.0.0.1", d.http_port, timeout=PATIENCE)
        self.over, self.answers, self.worst, self.wrong = threading.Event(), 0, 0.0, None

    def run(self):
        started = time.monotonic()
        try:
            while not self.over.is_set() or self.answers < 4:
                started = time.monotonic()
                if self.answers % 2:
                    self.link.send(json_frame({"type": "ping"}))
                    while json.loads(self.link.message())["type"] != "pong":
                        pass
                else:
                    self.http.request("GET", "/pilot/health")
                    response = self.http.getresponse()
                    response.read()
                    assert response.status == 200, response.status
                self.worst = max(self.worst, time.monotonic() - started)
                self.answers += 1
                self.over.wait(0.02)  # its own pace, below the limit of messages
        except Exception as error:  # told where it is joined
            self.wrong, self.worst = error, max(self.worst, time.monotonic() - started)

    def served(self, more):
        """Waits for so many further answers."""
        wanted = self.answers + more
        wait_for(lambda: self.answers >= wanted or self.wrong, "a bystander is served")

    def __enter__(self):
        self.start()
        self.served(1)
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.join()
        self.link.end()
        self.http.close()
        TALLY.add("answers to bystanders", self.answers)
        TALLY.most("ms that one of them waited at most", round(self.worst * 1000))
        if kind is None:
            assert self.wrong is None, f"a bystander was not served: {self.wrong!r}"
            assert self.worst < MOST_WAIT, f"a bystander waited {self.worst:.1f} s"


class Hostile(Case):
    def tearDown(self):
        for d in self.daemons:
            if d.process.poll() is None:
                self.assertEqual(d.get("/pilot/health").status, 200, "still serving")

    def configured(self, **values):
        folder = self.folder / f"configured{len(self.daemons)}"
        (folder / "default").mkdir(parents=True)
        (folder / "default/config.json").write_text(json.dumps(values))
        return self.daemon(runtime=folder, env=SHORT_MEMORY)

    def doors(self, d):
        """{path: {message's type: payload schema}}, from the description that clients are given."""
        channels = d.json("/asyncapi.json")["channels"].values()
        return {channel["address"]: {key.partition(".")[2]: message["payload"] for key, message in channel["messages"].items() if key.startswith("client.")} for channel in channels}

    def paths(self, d):
        return [re.sub(r"\{\w+\}", "attacked", door) for door in self.doors(d)]

    def link(self, d, door="/ws", *fields, **more):
        link = Link(d.ws_port, door, *fields, **more)
        self.addCleanup(link.end)
        self.assertEqual(link.status, 101, link.head)
        TALLY.add("sockets")
        return link

    def ends(self, link, code, name=""):
        """Reads on to the close frame and an orderly end."""
        self.assertEqual(link.close_code(), code, name)
        self.assertTrue(link.ended(), f"{name}: ended by a reset")
        link.end()
        TALLY.add("closes checked")

    def push(self, link, data):
        """Sends to one that may stop listening."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            link.send(data)

    def alive(self, link):
        """The connection still understands."""
        link.send(frame(PING, b"alive?"))
        while (got := link.next()) != (PONG, b"alive?"):
            self.assertIsNotNone(got, "ended")
            self.assertNotEqual(got[0], CLOSE, got)

    def metric(self, d, name):
        for line in d.get("/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        return 0

    def memory(self, d):
        """Resident bytes."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{d.process.pid}/status").read_text()).group(1)) * 1024

    def descriptors(self, d):
        return len(os.listdir(f"/proc/{d.process.pid}/fd"))

    @contextlib.contextmanager
    def small(self, d, megabytes, what):
        """The daemon grows by no more than that, looked at all the while."""
        before, most, over = self.memory(d), [0], threading.Event()

        def look():
            while not over.wait(0.01):
                with contextlib.suppress(FileNotFoundError, AttributeError):
                    most[0] = max(most[0], self.memory(d))
        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
        grown = (max(most[0], self.memory(d)) - before) / (1 << 20)
        TALLY.most("MiB that it grew at most", round(grown))
        self.assertLess(grown, megabytes * ROOM, f"{what}: grew by {grown:.0f} MiB")

    def settled(self, d, clients=0):
        wait_for(lambda: d.json("/api/daemon/status")["client_count"] == clients, "everybody who left is forgotten")


VERSIONS = (b"8", b"0", b"12", b"14", b"113", b"13, 8", b"013", b"13;", b"", None, b"thirteen", b"-13", b"256")

KEYS = (None, b"", b"c2hvcnQ=", b"AAAAAAAAAAAAAAAAAAAA", b"AAAAAAAAAAAAAAAAAAAAAAA=", b"AAAAAAAAAAAAAAAAAAAAAAAA", b"dGhlIHNhbXBsZSBub25jZQ", b"dGhlIHNhbXBsZSBub25jZQ=",
        b"dGhlIHNhbXBsZSBub25jZ===", b"dGhlIHNhbXBs ZSBub25jZQ==", b"-_hlIHNhbXBsZSBub25jZQ==", b"\xff" * 22 + b"==", b"x" * 4000)
HOSTS = (b"evil.example", b"localhost.evil.example", b"evil.example:80", b"127.1", b"0.0.0.0", b"2130706433", b"localhost:port", b"localhost:", b"localhost:123456", b"", b"[::]",
         b"user@localhost", b"localhost/", b"127.0.0.1.", b"local\xc3\xb6host")
ORIGINS = (b"http://evil.example", b"null", b"", b"http://localhost", b"OWN.evil.example", b"OWN/", b"http://localhost:1", b"file://", b"http://[::1", b"chrome-extension://abc", b"*",
           b"OWN OWN", b"ftp://localhost")
PROPER = (("upgrade", b"WebSocket"), ("connection", b"keep-alive, Upgrade"), ("connection", b"upgrade"), ("host", b"LOCALHOST"), ("host", b"127.0.0.1:1"), ("host", b"[::1]:9"),
          ("key", b"AAAAAAAAAAAAAAAAAAAAAA=="))


class Handshakes(Hostile):
    def test_handshakes_that_are_none(self):
        d = self.daemon()
        own = f"http://localhost:{d.http_port}".encode()

        def origin(text):
            return {"fields": [b"Origin: " + text]}

        def site(text, *more):
            return {"fields": [b"Sec-Fetch-Site: " + text, *more]}
        # What is wrong, how, and what it gets.
        table = [
            *((f"method {m.decode()}", {"method": m}, 400) for m in (b"POST", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"BREW")),
            ("HTTP/1.0", {"version": b"HTTP/1.0"}, 400), ("HTTP/2.0", {"version": b"HTTP/2.0"}, 400), ("HTTP/0.9", {"version": b"HTTP/0.9"}, 400),
            *((f"version {v}", {"number": v}, (400, 426)) for v in VERSIONS),
            *((f"key {k}", {"key": k}, 400) for k in KEYS),
            ("two keys", {"fields": [b"Sec-WebSocket-Key: " + KEY]}, 400), ("two keys in one", {"key": KEY + b", " + KEY}, 400),
            *((f"Connection {c}", {"connection": c}, 400) for c in (None, b"close", b"keep-alive", b"", b"Upgraded", b"no-Upgrade")),
            *((f"Upgrade {u}", {"upgrade": u}, (200, 404, 426)) for u in (None, b"h2c", b"", b"websockets", b"web socket")),
            ("no Host", {"host": None}, 400), ("two Hosts", {"fields": [b"Host: localhost"]}, 400), ("a second Host", {"fields": [b"Host: evil.example"]}, 400),
            *((f"Host {h}", {"host": h}, 403) for h in HOSTS),
            *((f"Origin {o}", origin(o.replace(b"OWN", own)), 403) for o in ORIGINS),
            ("the other scheme", origin(b"https://" + own[7:]), 403), ("a name before ours", origin(b"http://user@" + own[7:]), 403),
            ("two Origins, one ours", {"fields": [b"Origin: " + own, b"Origin: http://evil.example"]}, 403),
            ("cross-site", site(b"cross-site"), 403), ("same-site", site(b"same-site"), 403), ("Cross-Site", site(b"Cross-Site"), 403),
            ("cross-site with our Origin", site(b"cross-site", b"Origin: " + own), 403),
            ("cross-site, as browsers say it", site(b"cross-site", b"Sec-Fetch-Mode: websocket", b"Sec-Fetch-Dest: websocket"), 403),
            ("both codings", {"fields": [b"Transfer-Encoding: chunked", b"Content-Length: 0"]}, 400), ("a coding that is none", {"fields": [b"Transfer-Encoding: gzip"]}, 400),
            ("a length that is none", {"fields": [b"Content-Length: -1"]}, 400),
            ("a body with a token for it", {"fields": [b"Expect: 200-maybe"]}, 400),
            *((f"too many headers, {n}", {"fields": [b"X-%d: y" % i for i in range(n)]}, 431) for n in (120, 900)), ("a long header", {"fields": [b"X: " + b"y" * 30000]}, 431),
            # These are proper.
            *((f"{name}: {value}", {name: value}, 101) for name, value in PROPER),
            ("our Origin", origin(own), 101), ("no site", site(b"none"), 101), ("our own site", site(b"same-origin", b"Origin: " + own), 101),
            ("protocols that are none", {"fields": [b"Sec-WebSocket-Protocol: " + b", ".join(b"p%d" % n for n in range(200))]}, 101),
            ("protocols that are nothing", {"fields": [b"Sec-WebSocket-Protocol: ,,; ,\x09"]}, 101), ("an empty extension", {"fields": [b"Sec-WebSocket-Extensions: "]}, 101),
        ]
        for port, door, (name, how, wanted) in itertools.product((d.ws_port, d.http_port), self.paths(d), table):
            how = dict(how)
            with self.subTest(f"{name} at {door}"):
                answer = answer_to(port, handshake(door, *how.pop("fields", []), **how))
                code, fields, body = head_of(answer)
                if door != "/" and isinstance(wanted, tuple):
                    wanted = tuple(each for each in wanted if each != 200)  # only / is a page too
                self.assertIn(code, wanted if isinstance(wanted, tuple) else (wanted,), answer[:300])
                if code == 101:
                    self.assertFalse(fields["sec-websocket-protocol"] or fields["sec-websocket-extensions"])
                elif how.get("method") != b"HEAD" and door != "/":
                    self.assertRegex(json.loads(body)["code"], r"^BPY-\d{4}$")
                self.assertFalse([field for field in fields if field.startswith("access-control")])
            TALLY.add("handshakes")
        self.settled(d)

    def test_a_wrong_version_is_told_the_right_one(self):
        """RFC 6455 4.2.2 and 4.4."""
        d = self.daemon()
        for version in VERSIONS:
            with self.subTest(version):
                _, fields, _ = head_of(answer_to(d.ws_port, handshake(number=version)))
                self.assertEqual(fields["sec-websocket-version"], ["13"])
            TALLY.add("handshakes")

    def test_a_version_is_said_once(self):
        """RFC 6455 11.3.5."""
        d = self.daemon()
        for other in (b"8", b"13"):
            with self.subTest(other):
                self.assertIn(status(answer_to(d.ws_port, handshake("/ws", b"Sec-WebSocket-Version: " + other))), (400, 426))
            TALLY.add("handshakes")

    def test_addresses_that_are_no_door(self):
        d = self.daemon()
        names = ["%00", "%0a", "%0d%0a", "%1f", "%7f", "a%20b", "%20", "x" * 129, "%c3%a4" * 65, "a%2fb", "a%5cb", "%ff", "%c0%af", "%ed%a0%80"]
        table = [("/nope", 404), ("/ws/", 404), ("/ws/channel", 404), ("/ws/channel/", 404), ("/ws/channel/a/b", 404), ("//ws", (400, 404)), ("/WS", 404), ("/ws%00", 400),
                 ("/ws/../ws", (101, 400, 404)), ("/%2e%2e/ws", (400, 404)), ("/ws/channel/user%3aalice", (101, 403)),
                 ("http://evil.example/ws", 403), ("ftp://localhost/ws", 400), ("ws", 400), ("*", (400, 404)), ("/ws?" + "a" * 9000, 414), ("/ws/logs?level=tea", 400),
                 *(("/ws/channel/" + name, (400, 403)) for name in names)]
        for target, wanted in table:
            for port in (d.ws_port, d.http_port):
                with self.subTest(target[:80]):
                    self.assertIn(status(answer_to(port, handshake(target))), wanted if isinstance(wanted, tuple) else (wanted,))
                TALLY.add("handshakes")
        for query in ("client_id=" + "x" * 5000, "client_id=%00%0a", "user_id=%00", "user_id=" + "x" * 5000, "envelope=2", "compress=yes", "token=" + "x" * 5000, "session_id=" + "x" * 5000,
                      "session_id=%0a", "backlog=-1",
                      "backlog=99999999999999999999", "&&&=&=", "a=1&a=2", "client_id=%ff"):
            for door in self.paths(d):
                with self.subTest(f"{door}?{query[:40]}"):
                    answer = answer_to(d.ws_port, handshake(f"{door}?{query}"))
                    self.assertIn(status(answer), (101, 400, 403))
                TALLY.add("handshakes")
        self.settled(d)

    def test_bytes_behind_the_handshake_are_not_lost_and_pieces_of_it_are_waited_for(self):
        d = self.daemon()
        for door in self.paths(d):
            with socket.create_connection(("127.0.0.1", d.ws_port), timeout=PATIENCE) as connection:
                connection.sendall(handshake(door) + frame(PING, b"early") + closing(1000))
                answer = b""
                while chunk := connection.recv(65536):
                    answer += chunk
            self.assertTrue(answer.startswith(b"HTTP/1.1 101 "))
            self.assertIn(bytes([0x8A, 5]) + b"early", answer)
            self.assertTrue(answer.endswith(b"\x88\x02\x03\xe8"))
            with socket.create_connection(("127.0.0.1", d.ws_port), timeout=PATIENCE) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in handshake(door):
                    connection.sendall(bytes([byte]))
                self.assertTrue(connection.recv(64).startswith(b"HTTP/1.1 101 "))
            TALLY.add("handshakes", 2)

    def test_more_clients_than_there_may_be(self):
        most = 20
        d = self.configured(limits={"clients": most})
        for _ in range(3):
            links = [self.link(d, door) for door in itertools.islice(itertools.cycle(self.paths(d)), most)]
            for door in self.paths(d):
                for port in (d.ws_port, d.http_port):
                    code, _, body = head_of(answer_to(port, handshake(door)))
                    self.assertEqual(code, 503)
                    self.assertRegex(json.loads(body)["code"], r"^BPY-2\d{3}$")
                    TALLY.add("handshakes")
            self.assertEqual(d.get("/pilot/health").status, 200)
            for link in links:
                self.alive(link)  # those who came first are not disturbed
                link.end()
            self.settled(d)
        storm = [socket.create_connection(("127.0.0.1", d.ws_port), timeout=PATIENCE) for _ in range(200)]
        for connection in storm:
            connection.sendall(handshake("/ws/connect"))
        answers = [status(connection.recv(65536)) for connection in storm]
        self.assertEqual((answers.count(101), answers.count(503)), (most, 200 - most))
        [connection.close() for connection in storm]
        TALLY.add("handshakes", 200)
        self.settled(d)


class Frames(Hostile):
    def test_frames_that_break_the_protocol(self):
        d = self.daemon()
        big = b"x" * 40000
        table = [("unmasked", frame(TEXT, b"hi", key=b""), 1002), ("reserved bit", frame(TEXT, b"x", rsv=RSV2), 1002), ("compressed, not agreed", frame(TEXT, deflated(b"{}"), rsv=RSV1), 1002),
                 ("reserved opcode", frame(3), 1002), ("reserved control", frame(15), 1002), ("fragmented ping", frame(PING, b"x", fin=False), 1002), ("long ping", frame(PING, b"x" * 126), 1002),
                 ("long pong", frame(PONG, b"x" * 126), 1002), ("continuation of nothing", frame(CONTINUATION, b"x"), 1002),
                 ("text in a message", frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002),
                 ("longer length than needed", frame(TEXT, b"{}", form=8), 1002), ("length with the highest bit", frame(TEXT, size=1 << 63), 1002), ("bad UTF-8", frame(TEXT, b"\xff\xfe"), 1007),
                 ("surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007), ("bad UTF-8 at once", frame(TEXT, b"\xf5", fin=False), 1007), ("too big", frame(TEXT, b"x" * (LIMIT + 1)), 1009),
                 ("too big, binary", frame(BINARY, b"x" * (LIMIT + 1)), 1009), ("too big, said so", frame(TEXT, size=LIMIT + 1), 1009), ("far too big, said so", frame(TEXT, size=1 << 62), 1009),
                 ("too big in pieces", frame(TEXT, big, fin=False) + frame(CONTINUATION, big), 1009), ("too big in small pieces", b"".join(fragments(TEXT, b"x" * (LIMIT + 1), 100)), 1009)]
        with Bystander(d):
            for door, (name, data, code) in itertools.product(self.paths(d), table):
                with self.subTest(f"{name} at {door}"):
                    link = self.link(d, door)
                    link.send(data)
                    self.ends(link, code, name)
        self.settled(d)

    def test_every_close_code(self):
        d = self.daemon()
        proper = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
        codes = [0, 1, 999, *range(1000, 1017), 1100, 1999, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 9999, 65535]
        for door, code in itertools.product(self.paths(d), codes):
            for reason in (b"", b"reason"):
                with self.subTest(f"{code} at {door}"):
                    link = self.link(d, door)
                    link.send(closing(code, reason))
                    self.ends(link, code if code in proper else 1002)
            TALLY.add("close codes", 2)
        table = ((frame(CLOSE), 1000), (frame(CLOSE, b"\x03"), 1002), (closing(1000, b"\xff"), 1007), (closing(1000, b"x" * 123), 1000), (closing(1000, b"x" * 124), 1002))
        for door, (data, code) in itertools.product(self.paths(d), table):
            with self.subTest(f"{data} at {door}"):
                link = self.link(d, door)
                link.send(data)
                self.ends(link, code)
            TALLY.add("close codes")
        self.settled(d)

    def test_the_daemons_own_goodbyes(self):
        """1001 at a stop and to the silent, 1002, 1007 and 1009 above, 1008 to a flood, 1013 to one that reads too slowly."""
        d = self.daemon()
        links = [self.link(d, door) for door in self.paths(d)]
        silent = [self.link(d, door, receive_buffer=4096) for door in self.paths(d)]
        half = socket.create_connection(("127.0.0.1", d.ws_port))
        half.sendall(handshake()[:40])
        started = time.monotonic()
        d.process.send_signal(signal.SIGTERM)
        for link in links:
            self.ends(link, 1001)
        self.assertEqual(d.process.wait(PATIENCE), 0)
        self.assertLess(time.monotonic() - started, LOADED_STOP, "R20, whatever clients do")
        half.close()
        [link.end() for link in silent]

    def test_bombs_of_deflate(self):
        d = self.configured(limits=UNLIMITED)

        def bomb(size, wanted):
            compressor = zlib.compressobj(9, wbits=-15)
            data = compressor.compress(b" " * size) + compressor.flush(zlib.Z_SYNC_FLUSH)
            self.assertLess(len(data), wanted)
            return data[:-4]
        large, huge = bomb(60 << 20, LIMIT), bomb(200 << 20, 1 << 20)
        table = [("60 MiB in 60 KiB", frame(TEXT, large, rsv=RSV1)), ("the same, binary", frame(BINARY, large, rsv=RSV1)), ("200 MiB", frame(TEXT, huge, rsv=RSV1)),
                 ("in fragments", b"".join(fragments(TEXT, large, 1000, RSV1))), ("a byte over the limit", frame(TEXT, bomb(LIMIT + 1, LIMIT), rsv=RSV1))]
        with Bystander(d), self.small(d, 16, "bombs"):
            for _ in range(3):
                for door, (name, data) in itertools.product(self.paths(d), table):
                    with self.subTest(f"{name} at {door}"):
                        link = self.link(d, f"{door}?compress=1", offer="permessage-deflate; client_max_window_bits")
                        self.assertIsNotNone(link.extension)
                        self.push(link, data)
                        self.ends(link, 1009, name)
                    TALLY.add("bombs")
            for door in self.paths(d):  # at the limit it is a message like any other: spaces, so no JSON
                link = self.link(d, f"{door}?compress=1", offer="permessage-deflate")
                for _ in range(50):
                    link.send(frame(TEXT, bomb(LIMIT, LIMIT), rsv=RSV1))
                for _ in range(50):
                    while b'"BPY-1004"' not in link.message():
                        pass
                for name, data in (("no stream", b"\x07\x00\x00"), ("a stored block cut short", b"\x00\x10\x00\xef\xffabc")):
                    with self.subTest(f"{name} at {door}"):
                        other = self.link(d, f"{door}?compress=1", offer="permessage-deflate")
                        other.send(frame(TEXT, data, rsv=RSV1))
                        self.ends(other, 1007)
                    TALLY.add("bombs")


WRONG = {"string": (5, -1, 1.5, True, {}, [], ["a"], {"a": 1}), "array": ("x", 5, True, {}, {"0": "a"}), "boolean": ("x", 5, {}, []), "integer": ("x", 1.5, {}, [], True),
         "number": ("x", {}, [], True)}
NO_JSON = ["", " ", "{", "}", "[", "{}x", "{} {}", "nul", "NaN", "Infinity", "{'type':'ping'}", '{"type":"ping",}', '{"type":"ping"', '{"type" "ping"}', '{type:"ping"}', '{"type":"ping"}\0',
           '\0', '{"type":"pi\0ng"}',
           '{"type":"pi\ng"}', '{"type":"\\x41"}', '{"type":"\\u12"}', '{"type":"\\ud800"}', '{"type":"\\udc00\\ud800"}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":1e}',
           '{"a":--1}', "//", "/**/{}",
           '{"a":' + "[" * 200 + "]" * 200 + "}", "[" * 30000, '{"a":' * 10000, '"' + "\\" * 999, '{"a":"' + "x" * 60000, "\u2028{}", '{"a":1}{"b":2}', "<xml/>", "GET / HTTP/1.1\r\n\r\n", "type=ping"]
NO_OBJECT = ["null", "true", "5", '"ping"', "[]", '["ping"]', "-0", "1e999"]


class Messages(Hostile):
    """Whatever is wrong with a message is told on a socket that stays open."""

    def setUp(self):
        super().setUp()
        self.d = self.configured(limits=UNLIMITED)

    def talk(self, door, table, spelling=lambda message: message):
        """Each message must be answered by an error with one of its codes and nothing else; then by pong."""
        link = self.link(self.d, door)
        link.send(json_frame({"type": "ping"}))
        while b'"pong"' not in link.message():  # behind the greetings
            pass
        otherwise = []
        for message, codes in table:
            link.send(message if isinstance(message, bytes) else json_frame(message if isinstance(message, str) else spelling(message)))
            link.send(json_frame(spelling({"type": "ping"})))
            got = []
            while not got or got[-1] != "pong":
                said = json.loads(link.message())
                kind = said["event"] if said["type"] == "response" else said["type"]
                said = said["data"] if "data" in said and said["type"] == "response" else said
                if kind in ("subscribed", "unsubscribed", "published", "error", "pong"):
                    got.append(said["code"] if kind == "error" else kind)
                if kind == "error" and not (said["message"] and said["severity"] and said["suggestion"] and len(said["message"]) < 1000):
                    got.append(f"a message of {len(said['message'])}")
            if len(got) != 2 or got[0] not in (codes if isinstance(codes, tuple) else (codes,)):
                otherwise.append(f"{str(message)[:90]}: {got[:-1]}, not {codes}")
            TALLY.add("bad messages")
        link.end()
        with self.subTest(door):
            self.assertFalse(otherwise, f"{len(otherwise)} of them:\n" + "\n".join(otherwise))

    def bad(self, messages):
        """What can be wrong with a door's vocabulary."""
        for kind, schema in messages.items():
            for name in schema.get("required", []):
                if name != "type":
                    yield {"type": kind, **{other: "x" for other in schema["required"] if other not in (name, "type")}}, ("BPY-1001", "BPY-1002")
            for name, property in schema["properties"].items():
                proper = {other: "x" for other in schema.get("required", []) if other not in (name, "type")}
                if kind in ("sub", "subscribe", "unsub", "unsubscribe") and name != "channel":
                    proper["channel"] = "proper"
                for value in WRONG.get(property.get("type"), ()):
                    if not (kind in ("publish",) and name == "data"):
                        yield {"type": kind, **proper, name: value}, "BPY-1002"
                if property.get("items", {}).get("type") == "string":
                    for value in (5, None, {}, ["a"], True):
                        yield {"type": kind, **proper, name: ["good", value]}, "BPY-1002"
        if "sub" in messages:
            for name in ("", " ", "a b", "a\nb", "\x00", "\x1f", "\x7f", "a\tb", "x" * 129, "ä" * 65, "\ud800", " a", "a "):
                codes = ("BPY-1002", "BPY-1004") if name == "\ud800" else "BPY-1002"
                yield {"type": "sub", "channel": name}, codes
                yield {"type": "sub", "channels": [name]}, codes
                yield {"type": "sub", "topics": [name]}, codes
                yield {"type": "publish", "channel": name, "data": 1, "ack": True}, codes
                yield {"type": "sub", "session_id": name or " "}, codes
            for name in ("user:alice", "user:"):
                yield {"type": "sub", "channel": name}, "BPY-1402"
            for since in (5, "x", [], {}, {"epoch": "e"}, {"seq": 1}, {"epoch": 5, "seq": 1}, {"epoch": "e", "seq": "1"}, {"epoch": "e", "seq": 1.5}, {"epoch": "e", "seq": 1e30},
                          {"epoch": "e", "seq": None}):
                yield {"type": "sub", "channel": "proper", "since": since}, "BPY-1002"
            yield {"type": "sub", "channel": "a*", "since": {"epoch": "e", "seq": 1}}, "BPY-1002"
            yield {"type": "publish", "channel": "a*", "data": 1, "ack": True}, "BPY-1002"
            yield {"type": "sub", "report": "tea"}, "BPY-1002"
            yield {"type": "sub", "reports": ["analyze", "tea"]}, "BPY-1002"
            yield {"type": "sub"}, "BPY-1001"
            yield {"type": "unsub"}, "BPY-1001"
        if "set_level" in messages:
            for level in ("", "tea", "INFO ", "x" * 10000, "\x00"):
                yield {"type": "set_level", "level": level}, "BPY-1002"

    def test_wrong_types_and_values_in_every_message_of_every_door(self):
        with Bystander(self.d):
            for path, messages in self.doors(self.d).items():
                self.talk(re.sub(r"\{\w+\}", "attacked", path), self.bad(messages), lambda m: m)

    def test_what_is_no_message(self):
        table = [*((text, "BPY-1004") for text in NO_JSON), *((text, "BPY-1004") for text in NO_OBJECT), ("{}", "BPY-1001"), ("\ufeff{}", ("BPY-1001", "BPY-1004")),
                 ('{"typ":"ping"}', "BPY-1001"), ('{"type":5}', "BPY-1002"), ('{"type":null}', ("BPY-1001", "BPY-1002")),
                 ('{"type":["ping"]}', "BPY-1002"), ('{"type":{}}', "BPY-1002"), ('{"type":""}', "BPY-1005"), ('{"type":"PING"}', "BPY-1005"), ('{"type":"ping "}', "BPY-1005"),
                 ('{"type":"fly"}', "BPY-1005"),
                 ('{"type":"\\u0000"}', "BPY-1005"), ('{"type":"' + "x" * 60000 + '"}', "BPY-1005"), ('{"type":"\\ud83d\\ude00"}', "BPY-1005"), ('{"type":"<script>alert(1)</script>"}', "BPY-1005"),
                 ('{"type":"subscribed"}', "BPY-1005"), ('{"type":"error"}', "BPY-1005"), (frame(BINARY, b"binary"), "BPY-1004"), (frame(BINARY, b'{"type":"ping"}'), "BPY-1004"),
                 (frame(BINARY), "BPY-1004"),
                 ('{"type":"request"}', ("BPY-1001", "BPY-1005")), ('{"type":"request","event":5}', ("BPY-1002", "BPY-1005")), ('{"type":"request","event":"fly","data":{}}', "BPY-1005"),
                 ('{"type":"request","event":"ping","data":5}', ("BPY-1002", "BPY-1005")), ('{"type":"request","event":"request","data":{"type":"request"}}', "BPY-1005")]
        for door in self.paths(self.d):
            self.talk(door, table)

    def test_the_same_in_the_envelope(self):
        for path, messages in self.doors(self.d).items():
            def request(message):
                return {"type": "request", "event": message["type"], "data": {k: v for k, v in message.items() if k != "type"}, "correlation_id": "c" * 500}
            bad = [(message, codes) for message, codes in self.bad(messages) if not isinstance(message["type"], (int, list, dict))]
            self.talk(re.sub(r"\{\w+\}", "attacked", path) + "?envelope=1", bad, request)

    def test_numbers_and_names_at_their_ends(self):
        """Good ones, however odd, are taken and come back as they went in."""
        link = self.link(self.d, "/ws/connect")
        self.assertEqual(json.loads(link.message())["type"], "connected")
        names = ["x" * 128, "ä" * 64, "\u202egnp", "<b>", "a/b", "..", "%00", "\ufffd", "\U0010ffff", "a:b:c", '"', "\\", "';drop", "${x}", "constructor", "__proto__", "null"]
        for name in names:
            link.send(json_frame({"type": "sub", "channel": name}))
            said = json.loads(link.message())
            self.assertEqual((said["type"], said.get("channel")), ("subscribed", name), said)
            for data in ("1e999", "-0.0", "12345678901234567890123456789", '"\\u0000"', '{"a":1,"a":2}', '"\\/"', "[[]]", '"</script>"', '"\u2028"'):
                text = '{"type":"publish","channel":%s,"event":"e","data":%s}' % (json.dumps(name), data)
                link.send(json_frame(text))
                got = link.message().decode()
                self.assertIn(f'"data":{data}', got)
                self.assertEqual(json.loads(got)["channel"], name)
                TALLY.add("odd messages")
        link.end()


class TooMuch(Hostile):
    def test_a_flood_is_told_then_closed_and_others_are_served(self):
        d = self.daemon()
        floods = [("messages", json_frame({"type": "ping"})), ("nonsense", json_frame("{")), ("pings", frame(PING, b"x" * 125)), ("binaries", frame(BINARY, b"x")), ("empty messages", frame(TEXT)),
                  ("subscriptions", json_frame({"type": "sub", "channel": "flood"}))]
        with Bystander(d):
            for door, (name, one) in itertools.product(self.paths(d), floods):
                with self.subTest(f"{name} at {door}"):
                    link = self.link(d, door)
                    self.push(link, one * 2000)  # in one go: however slow the machine, that is above 100 a second
                    codes, last = [], None
                    while (got := link.next()) is not None and got[0] != CLOSE:
                        if got[0] == TEXT:
                            said = json.loads(got[1])
                            codes.append(said.get("code") or said.get("data", {}).get("code"))
                    self.assertIsNotNone(got, "ended without a close frame")
                    self.assertEqual(struct.unpack(">H", got[1][:2])[0], 1008)
                    self.assertIn(codes.count("BPY-1429"), range(1, 50), "told, but not each time")
                    self.assertTrue(link.ended())
                    link.end()
                TALLY.add("floods")
        self.assertGreaterEqual(self.metric(d, 'bpyd_errors_total{code="BPY-1429"}'), len(floods))
        self.settled(d)

    def test_a_steady_flood_is_closed_too(self):
        """Five times the rate for as long as it takes: who goes on is closed, though every fifth message is let through."""
        d = self.daemon()
        link = self.link(d, "/ws/connect")
        with Bystander(d):
            deadline = time.monotonic() + 15
            while time.monotonic() < deadline and CLOSE not in (got := self.read_now(link)):
                self.push(link, json_frame({"type": "ping"}) * 25)
                time.sleep(0.05)  # the rate itself
        self.assertIn(CLOSE, got, "still open after 7,500 messages in 15 s")
        TALLY.add("floods")

    def read_now(self, link):
        """The kinds of frames that have come so far."""
        kinds = []
        while select.select([link], [], [], 0)[0] and link.take():
            pass
        while len(link.data) > link.at + 1 and (got := link.frame()):
            kinds.append(got[0])
        return kinds

    def test_a_flood_of_publications(self):
        d = self.daemon()
        link = self.link(d, "/ws/connect")
        with Bystander(d):
            self.push(link, json_frame({"type": "publish", "channel": "flood", "data": 1}) * 20000)
            self.ends(link, 1008)
        TALLY.add("floods")

    def test_pieces_that_make_no_message(self):
        """Fragments of nothing or of a byte, pongs: no message, so no rate. They cost the sender more than the daemon."""
        d = self.configured()
        tiny = frame(CONTINUATION, b" ", fin=False)
        table = [("empty fragments", frame(TEXT, fin=False), frame(CONTINUATION, fin=False), 300000, None), ("fragments of a byte", frame(TEXT, b" ", fin=False), tiny, LIMIT - 1, None),
                 ("one too many", frame(TEXT, b" ", fin=False), tiny, LIMIT, 1009), ("pongs", b"", frame(PONG, b"x" * 125), 100000, None),
                 ("pings within a message", frame(TEXT, fin=False), frame(PING), 3000, 1008)]
        with Bystander(d), self.small(d, 16, "pieces"):
            for door, (name, first, one, count, code) in itertools.product(self.paths(d), table):
                with self.subTest(f"{name} at {door}"):
                    link = self.link(d, door)
                    self.push(link, first)
                    for _ in range(0, count, 10000):
                        self.push(link, one * min(count, 10000))
                        count -= 10000
                    if code:
                        self.ends(link, code, name)
                    else:
                        self.push(link, frame(PING, b"behind"))
                        got = link.next()
                        while got and got[0] == TEXT:
                            got = link.next()
                        # It may be closed for that, as a flood or for its size, but not just dropped.
                        self.assertTrue(got == (PONG, b"behind") or got[0] == CLOSE and struct.unpack(">H", got[1][:2])[0] in (1008, 1009), got)
                        link.end()
                TALLY.add("floods")

    def test_too_many_subscriptions_and_channels(self):
        d = self.configured(limits={**UNLIMITED, "channels": 500})
        own = d.json("/api/ws/channels?limit=1")["total"]  # the daemon's, in the catalogue
        link = self.link(d, "/ws/connect")
        json.loads(link.message())
        link.send(json_frame({"type": "sub", "channels": [f"c{n}" for n in range(300)]}))
        said = [json.loads(link.message()) for _ in range(257)]
        self.assertEqual([m["type"] for m in said], ["subscribed"] * 256 + ["error"])
        self.assertEqual(said[-1]["code"], "BPY-1429")
        other = self.link(d, "/ws/connect")
        json.loads(other.message())
        other.send(json_frame({"type": "sub", "channels": [f"d{n}" for n in range(256)]}))
        said = []
        while not said or said[-1]["type"] != "error":
            said.append(json.loads(other.message()))
        self.assertRegex(said[-1]["code"], "BPY-(1429|2007|2008|5\\d\\d|\\d{4})")
        self.assertLessEqual(d.json("/api/ws/channels?limit=1")["total"], 500 + own)
        for one in (link, other):
            self.alive(one)
            one.end()
        self.settled(d)
        # Names that nobody published on are forgotten with whoever made them up.
        wait_for(lambda: d.json("/api/ws/channels?limit=1")["total"] < 50, "made-up names forgotten")
        third = self.link(d, "/ws/connect")
        for n in range(5000):
            third.send(json_frame({"type": "sub", "channel": f"brief{n}"}) + json_frame({"type": "unsub", "channel": f"brief{n}"}))
        third.send(json_frame({"type": "ping"}))
        kinds = []
        while not kinds or kinds[-1] != "pong":
            kinds.append(json.loads(third.message())["type"])
        self.assertEqual((kinds.count("subscribed"), kinds.count("unsubscribed"), kinds.count("error")), (5000, 5000, 0))
        self.assertLess(d.json("/api/ws/channels?limit=1")["total"], 50)
        TALLY.add("channel names", 5600)

    def test_one_message_that_asks_for_many_answers(self):
        """64 KiB of names: the client that reads gets what it asked for, or is told why not; never just a slow client's end."""
        d = self.configured(limits=UNLIMITED)
        for door in ("/ws/connect", "/ws", "/"):
            for kind in ("sub", "unsub"):
                with self.subTest(f"{kind} at {door}"):
                    link = self.link(d, door)
                    link.send(json_frame({"type": kind, "channels": ["c%d" % (n % 200) for n in range(5000)]}) + json_frame({"type": "ping"}))
                    while json.loads(link.message(TEXT))["type"] not in ("pong", "response"):
                        pass
                    link.end()
                TALLY.add("bad messages")

    def test_patterns_over_many_channels(self):
        """As many channels as there may be, and one that takes up and drops a pattern which covers them all."""
        d = self.configured()
        makers = [self.link(d, "/ws/connect") for _ in range(40)]
        for n, link in enumerate(makers):
            for part in range(0, 240, 60):
                link.send(json_frame({"type": "sub", "channels": [f"many{n}:{k}" for k in range(part, part + 60)]}))
                for _ in range(60):
                    while json.loads(link.message())["type"] != "subscribed":
                        pass
        self.assertGreater(d.json("/api/ws/channels?limit=1")["total"], 9000)
        attackers = [self.link(d, "/ws/connect") for _ in range(4)]
        with Bystander(d) as other:
            for link in attackers:
                link.send(json_frame({"type": "sub", "channels": [f"none{k}*" for k in range(40)]}))
                kinds = [json.loads(link.message())["type"] for _ in range(34)]  # a greeting first
                self.assertEqual((kinds.count("subscribed"), kinds.count("error")), (32, 1))  # so many patterns for one client
                link.send(json_frame({"type": "unsub", "channel": "none0*"}))
            for link in attackers:
                link.send((json_frame({"type": "sub", "channel": "*"}) + json_frame({"type": "unsub", "channel": "*"})) * 80)
            other.served(10)
        [link.end() for link in (*attackers, *makers)]
        self.settled(d)
        TALLY.add("channel names", 9600)

    def test_small_bombs_in_a_burst(self):
        """A few bytes each, a message of the largest size inside: many of them fit in one read of the daemon's."""
        d = self.configured()
        text = b'{"type":"ping","pad":"%s"}' % (b"a" * (LIMIT - 30))
        one = frame(TEXT, deflated(text), rsv=RSV1)
        links = [self.link(d, "/ws/connect?compress=1", offer="permessage-deflate") for _ in range(50)]
        with Bystander(d) as other:
            for link in links:
                self.push(link, one * 400)
            other.served(10)
        [link.end() for link in links]
        TALLY.add("bombs", 50 * 400)
        self.settled(d)

    def test_many_names_of_clients(self):
        """client_id is kept over restarts: so many may come, so much is kept."""
        d = self.configured(limits=UNLIMITED)
        with Bystander(d), self.small(d, 64, "names of clients"):
            link = self.link(d, "/ws/connect")
            json.loads(link.message())
            link.send(json_frame({"type": "sub", "channels": [f"{n:03d}" + "x" * 100 for n in range(250)]}))
            for _ in range(250):
                json.loads(link.message())
            for n in range(5000):
                link.send(json_frame({"type": "sub", "client_id": f"{n:04d}" + "y" * 100, "channel": "000" + "x" * 100}))
                link.message()
            link.end()
        self.assertEqual(d.stop(), 0)
        kept = sum(path.stat().st_size for path in (d.runtime / "default").glob("daemon_subs*"))
        TALLY.most("KiB of remembered subscriptions at most", kept >> 10)
        self.assertLess(kept, 64 << 20)
        TALLY.add("names of clients", 5000)


class NonReaders(Hostile):
    """They ask, or are told, and never read. What waits for them is bounded: 256 messages or 1 MiB each."""

    def waiting(self, d, door, count, receive_buffer=4096):
        return [self.link(d, door, receive_buffer=receive_buffer) for _ in range(count)]

    def test_of_answers(self):
        d = self.configured(limits=UNLIMITED)
        with Bystander(d), self.small(d, 48, "answers to nobody"):
            for door in self.paths(d):
                links = self.waiting(d, door, 5)
                for link in links:
                    self.push_all(link, json_frame({"type": "ping"}) * 1000, 100)
                    TALLY.add("messages to be answered to nobody", 100000)
                [link.end() for link in links]
        self.settled(d)

    def push_all(self, link, data, times):
        """Without ever reading, unlike Link.send; until the daemon takes no more, or has closed."""
        link.socket.settimeout(1)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            for _ in range(times):
                link.socket.sendall(data)

    def test_of_pongs(self):
        d = self.configured(limits=UNLIMITED)
        with Bystander(d), self.small(d, 24, "pongs to nobody"):
            for link in self.waiting(d, "/ws/connect", 4):
                self.push_all(link, frame(PING, b"x" * 125) * 1000, 400)
                TALLY.add("messages to be answered to nobody", 400000)

    def test_of_errors_and_large_answers(self):
        d = self.configured(limits=UNLIMITED)
        with Bystander(d), self.small(d, 48, "errors to nobody"):
            for link in self.waiting(d, "/ws/connect", 4):
                self.push_all(link, json_frame({"type": "x" * 3000, "correlation_id": "c" * 128}) * 50, 200)
            for link in self.waiting(d, "/ws/connect", 4):
                self.push_all(link, json_frame({"type": "unsub", "channels": ["c"] * 10000}), 100)
            for link in self.waiting(d, "/ws/logs?level=debug", 4):
                self.push_all(link, json_frame("{") * 1000, 20)
        TALLY.add("messages to be answered to nobody", 120400)

    def publish(self, d, channel, count, size):
        connection = http.client.HTTPConnection("127.0.0.1", d.http_port, timeout=PATIENCE)
        body = json.dumps({"channel": channel, "message": "x" * size})
        for _ in range(count):
            connection.request("POST", "/api/ws/broadcast", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 202)
        connection.close()
        TALLY.add("events to nobody", count)

    def test_of_events_of_a_durable_channel(self):
        d = self.configured()
        links = [*self.waiting(d, "/ws/channel/much", 100), *self.waiting(d, "/ws/channel/much?envelope=1", 20)]
        awake = self.link(d, "/ws/channel/much")
        reader = threading.Thread(target=lambda: [awake.message() for _ in range(2 + 4000)])
        reader.start()
        with Bystander(d), self.small(d, 64, "durable events to nobody"):
            self.publish(d, "much", 4000, 4096)
            reader.join()
        self.assertGreaterEqual(self.metric(d, 'bpyd_ws_slow_clients_total{action="catch_up"}'), 100)
        seqs = [json.loads(links[0].message()).get("seq") for _ in range(2 + 4000)][2:]
        self.assertEqual(seqs, list(range(1, 4001)), "the one that wakes up gets every event, in order")
        [link.end() for link in (*links, awake)]
        self.settled(d)

    def test_of_events_of_a_brief_channel(self):
        d = self.configured(event_log={"durable": []})
        links = self.waiting(d, "/ws/channel/much", 100)
        with Bystander(d), self.small(d, 64, "brief events to nobody"):
            self.publish(d, "much", 2000, 4096)
        wait_for(lambda: self.metric(d, 'bpyd_ws_slow_clients_total{action="closed"}') >= 100, "all of them closed")
        self.assertGreaterEqual(self.metric(d, 'bpyd_ws_closes_total{code="1013"}'), 100)
        self.settled(d)  # though they have not even read that
        [link.end() for link in links]

    def test_of_the_log_and_the_status(self):
        d = self.configured(log_level="debug")
        links = [*self.waiting(d, "/ws/logs?level=debug&backlog=200", 50), *self.waiting(d, "/ws/status", 50)]
        with Bystander(d), self.small(d, 64, "log lines to nobody"):
            for n in range(5000):
                d.get("/nope", headers={"X-Correlation-Id": f"{n}"})
        [link.end() for link in links]
        self.settled(d)


class Gone(Hostile):
    def test_the_silent_are_let_go_and_those_who_answer_stay(self):
        d = self.configured(limits={"heartbeat_s": 1})
        silent = {door: self.link(d, door) for door in self.paths(d)}
        half = {door: self.link(d, door) for door in self.paths(d)}
        answering = [self.link(d, door) for door in self.paths(d)]
        for link in half.values():
            link.send(frame(TEXT, b'{"type":"ping"}')[:-3])  # the rest never comes
        over = threading.Event()

        def answer():
            while not over.is_set():
                for link in select.select(answering, [], [], 0.1)[0]:
                    got = link.frame()
                    if got and got[0] == PING:
                        link.send(frame(PONG, got[3]))
        thread = threading.Thread(target=answer)
        thread.start()
        started = time.monotonic()
        for door, link in (*silent.items(), *half.items()):
            with self.subTest(door):
                self.ends(link, 1001)
        self.assertLess(time.monotonic() - started, PATIENCE / 2)
        self.assertGreater(time.monotonic() - started, 1)
        self.assertGreaterEqual(d.json("/api/daemon/status")["client_count"], len(answering))
        over.set()
        thread.join()
        for link in answering:
            link.send(closing(1000))
            self.assertEqual(link.close_code(), 1000)
            link.end()
        TALLY.add("silent clients", len(silent) + len(half))

    def test_the_vanished_are_let_go(self):
        """Neither an end nor a reset ever comes, and nothing is taken: a full socket and a process that is stopped look like that."""
        d = self.configured(limits={"heartbeat_s": 1}, event_log={"durable": ["*"]})
        links = [self.link(d, "/ws/channel/gone", receive_buffer=4096) for _ in range(20)]
        connection = http.client.HTTPConnection("127.0.0.1", d.http_port, timeout=PATIENCE)
        for _ in range(200):
            connection.request("POST", "/api/ws/broadcast", json.dumps({"channel": "gone", "message": "x" * 8000}), {"Content-Type": "application/json"})
            connection.getresponse().read()
        connection.close()
        self.settled(d)
        wait_for(lambda: self.metric(d, "bpyd_ws_connections") == 0, "every connection forgotten")
        [link.end() for link in links]
        TALLY.add("silent clients", 20)

    def test_half_closed_connections(self):
        d = self.daemon()
        for door in self.paths(d):
            for sent in (b"", frame(TEXT, b"{}")[:3], frame(TEXT, b"a", fin=False), json_frame({"type": "ping"}), frame(PING)):
                link = self.link(d, door)
                link.send(sent)
                link.socket.shutdown(socket.SHUT_WR)
                while link.next() is not None:  # whatever it still says, it ends
                    pass
                link.end()
        self.settled(d)

    def test_thousands_come_and_go(self):
        d = self.configured()
        self.thousand(d, 0, 250)
        self.settled(d)
        descriptors = self.descriptors(d)
        with Bystander(d), self.small(d, 24, "thousands"):
            threads = [threading.Thread(target=self.thousand, args=(d, n, 1000)) for n in range(4)]
            [t.start() for t in threads]
            [t.join() for t in threads]
        self.settled(d)
        wait_for(lambda: self.descriptors(d) <= descriptors + 2, "every descriptor closed")
        wait_for(lambda: self.metric(d, "bpyd_ws_connections") == 0, "every connection forgotten")

    def thousand(self, d, which, count):
        doors = ("/ws", "/ws/connect", "/ws/channel/brief", "/ws/status", "/ws/logs", "/")
        for n in range(count):
            way = (n + which) % 6
            if way == 0:
                with socket.create_connection(("127.0.0.1", d.ws_port)) as connection:
                    connection.sendall(handshake()[:n % 100])
                continue
            link = Link(d.ws_port, doors[n % len(doors)])
            if way == 1:
                link.abort()
            elif way == 2:
                link.send(closing(1000))
            elif way == 3:
                link.send(frame(TEXT, b'{"type":"sub","channel":"brief"}')[:n % 30])
                link.abort()
            elif way == 4:
                link.send(json_frame({"type": "sub", "channel": f"brief{n}"}))
            link.end()
        TALLY.add("comings and goings", count)

    def test_ended_while_catching_up(self):
        d = self.configured(event_log={"durable": ["*"]})
        connection = http.client.HTTPConnection("127.0.0.1", d.http_port, timeout=PATIENCE)
        count = 2000
        for n in range(count):
            connection.request("POST", "/api/ws/broadcast", json.dumps({"channel": "long", "message": {"n": n, "pad": "x" * 1000}}), {"Content-Type": "application/json"})
            connection.getresponse().read()
        connection.close()
        epoch = d.json("/api/ws/channels/long")["epoch"]
        ask = json_frame({"type": "sub", "channel": "long", "since": {"epoch": epoch, "seq": 0}})
        with Bystander(d):
            for n in range(60):
                link = self.link(d, "/ws/connect", receive_buffer=4096)
                link.send(ask)
                for _ in range(n):
                    link.message()
                way = n % 6
                if way == 0:
                    link.abort()
                elif way == 1:
                    link.send(closing(1000))
                    self.ends(link, 1000)
                elif way == 2:
                    link.send(frame(3))
                    self.ends(link, 1002)
                elif way == 3:
                    link.send(json_frame({"type": "unsub", "channel": "long"}) + ask * 3)  # again, and again
                elif way == 4:
                    link.socket.shutdown(socket.SHUT_WR)
                link.end()
                TALLY.add("catch-ups broken off")
        link = self.link(d, "/ws/connect")
        link.send(ask)
        seqs = []
        while not seqs or seqs[-1] < count:
            message = json.loads(link.message())
            if message["type"] == "broadcast":
                seqs.append(message["seq"])
        self.assertEqual(seqs, list(range(1, count + 1)))
        self.assertEqual(self.metric(d, 'bpyd_ws_slow_clients_total{action="closed"}'), 0)
        link.end()
        self.settled(d)

    def test_descriptors_run_out_and_come_back(self):
        d = self.daemon()
        first = self.link(d)
        now = self.descriptors(d)
        resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (now + 10, now + 10))
        held = [socket.create_connection(("127.0.0.1", d.ws_port), timeout=PATIENCE) for _ in range(60)]
        for connection in held:
            with contextlib.suppress(OSError):
                connection.sendall(handshake())
        self.alive(first)
        [connection.close() for connection in held]
        self.assertEqual(d.get("/pilot/health").status, 200)
        self.link(d).end()
        first.end()
        self.settled(d)


if __name__ == "__main__":
    main()

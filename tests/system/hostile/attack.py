"""What the hostile tests share: requests and frames by hand, and a count of what was tried."""
import atexit
import collections
import json
import os
import re
import struct
import time

from harness import Case


class Tally:
    """Counts what a test file tried and tells it in one line when the file ends."""

    def __init__(self, name):
        self.name = name
        self.counts = collections.Counter()
        atexit.register(self.tell)

    def add(self, what, count=1):
        self.counts[what] += count

    def most(self, what, value):
        """For figures that are no sums: how many routes, the longest wait."""
        self.counts[what] = max(self.counts[what], value)

    def tell(self):
        print(f"{self.name}: " + ", ".join(f"{count:,} {what}" for what, count in self.counts.items()), flush=True)


def status(answer):
    """The status of an answer's first line, or None where there is none."""
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(found.group(1)) if found else None


def head_of(answer):
    """(status, {lower-case name: [values]}, body) of the first answer in some bytes."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = collections.defaultdict(list)
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.decode("latin-1").lower()].append(value.strip().decode("latin-1"))
    return status(answer), fields, body


def request(method=b"GET", target=b"/pilot/health", *fields, host=b"localhost", body=b"", close=True, version=b"HTTP/1.1"):
    """A request as bytes. `fields` are whole lines without their end; no host: None."""
    lines = [method + b" " + target + b" " + version]
    if host is not None:
        lines.append(b"Host: " + host)
    lines += fields
    if close:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


JSON = b"Content-Type: application/json"
CHANGING = (b"POST", b"PUT", b"PATCH", b"DELETE")


def with_body(body, *fields, method=b"POST", target=b"/api/projects", **more):
    return request(method, target, *fields, b"Content-Length: %d" % len(body), body=body, **more)


def attempt(method, target, *fields, host=b"localhost"):
    """The route as it is used; what changes something has a body that changes nothing."""
    if method in CHANGING:
        return with_body(b"[]", JSON, *fields, method=method, target=target, host=host)
    return request(method, target, *fields, host=host)


def masked(opcode, payload=b"", fin=True, rsv=0):
    """A client's WebSocket frame."""
    key = os.urandom(4)
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    return head + key + bytes(b ^ key[i % 4] for i, b in enumerate(payload))


def chunked(*pieces, trailers=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailers + b"\r\n"


def upgrade(door=b"/ws", *fields, host=b"localhost"):
    """A WebSocket's opening handshake."""
    return request(b"GET", door, b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *fields, host=host, close=False)


def answers_in(data, head=False):
    """All answers in what a connection said: [(status, fields, body)]. What is no answer fails."""
    found = []
    while data:
        code, fields, rest = head_of(data)
        if code is None or b"\r\n\r\n" not in data:
            raise AssertionError(f"no answer of HTTP: {data[:200]!r}")
        if code in (101, 304) or code == 100 or head:
            size = 0
        else:
            size = int(fields["content-length"][0])
        if len(rest) < size:
            raise AssertionError(f"an answer that ends early: {data[:300]!r}")
        found.append((code, fields, rest[:size]))
        data = rest[size:]
    return found


ALWAYS = {"x-content-type-options": ["nosniff"], "cross-origin-resource-policy": ["same-origin"], "referrer-policy": ["no-referrer"], "cache-control": ["no-store"]}
CODE = re.compile(r"BPY-\d{4}")
TEMPLATES = {"{project}": "story", "{channel}": "tasks", "{id}": "1", "{name}": "tasks"}


def filled(pattern):
    for name, value in TEMPLATES.items():
        pattern = pattern.replace(name, value)
    return pattern


def code_in(answer):
    """The BPY code of an answer, in JSON or in the error box of a page; None where there is none."""
    _, fields, body = answer
    if fields["content-type"][:1] == ["application/json"]:
        payload = json.loads(body.decode("utf-8"))
        return payload.get("code") if isinstance(payload, dict) else None
    found = re.search(rb"data-code='(BPY-\d{4})'", body)
    return found.group(1).decode() if found else None


class Attack(Case):
    """One daemon and what is thrown at it. Whatever it answers keeps the rules that hold for every answer;
    whatever happened, it serves on, soon, and its log is still a log."""
    tally = None  # the file's

    def setUp(self):
        super().setUp()
        self.d = self.daemon("--project", self.project())
        self.d.ready("story")
        self.ports = (self.d.http_port, self.d.ws_port)

    def tearDown(self):
        for d in self.daemons:
            if d.process.poll() is None:
                self.assert_serving(d)

    def assert_serving(self, d=None):
        d = d or self.d
        for port in (d.http_port, d.ws_port):
            started = time.monotonic()
            self.assertEqual(d.get("/pilot/health", port=port).status, 200, "still serving")
            waited = time.monotonic() - started
            self.assertLess(waited, 1, "health is answered within a second")
            self.tally.most("ms for the slowest health", round(waited * 1000))
        for line in (d.runtime / "ws_daemon.log").read_bytes().split(b"\n")[:-1]:
            json.loads(line.decode("utf-8"))  # one object a line, whatever was sent: no forged lines

    def check(self, answer, sent=b""):
        """R9, R6 and the codes, for every answer there is."""
        code, fields, body = answer
        if code in (100, 101):
            return answer
        told = f"{code} to {sent[:160]!r}"
        for name, values in ALWAYS.items():
            self.assertEqual(fields[name], values, f"{name}, {told}")
        self.assertEqual([n for n in fields if n.startswith("access-control") or n in ("server", "x-powered-by")], [], told)
        self.assertEqual(len(fields["x-correlation-id"]), 1, told)
        kind = "".join(fields["content-type"])
        if kind.startswith("text/html"):
            policy = fields["content-security-policy"][0]
            self.assertIn("default-src", policy, told)
            self.assertIn("frame-ancestors", policy, told)
            self.assertNotIn("unsafe", policy, told)
        self.assertFalse(code == 500 and b"BPY-2000" in body, f"something nobody thought of: {told}: {body[:300]!r}")
        if code >= 400 and not sent.startswith(b"HEAD "):
            self.assertRegex(code_in(answer) or "", CODE, f"{told}: {body[:300]!r}")
        elif kind == "application/json" and body:
            json.loads(body.decode("utf-8"))
        return answer

    def exchange(self, data, port=None, shut=False, d=None):
        """Sends bytes, reads to the end: the answers, each held to the rules."""
        self.tally.add("requests")
        raw = (d or self.d).raw(data, port=port, shut=shut)
        return [self.check(answer, data) for answer in answers_in(raw, head=data.startswith(b"HEAD "))]

    def ask(self, data, port=None, d=None):
        """As exchange, where one answer is expected."""
        answers = self.exchange(data, port, d=d)
        self.assertEqual(len(answers), 1, f"one answer to {data[:200]!r}, not {[a[0] for a in answers]}")
        return answers[0]

    def refused(self, data, wanted, port=None, d=None):
        """The status must be among the wanted ones."""
        answer = self.ask(data, port, d)
        self.assertIn(answer[0], wanted, f"{data[:300]!r}: {answer[2][:300]!r}")
        return answer

    def operations(self):
        """[(method, pattern, the operation)] of the running daemon."""
        paths = self.d.json("/openapi.json")["paths"]
        found = [(method.upper().encode(), pattern, operation) for pattern, methods in paths.items() for method, operation in methods.items() if method != "parameters"]
        self.assertGreater(len(found), 40)
        self.tally.most("routes", len(found))
        return found

    def routes(self):
        """[(method, target)], templates filled, with the files of the pages and one that is no route."""
        found = [(method, filled(pattern).encode()) for method, pattern, _ in self.operations()]
        return found + [(b"GET", b"/static/page.css"), (b"GET", b"/favicon.svg"), (b"GET", b"/no/such/route")]

    def doors(self):
        found = [filled(channel["address"]).encode() for channel in self.d.json("/asyncapi.json")["channels"].values()]
        self.assertGreater(len(found), 4)
        self.tally.most("doors", len(found))
        return found

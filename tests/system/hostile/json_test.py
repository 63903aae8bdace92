"""JSON that is none, almost is, or is too much of it: every way in decides alike and tells a code; and what goes
out is UTF-8 and JSON, whatever names and texts lie on the disk."""
import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import time
import urllib.parse

from attack import JSON, Attack, Tally, code_in, filled, request, with_body
from harness import BPYD, PATIENCE, STORY, commit, main, receive, run

TALLY = Tally("hostile.json")
DEEPEST = 64

# What every reader of JSON takes (RFC 8259), as values.
GOOD = [b"null", b"true", b"false", b"0", b"-0", b"1", b"-1", b"123456789", b"1.5", b"-1.5", b"0.0", b"1e5", b"1E5", b"1e+5", b"1E-5", b"0e0", b"0e+1", b"0e-1", b"1.0e10", b"123.456e78", b"20e1",
        b"-0.0e-0", b"1e-400", b"4.9e-324",
        b"9007199254740993", b"18446744073709551615", b"-9223372036854775808", b"0." + b"1" * 300, b'""', b'" "', b'"a"', b'"\\""', b'"\\\\"', b'"\\/"', b'"\\b\\f\\n\\r\\t"', b'"\\u0000"',
        b'"\\u0041"', b'"\\u00e9"', b'"\\uABCD"', b'"\\uabcd"',
        b'"\\ud83d\\ude00"', b'"\\uD834\\uDD1E"', b'"\\udbff\\udfff"', b'"\\uffff"', b'"\\uFFFE"', b'"\\\\u0000"', b'"\\u005C"', b'"\x7f"', b'"/*"', b'"//"', b'"[{"', '"é"'.encode(),
        '"😀"'.encode(), '"\u2028\u2029"'.encode(), '"\ufeff"'.encode(),
        '"\uffff\U0010ffff"'.encode(), b"[]", b"[ ]", b"[1]", b"[1,2]", b"[ 1 , 2 ]", b"[null,true,false,0,\"\",[],{}]", b"[\n\t\r 1]", b"[[]]", b"[[],[[]]]", b"{}", b"{ }", b'{"a":1}',
        b'{"":0}', b'{"a":{}}', b'{"a":[]}', b'{"a":1,"b":2}',
        b'{ "a" : 1 , "b" : 2 }', b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'{"\\u0000":1}', b'{"a b":"c d"}', b'{"\\"":1}', '{"é":"ü"}'.encode()]
# What none may take.
BAD = [b"", b" ", b",", b":", b"[", b"]", b"{", b"}", b"[}", b"{]", b"nul", b"nulll", b"NULL", b"True", b"tru", b"truth", b"FALSE", b"fals", b"undefined", b"NaN", b"nan", b"-NaN", b"Infinity",
       b"-Infinity", b"inf", b"+Inf", b"None", b"+1", b"++1", b"--1",
       b"-", b"+", b".", b".5", b"-.5", b"1.", b"-1.", b"1.e5", b".e1", b"01", b"-01", b"00", b"012", b"-012", b"1e", b"1E", b"1e+", b"1e-", b"1e1.5", b"1e1e1", b"0e", b"0e+", b"1_000", b"1,000",
       b"1 000", b"1 2", b"1a", b"0x1", b"0X1F", b"0b1", b"0o7",
       b"1f", b"1L", b"1n", b"- 1", b"-foo", b"1.5.5", b"0.1.2", "１".encode(), b"1\xe5", b"\xef\xbc\x91", b"1+2", b"2.e3", b"9.e+", b'"', b'"a', b"a\"", b"'a'", b"`a`", b"a", b'"\\"', b'"\\a"',
       b'"\\x41"', b'"\\u"', b'"\\u1"', b'"\\u12"', b'"\\u123"',
       b'"\\u123g"', b'"\\U0041"', b'"\\u 041"', b'"\\u+041"', b'"\\u-041"', b'"\\0"', b'"\\\'"', b'"\\\n"', b'"\n"', b'"\t"', b'"\r"', b'"\x00"', b'"\x01"', b'"\x1f"', b'"\x08"', b'"a\x00b"',
       b'"\\ "', b'"\\\x00"', '"\\é"'.encode(), b'"\\\xe5"', b'"\\u\xe5"',
       b'"\\ud800"', b'"\\udc00"', b'"\\ud800x"', b'"\\ud800\\n"', b'"\\ud800\\u0041"', b'"\\ud800\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude0"', b'"\\ud800\\"', b'"\\ud800\\u"',
       b'"\\ud800\\udbff"', b'"\\uD800\\uD800\\uDC00"',
       b'"\xff"', b'"\xfe"', b'"\x80"', b'"\xc0\x80"', b'"\xc0\xaf"', b'"\xe0\x80\xaf"', b'"\xed\xa0\x80"', b'"\xed\xb0\x80"', b'"\xf4\x90\x80\x80"', b'"\xf8\x88\x80\x80\x80"', b'"\xc3"',
       b'"\xe2\x82"', b'"\xf0\x9f\x98"', b'"\xe9"', b'"\xfc\x83\xbf\xbf\xbf\xbf"',
       b"\xff", b"\xfe\xff", b"[\xff]", b"{\xff:1}", b"[1\xe5]", b"\x00", b"[1\x00]", b"1\x00", b"{}\x00", b'"a"\x00', b"[]\x00x", b"\x00{}", b"[1,]", b"[,1]", b"[,]", b"[1,,2]", b"[1;2]",
       b"[1 2]", b"[1:2]", b"[1", b"[1,", b"[1,\n", b"[[1]", b"[]]", b"[1]]", b"[1}",
       b'["a"', b'["a', b'["a",', b"[nul]", b"[a]", b"[-]", b"[*]", b"[<null>]", b"[#]", b"[\x0c]", b"[\x0b]", b"[\xa0]", "[\u2060]".encode(), "[\u00a0]".encode(), "[\ufeff]".encode(), b"[\\n]",
       b"[1]//", b"[1]/**/", b"[/**/1]", b"/**/1", b"[1] x", b"[1][2]",
       b"[\"\":1]", b"[\"a\" \"b\"]", b"[{}", b"[{]", b"{,}", b'{"a"}', b'{"a":}', b'{"a" 1}', b'{"a",1}', b'{:1}', b'{1:1}', b'{a:1}', b"{'a':1}", b'{null:1}', b'{[]:1}', b'{"a":1,}',
       b'{,"a":1}', b'{"a":1,,"b":2}', b'{"a":1;"b":2}', b'{"a":1 "b":2}',
       b'{"a"::1}', b'{"a":1:2}', b'{"a":1', b'{"a":', b'{"a"', b'{"a', b'{"a":1}}', b'{"a":1}#', b'{"a":1}/**/', b'{"a":1}//', b'{"a":/**/1}', b'{"a":1}x', b'{"a":"b', b'{"\xb9":1}', b'{"a":b}',
       b'{"a":\'b\'}', b'{"\n":1}', b'{"a":1}{"b":2}', b"{\"a\":tru}",
       b'{"\\ud800":1}', b"<null>", b"<!-- -->", b"\\u0031", b"\\", b"*", b"@", b"&", b"abc", b"\x1b[31m", b"\x0c1", b"1\x0b", "\u00a01".encode(), "1\u2028".encode(), b"\xef\xbb", b"(1)", b"[1)",
       b"=1", b"---\na: 1"]


def on_a_terminal(command):
    """What a person sees there; the terminal's own ends of lines are taken back."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    os.close(theirs)
    told = b""
    try:
        while piece := os.read(ours, 65536):
            told += piece
    except OSError:  # nobody holds the other end any more
        pass
    os.close(ours)
    assert process.wait(PATIENCE) in (0, 1), process.returncode
    return told.decode("utf-8").replace("\r\n", "\n")


def accepts(text):
    """The referee: Python's reader, made as strict as RFC 8259 and the limits are."""
    def constant(name):
        raise ValueError(name)
    try:
        decoded = text.decode("utf-8")
        if "\x00" in decoded:
            return False
        value = json.loads(decoded, parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a pair of surrogates cannot be written
    except (ValueError, RecursionError):
        return False
    depth = deepest = 0
    for piece in re.findall(rb'"(?:\\.|[^"\\])*"|[\[{]|[\]}]', text, re.S):
        depth += piece in b"[{" and 1 or (piece in b"]}" and -1 or 0)
        deepest = max(deepest, depth)
    return deepest <= DEEPEST


def nested(depth, opening=b"[", middle=b"", closing=b"]"):
    return opening * depth + middle + closing * depth


def mutations(count, seed):
    """Good texts with one or two bytes changed, dropped, doubled or put in: near the border, on both sides of it."""
    dice = random.Random(seed)
    pieces = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"0", b"1", b"-", b"+", b".", b"e", b"E", b" ", b"\n", b"\t", b"\r", b"\x00", b"\x0b", b"\x1f", b"\x7f", b"\x80", b"\xc3", b"\xa9",
              b"\xed", b"\xff", b"u", b"\\u", b"\\ud83d", b"\\ude00", b"n", b"/", b"*", b"'"]
    for _ in range(count):
        text = dice.choice(GOOD)
        if dice.random() < 0.5:
            text = b"[" + text + b"," + dice.choice(GOOD) + b"]"
        for _ in range(dice.randint(1, 2)):
            at = dice.randrange(len(text) + 1)
            kind = dice.randrange(3)
            text = text[:at] + (dice.choice(pieces) if kind else b"") + text[at + (kind != 1):]
        if not re.search(rb"[eE]\+?\d{3}", text):  # how large a number may be is not the syntax's business
            yield text


class Texts(Attack):
    """One verdict for one text, whichever way it comes in."""
    tally = TALLY

    def pipelined(self, bodies, method, target):
        """Answers to many bodies, in order."""
        answers = []
        for start in range(0, len(bodies), 200):
            batch = bodies[start:start + 200]
            data = b"".join(with_body(body, JSON, method=method, target=target, close=False) for body in batch[:-1]) + with_body(batch[-1], JSON, method=method, target=target)
            got = self.exchange(data, self.ports[start // 200 % 2])
            self.assertEqual(len(got), len(batch))
            answers += got
        TALLY.add("texts in bodies", len(bodies))
        return answers

    def verdicts(self, bodies, method, target, good):
        """True for each that was taken; a refusal is a 400 and says that it was no JSON."""
        found = []
        for body, answer in zip(bodies, self.pipelined(bodies, method, target)):
            self.assertIn(answer[0], (good, 400, 413), (body[:200], answer[2]))
            if answer[0] != good:
                self.assertEqual(code_in(answer), "BPY-1413" if answer[0] == 413 else "BPY-1004", (body[:200], answer[2]))
            found.append(answer[0] == good)
        return found

    WAYS = [(b"POST", b"/api/ws/broadcast", b'{"channel":"tasks","message":%s}', 202), (b"PATCH", b"/api/projects/story", b'{"alias":"story","more":%s}', 200), (b"POST", b"/api/ws/broadcast/all",
                                                                                b'{"type":"x","data":%s}', 202),
            (b"POST", b"/api/watch/sync", b'{"project":"story","more":%s}', 200)]

    def judged(self, texts):
        for method, target, frame, good in self.WAYS:
            bodies = [frame % text for text in texts]
            for body, taken in zip(bodies, self.verdicts(bodies, method, target, good)):
                self.assertEqual(taken, accepts(body), f"{target.decode()}: {body[:300]!r}")

    def test_the_referee_knows_the_tables(self):
        self.assertEqual([text for text in GOOD if not accepts(text)], [])
        self.assertEqual([text for text in BAD if accepts(text)], [])

    def test_what_is_json_and_what_is_not(self):
        self.judged(GOOD + BAD)

    def test_texts_near_the_border(self):
        self.judged(list(mutations(2000, 8)))

    def test_space_around_and_trailing_bytes(self):
        texts = [b" \t\r\n%b\n " % b"{}", b"\xef\xbb\xbf{}"]
        for text, body in ((text, text.replace(b"{}", b'{"channel":"tasks","message":1}')) for text in texts):
            self.assertEqual(self.verdicts([body], b"POST", b"/api/ws/broadcast", 202), [True], text)
        whole = b'{"channel":"tasks","message":1}'
        other = b'{"alias":"story"}'
        for tail in (b"\x00", b"\x00\x00", b"x", b"{}", b"]", b"}", b",", b"\xff", b"\x0c", b"\x1a", b"//", b"\xef\xbb\xbf", "\u00a0".encode(), b"\x00" + whole):
            self.assertEqual(self.verdicts([whole + tail, tail + whole], b"POST", b"/api/ws/broadcast", 202), [False, tail == b"\xef\xbb\xbf"], tail)
            self.assertEqual(self.verdicts([other + tail, tail + other], b"PATCH", b"/api/projects/story", 200), [False, tail == b"\xef\xbb\xbf"], tail)
        for text in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"):
            encoded = '{"channel":"tasks","message":"é"}'.encode(text)
            if text != "utf-7":
                self.assertEqual(self.verdicts([encoded], b"POST", b"/api/ws/broadcast", 202), [False], text)
            self.assertNotEqual(self.pipelined([encoded], b"PATCH", b"/api/projects/story")[0][0], 500)

    def test_every_route_takes_objects_only(self):
        texts = [text for text in GOOD if not text.startswith(b"{")] + [text for text in BAD if text.strip()] + [b"[" * 1000, b'{"a":' * 1000, nested(DEEPEST + 1), nested(DEEPEST + 1, b'{"a":',
                                                                                b"1", b"}")]
        told = 0
        for method, pattern, operation in self.operations():
            if "requestBody" in operation:
                for answer, text in zip(self.pipelined(texts, method, filled(pattern).encode()), texts):
                    self.assertEqual((answer[0], code_in(answer)), (400, "BPY-1004"), (pattern, text))
                told += 1
        self.assertGreater(told, 10)
        self.assertEqual(self.d.json("/api/projects")["total"], 1)

    def test_wrong_types_are_named(self):
        commit(self.folder / "story")
        values = [b"null", b"true", b"1", b"-1", b"1.5", b"1e300", b"99999999999999999999", b"-99999999999999999999", b'""', b'"x"', b'"\\u0000"', b'"a\\u0000b"', b"[]", b"[[]]", b"[1]",
                  b'[null]', b'["a",1]', b"{}", b'{"a":{}}', b'"' + b"x" * 5000 + b'"']
        for method, pattern, operation in self.operations():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            bodies = [b'{"%s":%s}' % (name.encode(), value) for name in schema.get("properties", {}) if (pattern, name) != ("/api/projects/{project}", "alias") for value in values]
            for body, answer in zip(bodies, self.pipelined(bodies, method, filled(pattern).encode()) if bodies else []):
                self.assertLess(answer[0], 500, (pattern, body, answer[2]))

    def test_depth(self):
        for opening, middle, closing in ((b"[", b"", b"]"), (b'{"a":', b"1", b"}"), (b'[{"a":', b"1", b"}]")):
            each = opening.count(b"[") + opening.count(b"{")
            for method, target, frame, good in self.WAYS[:2]:
                for depth in (1, 10, 60, 63):  # and one for the object around it
                    self.assertEqual(self.verdicts([frame % nested(depth // each, opening, middle, closing)], method, target, good), [True], depth)
                for depth in (65, 66, 100, 1000, 10_000, 100_000):
                    self.assertEqual(self.verdicts([frame % nested(depth // each + each, opening, middle, closing)], method, target, good), [False], depth)
                self.assertEqual(self.verdicts([frame % (opening * 100_000)], method, target, good), [False])

    def test_a_mebibyte_of_anything_takes_no_time(self):
        size = 1024 * 1024 - 200
        for text in (b"[" * size, b'{"a":' * (size // 5), b"[" + b"[]," * (size // 3 - 1) + b"[]]", b'"' + b"a" * size + b'"', b'"' + b"\\u0000" * (size // 6) + b'"',
                     b'"' + b"\\ud83d\\ude00" * (size // 12) + b'"', b"1" * size, b"0." + b"0" * size, b"-" * size, b"1e" + b"9" * size,
                     b" " * size + b"1", b"{" + b'"a":1,' * (size // 6 - 1) + b'"a":1}', b"{" + b",".join(b'"%x":0' % n for n in range(size // 12)) + b"}",
                     b'"' + "é".encode() * (size // 2) + b'"', b"\\" * size, b'"' + b'\\"' * (size // 2) + b'"', b"\xff" * size, b"\x00" * size, b"null," * (size // 5)):
            for method, target, frame, _ in self.WAYS[:3]:
                started = time.monotonic()
                answer = self.refused(with_body(frame % text, JSON, method=method, target=target), (200, 202, 400, 413))
                self.assertLess(time.monotonic() - started, 5, (target, text[:20]))
                if answer[0] == 400:
                    self.assertEqual(code_in(answer), "BPY-1004")
            TALLY.add("texts of a mebibyte")
        self.assert_serving()

    def test_huge_numbers_are_told_and_never_wrap(self):
        for number in (b"1e400", b"-1e400", b"1e999999999999", b"123456789012345678901234567890", b"-" + b"9" * 400, b"0.1e-99999"):
            answers = self.pipelined([b'{"channel":"tasks","message":%s}' % number, b'{"alias":"story","more":%s}' % number], b"POST", b"/api/ws/broadcast")
            self.assertIn(answers[0][0], (202, 400))
            self.assertIn(self.pipelined([b'{"alias":"story","more":%s}' % number], b"PATCH", b"/api/projects/story")[0][0], (200, 400))
            for field in (b"line", b"timeout_ms"):
                target = b"/pilot/open" if field == b"line" else b"/api/watch/sync"
                answer = self.pipelined([b'{"project":"story","file":"game/script.rpy","%s":%s}' % (field, number)], b"POST", target)[0]
                self.assertEqual(answer[0], 400, (target, number, answer[2]))

    def test_of_two_members_of_a_name_the_last_counts_everywhere(self):
        self.assertEqual(json.loads(self.pipelined([b'{"channel":"a","message":1,"channel":"b","\\u0063hannel":"c"}'], b"POST", b"/api/ws/broadcast")[0][2])["channel"], "c")
        self.assertEqual(self.pipelined([b'{"alias":"other","alias":"story"}'], b"PATCH", b"/api/projects/story")[0][0], 200)
        self.assertEqual(self.pipelined([b'{"project":"nope","alias":"story"}'], b"PATCH", b"/api/projects/story")[0][0], 200)  # the path says which
        self.d.json("/api/projects/story")

    def test_what_was_sent_comes_out_as_it_was(self):
        async def told():
            async with self.d.socket("/ws/channel/tasks") as ws:
                await receive(ws, "subscribed")
                for text in GOOD:
                    answer = self.ask(with_body(b'{"channel":"tasks","message":%s}' % text, JSON, target=b"/api/ws/broadcast"))
                    self.assertEqual(answer[0], 202)
                    message = await receive(ws, "broadcast")
                    self.assertEqual(message["data"], json.loads(text), text)
        asyncio.run(told())


class Messages(Attack):
    tally = TALLY

    async def asked(self, texts, door="/ws", frame=b"%s"):
        """The first message that answers each text."""
        found = []
        for start in range(0, len(texts), 60):  # below the rate that is allowed
            async with self.d.socket(door) as ws:
                await receive(ws)
                for number, text in enumerate(texts[start:start + 60]):
                    whole = frame % text
                    try:
                        await ws.send(whole.decode("utf-8"))
                    except UnicodeDecodeError:
                        found.append(None)  # bad UTF-8 ends the connection, as the protocol has it
                        continue
                    answer = await receive(ws, where=lambda message: message["type"] in ("pong", "error", "response"))
                    found.append(answer)
                    if answer["type"] == "error":
                        self.assertRegex(answer["code"], r"^BPY-1\d{3}$", text)
        TALLY.add("texts in messages", len(texts))
        return found

    async def test_what_is_json_and_what_is_not(self):
        for door in ("/ws", "/ws/connect", "/ws/status"):
            frame = b'{"type":"ping","data":%s}'
            texts = GOOD + BAD + list(mutations(300, 9))
            for text, answer in zip(texts, await self.asked(texts, door, frame)):
                if answer is not None:
                    self.assertEqual(answer["type"] == "pong", accepts(frame % text), (door, text, answer))
                    if answer["type"] == "error":
                        self.assertEqual(answer["code"], "BPY-1004", (door, text))

    async def test_whole_texts(self):
        texts = [text for text in GOOD if not text.startswith(b"{")] + BAD + [b"[" * 30_000, b'{"type":' * 5000, nested(DEEPEST + 1, b'{"type":', b"1", b"}")]
        for text, answer in zip(texts, await self.asked(texts)):
            if answer is not None:
                self.assertEqual((answer["type"], answer["code"]), ("error", "BPY-1004"), text)

    async def test_requests_within_the_envelope(self):
        frame = b'{"type":"request","event":"ping","correlation_id":"c","data":{"x":%s}}'
        texts = GOOD + BAD
        for text, answer in zip(texts, await self.asked(texts, "/ws?envelope=1", frame)):
            if answer is not None and not accepts(frame % text):
                self.assertIn("BPY-1004", json.dumps(answer), text)

    async def test_types_that_are_odd(self):
        values = [b"null", b"1", b"[]", b"{}", b"true", b'""', b'" "', b'"\\u0000"', b'"ping\\u0000"', b'"PING"', b'"ping "', b'"' + b"p" * 60_000 + b'"', b'"\\ud83d\\ude00"', b'"__proto__"',
                  b'"constructor"', b'"<script>"']
        for value, answer in zip(values, await self.asked(values, frame=b'{"type":%s}')):
            self.assertIn((answer["type"], answer["code"]), [("error", code) for code in ("BPY-1001", "BPY-1002", "BPY-1005")], value)
        answers = await self.asked([b'"type":"nope","type":"ping"', b'"type":"nope","\\u0074ype":"ping"'], frame=b"{%s}")
        self.assertEqual([answer["type"] for answer in answers], ["pong", "pong"])


class Files(Attack):
    tally = TALLY

    def test_rules_that_are_no_json(self):
        for text in GOOD + BAD:
            body = b'{"project":"story","rules":%s}' % text
            answer = self.ask(with_body(body, JSON, method=b"PUT", target=b"/api/governance/rules"))
            if not accepts(body):
                self.assertEqual((answer[0], code_in(answer)), (400, "BPY-1004"), text)
            else:
                self.assertIn(answer[0], (200, 400, 422), text)
        file = self.folder / "story/.branchpy/governance.json"
        for text in [text for text in BAD if text.strip()] + [nested(1000), b"[" * 100_000, b"{}\x00", b"\xff\xfe{\x00}\x00"]:
            file.write_bytes(text)
            for target in (b"/api/governance/rules?project=story", b"/api/governance/status?project=story"):
                answer = self.ask(request(b"GET", target))
                self.assertIn(answer[0], (200, 422), (target, text))
            self.refused(with_body(b'{"project":"story"}', JSON, target=b"/api/governance/evaluate"), (200, 422))  # by the last good rules
            TALLY.add("texts in files")

    def test_a_configuration_that_is_no_json(self):
        runtime = self.folder / "rt"
        (runtime / "default").mkdir(parents=True)
        for text in [b"", b"{", b"[]", b"null", b'{"port":1,}', b'{"port":"x"}', b'{"port":1e400}', b'{"port":99999999999999999999}', b'{"port":-1}', b'{"prot":1}', b'{"limits":[]}',
                     b'{"limits":{"clients":null,"x":1}}', b"{}\x00", b'{"host":"\xff"}', b'{"host":"\\ud800"}',
                     nested(1000), b'{"a":' * 10_000, b"\x00" * 100, os.urandom(1000), b"// c\n{}", b'{"' + b"x" * 100_000 + b'":1}', b'{"allow_origins":[1]}', b'{"channels":[{}]}',
                     b'{"channels":"x"}', "{}".encode("utf-16")]:
            (runtime / "default/config.json").write_bytes(text)
            done = run("config", runtime=runtime)
            self.assertGreaterEqual(done.returncode, 0, (text[:100], done.stderr[-500:]))
            self.assertNotIn("Sanitizer", done.stderr)
            if done.returncode != 0:
                self.assertRegex(done.stdout + done.stderr, r"BPY-\d{4}", text[:100])
            else:
                self.assertIn(text[:20], (b'{"port":-1}',), done.stdout[:300])
            TALLY.add("texts in files")

    def test_events_on_the_disk_that_are_no_json(self):
        d = self.daemon()
        for n in range(5):
            d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": n}, status=202)
        self.assertEqual(d.stop(), 0)
        log = sorted((d.runtime / "default/events").glob("*.jsonl"))[-1]
        whole = log.read_bytes()
        for count, text in enumerate([b"\xff\xfe\n", b"{}\n", b"null\n", b"[" * 100_000 + b"\n", b'{"seq":1e400}\n', b'{"seq":-1,"channel":5}\n', b"\x00" * 1000 + b"\n",
                                      b'{"channel":"missions","seq":99999999999999999999}\n', b"x" * 200_000 + b"\n", b'{"a":"\\ud800"}\n']):
            runtime = self.folder / f"rt{count}"
            shutil.copytree(d.runtime, runtime)
            (runtime / "default/events" / log.name).write_bytes(whole + text)
            again = self.daemon(runtime=runtime)
            events = again.json("/api/ws/channels/missions/events?since=0")
            self.assertEqual([event["data"] for event in events["events"]][:5], [0, 1, 2, 3, 4], text[:40])
            self.assertEqual(again.stop(), 0)
            TALLY.add("texts in files")

    def test_answers_stay_json_whatever_names_and_texts_are(self):
        bad = [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88", b"a\xe9", b"\x01", b"\x1b[31m", b"\x7f", b"new\nline", "\u2028".encode(), "\u202e".encode(), b'"quote', b"back\\slash"]
        root = os.fsencode(self.folder) + b"/w\xffird\n\"root"
        os.makedirs(root + b"/game/images")
        for number, name in enumerate(bad):
            with open(root + b"/game/" + name + b".rpy", "wb") as file:
                file.write(b"label l%d_%s:\n    \"%s\"\n    menu:\n        \"%s\":\n            jump %s\n        \"x\" if a == \"%s\":\n            $ v%s = \"%s\"\n    show %s\n" % (number,
                                                                                name.replace(b"\n", b""), *[name.replace(b"\n", b"").replace(b'"', b"'")] * 7))
            os.makedirs(root + b"/game/d" + name, exist_ok=True)
            with open(root + b"/game/images/" + name + b".png", "wb") as file:
                file.write(b"x")
        with open(root + b"/game/script.rpy", "w") as file:
            file.write(STORY)
        git = ["git", "-c", b"user.name=N\xffame", "-c", b"user.email=a\xff@b", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main", "-c", "i18n.commitEncoding=latin-1"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", b"subject \xff\xed\xa0\x80 \x1b[31m"], ["tag", b"t\xffag"]):
            subprocess.run([*git, *command], cwd=root, check=True)
        link = self.folder / "link"
        link.symlink_to(os.fsdecode(root))
        alias = self.d.register(link)["alias"]
        self.d.ready(alias)
        self.d.json("/api/v1/history/snapshots", "POST", {"project": alias, "name": "one"}, status=201)

        async def watched():
            async with self.d.socket("/ws") as ws:
                await ws.send(json.dumps({"type": "sub", "channels": ["*"]}))
                await receive(ws, "subscribed")
                with open(root + b"/game/\xff.rpy", "ab") as file:
                    file.write(b"\nlabel \xff\xfe:\n    \"\xed\xa0\x80\"\n    return\n")
                await asyncio.wait_for(receive(ws, "watch.event"), PATIENCE)  # websockets refuses a text that is not UTF-8
        asyncio.run(watched())
        self.d.json("/api/watch/sync", "POST", {"project": alias, "reports": True})
        count = 0
        for method, pattern, operation in self.operations():
            if method != b"GET":
                continue
            parameters = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            for at in ("", "HEAD", "snapshot:one"):
                query = {name: value for name, value in {"project": alias, "form": "json", "from": "one" if "history" in pattern else "HEAD", "path": "p001",
                                                         "at": at}.items() if name in parameters and value}
                if at and "at" not in parameters:
                    continue
                answer = self.ask(request(b"GET", (pattern.replace("{project}", alias).replace("{id}", "one").replace("{channel}", "watch") + "?" + urllib.parse.urlencode(query)).encode()))
                answer[2].decode("utf-8")  # and JSON where it says so: exchange() has looked
                count += 1
        for form in ("mermaid", "dot", "svg", "csv"):
            self.ask(request(b"GET", f"/pilot/export?project={alias}&form={form}".encode()))[2].decode("utf-8")
        self.assertIn("path_count", self.d.json(f"/pilot/paths?project={alias}"))
        (self.folder / "link/.branchpy/stats2.json").read_bytes().decode("utf-8")
        json.loads(subprocess.run([BPYD, "--runtime-dir", self.folder / "rt2", "analyze", "--json", link], capture_output=True, timeout=PATIENCE).stdout.decode("utf-8"))
        told = on_a_terminal([BPYD, "--runtime-dir", self.folder / "rt2", "analyze", link])
        self.assertIn("new\nline.rpy", told)
        self.assertNotRegex(told, "[\x00-\x09\x0b-\x1f\x7f-\x9f]", "a file's name is not for the terminal to obey")
        TALLY.add("answers of a project without UTF-8", count)


if __name__ == "__main__":
    main()

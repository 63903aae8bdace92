"""RFC 6455 and RFC 7692 case by case, in the order and with the numbers of the Autobahn test suite's
categories for servers; numbers with an x are ours. Played on the echo door, which shares everything
below the messages with the other doors.

A row says what is sent, what must come back, and how it must end. `close` None: all was well, the
client closes; a number: the client has closed or broken a rule, and this is the code it must get.
Either way the connection must end in order, not by a reset."""
import collections
import itertools
import random
import struct
import zlib

from attack import Tally
from frames import (BINARY, CLOSE, CONTINUATION, PING, PONG, RSV1, RSV2, RSV3, TEXT, Link, chopped, closing, deflated, fragments, frame)
from harness import Case, main

ECHO = "/__test/echo"
LIMIT = 16 << 20
DEFLATE = "permessage-deflate"
TALLY = Tally("hostile.conformance")
Row = collections.namedtuple("Row", "number name sent answers close", defaults=((), None))
GREEK = "\u03ba\u1f79\u03c3\u03bc\u03b5"
HELLO = "Hello-µ@ßöäüàá-UTF-8!!"
chance = random.Random(7)  # the same bytes in every run


def octets(data):
    return chopped(data, 1)


def framing():
    for group, opcode, fill in (("1", TEXT, b"*"), ("2", BINARY, b"\xfe")):
        for n, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            yield Row(f"1.{group}.{n}", f"{size} bytes", [frame(opcode, fill * size)], [(opcode, fill * size)])
        yield Row(f"1.{group}.8", "65536 bytes in chops of 997", chopped(frame(opcode, fill * 65536), 997), [(opcode, fill * 65536)])
        whole = frame(opcode, fill * 65536)
        yield Row(f"1.{group}.x1", "each octet of a long header alone", [*octets(whole[:15]), whole[15:]], [(opcode, fill * 65536)])
        yield Row(f"1.{group}.x2", "a mask of zeros", [frame(opcode, fill * 300, key=bytes(4))], [(opcode, fill * 300)])
        yield Row(f"1.{group}.x3", "no mask", [frame(opcode, b"hi", key=b"")], [], 1002)
        yield Row(f"1.{group}.x4", "5 bytes with a length of 16 bits", [frame(opcode, b"a" * 5, form=2)], [], 1002)
        yield Row(f"1.{group}.x5", "5 bytes with a length of 64 bits", [frame(opcode, b"a" * 5, form=8)], [], 1002)
        yield Row(f"1.{group}.x6", "65535 bytes with a length of 64 bits", [frame(opcode, b"a" * 65535, form=8)], [], 1002)
        yield Row(f"1.{group}.x7", "a length with the highest bit", [frame(opcode, size=1 << 63)], [], 1002)
        yield Row(f"1.{group}.x8", "a length of 2^62", [frame(opcode, size=1 << 62)], [], 1009)
        yield Row(f"1.{group}.x9", "fifty messages in one send", [b"".join(frame(opcode, fill * n) for n in range(50))], [(opcode, fill * n) for n in range(50)])


def pings():
    long = bytes(range(125))
    yield Row("2.1", "ping without payload", [frame(PING)], [(PONG, b"")])
    yield Row("2.2", "ping with text", [frame(PING, b"Hello, world!")], [(PONG, b"Hello, world!")])
    yield Row("2.3", "ping with bytes that are no UTF-8", [frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")], [(PONG, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")])
    yield Row("2.4", "ping of 125 bytes", [frame(PING, long)], [(PONG, long)])
    yield Row("2.5", "ping of 126 bytes", [frame(PING, long + b"x")], [], 1002)
    yield Row("2.6", "ping of 125 bytes, octet by octet", octets(frame(PING, long)), [(PONG, long)])
    yield Row("2.7", "a pong nobody asked for", [frame(PONG)])
    yield Row("2.8", "a pong nobody asked for, with payload", [frame(PONG, b"unsolicited")])
    yield Row("2.9", "a pong nobody asked for, then a ping", [frame(PONG, b"unsolicited"), frame(PING, b"p")], [(PONG, b"p")])
    ten = [b"payload-%d" % n for n in range(10)]
    yield Row("2.10", "ten pings", [b"".join(frame(PING, p) for p in ten)], [(PONG, p) for p in ten])
    yield Row("2.11", "ten pings, octet by octet", octets(b"".join(frame(PING, p) for p in ten)), [(PONG, p) for p in ten])
    yield Row("2.x1", "ping with a length of 16 bits", [frame(PING, b"a", form=2)], [], 1002)
    yield Row("2.x2", "pong of 126 bytes", [frame(PONG, b"x" * 126)], [], 1002)
    yield Row("2.x3", "ping without a mask", [frame(PING, b"a", key=b"")], [], 1002)


def reserved():
    bits = {1: RSV3, 2: RSV2, 3: RSV2 | RSV3, 4: RSV1, 5: RSV1 | RSV3, 6: RSV1 | RSV2, 7: RSV1 | RSV2 | RSV3}
    hello, answer = frame(TEXT, b"Hello"), (TEXT, b"Hello")
    yield Row("3.1", "reserved 1 on a text", [frame(TEXT, b"x", rsv=bits[1])], [], 1002)
    yield Row("3.2", "reserved 2 behind a text, then a ping", [hello, frame(TEXT, b"x", rsv=bits[2]), frame(PING)], [answer], 1002)
    yield Row("3.3", "reserved 3, in one send", [hello + frame(TEXT, b"x", rsv=bits[3]) + frame(PING)], [answer], 1002)
    yield Row("3.4", "reserved 4, octet by octet", octets(hello + frame(TEXT, b"x", rsv=bits[4])), [answer], 1002)
    yield Row("3.5", "reserved 5 on a binary", [frame(BINARY, b"\x00\xff", rsv=bits[5])], [], 1002)
    yield Row("3.6", "reserved 6 on a ping", [frame(PING, b"x", rsv=bits[6])], [], 1002)
    yield Row("3.7", "reserved 7 on a close", [frame(CLOSE, rsv=bits[7])], [], 1002)
    for n, (opcode, bit) in enumerate(itertools.product((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG), bits.values()), 1):
        yield Row(f"3.x{n}", f"bits {bit:#x} on opcode {opcode}", [frame(opcode, b"\x03\xe8", rsv=bit)], [], 1002)


def opcodes():
    hello, answer = frame(TEXT, b"Hello"), (TEXT, b"Hello")
    for group, first in ((1, 3), (2, 11)):
        yield Row(f"4.{group}.1", f"opcode {first}", [frame(first)], [], 1002)
        yield Row(f"4.{group}.2", f"opcode {first + 1} with payload", [frame(first + 1, b"reserved")], [], 1002)
        yield Row(f"4.{group}.3", f"opcode {first + 2} behind a text, then a ping", [hello, frame(first + 2), frame(PING)], [answer], 1002)
        yield Row(f"4.{group}.4", f"opcode {first + 3} with payload, in one send", [hello + frame(first + 3, b"reserved") + frame(PING)], [answer], 1002)
        yield Row(f"4.{group}.5", f"opcode {first + 4}, octet by octet", octets(hello + frame(first + 4, b"reserved") + frame(PING)), [answer], 1002)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield Row(f"4.x{opcode}", f"opcode {opcode} within a message, not final", [frame(TEXT, b"a", fin=False), frame(opcode, b"b", fin=False)], [], 1002)


def fragmentation():
    one, two = frame(TEXT, b"fragment1", fin=False), frame(CONTINUATION, b"fragment2")
    both, ping, pong = (TEXT, b"fragment1fragment2"), frame(PING, b"pongme"), (PONG, b"pongme")
    hello, answer = frame(TEXT, b"Hello"), (TEXT, b"Hello")
    lone = frame(CONTINUATION, b"lone", fin=False)
    yield Row("5.1", "ping in two fragments", [frame(PING, b"fragment1", fin=False), two], [], 1002)
    yield Row("5.2", "pong in two fragments", [frame(PONG, b"fragment1", fin=False), two], [], 1002)
    yield Row("5.3", "text in two fragments", [one, two], [both])
    yield Row("5.4", "the same in one send", [one + two], [both])
    yield Row("5.5", "the same octet by octet", octets(one + two), [both])
    yield Row("5.6", "a ping between", [one, ping, two], [pong, both])
    yield Row("5.7", "the same in one send", [one + ping + two], [pong, both])
    yield Row("5.8", "the same octet by octet", octets(one + ping + two), [pong, both])
    yield Row("5.9", "a final continuation of nothing", [two, hello], [], 1002)
    yield Row("5.10", "the same in one send", [two + hello], [], 1002)
    yield Row("5.11", "the same octet by octet", octets(two + hello), [], 1002)
    yield Row("5.12", "a continuation of nothing", [lone, hello], [], 1002)
    yield Row("5.13", "the same in one send", [lone + hello], [], 1002)
    yield Row("5.14", "the same octet by octet", octets(lone + hello), [], 1002)
    yield Row("5.15", "a whole message, then a continuation of nothing", [one, two, lone, hello], [both], 1002)
    yield Row("5.16", "twice: a continuation of nothing, then a text in two", [(lone + one + two) * 2], [], 1002)
    yield Row("5.17", "the same with final ones", [(frame(CONTINUATION, b"lone") + one + two) * 2], [], 1002)
    yield Row("5.18", "a text within a text", [one, frame(TEXT, b"fragment2")], [], 1002)
    five = [b"fragment%d" % n for n in range(1, 6)]
    whole = (TEXT, b"".join(five))
    parts = [frame(TEXT, five[0], fin=False), frame(CONTINUATION, five[1], fin=False), frame(PING, b"pongme 1"), frame(CONTINUATION, five[2], fin=False),
             frame(CONTINUATION, five[3], fin=False), frame(PING, b"pongme 2"), frame(CONTINUATION, five[4])]
    pongs = [(PONG, b"pongme 1"), (PONG, b"pongme 2")]
    yield Row("5.19", "five fragments and two pings", parts, [*pongs, whole])
    yield Row("5.20", "the same octet by octet", octets(b"".join(parts)), [*pongs, whole])
    yield Row("5.x1", "a binary within a text", [one, frame(BINARY, b"x", fin=False)], [], 1002)
    yield Row("5.x2", "close in two fragments", [frame(CLOSE, b"\x03\xe8", fin=False), two], [], 1002)
    yield Row("5.x3", "empty fragments", [frame(BINARY, fin=False) + frame(CONTINUATION, fin=False) * 50 + frame(CONTINUATION)], [(BINARY, b"")])
    yield Row("5.x4", "an empty fragment first, then all of it", [frame(TEXT, fin=False) + frame(CONTINUATION, b"all")], [(TEXT, b"all")])
    yield Row("5.x5", "all of it, then an empty fragment", [frame(TEXT, b"all", fin=False) + frame(CONTINUATION)], [(TEXT, b"all")])
    yield Row("5.x6", "a pong between", [one + frame(PONG, b"x") + two], [both])
    yield Row("5.x7", "a close between", [one + closing(1000)], [], 1000)
    yield Row("5.x8", "a message in two, then one in one", [one + two + hello], [both, answer])


def utf8_rows():
    """(number, name, bytes, valid?)"""
    yield "6.2.1", "valid", HELLO.encode(), True
    yield "6.3.1", "a surrogate", GREEK.encode() + b"\xed\xa0\x80" + b"edited", False
    for n in range(1, len(GREEK.encode()) + 1):
        part = GREEK.encode()[:n]
        yield f"6.5.{n}" if n == 11 else f"6.6.{n}", f"the first {n} bytes of a Greek word", part, len(part.decode(errors="ignore").encode()) == n
    for n, first in enumerate((b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"), 1):
        yield f"6.7.{n}", f"the first of {n} bytes", first, True
    yield "6.8.1", "the first of 5 bytes", b"\xf8\x88\x80\x80\x80", False
    yield "6.8.2", "the first of 6 bytes", b"\xfc\x84\x80\x80\x80\x80", False
    for n, last in enumerate((b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"), 1):
        yield f"6.9.{n}", f"the last of {n} bytes", last, True
    for n, last in enumerate((b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"), 1):
        yield f"6.10.{n}", f"the last of {n + 3} bytes", last, False
    for n, (edge, good) in enumerate(((b"\xed\x9f\xbf", True), (b"\xee\x80\x80", True), (b"\xef\xbf\xbd", True), (b"\xf4\x8f\xbf\xbf", True), (b"\xf4\x90\x80\x80", False)), 1):
        yield f"6.11.{n}", f"at a boundary: {edge.hex()}", edge, good
    for n, run in enumerate((b"\x80", b"\xbf", *(b"\x80\xbf" * 4 for _ in range(5))), 1):
        run = run if n < 3 else run[:n - 1]
        yield f"6.12.{n}", f"{len(run)} continuation bytes of nothing", run, False
    yield "6.12.8", "all continuation bytes", bytes(range(0x80, 0xC0)), False
    for n, (low, high) in enumerate(((0xC0, 0xE0), (0xE0, 0xF0), (0xF0, 0xF8), (0xF8, 0xFC), (0xFC, 0xFE)), 1):
        yield f"6.13.{n}", f"lonely first bytes from {low:#x}", b"".join(bytes([b, 0x20]) for b in range(low, high)), False
    cut = [b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80", b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"]
    for n, run in enumerate(cut, 1):
        yield f"6.14.{n}", f"without its last byte: {run.hex()}", run, False
    yield "6.15.1", "all of these", b"".join(cut), False
    for n, run in enumerate((b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"), 1):
        yield f"6.16.{n}", "impossible bytes", run, False
    for n, run in enumerate((b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"), 1):
        yield f"6.17.{n}", "an overlong slash", run, False
    for n, run in enumerate((b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"), 1):
        yield f"6.18.{n}", "the last overlong form", run, False
    for n, run in enumerate((b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"), 1):
        yield f"6.19.{n}", "an overlong NUL", run, False
    surrogates = [0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF]
    for n, code in enumerate(surrogates, 1):
        yield f"6.20.{n}", f"surrogate U+{code:X}", chr(code).encode("utf-8", "surrogatepass"), False
    pairs = itertools.product((0xD800, 0xDB7F, 0xDB80, 0xDBFF), (0xDC00, 0xDFFF))
    for n, pair in enumerate(pairs, 1):
        yield f"6.21.{n}", "a pair of surrogates", "".join(map(chr, pair)).encode("utf-8", "surrogatepass"), False
    for n, code in enumerate((plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)), 1):
        yield f"6.22.{n}", f"U+{code:X}, which is no character, but allowed", chr(code).encode(), True
    for n, code in enumerate(range(0xFFF9, 0x10000), 1):
        yield f"6.23.{n}", f"U+{code:X}", chr(code).encode(), True


def utf8():
    yield Row("6.1.1", "an empty text", [frame(TEXT)], [(TEXT, b"")])
    yield Row("6.1.2", "three empty fragments", fragmented := [frame(TEXT, fin=False), frame(CONTINUATION, fin=False), frame(CONTINUATION)], [(TEXT, b"")])
    yield Row("6.1.3", "three fragments, the middle one not empty", [fragmented[0], frame(CONTINUATION, b"middle frame payload", fin=False), fragmented[2]], [(TEXT, b"middle frame payload")])
    text = (HELLO + GREEK).encode()
    yield Row("6.2.2", "two fragments, cut between characters", fragments(TEXT, HELLO.encode(), len("Hello-µ".encode())), [(TEXT, HELLO.encode())])
    yield Row("6.2.3", "a fragment for each octet", [b"".join(fragments(TEXT, text, 1))], [(TEXT, text)])
    yield Row("6.2.4", "the same in two-byte fragments", [b"".join(fragments(TEXT, text, 2))], [(TEXT, text)])
    yield Row("6.3.2", "invalid, a fragment for each octet", [b"".join(fragments(TEXT, GREEK.encode() + b"\xed\xa0\x80edited", 1))], [], 1007)
    # The rest is never sent: the close must come on the strength of what cannot become valid.
    bad, never = GREEK.encode() + b"\xf4\x90\x80\x80", b"edited"
    beyond = GREEK.encode() + b"\xf4"
    yield Row("6.4.1", "fails at the second of three fragments", [frame(TEXT, GREEK.encode(), fin=False), frame(CONTINUATION, b"\xf4\x90\x80\x80", fin=False)], [], 1007)
    yield Row("6.4.2", "fails at the first byte that decides", [frame(TEXT, beyond, fin=False), frame(CONTINUATION, b"\x90", fin=False)], [], 1007)
    yield Row("6.4.3", "fails within a frame", [frame(TEXT, bad + never)[:-len(never)]], [], 1007)
    yield Row("6.4.4", "fails within a frame, octet by octet, at the byte that decides", octets(frame(TEXT, beyond + b"\x90\x80\x80" + never)[:-len(never) - 2]), [], 1007)
    for n, (bad, rest) in enumerate(((b"\x80", b"x"), (b"\xc1", b"\xbf"), (b"\xe0\x9f", b"\xbf"), (b"\xed\xa0", b"\x80"), (b"\xf0\x8f", b"\xbf\xbf"), (b"\xf5", b"\x80\x80\x80"),
                                     (b"\xc3\x28", b"x")), 1):
        yield Row(f"6.4.x{n}", f"fails early at {bad.hex()}", [frame(TEXT, bad + rest)[:-len(rest)]], [], 1007)
    for number, name, data, good in utf8_rows():
        answers, close = ([(TEXT, data)], None) if good else ([], 1007)
        yield Row(number, name, [frame(TEXT, data)], answers, close)
        yield Row(number + " in fragments", name, [b"".join(fragments(TEXT, data, 1))], answers, close)
        yield Row(number + " by octets", name, octets(frame(TEXT, b"ab" + data)), [(TEXT, b"ab" + data)] if good else [], close)
    every = "".join(map(chr, itertools.chain(range(0x20, 0xD800, 7), range(0xE000, 0x110000, 997)))).encode()
    yield Row("6.x1", "characters from all over, in fragments that cut them", [b"".join(fragments(TEXT, every, 101))], [(TEXT, every)])
    yield Row("6.x2", "no UTF-8, but binary", [frame(BINARY, bytes(range(256)))], [(BINARY, bytes(range(256)))])
    yield Row("6.x3", "a character cut by the end of the message, then another message", [frame(TEXT, b"\xc3", fin=False), frame(CONTINUATION), frame(TEXT, b"\xa4")], [], 1007)


def closes():
    hello, answer = frame(TEXT, b"Hello World!"), (TEXT, b"Hello World!")
    big = b"a" * (256 << 10)
    yield Row("7.1.1", "a message, then close", [hello, closing(1000)], [answer], 1000)
    yield Row("7.1.2", "two closes", [closing(1000) + closing(1000)], [], 1000)
    yield Row("7.1.3", "a ping behind the close", [closing(1000) + frame(PING, b"x")], [], 1000)
    yield Row("7.1.4", "a text behind the close", [closing(1000) + hello], [], 1000)
    yield Row("7.1.5", "close within a message, then the rest", [frame(TEXT, b"fragment1", fin=False) + closing(1000) + frame(CONTINUATION, b"fragment2")], [], 1000)
    yield Row("7.1.6", "a large message, close, a ping", [frame(TEXT, big) + hello + closing(1000) + frame(PING)], [(TEXT, big), answer], 1000)
    yield Row("7.1.x1", "a faulty frame behind the close", [closing(1000) + frame(3)], [], 1000)
    yield Row("7.1.x2", "a megabyte behind the close", [closing(1000) + frame(BINARY, bytes(1 << 20))], [], 1000)
    yield Row("7.1.x3", "octet by octet", octets(closing(1000, b"bye")), [], 1000)
    yield Row("7.3.1", "no code", [frame(CLOSE)], [], 1000)
    yield Row("7.3.2", "one byte", [frame(CLOSE, b"a")], [], 1002)
    yield Row("7.3.3", "a code", [closing(1000)], [], 1000)
    yield Row("7.3.4", "a code and a reason", [closing(1000, b"Hello World!")], [], 1000)
    yield Row("7.3.5", "the longest reason", [closing(1000, b"*" * 123)], [], 1000)
    yield Row("7.3.6", "a reason of 124 bytes", [closing(1000, b"*" * 124)], [], 1002)
    yield Row("7.5.1", "a reason that is no UTF-8", [closing(1000, GREEK.encode() + b"\xed\xa0\x80edited")], [], 1007)
    yield Row("7.5.x1", "a reason that is cut within a character", [closing(1000, b"\xc3")], [], 1007)
    for n, code in enumerate((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999, 1012, 1013, 1014), 1):
        yield Row(f"7.7.{n}", f"code {code}", [closing(code)], [], code)
        yield Row(f"7.7.{n} with reason", f"code {code}", [closing(code, GREEK.encode())], [], code)
    for n, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 1, 1015), 1):
        yield Row(f"7.9.{n}", f"code {code}, which nobody may send", [closing(code)], [], 1002)
    yield Row("7.13.1", "code 5000", [closing(5000)], [], 1002)
    yield Row("7.13.2", "code 65535", [closing(65535)], [], 1002)


def limits():
    """The largest once as text and once as binary; fragments of 64 bytes cost this side a second each
    megabyte, so their message is smaller."""
    for group, opcode in (("1", TEXT), ("2", BINARY)):
        for n, size in enumerate((64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, LIMIT), 1):
            payload = data_of(opcode, size)
            yield Row(f"9.{group}.{n}", f"{size} bytes", [frame(opcode, payload)], [(opcode, payload)])
    for group, opcode in (("3", TEXT), ("4", BINARY)):
        for n, piece in enumerate((64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20), 1):
            payload = data_of(opcode, (1 if piece < 1024 else 4) << 20)
            yield Row(f"9.{group}.{n}", f"{len(payload)} bytes in fragments of {piece}", [b"".join(fragments(opcode, payload, piece))], [(opcode, payload)])
    for group, opcode in (("5", TEXT), ("6", BINARY)):
        payload = data_of(opcode, 1 << 20)
        for n, piece in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            yield Row(f"9.{group}.{n}", f"1 MiB in chops of {piece}", chopped(frame(opcode, payload), piece), [(opcode, payload)])
    for group, opcode in (("7", TEXT), ("8", BINARY)):
        for n, size in enumerate((0, 16, 64, 256, 1024, 4096), 1):
            payload = data_of(opcode, size)
            yield Row(f"9.{group}.{n}", f"1000 messages of {size} bytes", [frame(opcode, payload) * 1000], [(opcode, payload)] * 1000)
    yield Row("9.x1", "a byte over the limit, said so", [frame(BINARY, size=LIMIT + 1)], [], 1009)
    yield Row("9.x2", "a byte over the limit, by fragments", [frame(BINARY, bytes(LIMIT), fin=False) + frame(CONTINUATION, b"x")], [], 1009)
    yield Row("9.x3", "the limit in two fragments", [frame(BINARY, bytes(LIMIT - 1), fin=False) + frame(CONTINUATION, b"x")], [(BINARY, bytes(LIMIT - 1) + b"x")])


def data_of(opcode, size):
    """Text that has characters of all lengths; bytes that do not compress."""
    if opcode == BINARY:
        return chance.randbytes(size)
    pattern = ("Grüße, κόσμε! 𝄞 " * 64).encode()
    text = (pattern * (size // len(pattern) + 1))[:size].decode(errors="ignore").encode()
    return text + b"." * (size - len(text))


def automatic():
    payload = data_of(TEXT, 65536)
    yield Row("10.1.1", "65536 bytes in fragments of 1300", [b"".join(fragments(TEXT, payload, 1300))], [(TEXT, payload)])
    for n, piece in enumerate((1, 7, 125, 126, 127, 4093, 65535), 1):
        size = min(65536, piece * 4096)
        yield Row(f"10.x{n}", f"{size} bytes in fragments of {piece}", [b"".join(fragments(BINARY, payload[:size], piece))], [(BINARY, payload[:size])])


def faults_of_deflate():
    """Agreed on permessage-deflate; each sent as raw frames."""
    def text(data, **more):
        return frame(TEXT, data, rsv=RSV1, **more)
    hello = bytes.fromhex("f248cdc9c90700")
    one = zlib.compressobj(wbits=-15)
    deflated(b"what was said before", one)
    later = deflated(b"what was said before", one)
    answer = (TEXT, b"Hello")
    yield Row("12.x1", "RFC 7692 7.2.3.1, in one frame", [text(hello)], [answer])
    yield Row("12.x2", "RFC 7692 7.2.3.1, in two", [text(hello[:3], fin=False), frame(CONTINUATION, hello[3:])], [answer])
    yield Row("12.x3", "RFC 7692 7.2.3.3, not compressed", [text(bytes.fromhex("000500faff48656c6c6f00"))], [answer])
    yield Row("12.x4", "RFC 7692 7.2.3.4, a final block", [text(bytes.fromhex("f348cdc9c9070000"))], [answer])
    yield Row("12.x5", "RFC 7692 7.2.3.5, two blocks", [text(bytes.fromhex("f248050000 00ffffcac9c90700"))], [answer])
    yield Row("12.x6", "RFC 7692 7.2.3.6, an empty message", [text(b"\x00")], [(TEXT, b"")])
    yield Row("12.x7", "two final blocks, RFC 7692 7.2.1", [text(bytes.fromhex("f348cdc9c90700 f348cdc9c90700 00"))], [(TEXT, b"HelloHello")])
    yield Row("12.x8", "octet by octet", octets(text(hello)), [answer])
    yield Row("12.x9", "a fragment for each octet, a ping between", [frame(PING, b"p").join(fragments(TEXT, hello, 1, RSV1))], [(PONG, b"p")] * (len(hello) - 1) + [answer])
    yield Row("12.x10", "an empty fragment first", [text(b"", fin=False) + frame(CONTINUATION, hello)], [answer])
    yield Row("12.x11", "not compressed between compressed", [text(hello) + frame(TEXT, b"plain") + frame(BINARY, b"\xff") + text(hello)], [answer, (TEXT, b"plain"), (BINARY, b"\xff"), answer])
    yield Row("12.x12", "a surrogate inside", [text(deflated(b"\xed\xa0\x80"))], [], 1007)
    yield Row("12.x13", "a character cut by the end inside", [text(deflated(b"abc\xc3"))], [], 1007)
    yield Row("12.x14", "no UTF-8, but binary", [frame(BINARY, deflated(b"\xff\xfe"), rsv=RSV1)], [(BINARY, b"\xff\xfe")])
    yield Row("12.x15", "a block of a type that does not exist", [text(b"\x07\x00\x00")], [], 1007)
    yield Row("12.x16", "a stored block whose lengths disagree", [text(bytes.fromhex("000500fafe48656c6c6f00"))], [], 1007)
    yield Row("12.x17", "a reference to before the beginning", [text(later)], [], 1007)
    yield Row("12.x18", "a stored block that is longer than its message", [frame(BINARY, bytes.fromhex("001000efff") + b"abc", rsv=RSV1)], [], 1007)
    cut = zlib.compressobj(wbits=-15)
    whole = cut.compress(data_of(TEXT, 5000)) + cut.flush()
    yield Row("12.x19", "a stream cut in the middle", [frame(BINARY, whole[:40], rsv=RSV1)], [], 1007)
    yield Row("12.x20", "bytes that are no stream", [text(b"this is no stream of deflate")], [], 1007)
    yield Row("12.x21", "RSV1 on a continuation", [text(hello[:3], fin=False) + frame(CONTINUATION, hello[3:], rsv=RSV1)], [], 1002)
    yield Row("12.x22", "RSV1 on a continuation of a plain message", [frame(TEXT, b"a", fin=False) + frame(CONTINUATION, hello, rsv=RSV1)], [], 1002)
    for n, opcode in enumerate((PING, PONG, CLOSE), 23):
        yield Row(f"12.x{n}", f"a compressed control frame, opcode {opcode}", [frame(opcode, deflated(b"\x03\xe8"), rsv=RSV1)], [], 1002)
    for n, bit in enumerate((RSV2, RSV3, RSV2 | RSV3), 26):
        yield Row(f"12.x{n}", f"bits {bit:#x} beside RSV1", [frame(TEXT, hello, rsv=RSV1 | bit)], [], 1002)
    yield Row("12.x29", "RSV1 with an opcode that does not exist", [frame(3, hello, rsv=RSV1)], [], 1002)
    yield Row("12.x30", "16 MiB of zeros, which is the limit", [frame(BINARY, deflated(bytes(LIMIT)), rsv=RSV1)], [(BINARY, bytes(LIMIT))])
    yield Row("12.x31", "a byte more", [frame(BINARY, deflated(bytes(LIMIT + 1)), rsv=RSV1)], [], 1009)
    yield Row("12.x32", "a bomb of 1 GiB", [frame(BINARY, bomb(1 << 30), rsv=RSV1)], [], 1009)
    yield Row("12.x33", "a close that is not compressed", [text(hello) + closing(1000)], [answer], 1000)
    noise = chance.randbytes(65536)
    yield Row("12.x34", "noise, which compressing makes larger", [frame(BINARY, deflated(noise), rsv=RSV1)], [(BINARY, noise)])


def bomb(size):
    """Zeros, a thousandth of their size. Only the beginning is told apart by its decompressor."""
    compressor = zlib.compressobj(9, wbits=-15)
    block = bytes(1 << 20)
    data = b"".join(compressor.compress(block) for _ in range(size >> 20)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data[:-4]


def kinds():
    """What programs send: (name, opcode, 128 KiB of it)."""
    json_text = "".join('{"id":%d,"name":"p%03d","tags":["a","ü"],"value":%f}\n' % (n, n % 991, chance.random()) for n in range(3000))
    prose = "".join(chance.choice(("Wer", "immer", "strebend", "sich", "bemüht", "den", "können", "wir", "erlösen", "—", "Größe")) + chance.choice("   \n") for _ in range(30000))
    page = "".join(f'<li class="row r{n % 7}"><a href="/pilot/path?id={n}">Pfad № {n}</a></li>\n' for n in range(3000))
    picture = b"".join(bytes((x * y >> 5 & 255, x & 255, y & 255)) for y in range(210) for x in range(210))
    yield "JSON", TEXT, json_text.encode()
    yield "a picture", BINARY, picture
    yield "prose", TEXT, prose.encode()
    yield "HTML", TEXT, page.encode()
    yield "bytes of chance", BINARY, chance.randbytes(132000)


SIZES = (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072)
FRAGMENTED = ((8192, 256), (16384, 256), (32768, 256), (65536, 256), (131072, 256), (8192, 1024), (131072, 1024), (131072, 4096))


def slices(opcode, data, size, count):
    """Several messages of a kind, none like another."""
    for n in range(count):
        start = n * 131 % max(1, len(data) - size + 1)
        part = data[start:start + size]
        if opcode == TEXT:
            part = part.decode(errors="ignore").encode()
            part += b"." * (size - len(part))
        yield part


# What may be offered, and what a server may make of it: True accepts, False declines, None either.
OFFERS = [
    (["permessage-deflate"], True), (["permessage-deflate; server_no_context_takeover"], True), (["permessage-deflate; client_no_context_takeover"], True),
    (["permessage-deflate; client_max_window_bits"], True), (["permessage-deflate; client_no_context_takeover; server_no_context_takeover"], True),
    (["permessage-deflate; server_no_context_takeover; client_max_window_bits"], True), (["PERMESSAGE-DEFLATE"], None), (["permessage-deflate;client_max_window_bits"], True),
    (["permessage-deflate ; client_max_window_bits ;server_no_context_takeover"], True),
    *((["permessage-deflate; client_max_window_bits=%d" % bits], True) for bits in range(8, 16)),
    *((['permessage-deflate; client_max_window_bits="%d"' % bits], None) for bits in (9, 15)),
    *((["permessage-deflate; server_max_window_bits=%d" % bits], None) for bits in range(8, 16)),
    *((["permessage-deflate; server_max_window_bits=%d, permessage-deflate" % bits], True) for bits in range(8, 16)),
    *((["permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=%d; client_max_window_bits=%d" % (s, c)], None) for s in (9, 15) for c in (9, 15)),
    (["permessage-deflate; server_no_context_takeover; server_max_window_bits=9, permessage-deflate; server_no_context_takeover, permessage-deflate"], True),
    # Not to be accepted (RFC 7692 7.1): values that do not exist, parameters that do not, or twice.
    *((["permessage-deflate; client_max_window_bits=%s" % bits], False) for bits in ("7", "16", "0", "-1", "08", "1e1", "fifteen", "", "10.0", "99999999999999999999")),
    *((["permessage-deflate; server_max_window_bits=%s" % bits], False) for bits in ("7", "16", "0", "-1", "08", "fifteen", "")),
    (["permessage-deflate; server_max_window_bits"], False), (["permessage-deflate; server_no_context_takeover=1"], False), (["permessage-deflate; client_no_context_takeover=true"], False),
    (["permessage-deflate; unknown"], False), (["permessage-deflate; unknown=1; client_max_window_bits"], False),
    (["permessage-deflate; client_max_window_bits; client_max_window_bits"], False), (["permessage-deflate; server_no_context_takeover; server_no_context_takeover"], False),
    (["permessage-deflat"], False), (["permessage-deflate2"], False), (["x-webkit-deflate-frame"], False), ([""], False), ([","], False), ([";"], False), (["; permessage-deflate"], None),
    (["permessage-deflate; unknown, permessage-deflate; client_max_window_bits"], True), (["permessage-bzip2, permessage-deflate"], True),
    (["permessage-bzip2", "permessage-deflate"], True), (["permessage-deflate; unknown", "x-other; a=b", "permessage-deflate"], True), (["x-other", "permessage-bzip2"], False),
    (["x" * 4000], False), ([", ".join(["permessage-deflate; unknown"] * 100)], False), ([", ".join(["permessage-deflate; unknown"] * 100 + ["permessage-deflate"])], True),
]
# Category 13's own: (server without context?, window asked of the server, 0 for none)
AGREEMENTS = [[(False, 0)], [(True, 0)], [(False, 9)], [(False, 15)], [(True, 9)], [(True, 15)], [(True, 9), (True, 0), (False, 0)]]


def offer_of(agreement):
    return ", ".join("permessage-deflate; client_max_window_bits" + ("; server_no_context_takeover" if alone else "") + (f"; server_max_window_bits={bits}" if bits else "") for alone,
                     bits in agreement)


class Conformance(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon("--enable-test-echo")

    def tearDown(self):
        self.assertEqual(self.d.get("/pilot/health").status, 200, "still serving")

    def link(self, offer=None):
        link = Link(self.d.ws_port, ECHO, offer=offer)
        self.addCleanup(link.end)
        self.assertEqual(link.status, 101)
        return link

    def same(self, got, wanted, number):
        """Without the megabytes of a difference."""
        self.assertEqual(got and (got[0], len(got[1])), (wanted[0], len(wanted[1])), number)
        self.assertTrue(got[1] == wanted[1], f"{number}: not the same {len(wanted[1])} bytes, from {next((i for i, (a, b) in enumerate(zip(got[1], wanted[1])) if a != b), None)} on")

    def finish(self, link, code=1000):
        """Close and be answered."""
        link.send(closing(code))
        self.assertEqual(link.next(), (CLOSE, struct.pack(">H", code)))
        self.assertTrue(link.ended(), "ended by a reset")
        link.end()

    def play(self, row, offer=None):
        link = self.link(offer)
        for piece in row.sent:
            link.send(piece)
        for wanted in row.answers:
            self.same(link.next(), wanted, row.number)
        if row.close is None:
            return self.finish(link)
        got = link.next()
        self.assertEqual(got and got[0], CLOSE, "a close frame")
        self.assertEqual(struct.unpack(">H", got[1][:2])[0] if got[1] else 1005, row.close)
        got[1][2:].decode()
        self.assertTrue(link.ended(), "ended by a reset")
        link.end()

    def all(self, category, rows, offer=None):
        seen = set()
        for row in rows:
            self.assertNotIn(row.number, seen)
            seen.add(row.number)
            with self.subTest(f"{row.number} {row.name}"):
                self.play(row, offer)
            TALLY.add(f"of {category}")

    def test_1_framing(self):
        self.all("1 framing", framing())

    def test_2_pings_and_pongs(self):
        self.all("2 pings and pongs", pings())

    def test_3_reserved_bits(self):
        self.all("3 reserved bits", reserved())

    def test_4_opcodes(self):
        self.all("4 opcodes", opcodes())

    def test_5_fragmentation(self):
        self.all("5 fragmentation", fragmentation())

    def test_6_utf8(self):
        self.all("6 UTF-8", utf8())

    def test_7_closing(self):
        self.all("7 closing", closes())

    def test_7_nothing_in_return_is_no_reason_to_wait_for_ever(self):
        """The client closes and neither reads nor ends: the daemon lets go of it all the same."""
        with self.link() as link:
            link.send(closing(1000))
            self.assertEqual(link.close_code(), 1000)
            self.assertTrue(link.ended())
        with self.link() as link:
            link.socket.shutdown(1)  # no close frame at all
            self.assertIsNone(link.next())
        TALLY.add("of 7 closing", 2)

    def test_9_limits_and_performance(self):
        self.all("9 limits", limits())

    def test_10_automatic_fragmentation(self):
        self.all("10 automatic fragmentation", automatic())

    def test_12_faults_and_forms_of_deflate(self):
        self.all("12 permessage-deflate", faults_of_deflate(), offer=DEFLATE)

    def converse(self, link, opcode, messages, piece=None):
        """Every third one is not compressed."""
        for n, payload in enumerate(messages):
            plain = b"".join(fragments(opcode, payload, piece or len(payload)))
            link.send(plain if n % 3 == 2 else link.compressed(opcode, payload, piece))
            self.same(link.next(), (opcode, payload), f"message {n}")

    def test_12_messages_of_all_kinds_and_sizes(self):
        for group, (name, opcode, data) in enumerate(kinds(), 1):
            for n, (size, piece) in enumerate([*((size, None) for size in SIZES), *FRAGMENTED], 1):
                with self.subTest(f"12.{group}.{n} {name}, {size} bytes in fragments of {piece}"):
                    link = self.link(DEFLATE)
                    self.assertIsNotNone(link.extension, "declined")
                    self.converse(link, opcode, slices(opcode, data, size, 20 if size <= 8192 else 5), piece)
                    self.finish(link)
                TALLY.add("of 12 permessage-deflate")

    def test_13_messages_under_every_agreement(self):
        _, opcode, data = next(kinds())
        for group, agreement in enumerate(AGREEMENTS, 1):
            for n, (size, piece) in enumerate([*((size, None) for size in SIZES), *FRAGMENTED], 1):
                with self.subTest(f"13.{group}.{n} {offer_of(agreement)}, {size} bytes in fragments of {piece}"):
                    link = self.link(offer_of(agreement))
                    self.judge(link, offer_of(agreement))
                    self.converse(link, opcode, slices(opcode, data, size, 6 if size <= 8192 else 3), piece)
                    self.finish(link)
                TALLY.add("of 13 agreements")

    def judge(self, link, offers):
        """RFC 7692 7.1: what was agreed must be one of the offers, kept in full."""
        if link.extension is None:
            return
        agreed = link.extension
        def keeps(offer):
            parts = [part.strip() for part in offer.split(";")]
            asked = {part.partition("=")[0].strip(): part.partition("=")[2].strip().strip('"') for part in parts[1:]}
            if parts[0].lower() != DEFLATE or ("server_no_context_takeover" in asked and not agreed.server_alone):
                return False
            if "server_max_window_bits" in asked and agreed.server_bits > int(asked["server_max_window_bits"]):
                return False
            if b"client_max_window_bits" in link.head[b"sec-websocket-extensions"]:
                return "client_max_window_bits" in asked and agreed.client_bits <= int(asked["client_max_window_bits"] or 15)
            return True
        offers = [offers] if isinstance(offers, str) else offers
        self.assertTrue(any(keeps(offer) for line in offers for offer in line.split(",")), f"{offers}: {link.head[b'sec-websocket-extensions']}")

    def test_13_offers(self):
        for offers, accepted in OFFERS:
            with self.subTest(f"13.x {str(offers)[:200]}"):
                link = self.link(offers)
                if accepted is not None:
                    self.assertEqual(link.extension is not None, accepted, link.head.get(b"sec-websocket-extensions"))
                self.judge(link, offers)
                self.converse(link, TEXT, [b"Hello" * 50] * 4)
                self.finish(link)
            TALLY.add("of 13 agreements")

    def test_13_without_an_offer_nothing_is_compressed(self):
        link = self.link()
        self.converse(link, TEXT, [b"a" * 1000] * 3)
        self.finish(link)
        TALLY.add("of 13 agreements")

    def test_13_a_reference_to_an_earlier_message(self):
        """RFC 7692 7.2.3.2: fine where contexts are kept, a fault where the client agreed to have none."""
        link = self.link(DEFLATE)
        one = zlib.compressobj(wbits=-15)
        link.send(frame(TEXT, deflated(b"Hello", one), rsv=RSV1))
        self.same(link.next(), (TEXT, b"Hello"), "first")
        link.send(frame(TEXT, deflated(b"Hello", one), rsv=RSV1))
        if link.extension.client_alone:
            self.assertEqual(link.close_code(), 1007)
            self.assertTrue(link.ended())
        else:
            self.same(link.next(), (TEXT, b"Hello"), "second")
            self.finish(link)
        TALLY.add("of 13 agreements")


if __name__ == "__main__":
    main()

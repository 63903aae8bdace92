"""A WebSocket by hand: every rule of RFC 6455 and RFC 7692 that a client must keep can be broken,
and every rule that a server must keep is checked on what comes back."""
import base64
import collections
import hashlib
import os
import re
import select
import socket
import struct
import time
import zlib

from attack import status
from harness import PATIENCE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10
TAIL = b"\x00\x00\xff\xff"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
CLIENT_BUFFER = 1 << 18


def mask(payload, key):
    """By big numbers: a byte at a time would take seconds for 16 MiB."""
    if len(payload) < 4096:
        return bytes(b ^ key[i & 3] for i, b in enumerate(payload))
    pattern = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pattern, "little")).to_bytes(len(payload), "little")


def frame(opcode, payload=b"", fin=True, rsv=0, key=None, size=None, form=None):
    """One frame of a client. `key` False: not masked. `size`: what the header claims instead of the
    truth. `form`: bytes of the extended length, 0, 2 or 8; the shortest that fits when not given."""
    key = os.urandom(4) if key is None else key
    size = len(payload) if size is None else size
    if form is None:
        form = 0 if size < 126 else 2 if size < 65536 else 8
    bit = 0x80 if key else 0
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    if form == 0:
        head += bytes([bit | size])
    elif form == 2:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    return head + key + mask(payload, key) if key else head + payload


def closing(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


def fragments(opcode, payload, piece, rsv=0):
    """A message in frames of `piece` bytes."""
    starts = range(0, max(len(payload), 1), piece)
    return [frame(CONTINUATION if at else opcode, payload[at:at + piece], fin=at + piece >= len(payload), rsv=0 if at else rsv) for at in starts]


def chopped(data, piece):
    """The same bytes in several sends."""
    return [data[at:at + piece] for at in range(0, len(data), piece)]


def deflated(payload, compressor=None, bits=15):
    """What permessage-deflate puts in a message."""
    compressor = compressor or zlib.compressobj(wbits=-bits)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data[:-4] if data.endswith(TAIL) else data


def handshake(door="/ws", *fields, method=b"GET", version=b"HTTP/1.1", host=b"localhost", key=KEY, number=b"13", upgrade=b"websocket", connection=b"Upgrade"):
    """An upgrade as bytes; None leaves a header out. `fields` are whole lines."""
    lines = [method + b" " + door.encode() + b" " + version]
    for name, value in ((b"Host", host), (b"Upgrade", upgrade), (b"Connection", connection), (b"Sec-WebSocket-Key", key), (b"Sec-WebSocket-Version", number)):
        if value is not None:
            lines.append(name + b": " + value)
    return b"\r\n".join([*lines, *fields]) + b"\r\n\r\n"


Agreed = collections.namedtuple("Agreed", "server_alone client_alone server_bits client_bits")


class Broken(AssertionError):
    """The server broke a rule."""


class Link:
    """A WebSocket client. `offer` is what Sec-WebSocket-Extensions says; `extension` what was agreed."""

    def __init__(self, port, door="/ws", *fields, offer=None, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer or CLIENT_BUFFER)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(PATIENCE)
        self.data, self.at = bytearray(), 0
        self.reset = False
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        lines = list(fields)
        for each in [offer] if isinstance(offer, str) else offer or []:
            lines.append(b"Sec-WebSocket-Extensions: " + each.encode())
        self.send(handshake(door, *lines))
        while b"\r\n\r\n" not in self.data:
            if not self.fill():
                break
        head, _, rest = bytes(self.data).partition(b"\r\n\r\n")
        self.status = status(head)
        self.head = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])}
        self.data = bytearray(rest)
        if self.status == 101:
            self.judge_answer(offer)

    def judge_answer(self, offer):
        accept = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        if self.head.get(b"sec-websocket-accept") != accept:
            raise Broken("a wrong Sec-WebSocket-Accept")
        text = self.head.get(b"sec-websocket-extensions", b"").decode()
        self.extension = self.parameters(text, offer) if text else None
        self.inflater = zlib.decompressobj(-(self.extension.server_bits if self.extension else 15))
        self.deflater = self.new_deflater()

    @staticmethod
    def parameters(text, offer):
        """RFC 7692 7.1: what a server may say."""
        if offer is None:
            raise Broken("an extension that was not offered")
        name, *parts = [part.strip() for part in text.split(";")]
        if name != "permessage-deflate" or "," in text:
            raise Broken(f"an extension that does not exist: {text}")
        said = dict((part.partition("=")[0].strip(), part.partition("=")[2].strip().strip('"')) for part in parts)
        if len(said) != len(parts) or set(said) - {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"}:
            raise Broken(f"parameters that do not exist: {text}")
        for bits in ("server_max_window_bits", "client_max_window_bits"):
            if bits in said and not re.fullmatch(r"8|9|1[0-5]", said[bits]):
                raise Broken(f"a window that does not exist: {text}")
        return Agreed("server_no_context_takeover" in said, "client_no_context_takeover" in said, int(said.get("server_max_window_bits", 15)), int(said.get("client_max_window_bits", 15)))

    def new_deflater(self):
        return zlib.compressobj(wbits=-max(9, self.extension.client_bits if self.extension else 15))

    def fileno(self):
        return self.socket.fileno()

    # Bytes

    def send(self, data):
        """Reads while it cannot write: an echo that nobody reads would stop both."""
        view, deadline = memoryview(data), time.monotonic() + PATIENCE
        while view:
            try:
                view = view[self.socket.send(view):]
                continue
            except BlockingIOError:
                pass
            readable, _, _ = select.select([self.socket], [self.socket], [], max(0, deadline - time.monotonic()))
            if time.monotonic() > deadline:
                raise TimeoutError("the daemon takes no more bytes")
            if readable and not self.take():
                raise BrokenPipeError("the daemon ended while it was sent to")

    def take(self):
        """What is there now. False at the end."""
        try:
            chunk = self.socket.recv(1 << 18)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            self.reset = True
            return False
        self.data += chunk
        return bool(chunk)

    def fill(self):
        """Waits for more bytes. False at the end."""
        if not select.select([self.socket], [], [], PATIENCE)[0]:
            raise TimeoutError("the daemon says nothing")
        return self.take()

    def need(self, size):
        while len(self.data) - self.at < size:
            if not self.fill():
                return False
        return True

    # Frames

    def frame(self):
        """(opcode, fin, rsv, payload), or None at the end."""
        if self.at > 1 << 20:
            del self.data[:self.at]
            self.at = 0
        if not self.need(2):
            if len(self.data) > self.at:
                raise Broken("the end came in the middle of a frame")
            return None
        first, second = self.data[self.at], self.data[self.at + 1]
        size, head = second & 0x7F, 2
        if second & 0x80:
            raise Broken("a server's frame is masked")
        if size >= 126:
            head, least = (4, 126) if size == 126 else (10, 65536)
            if not self.need(head):
                raise Broken("the end came in the middle of a frame")
            size = int.from_bytes(self.data[self.at + 2:self.at + head], "big")
            if size < least:
                raise Broken("a length that is not in its shortest form")
        if not self.need(head + size):
            raise Broken("the end came in the middle of a frame")
        payload = bytes(memoryview(self.data)[self.at + head:self.at + head + size])
        self.at += head + size
        opcode, fin = first & 15, bool(first & 0x80)
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG) or first & (RSV2 | RSV3):
            raise Broken(f"a frame that begins with {first:#04x}")
        if opcode & 8 and (not fin or size > 125 or first & RSV1):
            raise Broken("a control frame that is too long, in pieces or compressed")
        return opcode, fin, first & RSV1, payload

    def next(self):
        """(opcode, payload) of the next whole message or control frame; None at the end."""
        got = self.frame()
        if got is None or got[0] & 8:
            return got and (got[0], got[3])
        opcode, fin, rsv, payload = got
        if opcode == CONTINUATION or (rsv and not self.extension):
            raise Broken("a continuation of nothing, or a compression that was not agreed on")
        parts = [payload]
        while not fin:
            kind, fin, more, payload = self.frame()
            if kind != CONTINUATION or more:
                raise Broken("a message in the middle of another")
            parts.append(payload)
        payload = b"".join(parts)
        if rsv:
            if self.extension.server_alone:
                self.inflater = zlib.decompressobj(-self.extension.server_bits)
            payload = self.inflater.decompress(payload + TAIL)
        if opcode == TEXT:
            payload.decode()
        return opcode, payload

    def message(self, kind=TEXT):
        """The payload of the next message; control frames are passed over."""
        while (got := self.next()) is not None:
            if got[0] == kind:
                return got[1]
            if got[0] == CLOSE:
                raise Broken(f"closed instead of a message: {got[1]}")
        raise Broken("the end came instead of a message")

    def compressed(self, opcode, payload, piece=None):
        """A message as this connection agreed to compress it."""
        if self.extension is None:
            return b"".join(fragments(opcode, payload, piece)) if piece else frame(opcode, payload)
        if self.extension.client_alone:
            self.deflater = self.new_deflater()
        data = deflated(payload, self.deflater)
        return b"".join(fragments(opcode, data, piece, RSV1)) if piece else frame(opcode, data, rsv=RSV1)

    def close_code(self):
        """Reads on to the close frame: its code, 1005 for none. None when the end came without one."""
        while (got := self.next()) is not None:
            if got[0] == CLOSE:
                return struct.unpack(">H", got[1][:2])[0] if got[1] else 1005
        return None

    def ended(self):
        """Behind the close frame: nothing but an orderly end of the connection."""
        if self.frame() is not None:
            raise Broken("a frame behind the close frame")
        return not self.reset

    def end(self):
        self.socket.close()

    def abort(self):
        """Ends with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

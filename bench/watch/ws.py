# SPDX-License-Identifier: MIT
"""The least of a WebSocket client: blocking reads, so that nothing but the peer is measured."""
import json
import os
import socket
import struct
import threading

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    def __init__(self, port, door):
        self.link = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.sendall((f"GET {door} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.buffer, self.pieces, self.closed, self.sending = bytearray(), b"", "", threading.Lock()
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.fill()
        if b" 101 " not in self.buffer[:end]:
            raise RuntimeError(bytes(self.buffer[:end]).decode())
        del self.buffer[:end + 4]
        self.link.settimeout(None)

    def fill(self):
        if not (data := self.link.recv(1 << 18)):
            raise ConnectionError("the WebSocket was closed")
        self.buffer += data

    def receive(self):
        """The messages that have come, at least one; [] when there will be no more."""
        while True:
            messages = [message for message in iter(self.message, None)]
            if messages or self.closed:
                return messages
            self.fill()

    def message(self):
        """The next whole message in the buffer, or None."""
        while (frame := self.frame()) is not None:
            first, data = frame
            if first & 15 in (0, TEXT):
                self.pieces += data
                if first & 128:
                    whole, self.pieces = self.pieces, b""
                    return whole
            elif first & 15 == PING:
                self.put(PONG, data)
            elif first & 15 == CLOSE:
                self.closed = " ".join([str(*struct.unpack(">H", data[:2])), data[2:].decode()]).strip() if data else "no reason"
        return None

    def frame(self):
        if len(self.buffer) < 2:
            return None
        length, start = self.buffer[1] & 127, 2
        if length > 125:
            start = 4 if length == 126 else 10
            if len(self.buffer) < start:
                return None
            length = int.from_bytes(self.buffer[2:start], "big")
        if len(self.buffer) < start + length:
            return None
        first, data = self.buffer[0], bytes(self.buffer[start:start + length])
        del self.buffer[:start + length]
        return first, data

    def send(self, message):
        self.put(TEXT, json.dumps(message).encode())

    def put(self, kind, data):
        mask = os.urandom(4)
        length = bytes([128 | len(data)]) if len(data) < 126 else bytes([128 | 126]) + struct.pack(">H", len(data))
        with self.sending:
            self.link.sendall(bytes([128 | kind]) + length + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def close(self):
        self.link.close()

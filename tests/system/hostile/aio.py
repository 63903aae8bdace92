"""A kept HTTP connection for asyncio, for tests that ask many things at once of a daemon that may go."""
import asyncio
import contextlib
import json

import websockets

from harness import PATIENCE


class Gone(Exception):
    """The daemon went away before it answered."""


class Kept:
    """Requests over one connection, one after the other or pipelined: `async with Kept(port) as http`."""

    def __init__(self, port):
        self.port = port

    async def __aenter__(self):
        with gone_when_cut():
            self.reader, self.writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port), PATIENCE)
        return self

    async def __aexit__(self, *what):
        self.writer.transport.abort()

    @staticmethod
    def text(method, target, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return head.encode() + b"\r\n" + data

    async def answer(self):
        """(status, body as bytes) of the next answer."""
        with gone_when_cut():
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
            status = int(head[9:12])
            fields = head.lower().split(b"content-length: ")
            size = int(fields[1].split(b"\r\n", 1)[0]) if len(fields) > 1 else 0
            return status, await asyncio.wait_for(self.reader.readexactly(size), PATIENCE)

    async def ask(self, method, target, body=None):
        with gone_when_cut():
            self.writer.write(self.text(method, target, body))
            await self.writer.drain()
        return await self.answer()

    async def json(self, method, target, body=None):
        """The answer as JSON; (status, None) where it is none."""
        status, data = await self.ask(method, target, body)
        try:
            return status, json.loads(data)
        except ValueError:
            return status, None

    async def pipelined(self, requests):
        with gone_when_cut():
            self.writer.write(b"".join(self.text(*one) for one in requests))
            await self.writer.drain()
        for _ in requests:
            yield await self.answer()


@contextlib.contextmanager
def gone_when_cut():
    """What a killed daemon's peers see is one thing: it is gone. An answer that is only late is not that."""
    try:
        yield
    except (OSError, EOFError, websockets.WebSocketException) as error:
        if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
            raise AssertionError("no answer in time") from error
        raise Gone(repr(error)) from error

"""What hostile pages, broken clients and odd requests get: a code, and the daemon stays."""
import asyncio
import base64
import json
import os
import re
import resource
import socket
import struct
import threading

import websockets

from harness import PATIENCE, Case, main, receive


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


def masked(opcode, payload=b"", fin=True, rsv=0):
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


class Http(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon("--project", self.project())

    def tearDown(self):
        self.assertEqual(self.d.get("/pilot/health").status, 200, "still serving")

    def test_requests_that_break_the_rules(self):
        host = b"Host: localhost\r\n"
        post = b"POST /api/projects HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n"
        table = [
            (b"GET /pilot/health HTTP/1.1\r\n\r\n", 400),
            (b"GET /pilot/health HTTP/1.1\r\n" + host + host + b"\r\n", 400),
            (b"GET /pilot/health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
            (b"GET http://evil.example/pilot/health HTTP/1.1\r\n" + host + b"\r\n", 403),
            (b"GET /pilot/health HTTP/1.1\r\n" + host + b"Origin: http://evil.example\r\n\r\n", 403),
            (b"GET /pilot/health HTTP/1.1\r\n" + host + b"Origin: null\r\n\r\n", 403),
            (b"GET /pilot/health HTTP/1.1\r\n" + host + b"Sec-Fetch-Site: cross-site\r\n\r\n", 403),
            (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + host + b"\r\n", 414),
            (b"GET /" + b"a" * 30000 + b" HTTP/1.1\r\n" + host + b"\r\n", 414),
            (b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 30000 + b"\r\n\r\n", 431),
            (b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 120 + b"\r\n", 431),
            (b"GET /%2e%2e%2fetc/passwd HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"GET /a%00b HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/9.9\r\n" + host + b"\r\n", 400),
            (b"GET  /  HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS hello\r\n\r\n", 400),
            (post + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400),
            (post + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
            (post + b"Content-Length: -1\r\n\r\n", 400),
            (post + b"Transfer-Encoding: gzip\r\n\r\n", 400),
            (post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            (post + b"Content-Length: 99999999\r\n\r\n", 413),
            (post + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n" + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 20, 413),
            (b"POST /api/projects HTTP/1.1\r\n" + host + b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415),
            (b"POST /api/projects HTTP/1.1\r\n" + host + b"Content-Length: 2\r\n\r\n{}", 415),
        ]
        for request, wanted in table:
            for port in (self.d.http_port, self.d.ws_port):
                answer = self.d.raw(request, port=port)
                self.assertEqual(status(answer), wanted, request[:120])
                self.assertIn(b'"code":"BPY-', answer)

    def test_bad_bodies_name_the_mistake(self):
        table = [("", "BPY-1001"), ("{", "BPY-1004"), ("[]", "BPY-1004"), ("{}\x00", "BPY-1004"), ('{"root": 3}', "BPY-1002"), ('{"root": "relative"}', "BPY-1002"),
                 ('{"root": "/nonexistent"}', "BPY-1101"), ('{"root": "/"}', "BPY-1101"), ('{"root": "/etc/passwd"}', "BPY-1101"), ("[" * 100, "BPY-1004"),
                 ('{"root": "a\\u0000b"}', "BPY-1002")]
        for body, code in table:
            response = self.d.request("POST", "/api/projects", body=body, headers={"Content-Type": "application/json"})
            self.assertEqual(json.loads(response.text)["code"], code, body)

    def test_methods(self):
        refused = self.d.request("DELETE", "/pilot/paths")
        self.assertEqual((refused.status, refused.getheader("Allow")), (405, "GET, HEAD"))
        head = self.d.request("HEAD", "/pilot/health")
        self.assertEqual((head.status, head.text), (200, ""))
        self.assertGreater(int(head.getheader("Content-Length")), 50)
        self.assertEqual(self.d.request("OPTIONS", "/pilot/health").status, 405)
        self.assertEqual(self.d.get("/ws").status, 426)
        self.assertIn("Did you mean /pilot/paths", self.d.get("/pilot/pahts").text)

    def test_no_answer_grants_another_origin_anything(self):
        for method, target in (("GET", "/pilot/health"), ("GET", "/nope"), ("OPTIONS", "/api/projects"), ("GET", "/")):
            response = self.d.request(method, target, headers={"Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"})
            names = [name.lower() for name, _ in response.getheaders()]
            self.assertFalse([n for n in names if n.startswith("access-control")])
            self.assertEqual(response.getheader("X-Content-Type-Options"), "nosniff")
            self.assertEqual(response.getheader("Cross-Origin-Resource-Policy"), "same-origin")
            self.assertEqual(response.getheader("Referrer-Policy"), "no-referrer")
            self.assertEqual(response.getheader("Cache-Control"), "no-store")
            self.assertIsNone(response.getheader("Server"))
        page = self.d.get("/")
        self.assertIn("script-src 'self'", page.getheader("Content-Security-Policy"))
        self.assertNotIn("unsafe", page.getheader("Content-Security-Policy"))

    def test_pipelined_requests_are_answered_in_order(self):
        one = b"GET /pilot/graph?path=p001 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        two = b"GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = self.d.raw((one + two) * 20 + last)
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+) ", answer), [b"200", b"404"] * 20 + [b"200"])

    def test_a_reader_slower_than_its_own_pipeline_gets_every_answer(self):
        one = b"GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n"
        count = 1500  # some 10 MB of answers: far past what the daemon holds for one connection
        with socket.create_connection(("127.0.0.1", self.d.http_port), timeout=PATIENCE) as connection:
            sender = threading.Thread(target=connection.sendall, args=(one * count,))
            sender.start()
            self.assertEqual(self.d.get("/pilot/health").status, 200)
            answer = b""
            while answer.count(b"HTTP/1.1 200 OK") < count or not answer.endswith(b"</html>\n"):
                chunk = connection.recv(65536)
                self.assertTrue(chunk)
                answer += chunk
            sender.join()

    def test_a_request_byte_by_byte_and_one_with_expect(self):
        with socket.create_connection(("127.0.0.1", self.d.http_port), timeout=PATIENCE) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /pilot/health HTTP/1.0\r\nHost: localhost\r\n\r\n":
                connection.sendall(bytes([byte]))
            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.0 200"))
        with socket.create_connection(("127.0.0.1", self.d.http_port), timeout=PATIENCE) as connection:
            connection.sendall(b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 100 "))
            connection.sendall(b"{}")
            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 400 "))

    def test_many_idle_connections_and_aborts_do_not_disturb(self):
        idle = [socket.create_connection(("127.0.0.1", self.d.http_port)) for _ in range(300)]
        for s in idle[:150]:
            s.sendall(b"GET /pilot/he")
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        self.assertEqual(self.d.get("/pilot/health").status, 200)
        [s.close() for s in idle]

    def test_descriptors_run_out_and_come_back(self):
        d = self.daemon()
        resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (40, 40))
        held = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(60)]
        [s.close() for s in held]
        self.assertEqual(d.get("/pilot/health").status, 200)


class WebSocket(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def tearDown(self):
        self.assertEqual(self.d.get("/pilot/health").status, 200, "still serving")

    def upgraded(self):
        connection = socket.create_connection(("127.0.0.1", self.d.ws_port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16))
        connection.sendall(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65536)
        self.assertEqual(status(answer), 101)
        return connection

    def close_code(self, frames):
        """Sends frames, returns the code of the daemon's close frame."""
        with self.upgraded() as connection:
            connection.sendall(frames)
            data = b""
            while chunk := connection.recv(65536):
                data += chunk
        while data:
            opcode, size = data[0] & 15, data[1] & 127
            offset = 2
            if size == 126:
                size, offset = struct.unpack(">H", data[2:4])[0], 4
            if opcode == 8:
                return struct.unpack(">H", data[offset:offset + 2])[0] if size >= 2 else 1005
            data = data[offset + size:]
        return None

    def test_frames_that_break_the_protocol(self):
        table = [("unmasked", b"\x81\x02hi", 1002), ("reserved bit", masked(1, b"x", rsv=0x40), 1002), ("reserved opcode", masked(3), 1002),
                 ("fragmented ping", masked(9, b"x", fin=False), 1002), ("long ping", masked(9, b"x" * 126), 1002),
                 ("continuation of nothing", masked(0, b"x"), 1002), ("bad UTF-8", masked(1, b"\xff\xfe"), 1007),
                 ("too big", masked(1, b"x" * 70000), 1009), ("too big in pieces", masked(1, b"x" * 40000, fin=False) + masked(0, b"x" * 40000), 1009),
                 ("bad close code", masked(8, struct.pack(">H", 999)), 1002), ("close", masked(8, struct.pack(">H", 1000)), 1000)]
        for name, frames, code in table:
            self.assertEqual(self.close_code(frames), code, name)

    def test_handshakes_that_are_none(self):
        start = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        for head, wanted in ((start + key + b"Sec-WebSocket-Version: 8\r\n\r\n", 400), (start + b"Sec-WebSocket-Version: 13\r\n\r\n", 400),
                             (start + b"Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n\r\n", 400),
                             (start + key + b"Sec-WebSocket-Version: 13\r\nOrigin: http://evil.example\r\n\r\n", 403),
                             (start + key + b"Sec-WebSocket-Version: 13\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403),
                             (start.replace(b"/ws", b"/nope") + key + b"Sec-WebSocket-Version: 13\r\nConnection: close\r\n\r\n", 404)):
            self.assertEqual(status(self.d.raw(head, shut=True)), wanted, head)

    async def test_bad_messages_are_answered_on_an_open_socket(self):
        async with self.d.socket() as ws:
            await receive(ws, "watch.status")
            table = [("{", "BPY-1004"), ("", "BPY-1004"), ("null", "BPY-1004"), ("{}", "BPY-1001"), ('{"type": 5}', "BPY-1002"), ('{"type": "fly"}', "BPY-1005"),
                     ('{"type": "sub"}', "BPY-1001"), ('{"type": "sub", "channel": 5}', "BPY-1002"), ('{"type": "sub", "channel": ""}', "BPY-1002"),
                     ('{"type": "sub", "channel": "a b"}', "BPY-1002"), ('{"type": "sub", "channels": "x"}', "BPY-1002"), ('{"type": "sub", "report": "tea"}', "BPY-1002"),
                     (b"binary", "BPY-1004"), ("[" * 200, "BPY-1004"), ('{"type":"\\ud83d\\ude00"}', "BPY-1005")]
            for text, code in table:
                await ws.send(text)
                self.assertEqual((await receive(ws, "error"))["code"], code, text)
            await ws.send('{"type": "ping"}')
            await receive(ws, "pong")

    async def test_a_flood_is_told_then_closed_and_others_are_served(self):
        async with self.d.socket() as flood, self.d.socket() as other:
            with self.assertRaises(websockets.ConnectionClosed):
                for _ in range(20000):
                    await asyncio.sleep(0)
                    await flood.send('{"type": "ping"}')
                await asyncio.wait_for(flood.wait_closed(), PATIENCE)
                raise websockets.ConnectionClosed(None, None)
            await asyncio.wait_for(flood.wait_closed(), PATIENCE)
            self.assertEqual(flood.close_code, 1008)
            await other.send('{"type": "ping"}')
            await receive(other, "pong")

    async def test_too_many_subscriptions_are_refused(self):
        async with self.d.socket() as ws:
            await ws.send(json.dumps({"type": "sub", "channels": [f"c{i}" for i in range(300)]}))
            self.assertEqual((await receive(ws, "error"))["code"], "BPY-1429")

    def test_a_thousand_sockets_opened_and_dropped(self):
        def storm():
            for _ in range(250):
                self.upgraded().close()
        threads = [threading.Thread(target=storm) for _ in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        async def settled():
            while self.d.json("/api/daemon/status")["client_count"] > 0:
                await asyncio.sleep(0)
        asyncio.run(asyncio.wait_for(settled(), PATIENCE))


if __name__ == "__main__":
    main()

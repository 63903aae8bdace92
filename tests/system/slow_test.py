"""Bad input and slow clients: the RFC's close code or the documented policy, everybody else served
on time, everything counted, nothing promised lost."""
import asyncio
import json
import os
import pathlib
import socket
import struct
import subprocess
import time

from harness import PATIENCE, Case, main, receive, wait_for

LATE = 5  # seconds: no busy machine takes them unless something holds the daemon up
MASK = b"\x01\x02\x03\x04"


def frame(first, payload=b"", masked=True, length=None):
    size = len(payload) if length is None else length
    head = bytes([first])
    bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if masked:
        payload = bytes(b ^ MASK[i % 4] for i, b in enumerate(payload))
        head += MASK
    return head + payload


class Raw:
    """A WebSocket by hand, to break rules that a library keeps."""

    def __init__(self, port, door="/ws/connect", receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET {door} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.socket.recv(4096)
        self.status, self.data = self.data.split(b"\r\n\r\n", 1)

    def send(self, data):
        self.socket.sendall(data)

    def text(self, message):
        self.send(frame(0x81, json.dumps(message).encode()))

    def read_frame(self):
        """(opcode, payload), or None at the end."""
        while True:
            if len(self.data) >= 2:
                size, head = self.data[1] & 0x7F, 2
                if size == 126:
                    size, head = struct.unpack(">H", self.data[2:4])[0] if len(self.data) >= 4 else 1 << 40, 4
                elif size == 127:
                    size, head = struct.unpack(">Q", self.data[2:10])[0] if len(self.data) >= 10 else 1 << 40, 10
                if len(self.data) >= head + size:
                    opcode, payload = self.data[0] & 15, self.data[head:head + size]
                    self.data = self.data[head + size:]
                    return opcode, payload
            chunk = self.socket.recv(1 << 16)
            if not chunk:
                return None
            self.data += chunk

    def close_code(self):
        """Reads to the close frame: its code."""
        while (got := self.read_frame()) is not None:
            if got[0] == 8:
                return struct.unpack(">H", got[1][:2])[0]
        return None

    def messages(self, wanted):
        """The next messages that carry a number."""
        seen = []
        while len(seen) < wanted:
            opcode, payload = self.read_frame()
            if opcode == 1 and b'"seq"' in payload and b'"subscribed"' not in payload:
                seen.append(json.loads(payload))
        return seen

    def end(self):
        self.socket.close()


class Slow(Case):
    def metric(self, d, name):
        for line in d.get("/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        return 0

    def publish(self, d, channel, count, data="x", status=202):
        for n in range(count):
            d.json("/api/ws/broadcast", "POST", {"channel": channel, "message": {"n": n, "pad": data}}, status=status)

    def configured(self, **values):
        folder = self.folder / "configured"
        (folder / "default").mkdir(parents=True)
        (folder / "default/config.json").write_text(json.dumps(values))
        return self.daemon(runtime=folder)

    def test_violations_get_the_close_code_of_the_rfc(self):
        d = self.daemon()
        big = b"x" * 70000
        table = [
            ("too large", frame(0x81, big), 1009), ("too large, said so", frame(0x81, b"", length=1 << 40), 1009),
            ("too large in fragments", frame(0x01, b"x" * 40000) + frame(0x00, b"x" * 40000), 1009),
            ("bad UTF-8", frame(0x81, b"\xff\xfe"), 1007), ("a surrogate", frame(0x81, b"\xed\xa0\x80"), 1007),
            ("unmasked", frame(0x81, b"{}", masked=False), 1002), ("rsv1", frame(0xC1, b"{}"), 1002), ("rsv3", frame(0x91, b"{}"), 1002),
            ("reserved opcode", frame(0x83, b""), 1002), ("reserved control", frame(0x8F, b""), 1002),
            ("fragmented ping", frame(0x09, b"p"), 1002), ("long ping", frame(0x89, b"p" * 126), 1002),
            ("continuation of nothing", frame(0x80, b""), 1002), ("text in a message", frame(0x01, b"a") + frame(0x81, b"b"), 1002),
            ("close of one byte", frame(0x88, b"\x03"), 1002), ("close 1005", frame(0x88, b"\x03\xed"), 1002), ("close 999", frame(0x88, b"\x03\xe7"), 1002),
            ("close with a bad reason", frame(0x88, b"\x03\xe8\xff"), 1007),
            ("close 4000", frame(0x88, b"\x0f\xa0"), 4000), ("close without a code", frame(0x88), 1000),
        ]
        for name, data, code in table:
            with self.subTest(name):
                link = Raw(d.ws_port)
                link.send(data)
                self.assertEqual(link.close_code(), code)
                link.end()
        self.assertEqual(self.metric(d, 'bpyd_ws_closes_total{code="1009"}'), 3)
        self.assertEqual(d.get("/pilot/health").status, 200)

    def test_pings_between_fragments_are_answered_first(self):
        d = self.daemon()
        link = Raw(d.ws_port)
        link.read_frame()
        link.send(frame(0x01, b'{"type":') + frame(0x89, b"now") + frame(0x80, b'"ping"}'))
        self.assertEqual(link.read_frame(), (10, b"now"))
        self.assertEqual(json.loads(link.read_frame()[1])["type"], "pong")
        link.end()

    def test_one_byte_at_a_time_is_understood(self):
        d = self.daemon()
        link = Raw(d.ws_port)
        link.read_frame()
        for byte in frame(0x81, b'{"type":"ping"}'):
            link.send(bytes([byte]))
        self.assertEqual(json.loads(link.read_frame()[1])["type"], "pong")
        link.end()

    def test_a_thousand_that_come_and_go_disturb_nobody(self):
        d = self.daemon()
        for n in range(1000):
            link = socket.create_connection(("127.0.0.1", d.ws_port))
            if n % 2:
                link.sendall(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
            link.close()
        started = time.monotonic()
        self.assertEqual(d.get("/pilot/health").status, 200)
        self.assertLess(time.monotonic() - started, LATE)

    async def test_a_flood_is_told_once_then_closed(self):
        d = self.daemon()
        async with d.socket("/ws/connect", ping_interval=None) as ws:
            with self.assertRaises(Exception) as closed:
                for _ in range(1000):
                    await ws.send('{"type": "pong"}')
                while True:
                    await receive(ws)
        self.assertIn("1008", str(closed.exception))
        self.assertGreaterEqual(self.metric(d, 'bpyd_errors_total{code="BPY-1429"}'), 1)

    def test_the_burst_is_answered_then_one_error_then_the_end(self):
        d = self.daemon()
        link = Raw(d.ws_port)
        self.assertEqual(json.loads(link.read_frame()[1])["type"], "connected")
        link.send(frame(0x81, b'{"type":"ping"}') * 1000)
        kinds = []
        while (got := link.read_frame()) is not None and got[0] != 8:
            message = json.loads(got[1])
            kinds.append(message.get("code", message["type"]))
        self.assertIsNotNone(got, "closed without a close frame")
        self.assertEqual(struct.unpack(">H", got[1][:2])[0], 1008)
        self.assertEqual(kinds[:200], ["pong"] * 200)
        self.assertIn("BPY-1429", kinds)
        self.assertLess(kinds.count("pong"), 400)  # the burst and what a second or two adds
        link.end()
        self.assertEqual(self.metric(d, 'bpyd_ws_closes_total{code="1008"}'), 1)
        self.assertGreaterEqual(self.metric(d, 'bpyd_errors_total{code="BPY-1429"}'), 1)

    async def test_a_byte_a_second_holds_nobody_up(self):
        d = self.daemon()
        whole = frame(0x81, b'{"type":"ping"}')
        async with d.socket("/ws/channel/missions") as other:
            await receive(other, "subscribed")
            link = Raw(d.ws_port)
            link.read_frame()
            for n in range(3):
                link.send(whole[n:n + 1])
                sent = time.monotonic()
                self.publish(d, "missions", 20)
                for _ in range(20):
                    await receive(other, "broadcast")
                self.assertLess(time.monotonic() - sent, LATE)
                await asyncio.sleep(max(0, sent + 1 - time.monotonic()))  # the slowness itself
            link.send(whole[3:])
            self.assertEqual(json.loads(link.read_frame()[1])["type"], "pong")
            link.end()

    def test_a_flood_of_fragments_is_bounded_by_the_message(self):
        d = self.daemon()
        link = Raw(d.ws_port)
        link.read_frame()
        try:
            link.send(frame(0x01, b"x" * 100) + frame(0x00, b"x" * 100) * 20000)  # thirty times the limit, and no end
        except (BrokenPipeError, ConnectionResetError):
            pass  # it need not listen to the end
        self.assertEqual(link.close_code(), 1009)
        link.end()
        self.assertEqual(self.metric(d, 'bpyd_ws_closes_total{code="1009"}'), 1)
        self.assertEqual(d.get("/pilot/health").status, 200)

    def test_connections_and_closes_are_counted(self):
        d = self.daemon()
        links = [Raw(d.ws_port) for _ in range(5)]
        self.assertEqual(self.metric(d, "bpyd_ws_connections"), 5)
        for link, (data, code) in zip(links, ((frame(0x81, b"x", masked=False), 1002), (frame(0x81, b"\xff"), 1007), (frame(0x88, b"\x03\xe8"), 1000),
                                              (frame(0x81, b"x" * 70000), 1009))):
            link.send(data)
            self.assertEqual(link.close_code(), code)
        for link in links:
            link.end()
        wait_for(lambda: self.metric(d, "bpyd_ws_connections") == 0, "every connection forgotten")
        for code in (1000, 1002, 1007, 1009):
            self.assertEqual(self.metric(d, 'bpyd_ws_closes_total{code="%d"}' % code), 1)

    def test_a_thousand_gone_are_no_connections(self):
        d = self.daemon()
        for _ in range(1000):
            Raw(d.ws_port).end()
        wait_for(lambda: self.metric(d, "bpyd_ws_connections") == 0, "every connection forgotten")
        self.assertEqual(d.json("/api/ws/stats")["total_connections"], 0)

    async def test_publishing_has_a_rate_of_its_own(self):
        d = self.daemon()
        async with d.socket("/ws/connect") as ws, d.socket("/ws/channel/tasks") as other:
            await receive(other, "subscribed")
            for n in range(1000):  # ten times what other messages may
                await ws.send(json.dumps({"type": "publish", "channel": "tasks", "event": "queued", "data": n}))
            self.assertEqual([(await receive(other, "queued"))["data"] for _ in range(1000)], list(range(1000)))

    def test_a_reader_that_sleeps_is_caught_up_and_others_are_on_time(self):
        d = self.daemon()
        sleeper = Raw(d.ws_port, "/ws/channel/missions", receive_buffer=4096)
        awake = Raw(d.ws_port, "/ws/channel/missions")
        slowest = 0
        for n in range(3000):
            started = time.monotonic()
            d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": {"n": n, "pad": "x" * 1024}}, status=202)
            if n % 100 == 99:
                self.assertEqual([m["seq"] for m in awake.messages(100)], list(range(n - 98, n + 2)))
            slowest = max(slowest, time.monotonic() - started)
        self.assertLess(slowest, LATE)
        self.assertGreaterEqual(self.metric(d, 'bpyd_ws_slow_clients_total{action="catch_up"}'), 1)
        self.assertEqual([m["seq"] for m in sleeper.messages(3000)], list(range(1, 3001)))
        self.publish(d, "missions", 1)
        self.assertEqual(sleeper.messages(1)[0]["seq"], 3001)  # live again
        sleeper.end()
        awake.end()

    def test_without_a_log_it_is_closed(self):
        d = self.configured(event_log={"durable": []})
        sleeper = Raw(d.ws_port, "/ws/channel/missions", receive_buffer=4096)
        for n in range(20000):
            d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": "x" * 4096}, status=202)
            if n % 50 == 0 and self.metric(d, 'bpyd_ws_slow_clients_total{action="closed"}'):
                break
        self.assertEqual(sleeper.close_code(), 1013)
        sleeper.end()

    async def test_pipelined_publishers_wait_for_readers_and_nothing_is_lost(self):
        d = self.configured(event_log={"durable": []})  # a reader that falls behind would be closed
        async with d.socket("/ws/channel/tasks") as ws:
            await receive(ws, "subscribed")
            count = 20000
            body = b'{"channel":"tasks","message":"%s"}' % (b"x" * 200)
            request = b"POST /api/ws/broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

            async def flood():
                reader, writer = await asyncio.open_connection("127.0.0.1", d.http_port)
                pump = asyncio.create_task(reader.read(-1))
                for _ in range(count // 100):
                    writer.write(request * 100)
                    await writer.drain()
                await asyncio.wait_for(ended.wait(), PATIENCE * 2)
                writer.close()
                await pump
            ended = asyncio.Event()
            flooding = asyncio.create_task(flood())
            for expected in range(1, count + 1):
                self.assertEqual((await receive(ws, "broadcast"))["seq"], expected)
            ended.set()
            await flooding
        self.assertEqual(self.metric(d, 'bpyd_ws_slow_clients_total{action="closed"}'), 0)

    def segments(self, d):
        return sorted((d.runtime / "default/events").glob("*.jsonl"))

    async def replayed(self, d, channel, since):
        epoch = d.json(f"/api/ws/channels/{channel}")["epoch"]
        async with d.socket("/ws/connect") as ws:
            await ws.send(json.dumps({"type": "subscribe", "channel": channel, "since": {"epoch": epoch, "seq": since}}))
            return (await receive(ws, "subscribed"))["recovered"]

    async def test_a_torn_last_line_costs_nothing_that_was_promised(self):
        d = self.daemon()
        self.publish(d, "missions", 10)
        d.kill()
        with open(self.segments(d)[-1], "ab") as file:
            file.write(b'{"crc":"00000000","channel":"missions","seq":11,"ts":1')
        d = self.daemon(runtime=d.runtime)
        self.assertTrue(await self.replayed(d, "missions", 0))
        self.assertEqual(d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": 1}, status=202)["seq"], 11)
        self.assertTrue(any(line["event"] == "event_log.torn" for line in d.log()))

    async def test_a_flipped_bit_costs_one_event_and_says_so(self):
        d = self.daemon()
        self.publish(d, "missions", 10)
        d.stop()
        path = self.segments(d)[-1]
        data = bytearray(path.read_bytes())
        at = data.index(b'"seq":5')
        data[data.index(b'"pad"', at) + 1] ^= 1
        path.write_bytes(data)
        d = self.daemon(runtime=d.runtime)
        self.assertFalse(await self.replayed(d, "missions", 3))
        self.assertTrue(await self.replayed(d, "missions", 5))
        self.assertEqual(self.metric(d, "bpyd_event_log_damaged_total"), 1)
        self.assertGreaterEqual(d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": 1}, status=202)["seq"], 11)
        answer = d.json("/api/ws/channels/missions/events?since=3")
        self.assertEqual((answer["recovered"], [e["seq"] for e in answer["events"]]), (False, [4]))
        self.assertEqual(answer["next_since"], 5)  # paging goes on behind the hole
        answer = d.json("/api/ws/channels/missions/events?since=5")
        self.assertEqual((answer["recovered"], answer["next_since"]), (True, answer["seq"]))

    async def test_a_segment_cut_in_its_last_line_serves_the_rest(self):
        d = self.daemon()
        self.publish(d, "missions", 10)
        self.publish(d, "tasks", 3)
        self.publish(d, "missions", 1)
        d.stop()
        path = self.segments(d)[-1]
        data = path.read_bytes()
        start = data.rindex(b'"missions"')
        path.write_bytes(data[:start + 20])
        d = self.daemon(runtime=d.runtime)
        self.assertTrue(await self.replayed(d, "missions", 0))
        self.assertEqual([e["seq"] for e in d.json("/api/ws/channels/missions/events?since=0")["events"]], list(range(1, 11)))
        self.assertEqual([e["seq"] for e in d.json("/api/ws/channels/tasks/events?since=0")["events"]], [1, 2, 3])
        self.assertFalse(await self.replayed(d, "missions", 11))  # a client that saw the cut one refetches
        self.publish(d, "tasks", 1)
        self.assertEqual(d.json("/api/ws/channels/tasks")["seq"], 4)

    async def test_who_saw_a_line_that_was_cut_misses_nothing_after_it(self):
        d = self.daemon()
        self.publish(d, "missions", 11)
        seen = d.json("/api/ws/channels/missions")
        d.stop()
        path = self.segments(d)[-1]
        data = path.read_bytes()
        path.write_bytes(data[:data.rindex(b'"missions"') + 20])
        d = self.daemon(runtime=d.runtime)
        self.publish(d, "missions", 1)
        async with d.socket("/ws/connect") as ws:
            await ws.send(json.dumps({"type": "subscribe", "channel": "missions", "since": {"epoch": seen["epoch"], "seq": seen["seq"]}}))
            if (await receive(ws, "subscribed"))["recovered"]:  # then the new event is among what comes
                now = d.json("/api/ws/channels/missions")["seq"]
                self.assertGreater(now, seen["seq"], "the number of an event that was told is given to another")

    async def test_damage_on_one_channel_leaves_the_others_whole(self):
        d = self.daemon()
        for _ in range(10):
            self.publish(d, "missions", 1)
            self.publish(d, "tasks", 1)
        d.stop()
        path = self.segments(d)[-1]
        data = bytearray(path.read_bytes())
        at = data.index(b'"seq":5', data.index(b'"missions"'))
        self.assertIn(b'"missions"', data[data.rindex(b"\n", 0, at):at])
        data[data.index(b'"pad"', at) + 1] ^= 1
        path.write_bytes(data)
        d = self.daemon(runtime=d.runtime)
        self.assertEqual((await self.replayed(d, "missions", 4), await self.replayed(d, "missions", 5), await self.replayed(d, "tasks", 0)), (False, True, True))
        for channel in ("missions", "tasks"):
            wanted = d.json(f"/api/ws/channels/{channel}")["seq"] + 1
            self.assertEqual(d.json("/api/ws/broadcast", "POST", {"channel": channel, "message": 1}, status=202)["seq"], wanted)
            self.assertGreaterEqual(wanted, 11)

    async def test_a_full_disk_refuses_publishing_and_serves_on(self):
        folder = self.folder / "full"
        events = folder / "default/events"
        events.mkdir(parents=True)
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(events)], capture_output=True).returncode != 0:
            self.skipTest("only root can make a small disk")
        try:
            os.chmod(folder / "default", 0o700)
            d = self.daemon(runtime=folder)
            async with d.socket("/ws/channel/missions") as ws:
                epoch = (await receive(ws, "subscribed"))["epoch"]
                acknowledged = 0
                while True:
                    response = d.request("POST", "/api/ws/broadcast", body={"channel": "missions", "message": "x" * 2000})
                    if response.status != 202:
                        break
                    acknowledged += 1
                self.assertEqual((response.status, json.loads(response.text)["code"]), (507, "BPY-2004"))
                self.assertEqual([(await receive(ws, "broadcast"))["seq"] for _ in range(acknowledged)], list(range(1, acknowledged + 1)))
                await ws.send('{"type": "ping"}')
                self.assertEqual((await receive(ws))["type"], "pong")
                self.assertGreaterEqual(self.metric(d, "bpyd_event_log_write_errors_total"), 1)
                self.assertEqual(d.get("/pilot/health").status, 200)
                subprocess.run(["mount", "-o", "remount,size=2m", str(events)], check=True)
                self.assertEqual(d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": 1}, status=202)["seq"], acknowledged + 1)
                self.assertEqual((await receive(ws, "broadcast"))["seq"], acknowledged + 1)
            d.kill()
            d = self.daemon(runtime=folder)
            after = d.json("/api/ws/channels/missions")
            self.assertEqual((after["epoch"], after["seq"]), (epoch, acknowledged + 1))
            self.assertTrue(await self.replayed(d, "missions", 0))
            d.stop()
        finally:
            subprocess.run(["umount", "-l", str(events)], check=True)


if __name__ == "__main__":
    main()

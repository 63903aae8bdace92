"""Nothing lost: since, epochs, restarts, and a hundred thousand events under SIGKILL."""
import asyncio
import json
import os
import random
import time

import websockets

from harness import PATIENCE, Case, main, receive

EVENTS = int(os.environ.get("BPYD_RESUME_EVENTS", "100000"))
RECONNECTS, KILLS = 200, 10
CHANNELS = ["missions", "tasks", "agents"]


class Resume(Case):
    def publish(self, d, channel, count, start=0):
        for n in range(start, start + count):
            d.json("/api/ws/broadcast", "POST", {"channel": channel, "message": n}, status=202)

    async def subscribe(self, ws, channel, epoch, seq):
        await ws.send(json.dumps({"type": "subscribe", "channel": channel, "since": {"epoch": epoch, "seq": seq}}))
        return await receive(ws, "subscribed")

    async def test_what_was_missed_comes_first_in_order(self):
        d = self.daemon()
        async with d.socket("/ws/channel/missions") as ws:
            epoch = (await receive(ws, "subscribed"))["epoch"]
        self.publish(d, "missions", 500)
        async with d.socket("/ws/connect") as ws:
            confirmed = await self.subscribe(ws, "missions", epoch, 100)
            self.assertEqual((confirmed["recovered"], confirmed["seq"]), (True, 500))
            self.publish(d, "missions", 5, 500)
            self.assertEqual([(await receive(ws, "broadcast"))["seq"] for _ in range(405)], list(range(101, 506)))

    async def test_it_says_so_when_it_cannot(self):
        d = self.daemon()
        self.publish(d, "missions", 3)
        epoch = d.json("/api/ws/channels/missions")["epoch"]
        async with d.socket("/ws/connect") as ws:
            for foreign, seq, recovered in (("0123456789abcdef", 1, False), (epoch, 4, False), (epoch, 3, True), (epoch, 0, True)):
                confirmed = await self.subscribe(ws, "missions", foreign, seq)
                self.assertEqual(confirmed["recovered"], recovered, (foreign, seq))
            self.assertEqual([(await receive(ws, "broadcast"))["seq"] for _ in range(3)], [1, 2, 3])
            await ws.send('{"type": "subscribe", "channel": "m*", "since": {"epoch": "x", "seq": 1}}')
            self.assertEqual((await receive(ws, "error"))["code"], "BPY-1002")
            await ws.send('{"type": "subscribe", "channel": "m", "since": 7}')
            self.assertEqual((await receive(ws, "error"))["code"], "BPY-1002")

    async def test_the_numbering_outlives_the_daemon(self):
        d = self.daemon()
        self.publish(d, "missions", 3)
        before = d.json("/api/ws/channels/missions")
        d.kill()
        d = self.daemon(runtime=d.runtime)
        self.publish(d, "missions", 2, 3)
        after = d.json("/api/ws/channels/missions")
        self.assertEqual((after["epoch"], after["seq"]), (before["epoch"], 5))
        self.assertEqual(d.meta["epoch"], before["epoch"])
        async with d.socket("/ws/connect") as ws:
            self.assertTrue((await self.subscribe(ws, "missions", before["epoch"], 2))["recovered"])
            self.assertEqual([(await receive(ws, "broadcast"))["data"] for _ in range(3)], [2, 3, 4])

    async def test_pages_over_http_are_the_whole_log_also_after_a_kill(self):
        d = self.daemon()
        for n in range(250):
            self.publish(d, ("missions", "tasks")[n % 2], 1, n)
        d.kill()
        d = self.daemon(runtime=d.runtime)
        self.publish(d, "missions", 5, 250)
        seen, since, epoch = [], 0, d.meta["epoch"]
        while True:
            page = d.json(f"/api/ws/channels/missions/events?since={since}&epoch={epoch}&limit=17")
            self.assertTrue(page["recovered"])
            if not page["events"]:
                break
            seen += [(event["seq"], event["data"]) for event in page["events"]]
            self.assertEqual(page["next_since"], seen[-1][0])
            since = page["next_since"]
        self.assertEqual(seen, list(enumerate([*range(0, 250, 2), *range(250, 255)], 1)))

    async def test_several_channels_resume_each_from_their_own_place(self):
        d = self.daemon()
        epoch = d.meta["epoch"]
        places = {"missions": 10, "tasks": 0, "agents": 40}
        for channel in places:
            self.publish(d, channel, 40)
        async with d.socket("/ws/connect") as ws:
            for channel, seq in places.items():
                await ws.send(json.dumps({"type": "subscribe", "channel": channel, "since": {"epoch": epoch, "seq": seq}}))
            for channel in places:
                self.publish(d, channel, 1, 40)
            seen = {channel: [] for channel in places}
            while sum(map(len, seen.values())) < 30 + 40 + 3:
                message = await receive(ws)
                if message["type"] == "subscribed":
                    self.assertTrue(message["recovered"])
                elif message["type"] == "broadcast":
                    seen[message["channel"]].append(message["seq"])
        self.assertEqual(seen, {channel: list(range(seq + 1, 42)) for channel, seq in places.items()})

    async def test_what_the_log_gave_up_is_not_recovered(self):
        folder = self.folder / "small"
        (folder / "default").mkdir(parents=True)
        (folder / "default/config.json").write_text(json.dumps({"event_log": {"segment_bytes": 65536, "total_bytes": 131072}}))
        d = self.daemon(runtime=folder)
        for n in range(300):
            d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": "x" * 2000}, status=202)
        oldest = d.json("/api/ws/channels/missions")["oldest_seq"]
        self.assertGreater(oldest, 2)
        for since, recovered in ((0, False), (oldest - 2, False), (oldest - 1, True), (300, True)):
            self.assertEqual(d.json(f"/api/ws/channels/missions/events?since={since}&limit=1")["recovered"], recovered, since)
            async with d.socket("/ws/connect") as ws:
                self.assertEqual((await self.subscribe(ws, "missions", d.meta["epoch"], since))["recovered"], recovered, since)

    async def test_every_event_once_and_in_order_through_kills_and_reconnects(self):
        """The resume test: ten SIGKILLs, two hundred reconnections, a hundred thousand events."""
        asyncio.get_running_loop().set_debug(False)  # unittest's debug mode costs four fifths of the time
        self.d = self.daemon()
        self.ports = (self.d.ws_port, self.d.http_port)
        self.epoch = self.d.json("/api/ws/channels/missions")["epoch"]
        self.acknowledged = {channel: {} for channel in CHANNELS}  # number of the event → what was published
        self.seen = {channel: [] for channel in CHANNELS}
        self.back, self.progress = asyncio.Event(), asyncio.Event()
        self.back.set()
        self.finished, self.reconnects, self.kills, self.unrecovered = False, 0, 0, 0
        started = time.monotonic()
        reader = asyncio.create_task(self.read())
        killer = asyncio.create_task(self.kill_at_random())
        await asyncio.wait_for(self.publish_all(), 280)
        await killer
        await asyncio.wait_for(reader, PATIENCE * 4)
        total = sum(map(len, self.seen.values()))
        print(f"{total:,} events, {self.reconnects} reconnections, {self.kills} SIGKILLs in {time.monotonic() - started:.1f} s")
        self.assertEqual((self.kills, self.unrecovered), (KILLS, 0))
        self.assertGreaterEqual(self.reconnects, RECONNECTS)
        self.assertGreaterEqual(total, EVENTS)
        for channel in CHANNELS:
            self.assertEqual([seq for seq, _ in self.seen[channel]], list(range(1, len(self.seen[channel]) + 1)), channel)
            told = dict(self.seen[channel])
            self.assertEqual({seq: told.get(seq) for seq in self.acknowledged[channel]}, self.acknowledged[channel])

    async def publish_all(self):
        """Pipelined requests; what a dead daemon did not acknowledge is published anew."""
        n, batch = 0, 500
        while n < EVENTS or self.kills < KILLS:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[1])
                while n < EVENTS or self.kills < KILLS:
                    requests = [(CHANNELS[i % len(CHANNELS)], i) for i in range(n, n + batch)]
                    writer.write(b"".join(map(self.request_bytes, requests)))
                    for channel, i in requests:
                        head = await reader.readuntil(b"\r\n\r\n")
                        assert head.startswith(b"HTTP/1.1 202"), head
                        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                        self.acknowledged[channel][json.loads(await reader.readexactly(length))["seq"]] = i
                        n = i + 1
                    self.published = n
                    self.progress.set()
            except (OSError, asyncio.IncompleteReadError):
                await self.back.wait()
        writer.close()
        self.finished = True

    @staticmethod
    def request_bytes(request):
        body = b'{"channel":"%s","message":%d}' % (request[0].encode(), request[1])
        return b"POST /api/ws/broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    async def kill_at_random(self):
        """At random moments of the flow, each behind so much progress that all ten fall into it."""
        self.published = 0
        marks = sorted(random.Random(7).sample(range(EVENTS // 50, EVENTS * 9 // 10), KILLS))
        for mark in marks:
            while self.published < mark:
                self.progress.clear()
                await self.progress.wait()
            self.back.clear()
            self.d.kill()
            self.d = self.daemon(runtime=self.d.runtime, ports=self.ports, wait=False)
            await asyncio.to_thread(self.d.wait_ready)
            self.back.set()
            self.kills += 1

    def complete(self):
        return self.finished and self.reconnects >= RECONNECTS and all(
            len(self.seen[channel]) >= max(self.acknowledged[channel], default=0) for channel in CHANNELS)

    async def read(self):
        chance = random.Random(11)
        while not self.complete():
            try:
                async with websockets.connect(f"ws://127.0.0.1:{self.ports[0]}/ws/connect", max_size=None, max_queue=None, compression=None) as ws:
                    self.reconnects += 1  # refused ones while the daemon is away do not count
                    for channel in CHANNELS:
                        seq = self.seen[channel][-1][0] if self.seen[channel] else 0
                        await ws.send(json.dumps({"type": "subscribe", "channel": channel, "since": {"epoch": self.epoch, "seq": seq}}))
                    await self.read_for_a_while(ws, chance.randrange(1, EVENTS // 120))
            except (OSError, websockets.WebSocketException):
                await self.back.wait()

    async def read_for_a_while(self, ws, events):
        for _ in range(events):
            try:
                message = json.loads(await asyncio.wait_for(ws.recv(), 0.5))
            except asyncio.TimeoutError:
                return
            if message["type"] == "subscribed":
                self.unrecovered += not message["recovered"] or message["epoch"] != self.epoch
            elif message["type"] == "broadcast":
                self.seen[message["channel"]].append((message["seq"], message["data"]))


if __name__ == "__main__":
    main()

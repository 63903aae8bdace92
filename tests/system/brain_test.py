"""Every request, message and response of BRAiN's WebSocket document, answered as written."""
import asyncio
import json
import pathlib
import re
import subprocess
import time

from harness import PATIENCE, Case, main, receive

HERE = pathlib.Path(__file__).resolve().parent
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


async def until(ws, wanted):
    """The next message of that type; pings are answered as the document asks."""
    while True:
        message = await receive(ws)
        if message["type"] == "ping":
            await ws.send('{"type": "pong"}')
        if message["type"] == wanted:
            return message


class Brain(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def broadcast(self, channel, message, type=None, status=202):
        body = {"channel": channel, "message": message}
        if type:
            body["type"] = type
        return self.d.json("/api/ws/broadcast", "POST", body, status=status)

    def assertIsNow(self, timestamp):
        self.assertIsInstance(timestamp, float)
        self.assertLess(abs(timestamp - time.time()), 60)

    async def test_the_main_door_welcomes_subscribes_and_unsubscribes(self):
        for port in (self.d.ws_port, self.d.http_port):
            async with self.d.socket("/ws/connect?token=optional", port=port) as ws:
                welcome = await receive(ws)
                self.assertEqual(set(welcome), {"type", "connection_id", "timestamp"})
                self.assertEqual(welcome["type"], "connected")
                self.assertRegex(welcome["connection_id"], UUID)
                self.assertIsNow(welcome["timestamp"])
                await ws.send('{"type": "subscribe", "channel": "missions"}')
                confirmed = await receive(ws)
                self.assertEqual((confirmed["type"], confirmed["channel"]), ("subscribed", "missions"))
                self.assertIsNow(confirmed["timestamp"])
                await ws.send('{"type": "unsubscribe", "channel": "missions"}')
                ended = await receive(ws)
                self.assertEqual((ended["type"], ended["channel"]), ("unsubscribed", "missions"))
                self.broadcast("missions", {})
                await ws.send('{"type": "ping"}')
                self.assertEqual((await receive(ws))["type"], "pong")  # and no event before it

    async def test_the_channel_door_subscribes_at_once(self):
        async with self.d.socket("/ws/channel/missions") as ws:
            self.assertEqual((await receive(ws))["type"], "connected")
            self.assertEqual((await receive(ws))["channel"], "missions")
            self.assertEqual(self.broadcast("missions", {"mission_id": "mission_123", "status": "completed"}, "mission_update"),
                             {"status": "broadcasted", "channel": "missions", "subscribers": 1, "seq": 1})
            event = await receive(ws)
            self.assertIsNow(event.pop("timestamp"))
            self.assertEqual(event, {"type": "mission_update", "channel": "missions", "data": {"mission_id": "mission_123", "status": "completed"}, "seq": 1})

    async def test_a_message_goes_out_as_it_came_in(self):
        async with self.d.socket("/ws/channel/tasks") as ws:
            await until(ws, "subscribed")
            raw = '{"z": 1.50, "a": [1e3, "\\u00fc"], "z2": 12345678901234567890}'
            response = self.d.request("POST", "/api/ws/broadcast", body='{"channel": "tasks", "message": ' + raw + "}", headers={"Content-Type": "application/json"})
            self.assertEqual(response.status, 202)
            text = await asyncio.wait_for(ws.recv(), PATIENCE)
            self.assertIn('"data":' + raw, text)
            self.assertEqual(json.loads(text)["type"], "broadcast")

    async def test_the_server_pings_and_a_silent_client_is_closed(self):
        d = self.daemon(env={"BPYD_LIMITS_HEARTBEAT_S": "1"})
        async with d.socket("/ws/connect", ping_interval=None) as ws:
            ping = await until(ws, "ping")
            self.assertEqual(set(ping), {"type", "timestamp"})
            for _ in range(2):
                await until(ws, "ping")  # answered: it stays
        quiet = await asyncio.open_connection("127.0.0.1", d.ws_port)
        quiet[1].write(b"GET /ws/connect HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        data = await asyncio.wait_for(quiet[0].read(), PATIENCE)
        quiet[1].close()
        self.assertIn(b"no sign of life", data)
        self.assertIn(b"\x03\xe9", data)  # 1001
        self.assertIn("bpyd_ws_timeouts_total 1", d.get("/metrics").text)

    async def test_twice_subscribed_is_confirmed_twice_and_told_once(self):
        async with self.d.socket("/ws/connect") as ws:
            await until(ws, "connected")
            for _ in range(2):
                await ws.send('{"type": "subscribe", "channel": "agents"}')
                await until(ws, "subscribed")
            self.broadcast("agents", 1)
            self.broadcast("agents", 2)
            self.assertEqual([(await receive(ws))["data"] for _ in range(2)], [1, 2])

    async def test_an_unknown_message_gets_an_error_and_the_socket_stays(self):
        async with self.d.socket("/ws/connect") as ws:
            await until(ws, "connected")
            for bad, code in (('{"type": "dance"}', "BPY-1005"), ("nonsense", "BPY-1004"), ('{"type": "subscribe"}', "BPY-1001"), ('{"type": "subscribe", "channel": "a b"}', "BPY-1002")):
                await ws.send(bad)
                error = await receive(ws)
                self.assertEqual((error["type"], error["code"]), ("error", code))
                self.assertTrue(error["message"] and error["suggestion"])
            await ws.send('{"type": "ping"}')
            self.assertEqual((await receive(ws))["type"], "pong")

    async def test_everybody_hears_a_broadcast_to_all(self):
        async with self.d.socket("/ws/connect") as one, self.d.socket("/ws/channel/missions") as two:
            await until(one, "connected")
            await until(two, "subscribed")
            data = {"message": "System maintenance in 5 minutes"}
            self.assertEqual(self.d.json("/api/ws/broadcast/all", "POST", {"type": "system_announcement", "data": data}, status=202),
                             {"status": "broadcasted", "total_connections": 2})
            for ws in (one, two):
                message = await receive(ws)
                self.assertEqual((message["type"], message["data"]), ("system_announcement", data))
                self.assertNotIn("channel", message)

    async def test_a_user_hears_on_all_their_connections(self):
        async with self.d.socket("/ws/connect?user_id=ann") as one, self.d.socket("/ws/connect?user_id=ann") as two, self.d.socket("/ws/connect?user_id=bob") as other:
            for ws in (one, two, other):
                await until(ws, "connected")
            self.assertEqual(self.d.json("/api/ws/broadcast/user", "POST", {"user": "ann", "type": "note", "data": {"t": 1}}, status=202),
                             {"status": "sent", "user": "ann", "connections": 2, "seq": 1})
            for ws in (one, two):
                self.assertEqual((await until(ws, "note"))["data"], {"t": 1})
            await other.send('{"type": "subscribe", "channel": "user:ann"}')
            self.assertEqual((await receive(other))["code"], "BPY-1402")
            await other.send('{"type": "subscribe", "channel": "*"}')
            await until(other, "subscribed")
            self.d.json("/api/ws/broadcast/user", "POST", {"user": "ann", "type": "note"}, status=202)
            self.broadcast("tasks", 1)
            self.assertEqual((await receive(other))["channel"], "tasks")

    async def test_statistics_count(self):
        self.assertEqual(self.d.json("/api/ws/stats"), {"total_connections": 0, "total_users": 0, "total_channels": 0, "channels": {}})
        async with self.d.socket("/ws/channel/missions?user_id=ann") as one, self.d.socket("/ws/channel/missions") as two, self.d.socket("/ws/channel/agents?user_id=ann") as three:
            ids = [(await until(ws, "connected"))["connection_id"] for ws in (one, two, three)]
            for ws in (one, two, three):
                await until(ws, "subscribed")
            self.assertEqual(self.d.json("/api/ws/stats"), {"total_connections": 3, "total_users": 1, "total_channels": 2, "channels": {"agents": 1, "missions": 2}})
            channel = self.d.json("/api/ws/channels/missions")
            self.assertEqual((channel["channel"], channel["subscribers"], set(channel["connection_ids"])), ("missions", 2, set(ids[:2])))

    def test_info_and_the_catalogue(self):
        info = self.d.json("/api/ws/info")
        self.assertEqual(info["heartbeat_interval"], 30)
        self.assertIn("WS /ws/connect", info["endpoints"])
        self.assertIn("POST /api/ws/broadcast", info["endpoints"])
        rows = {row["channel"]: row for row in self.d.json("/api/ws/channels")["channels"]}
        document = {"missions": "created started completed failed", "agents": "started stopped heartbeat error", "system": "startup shutdown health alerts",
                    "tasks": "queued started completed failed", "audit": "audit_log", "metrics": "metrics_update"}
        for channel, events in document.items():
            self.assertEqual(rows[channel]["events"], events.split())
            self.assertTrue(rows[channel]["durable"])

    def test_the_catalogue_can_be_extended(self):
        folder = self.folder / "more"
        (folder / "default").mkdir(parents=True)
        (folder / "default/config.json").write_text(json.dumps({"channels": [{"channel": "ovens", "purpose": "Bread", "events": ["baked"]}, {"channel": "tasks", "events": ["postponed"]}]}))
        d = self.daemon(runtime=folder)
        rows = {row["channel"]: row for row in d.json("/api/ws/channels?limit=1000")["channels"]}
        self.assertEqual((rows["ovens"]["purpose"], rows["ovens"]["events"]), ("Bread", ["baked"]))
        self.assertIn("postponed", rows["tasks"]["events"])

    def test_bad_bodies_are_refused_in_words(self):
        for body, status, code in (({"message": 1}, 400, "BPY-1001"), ({"channel": "a"}, 400, "BPY-1001"), ({"channel": "a b", "message": 1}, 400, "BPY-1002"),
                                   ("nonsense", 400, "BPY-1004"), ({"channel": "a*", "message": 1}, 400, "BPY-1002")):
            response = self.d.request("POST", "/api/ws/broadcast", body=body if isinstance(body, str) else json.dumps(body), headers={"Content-Type": "application/json"})
            self.assertEqual((response.status, json.loads(response.text)["code"]), (status, code), body)

    async def test_the_log_answers_without_a_socket(self):
        for n in range(5):
            self.broadcast("missions", n)
        first = self.d.json("/api/ws/channels/missions/events?limit=2")
        self.assertEqual(([e["data"] for e in first["events"]], first["next_since"], first["recovered"], first["seq"]), ([0, 1], 2, True, 5))
        rest = self.d.json(f"/api/ws/channels/missions/events?since=2&epoch={first['epoch']}")
        self.assertEqual([e["seq"] for e in rest["events"]], [3, 4, 5])
        self.assertFalse(self.d.json("/api/ws/channels/missions/events?since=9")["recovered"])
        self.assertFalse(self.d.json("/api/ws/channels/missions/events?since=2&epoch=0123456789abcdef")["recovered"])
        self.assertEqual(self.d.json("/api/ws/channels/never/events")["events"], [])

    async def test_status_and_logs_are_told_live(self):
        async with self.d.socket("/ws/status") as status, self.d.socket("/ws/logs?level=warn&backlog=50") as logs:
            self.assertEqual(await receive(status), {"type": "status", "state": "idle", "message": "nothing is running", "operation_in_progress": False})
            welcome = await receive(logs)
            self.assertEqual((welcome["type"], welcome["level"], set(welcome)), ("log", "info", {"type", "level", "message", "timestamp", "module"}))
            self.d.register(self.project())
            self.assertEqual((await receive(status))["state"], "busy")
            self.assertEqual((await receive(status))["state"], "idle")
            await status.send('{"type": "get_status"}')
            self.assertEqual((await receive(status))["type"], "status")
            self.d.raw(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
            line = await receive(logs)
            self.assertEqual((line["level"], line["module"]), ("warn", "transport:http.refused"))
            await logs.send('{"type": "set_level", "level": "loud"}')
            self.assertEqual((await receive(logs))["code"], "BPY-1002")

    async def test_the_spellings_name_their_members_in_the_documents_order(self):
        async with self.d.socket("/ws") as flat, self.d.socket("/ws/channel/missions") as brain, self.d.socket("/ws?envelope=1") as envelope:
            await receive(brain, "subscribed")
            for ws in (flat, envelope):
                await ws.send('{"type": "sub", "channel": "missions"}')
            await receive(flat, "subscribed")
            await receive(envelope, where=lambda message: message["event"] == "subscribed")
            self.broadcast("missions", {"id": 1}, "mission_update")
            for ws, members in ((flat, ["type", "data", "channel", "seq", "ts"]), (brain, ["type", "channel", "data", "timestamp", "seq"]),
                                (envelope, ["type", "event", "data", "timestamp", "channel", "seq"])):
                event = await receive(ws, where=lambda message: message.get("data") == {"id": 1})
                self.assertEqual(list(event), members)

    async def test_every_event_of_the_document_keeps_its_type(self):
        document = {"missions": "created started completed failed", "agents": "started stopped heartbeat error", "system": "startup shutdown health alerts custom_event",
                    "tasks": "queued started completed failed", "audit": "audit_log", "metrics": "metrics_update"}
        for channel, types in document.items():
            async with self.d.socket("/ws/channel/" + channel) as ws:
                await until(ws, "subscribed")
                for type in types.split():
                    seq = self.broadcast(channel, {"of": type}, type)["seq"]
                    event = await receive(ws)
                    self.assertEqual((event["type"], event["channel"], event["data"], event["seq"]), (type, channel, {"of": type}, seq))

    async def test_several_channels_at_once_and_the_short_names(self):
        async with self.d.socket("/ws/connect") as ws:
            await until(ws, "connected")
            for message, answer, channels in (('{"type": "subscribe", "channels": ["missions", "agents"]}', "subscribed", ["missions", "agents"]),
                                              ('{"type": "sub", "topics": ["tasks"]}', "subscribed", ["tasks"]),
                                              ('{"type": "unsub", "topics": ["missions", "tasks"]}', "unsubscribed", ["missions", "tasks"]),
                                              ('{"type": "unsubscribe", "channel": "agents"}', "unsubscribed", ["agents"])):
                await ws.send(message)
                told = [await receive(ws) for _ in channels]
                self.assertEqual([(m["type"], m["channel"]) for m in told], [(answer, channel) for channel in channels])
            self.assertEqual(self.d.json("/api/ws/stats")["channels"].get("agents", 0), 0)

    async def test_a_socket_may_publish_and_asks_for_the_answer(self):
        async with self.d.socket("/ws/connect") as ws, self.d.socket("/ws/channel/tasks") as other:
            await until(ws, "connected")
            await until(other, "subscribed")
            await ws.send('{"type": "publish", "channel": "tasks", "data": {"n": 1}}')
            await ws.send('{"type": "publish", "channel": "tasks", "event": "queued", "data": {"n": 2}, "ack": true}')
            told = await receive(ws)  # the first is not answered
            self.assertIsNow(told.pop("timestamp"))
            self.assertEqual(told, {"type": "published", "channel": "tasks", "seq": 2, "subscribers": 1})
            self.assertEqual([(m["type"], m["data"]) for m in (await receive(other), await receive(other))], [("message", {"n": 1}), ("queued", {"n": 2})])
            await ws.send('{"type": "publish", "data": 1}')
            self.assertEqual((await receive(ws))["code"], "BPY-1001")

    async def test_a_channel_says_all_that_the_contract_names(self):
        for n in range(3):
            self.broadcast("missions", n)
        channel = self.d.json("/api/ws/channels/missions")
        self.assertEqual(set(channel), {"channel", "subscribers", "connection_ids", "epoch", "seq", "durable", "oldest_seq"})
        self.assertEqual((channel["subscribers"], channel["connection_ids"], channel["epoch"], channel["seq"], channel["durable"], channel["oldest_seq"]),
                         (0, [], self.d.meta["epoch"], 3, True, 1))
        events = self.d.json("/api/ws/channels/missions/events?since=2")
        self.assertEqual(set(events), {"channel", "epoch", "seq", "recovered", "events", "next_since"})
        self.assertIsNow(events["events"][0].pop("timestamp"))
        self.assertEqual(events["events"], [{"type": "broadcast", "channel": "missions", "data": 2, "seq": 3}])

    def test_the_list_of_channels_is_read_in_pages(self):
        whole = self.d.json("/api/ws/channels?limit=1000")
        self.assertEqual(len(whole["channels"]), whole["total"])
        self.assertIsNone(whole.get("next_offset"))
        pages, offset = [], 0
        while offset is not None:
            page = self.d.json(f"/api/ws/channels?limit=4&offset={offset}")
            pages += page["channels"]
            offset = page.get("next_offset")
        self.assertEqual(pages, whole["channels"])
        for row in pages:
            self.assertEqual(set(row), {"channel", "subscribers", "seq", "durable", "purpose", "events"})

    def test_info_says_who_this_is(self):
        info = self.d.json("/api/ws/info")
        self.assertTrue(info["name"] and info["version"] and info["features"])
        for endpoint in ("WS /ws/channel/{name}", "POST /api/ws/broadcast/all", "POST /api/ws/broadcast/user", "GET /api/ws/stats", "GET /api/ws/info",
                         "GET /api/ws/channels", "GET /api/ws/channels/{channel}", "GET /api/ws/channels/{channel}/events"):
            self.assertIn(endpoint, info["endpoints"])

    def test_the_other_bodies_are_refused_in_words_too(self):
        for target, body, status, code in (("/api/ws/broadcast/user", {"type": "note"}, 400, "BPY-1001"), ("/api/ws/broadcast/user", "nonsense", 400, "BPY-1004"),
                                           ("/api/ws/broadcast/all", "nonsense", 400, "BPY-1004"), ("/api/ws/broadcast/all", "[]", 400, "BPY-1004")):
            response = self.d.request("POST", target, body=body if isinstance(body, str) else json.dumps(body), headers={"Content-Type": "application/json"})
            self.assertEqual((response.status, json.loads(response.text)["code"]), (status, code), (target, body))
        self.assertEqual(self.d.get("/api/ws/broadcast").status, 405)
        self.assertEqual(self.d.request("POST", "/api/ws/broadcast", body="channel=a", headers={"Content-Type": "application/x-www-form-urlencoded"}).status, 415)

    async def test_status_and_logs_answer_what_they_take(self):
        async with self.d.socket("/ws/status") as status, self.d.socket("/ws/logs?level=error") as logs:
            await receive(status, "status")
            await receive(logs, "log")
            for ws in (status, logs):
                await ws.send('{"type": "ping"}')
                self.assertIsNow((await receive(ws, "pong"))["timestamp"])
                await ws.send('{"type": "subscribe", "channel": "missions"}')
                self.assertEqual((await receive(ws))["code"], "BPY-1005")
            await logs.send('{"type": "set_level", "level": "warn"}')
            self.assertEqual(self.d.request("GET", "/", headers={"Host": "evil.example"}).status, 403)  # logged as a warning
            self.assertEqual((await receive(logs, "log"))["level"], "warn")

    def test_the_same_with_npms_ws(self):
        done = subprocess.run(["node", str(HERE / "brain_client.mjs"), str(self.d.ws_port), str(self.d.http_port)], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("42 checks", done.stdout)


if __name__ == "__main__":
    main()

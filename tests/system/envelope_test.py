"""The Bodhisattva services' document: envelope, requests and responses, rooms, profiles, presence."""
import json
import re
import uuid

from harness import Case, main, receive, run

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
PROFILES = {"session-buddy": (8678, 8688), "mahavishnu": (8680, 8690), "akosha": (8682, 8692),
            "crackerjack": (8676, 8686), "dhruva": (8683, 8693), "excalidraw": (3032, 3042)}


class Envelope(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def publish(self, channel, data, type="session_update"):
        return self.d.json("/api/ws/broadcast", "POST", {"channel": channel, "message": data, "type": type}, status=202)

    async def request(self, ws, event, data):
        id = str(uuid.uuid4())
        await ws.send(json.dumps({"type": "request", "event": event, "data": data, "correlation_id": id}))
        response = await receive(ws, "response")
        self.assertEqual(set(response), {"type", "event", "data", "timestamp", "correlation_id"})
        self.assertEqual(response["correlation_id"], id)
        self.assertRegex(response["timestamp"], ISO)
        return response

    async def test_a_session_is_subscribed_and_its_updates_come_in_the_envelope(self):
        async with self.d.socket("/") as ws:
            greeting = await receive(ws)
            self.assertEqual((greeting["type"], greeting["event"]), ("event", "connected"))
            await ws.send(json.dumps({"type": "subscribe", "session_id": "42"}))
            self.assertEqual((await receive(ws))["data"]["channel"], "session:42")
            self.publish("session:42", {"step": 1})
            event = await receive(ws)
            self.assertRegex(event.pop("timestamp"), ISO)
            self.assertEqual(event, {"type": "event", "event": "session_update", "data": {"step": 1}, "channel": "session:42", "seq": 1})

    async def test_the_query_joins_rooms(self):
        async with self.d.socket("/?session_id=7&diagram_id=x&client_id=me") as ws:
            await receive(ws)
            self.assertEqual({(await receive(ws))["data"]["channel"] for _ in range(2)}, {"session:7", "diagram:x"})
            self.assertEqual(self.d.json("/api/ws/stats")["channels"], {"diagram:x": 1, "session:7": 1})

    async def test_requests_are_answered_with_their_correlation_id(self):
        async with self.d.socket("/ws?envelope=1") as ws:
            self.assertEqual((await receive(ws))["event"], "watch.status")
            self.assertEqual((await self.request(ws, "subscribe", {"channel": "missions"}))["event"], "subscribed")
            self.assertEqual((await self.request(ws, "ping", {}))["event"], "pong")
            refused = await self.request(ws, "dance", {})
            self.assertEqual((refused["event"], refused["data"]["code"]), ("error", "BPY-1005"))
            told = await self.request(ws, "publish", {"channel": "missions", "event": "created", "data": {"id": 1}, "ack": True})
            self.assertEqual((told["event"], told["data"]["seq"]), ("published", 1))

    async def test_every_door_speaks_it_to_who_asks(self):
        for door in ("/ws", "/ws/connect", "/ws/channel/missions"):
            async with self.d.socket(door, subprotocols=["other", "bpyd.envelope.v1"]) as ws:
                self.assertEqual(ws.subprotocol, "bpyd.envelope.v1")
                self.assertEqual((await receive(ws))["type"], "event")

    async def test_a_publication_keeps_its_correlation_id(self):
        async with self.d.socket("/") as ws, self.d.socket("/ws/channel/tasks") as other:
            await receive(ws)
            await receive(other, "subscribed")
            await ws.send(json.dumps({"type": "request", "event": "publish", "data": {"channel": "tasks", "event": "queued", "data": 1}, "correlation_id": "abc"}))
            self.assertEqual((await receive(other, "queued"))["correlation_id"], "abc")

    async def test_presence_is_told_to_those_who_asked(self):
        async with self.d.socket("/ws/connect?user_id=ann") as ann, self.d.socket("/ws/connect?client_id=deaf") as deaf:
            await receive(ann, "connected")
            await receive(deaf, "connected")
            await ann.send('{"type": "subscribe", "channel": "room:1", "presence": true}')
            self.assertEqual([m["user"] for m in (await receive(ann, "subscribed"))["members"]], ["ann"])
            await deaf.send('{"type": "subscribe", "channel": "room:1"}')
            await receive(deaf, "subscribed")
            self.assertEqual((await receive(ann))["type"], "join")
            async with self.d.socket("/ws/channel/room:1?user_id=bob") as bob:
                id = (await receive(bob, "connected"))["connection_id"]
                join = await receive(ann)
                self.assertEqual((join["type"], join["connection_id"], join["user"], join["channel"]), ("join", id, "bob", "room:1"))
            self.assertEqual((await receive(ann))["type"], "leave")
            await deaf.send('{"type": "ping"}')
            self.assertEqual((await receive(deaf))["type"], "pong")

    async def test_wildcards(self):
        async with self.d.socket("/ws/connect") as ws:
            await receive(ws, "connected")
            await ws.send('{"type": "subscribe", "channels": ["session:*", "session:1"]}')
            self.assertEqual([(await receive(ws))["channel"] for _ in range(2)], ["session:*", "session:1"])
            for room in ("session:1", "session:2", "other", "session:3"):
                self.publish(room, room)
            self.assertEqual([(await receive(ws))["channel"] for _ in range(3)], ["session:1", "session:2", "session:3"])

    async def test_no_wildcard_reaches_a_user(self):
        async with self.d.socket("/?user_id=bob") as ws, self.d.socket("/?user_id=ann") as ann:
            await receive(ws)
            await receive(ann)
            self.assertEqual((await self.request(ws, "subscribe", {"channel": "*"}))["event"], "subscribed")
            for wanted in ("user:*", "user:a*", "user:ann"):
                await self.request(ws, "subscribe", {"channel": wanted})  # refused or deaf: never told
            self.d.json("/api/ws/broadcast/user", "POST", {"user": "ann", "type": "note", "data": "secret"}, status=202)
            self.assertEqual((await receive(ann, where=lambda message: message["event"] == "note"))["data"], "secret")
            self.publish("other", 1)
            self.assertEqual((await receive(ws, "event"))["channel"], "other")

    async def test_a_wildcard_and_its_channel_tell_once_until_both_end(self):
        async with self.d.socket("/") as ws:
            await receive(ws)
            await self.request(ws, "subscribe", {"channels": ["session:1"]})
            await self.request(ws, "subscribe", {"channel": "session:*"})
            await self.request(ws, "unsubscribe", {"channel": "session:1"})
            self.publish("session:1", 1)
            self.assertEqual((await receive(ws, "event"))["data"], 1)  # the wildcard still holds
            self.assertEqual((await self.request(ws, "unsubscribe", {"channel": "session:*"}))["event"], "unsubscribed")
            self.publish("session:1", 2)
            self.assertEqual((await self.request(ws, "ping", {}))["event"], "pong")

    async def test_a_refusal_explains_itself_under_data(self):
        async with self.d.socket("/") as ws:
            await receive(ws)
            for event, data, code in (("dance", {}, "BPY-1005"), ("subscribe", {}, "BPY-1001"), ("subscribe", {"channel": "a b"}, "BPY-1002")):
                refused = await self.request(ws, event, data)
                self.assertEqual((refused["event"], refused["data"]["code"]), ("error", code))
                self.assertTrue(refused["data"]["message"] and refused["data"]["suggestion"])

    async def test_leaving_is_told_by_channel_and_connection(self):
        async with self.d.socket("/ws/connect") as watcher, self.d.socket("/ws/connect?client_id=c7") as other:
            await receive(watcher, "connected")
            id = (await receive(other, "connected"))["connection_id"]
            await watcher.send('{"type": "subscribe", "channel": "room:2", "presence": true}')
            await receive(watcher, "subscribed")
            for message, told in (('{"type": "subscribe", "channel": "room:2"}', "join"), ('{"type": "unsubscribe", "channel": "room:2"}', "leave")):
                await other.send(message)
                seen = await receive(watcher)
                self.assertEqual((seen["type"], seen["channel"], seen["connection_id"], seen["client_id"]), (told, "room:2", id, "c7"))
                self.assertIsInstance(seen["timestamp"], float)

    def test_the_six_services_are_shipped_profiles(self):
        for name, (http_port, ws_port) in PROFILES.items():
            config = json.loads(run("config", "--json", "--profile", name, runtime=self.folder, check=0).stdout)
            self.assertEqual((config["values"]["http_port"], config["values"]["port"]), (http_port, ws_port), name)
            self.assertEqual(len(config["values"]["channels"]), 3, name)
            self.assertEqual(config["origins"]["port"], "profile " + name)

    async def test_a_profile_listens_and_knows_its_rooms(self):
        d = self.daemon("--profile", "session-buddy", wait=False)
        d.profile = "session-buddy"
        d.wait_ready()
        rows = {row["channel"]: row for row in d.json("/api/ws/channels?limit=1000")["channels"]}
        self.assertEqual(rows["session:{id}"]["events"], ["session_update"])
        async with d.socket("/?session_id=1") as ws:
            self.assertEqual((await receive(ws))["event"], "connected")

    async def test_each_of_the_six_starts_and_speaks_the_envelope(self):
        for name in PROFILES:
            with self.subTest(name):
                d = self.daemon("--profile", name, wait=False)
                d.profile = name
                d.wait_ready()
                self.assertEqual(d.meta["profile"], name)
                async with d.socket("/?session_id=1") as ws:
                    self.assertEqual((await receive(ws))["event"], "connected")
                    self.assertEqual((await receive(ws))["data"]["channel"], "session:1")
                self.assertEqual(d.stop(), 0)


if __name__ == "__main__":
    main()

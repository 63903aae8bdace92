"""SIGKILL in the middle of writes of every kind at once: it starts again without help, nothing that was
acknowledged is lost, no file is half, nothing heaps up.

BPYD_KILLS: how many (12; 200 by hand). BPYD_SEED: the kill moments of an earlier run again."""
import asyncio
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import time

import websockets

from aio import Gone, Kept, gone_when_cut
from attack import Tally
from harness import BPYD, PATIENCE, STORY, Case, main, run

KILLS = int(os.environ.get("BPYD_KILLS", "12"))
SEED = int(os.environ.get("BPYD_SEED", str(random.SystemRandom().randrange(1 << 32))))
CHANNELS = ("missions", "tasks", "audit")  # audit waits for the disk
EXTRA = 5  # projects that come and go
LOG_BYTES, LOG_FILES = 10 << 20, 5
TEMPORARIES = 2  # that may be left after a start
SNAPSHOTS = "/api/v1/history/snapshots"
tally = Tally("hostile.kill")


class Sure:
    """A value that was acknowledged, and one that was asked for when the daemon died: either may be there."""

    def __init__(self, value=None):
        self.allowed = [value]

    @property
    def value(self):
        return self.allowed[0]

    def ask(self, value):
        self.allowed = [self.value, value]

    def acknowledged(self):
        self.allowed = [self.allowed[-1]]

    def found(self, value):
        """Was it to be expected? From now on it is what counts."""
        fits = value in self.allowed
        self.allowed = [value]
        return fits


class Kill(Case):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)
        self.number = 0
        self.problems = collections.defaultdict(list)  # kind → what was wrong, round by round
        self.root = self.project()
        self.roots = [self.project(f"extra{n}") for n in range(EXTRA)]
        self.aliases = {str(root): Sure() for root in self.roots}
        self.told = {channel: {} for channel in CHANNELS}  # number → data, acknowledged or heard
        self.checked = {channel: 0 for channel in CHANNELS}
        self.heard = {channel: 0 for channel in CHANNELS}
        self.listening = {f"client{n}": Sure(frozenset()) for n in range(24)}
        self.watch, self.rules = Sure(), Sure()
        self.snapshots = {}  # id → Sure((name, pinned))
        self.renaming = None
        self.trusted, self.maybe_trusted = [], []
        self.round = 0

    def next(self):
        self.number += 1
        return self.number

    def wrong(self, kind, what):
        self.problems[kind].append(f"round {self.round}: {what}")

    # Writers. Each goes on until the daemon is gone.

    async def publish_over_http(self, channel, batch):
        async with Kept(self.d.http_port) as http:
            while True:
                wanted = [self.next() for _ in range(batch)]
                answers = http.pipelined([("POST", "/api/ws/broadcast", {"channel": channel, "message": n}) for n in wanted])
                for n in wanted:
                    status, body = await anext(answers)
                    assert status == 202, body
                    self.acknowledge(channel, json.loads(body)["seq"], n)

    async def publish_over_a_socket(self, channel):
        async with self.talk() as say:
            while True:
                n = self.next()
                told = await say("published", {"type": "publish", "channel": channel, "event": "e", "data": n, "ack": True})
                self.acknowledge(channel, told["seq"], n)

    def acknowledge(self, channel, seq, data):
        if self.told[channel].setdefault(seq, data) != data:
            self.wrong("number given twice", f"{channel} {seq}: {self.told[channel][seq]} and {data}")
        tally.add(f"events acknowledged on {channel}")

    def talk(self, query=""):
        return Talk(self.d.ws_port, query)

    async def listen(self):
        """What a client saw counts as promised, and it resumes over every kill."""
        async with self.talk() as say:
            for channel in CHANNELS:
                since = {"epoch": self.epoch, "seq": self.heard[channel]}
                await say.send({"type": "subscribe", "channel": channel, "since": since})
            while True:
                message = await say.receive()
                channel = message.get("channel")
                if message["type"] == "subscribed":
                    if not message["recovered"] or message["epoch"] != self.epoch:
                        self.wrong("resume", f"{channel} since {self.heard[channel]}: {message}")
                elif channel in self.heard and message["type"] != "published":
                    if message["seq"] != self.heard[channel] + 1:
                        self.wrong("gap", f"{channel}: {message['seq']} after {self.heard[channel]}")
                    self.heard[channel] = message["seq"]
                    if self.told[channel].setdefault(message["seq"], message["data"]) != message["data"]:
                        self.wrong("another event", f"{channel} {message['seq']}")
                    tally.add("events heard")

    async def subscribe(self):
        while True:
            client = self.chance.choice(sorted(self.listening))
            sure = self.listening[client]
            async with self.talk(f"?client_id={client}") as say:
                for _ in range(3):
                    room = f"room:{self.chance.randrange(12)}"
                    verb = "unsubscribe" if room in sure.value else "subscribe"
                    sure.ask(sure.value ^ {room})
                    await say(verb + "d", {"type": verb, "channel": room}, lambda message: message["channel"] == room)  # pylint: disable=cell-var-from-loop
                    await self.written(client, sure.allowed[-1])  # a moment after the answer, as the documentation says
                    sure.acknowledged()
                    tally.add("subscriptions kept")

    async def written(self, client, rooms):
        file = self.d.runtime / "default/daemon_subs.json"
        while not file.exists() or rooms != frozenset(json.loads(file.read_text())["clients"].get(client, {"channels": []})["channels"]):
            if not self.alive:
                raise Gone
            await asyncio.sleep(0.005)

    async def register(self):
        async with Kept(self.d.http_port) as http:
            while True:
                root = self.chance.choice(sorted(self.aliases))
                sure = self.aliases[root]
                alias = f"a{self.next()}"
                if sure.value is None:
                    sure.ask(alias)
                    status, body = await http.json("POST", "/api/projects", {"root": root, "alias": alias})
                elif self.chance.random() < 0.4:
                    sure.ask(None)
                    status, body = await http.json("DELETE", f"/api/projects/{sure.value}")
                else:
                    sure.ask(alias)
                    status, body = await http.json("PATCH", f"/api/projects/{sure.value}", {"alias": alias})
                assert status in (200, 201), body
                sure.acknowledged()
                tally.add("registrations")

    async def set_watch(self):
        async with Kept(self.d.http_port) as http:
            while True:
                n = self.next()
                self.watch.ask((n % 40, [f"*.draft{n}"]))
                status, body = await http.json("POST", "/api/watch/config", {"settle_ms": n % 40, "ignore": [f"*.draft{n}"]})
                assert status == 200, body
                self.watch.acknowledged()
                tally.add("watch settings")

    async def put_rules(self):
        async with Kept(self.d.http_port) as http:
            while True:
                rules = {"extends": "none", "checks": {"*": "off"}, "rules": [{"id": f"r{self.next()}", "check": "words", "max": 10000}]}
                self.rules.ask(rules)
                status, body = await http.json("PUT", "/api/governance/rules", {"project": "story", "rules": rules})
                assert status == 200, body
                self.rules.acknowledged()
                tally.add("rules")

    async def snapshot(self):
        async with Kept(self.d.http_port) as http:
            while True:
                wanted = (f"snapshot-{self.next()}", self.chance.random() < 0.5)
                self.renaming = wanted  # it may be the name of one that is there already: nothing changed since
                status, body = await http.json("POST", SNAPSHOTS, {"project": "story", "name": wanted[0], "pinned": wanted[1]})
                assert status == 201, body
                self.snapshots[body["id"]] = Sure((body["name"], body["pinned"]))
                self.renaming = None
                tally.add("snapshots")
                if self.chance.random() < 0.3:
                    sure, other = self.snapshots[body["id"]], (f"renamed-{self.next()}", not body["pinned"])
                    sure.ask(other)
                    status, body = await http.json("PATCH", f"{SNAPSHOTS}/{body['id']}", {"project": "story", "name": other[0], "pinned": other[1]})
                    assert status == 200, body
                    sure.acknowledged()
                    tally.add("snapshots renamed and pinned")

    async def save(self):
        """Scripts in place and by rename, each waited for until its report is there."""
        async with Kept(self.d.http_port) as http:
            script = self.root / "game/script.rpy"
            while True:
                n = self.next()
                text = STORY.replace("Hello.", f"Hello {n}.")
                if n % 3 == 0:
                    text += f"label more{n}:\n    return\n"
                if n % 2:
                    (self.root / "game/fresh").write_text(text)
                    os.replace(self.root / "game/fresh", script)
                else:
                    script.write_text(text)
                status, body = await http.json("POST", "/api/watch/sync", {"project": "story"})
                assert status == 200, body
                tally.add("saves with a report")

    async def trust(self):
        """`bpyd trust` itself writes: one of four is killed too."""
        while True:
            root = self.folder / f"trusted/{self.next()}"
            (root / "game").mkdir(parents=True)
            doomed = self.chance.random() < 0.25
            if doomed:
                self.maybe_trusted.append(str(root))
            code, errors = await asyncio.to_thread(self.command, "trust", root, killed_after=self.chance.uniform(0, 0.2) if doomed else None)
            if code == 0:
                self.trusted.append(str(root))
                tally.add("trusted")
            elif not doomed:
                raise AssertionError(f"bpyd trust: {code} {errors}")
            if not self.alive:
                return

    def command(self, *arguments, killed_after):
        process = subprocess.Popen([BPYD, "--runtime-dir", self.d.runtime, *arguments], env=self.d.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _, errors = process.communicate(timeout=killed_after or PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
            tally.add("commands killed")
        return process.returncode, errors

    # Rounds.

    async def test_nothing_acknowledged_is_lost_whenever_it_is_killed(self):
        asyncio.get_running_loop().set_debug(False)  # unittest's debug mode costs four fifths of the time
        runtime = None
        self.d = None
        began = time.monotonic()
        self.round = 0
        while self.round < KILLS or (self.unseen() and self.round < 10 * KILLS):
            self.round += 1
            self.fill_log(runtime)
            if runtime and self.chance.random() < 0.2:  # while it starts
                early = self.daemon("--project", self.root, runtime=runtime, wait=False)
                await asyncio.sleep(self.chance.uniform(0, 0.3))  # the moment itself
                early.kill()
                tally.add("kills while it starts")
                self.look_at_files(runtime)
            self.d = await asyncio.to_thread(self.start, runtime)
            runtime = self.d.runtime
            await self.verify()
            await self.write_until_killed()
            tally.add("kills")
            self.look_at_files(runtime)
        self.fill_log(runtime)
        self.d = await asyncio.to_thread(self.start, runtime)
        self.round += 1
        await self.verify(everything=True)
        self.verify_trust()
        self.d.stop()
        self.look_at_files(runtime)
        tally.add("seconds", round(time.monotonic() - began))
        self.assertEqual(self.unseen(), [], "kills that came before any of these was acknowledged show nothing")
        for kind, cases in self.problems.items():
            print(f"  WRONG {kind}: {len(cases)}, for example:\n    " + "\n    ".join(cases[:4]))
        self.assertEqual({kind: len(cases) for kind, cases in self.problems.items()}, {})

    def unseen(self):
        """What was never acknowledged before a kill: a busy machine needs more rounds."""
        kinds = ("events acknowledged on audit", "subscriptions kept", "registrations", "watch settings", "rules", "snapshots", "trusted", "saves with a report", "log rotations")
        return [kind for kind in kinds if tally.counts[kind] == 0]

    def start(self, runtime):
        d = self.daemon("--project", self.root, runtime=runtime)
        d.ready("story")
        return d

    async def write_until_killed(self):
        self.alive = True
        writers = [self.publish_over_http("missions", 16), self.publish_over_http("audit", 4), self.publish_over_a_socket("tasks"), self.publish_over_a_socket("audit"),
                   self.listen(), self.subscribe(), self.register(), self.set_watch(), self.put_rules(), self.snapshot(), self.save()]
        async with asyncio.TaskGroup() as group:
            for writer in (*writers, self.trust()):
                group.create_task(self.until_gone(writer))
            await asyncio.sleep(self.chance.uniform(0.02, 0.7) * max(1, self.round / KILLS))  # the moment itself
            self.alive = False
            self.d.process.kill()
        self.d.kill()

    async def until_gone(self, writer):
        try:
            await writer
        except Gone:
            if self.alive:
                raise AssertionError(f"cut off before the kill: {writer}") from None

    def fill_log(self, runtime):
        """So full that what the next run writes rotates it."""
        log = runtime and runtime / "ws_daemon.log"
        if not runtime or not log.exists():
            return
        self.look_at_logs(runtime)
        if self.round % 3:
            return
        line = json.dumps({"ts": "2026-01-01T00:00:00.000Z", "level": "info", "component": "test", "event": "filler", "msg": "x" * 4000, "daemon_pid": 0}) + "\n"
        room = LOG_BYTES - log.stat().st_size - self.chance.randrange(200, 6000)
        torn = not log.read_bytes().endswith(b"\n")
        with open(log, "a") as file:
            file.write("\n" * torn + line * max(0, room // len(line)))
        self.log_inode = log.stat().st_ino
        self.filled = True

    filled = False

    def look_at_logs(self, runtime):
        files = sorted(runtime.glob("ws_daemon*"))
        if len(files) > LOG_FILES or any(file.stat().st_size > LOG_BYTES + 8192 for file in files):
            self.wrong("log", f"{[(file.name, file.stat().st_size) for file in files]}")
        if self.filled and (runtime / "ws_daemon.1.log").exists() and (runtime / "ws_daemon.1.log").stat().st_ino == self.log_inode:
            tally.add("log rotations")
            self.filled = False
        for file in files:
            broken = sum(not whole(line) for line in file.read_bytes().splitlines() if line.strip())
            if broken > self.round + tally.counts["kills while it starts"]:
                self.wrong("log lines", f"{file.name}: {broken} are not JSON")

    def states(self, runtime):
        return [*(runtime / "default").glob("*.json"), *(file for root in (self.root, *self.roots) for file in (root / ".branchpy").glob("*.json"))]

    def look_at_files(self, runtime):
        """Right after the kill, before anybody mends anything."""
        for file in self.states(runtime):
            tally.add("JSON files looked at")
            if not whole(file.read_bytes()):
                self.wrong("half a file", f"{file}: {file.read_bytes()[:200]!r}")
        tally.most("temporary files at most after a kill", len(self.temporaries(runtime)))

    def temporaries(self, runtime):
        folders = [runtime, runtime / "default", runtime / "default/events", *(root / ".branchpy" for root in (self.root, *self.roots))]
        return [file for folder in folders if folder.exists() for file in folder.iterdir() if re.search(r"^\.bpyd-tmp-|\.tmp$", file.name)]

    # What was promised.

    async def verify(self, everything=False):
        async with Kept(self.d.http_port) as http:
            self.http = http
            if self.round == 1:
                self.epoch = self.d.meta["epoch"]
            if self.d.meta["epoch"] != self.epoch:
                self.wrong("epoch", f"{self.d.meta['epoch']} instead of {self.epoch}")
            if everything:
                self.checked = {channel: 0 for channel in CHANNELS}
            for channel in CHANNELS:
                await self.verify_events(channel)
            projects = {row["root"]: row["alias"] for row in (await self.good("GET", "/api/projects?limit=1000"))["projects"]}
            for root, sure in self.aliases.items():
                self.expect("registration", sure, projects.get(root), root)
            if str(self.root) not in projects:
                self.wrong("registration", f"{self.root} is gone")
            config = await self.good("GET", "/api/watch/config")
            if self.watch.value is not None or len(self.watch.allowed) > 1:
                self.expect("watch settings", self.watch, None if config["ignore"] == [] else (config["settle_ms"], config["ignore"]), "for all")
            rules = await self.good("GET", "/api/governance/rules?project=story")
            self.expect("rules", self.rules, rules["rules"] if rules["exists"] else None, "story")
            await self.verify_snapshots(everything)
            for client, sure in self.listening.items():
                self.expect("subscriptions", sure, await self.remembered(client), client)
            self.verify_trusted()
            bad = [file for folder in (self.d.runtime, self.root) for file in folder.rglob("*") if re.search(r"\.bad$|damaged", file.name)]
            if bad:
                self.wrong("set aside", f"{bad}")
                [file.unlink() for file in bad]
            await self.verify_temporaries()
            if not whole((self.root / ".branchpy/stats2.json").read_bytes()):
                self.wrong("half a file", "stats2.json after the start")

    async def good(self, method, target, body=None):
        status, answer = await self.http.json(method, target, body)
        assert status == 200, f"{method} {target}: {status} {answer}"
        return answer

    def expect(self, kind, sure, found, what):
        tally.add(f"{kind} verified")
        allowed = list(sure.allowed)
        if not sure.found(found):
            self.wrong(kind, f"{what}: found {found}, acknowledged was {allowed[0]}" + (f", asked for {allowed[1]}" if len(allowed) > 1 else ""))

    async def verify_events(self, channel):
        last = max(self.told[channel], default=0)
        since = self.checked[channel]
        while True:
            page = await self.good("GET", f"/api/ws/channels/{channel}/events?since={since}&epoch={self.epoch}&limit=1000")
            if not page["recovered"]:
                self.wrong("events", f"{channel} since {since}: not recovered")
            if not page["events"]:
                break
            for event in page["events"]:
                if event["seq"] != since + 1:
                    self.wrong("events", f"{channel}: {event['seq']} after {since}")
                since = event["seq"]
                if since in self.told[channel] and self.told[channel][since] != event["data"]:
                    self.wrong("events", f"{channel} {since}: {event['data']} instead of {self.told[channel][since]}")
                self.told[channel].setdefault(since, event["data"])
                tally.add("events verified")
        if since < last:
            self.wrong("events", f"{channel} ends at {since}, acknowledged was {last}")
        self.checked[channel] = since

    async def verify_snapshots(self, everything):
        found, offset = {}, 0
        while offset is not None:
            page = await self.good("GET", f"{SNAPSHOTS}?project=story&limit=1000&offset={offset}")
            found.update({row["id"]: row for row in page["snapshots"]})
            offset = page["next_offset"] if everything or self.round % 10 == 0 or not self.snapshots or min(found) > max(self.snapshots) - 200 else None
        renamed, self.renaming = self.renaming, None
        for number, sure in self.snapshots.items():
            row = found.get(number)
            if row is None and number < min(found, default=0):
                continue  # a page that was not asked for
            is_now = row and (row["name"], row["pinned"])
            if is_now == renamed:
                sure.ask(renamed)
            elif renamed and row and row["name"] == renamed[0]:
                sure.ask((renamed[0], sure.value[1] or renamed[1]))
            self.expect("snapshots", sure, is_now, number)
        names = [sure.value[0] for sure in self.snapshots.values() if sure.value]
        for name in names if everything else names[-5:]:
            row = await self.good("GET", f"{SNAPSHOTS}/{name}?project=story" + ("&report=false" if everything and self.chance.random() > 0.1 else ""))
            if row["name"] != name:
                self.wrong("snapshots", f"{name} leads to {row['name']}")
            tally.add("snapshots fetched by name")

    async def remembered(self, client):
        """The channels that a client which comes back has without asking."""
        async with self.talk(f"?client_id={client}") as say:
            await say.send({"type": "ping"})
            channels = set()
            while (message := await say.receive())["type"] != "pong":
                if message["type"] == "subscribed":
                    channels.add(message["channel"])
            return frozenset(channels)

    def verify_trusted(self):
        file = self.d.runtime / "default/trusted.json"
        listed = json.loads(file.read_text())["projects"] if file.exists() else []
        lost = set(self.trusted) - set(listed)
        strange = set(listed) - set(self.trusted) - set(self.maybe_trusted)
        if lost or strange or len(listed) != len(set(listed)):
            self.wrong("trust", f"lost {sorted(lost)[:3]}, never asked for {sorted(strange)[:3]}")
            self.trusted = [root for root in self.trusted if root not in lost]

    def verify_trust(self):
        """By what it is for: a trusted project's own command runs, another's does not."""
        never = self.project("never")
        for root, wanted in ((pathlib.Path(self.chance.choice(self.trusted)), 202), (never, 409)):
            (root / "game/script.rpy").write_text(STORY)
            (root / ".branchpy").mkdir(exist_ok=True)
            (root / ".branchpy/config.json").write_text(json.dumps({"pilot": {"warp_command": ["true", "{place}"]}}))
            alias = self.d.register(root)["alias"]
            self.d.json("/pilot/warp", "POST", {"project": alias, "file": "game/script.rpy", "line": 2}, status=wanted)

    async def verify_temporaries(self):
        """What is being written just now has one too, for a moment."""
        while len(left := self.temporaries(self.d.runtime)) > TEMPORARIES and any(age(file) < 2 for file in left):
            await asyncio.sleep(0.02)
        tally.most("temporary files at most after a start", len(left))
        if len(left) > TEMPORARIES:
            places = collections.Counter(str(file.parent.relative_to(self.folder if self.folder in file.parents else self.d.runtime)) for file in left)
            self.wrong("temporary files", f"{dict(places)}")

    async def test_projects_trusted_at_the_same_time_are_all_trusted(self):
        runtime = self.folder / "rt"
        (runtime / "default").mkdir(parents=True, mode=0o700)
        roots = [self.project(f"at-once{n}") for n in range(8)]
        for one_round in range(4):
            done = await asyncio.gather(*(asyncio.to_thread(run, "trust", root, runtime=runtime) for root in roots[one_round * 2:one_round * 2 + 2]))
            self.assertEqual([one.returncode for one in done], [0, 0])
            tally.add("trusted at the same time", 2)
        self.assertEqual(sorted(json.loads((runtime / "default/trusted.json").read_text())["projects"]), sorted(map(str, roots)))


class Talk:
    """A socket as a context; calling it sends a message and returns its answer."""

    def __init__(self, port, query):
        self.port, self.query = port, query

    async def __aenter__(self):
        with gone_when_cut():
            self.socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/ws/connect{self.query}", max_size=None, max_queue=None, compression=None, close_timeout=1)
        return self

    async def __aexit__(self, *what):
        with gone_when_cut():
            await self.socket.close()

    async def send(self, message):
        with gone_when_cut():
            await self.socket.send(json.dumps(message))

    async def receive(self):
        with gone_when_cut():
            return json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))

    async def __call__(self, kind, message, fits=lambda message: True):
        await self.send(message)
        while True:
            answer = await self.receive()
            assert answer["type"] != "error", answer
            if answer["type"] == kind and fits(answer):
                return answer


def age(file):
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:  # it became what it was for
        return 0


def whole(data):
    try:
        json.loads(data)
        return True
    except ValueError:
        return False


if __name__ == "__main__":
    print(f"BPYD_SEED={SEED} BPYD_KILLS={KILLS}", flush=True)
    main()

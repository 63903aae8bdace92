"""Nothing that a request names leads out of a project, and nothing that lies in a project, or in the daemon's
own folder, does harm by what it is: a link, a pipe, a device, a folder, too much of anything."""
import json
import os
import re
import shutil
import signal
import socket
import time
import urllib.parse

from attack import CODE, JSON, Attack, Tally, attempt, code_in, filled, request, upgrade, with_body
from harness import STORY, commit, main

TALLY = Tally("hostile.files")
SECRET = "the-secret-that-lies-outside"
OUTSIDE = f"label {SECRET.replace('-', '_')}:\n    \"{SECRET}\"\n    return\n"


class Named(Attack):
    """What requests name."""
    tally = TALLY

    def setUp(self):
        super().setUp()
        commit(self.folder / "story")
        self.secret = self.folder / "secret.txt"
        self.secret.write_text(OUTSIDE)

    def assert_kept(self, answer, told):
        for secret in (SECRET, SECRET.replace("-", "_"), "root:x:"):
            self.assertNotIn(secret.encode(), answer[2], told)

    BAD_SEGMENTS = [b"%2f", b"%2F", b"..%2f..%2fetc%2fpasswd", b"%5c", b"%5C", b"..%5c..", b"\\", b"..\\..\\x", b"%00", b"a%00b", b"%01", b"%0a", b"%0d%0aX:%20y", b"%1b[31m", b"%7f", b"%ff",
                    b"%fe%ff", b"%c0%ae%c0%ae", b"%c0%af",
                    b"%e0%80%af", b"%f0%80%80%af", b"%ed%a0%80", b"%f4%90%80%80", b"%f8%88%80%80%80", b"%c3", b"%e2%82", b"%80", b"%", b"%2", b"%zz", b"%u002f", b"%%32%66", b"a%2", b"%c1%9c"]
    ODD_SEGMENTS = [b"..", b"%2e%2e", b"%2e", b".", b"...", b"%252f", b"%252e%252e%252f", b"%25%32%66", b"%2500", b"a;b", b"a%3bb", b"~", b"%20", b"%c2%85", b"%e2%80%ae", b"%ef%bc%8f", b"C:",
                    b"con", b"-1", b"--help", b"a" * 4000,
                    b"%f0%9f%98%80", b"*", b"%3f", b"%23", b"${jndi:x}", b"$(id)", b"`id`", b"'%20or%201=1--", b"%27;DROP%20TABLE%20snapshots;--"]

    def test_segments_that_hide_something(self):
        templates = [(method, pattern.encode()) for method, pattern, _ in self.operations() if "{" in pattern]
        self.assertGreater(len(templates), 6)
        fixed = [(b"GET", pattern) for pattern in (b"/{x}", b"/static/{x}", b"/pilot/{x}", b"/ws/{x}", b"/ws/channel/{x}", b"/{x}/pilot/health", b"/static/{x}/page.css")]
        for port in self.ports:
            for method, pattern in templates + fixed:
                before, after = re.split(rb"\{\w+\}", pattern)
                for bad in self.BAD_SEGMENTS:
                    self.refused(attempt(method, before + bad + after), (400,), port)
                for odd in self.ODD_SEGMENTS:
                    answer = self.ask(attempt(method, before + odd + after), port)
                    self.assertIn(answer[0], (200, 400, 404, 405, 426) if b"/channels/" in pattern else (400, 404, 405, 426), (pattern, odd))
                    self.assert_kept(answer, (pattern, odd))
            for bad in self.BAD_SEGMENTS:
                self.refused(upgrade(b"/ws/channel/" + bad), (400,), port)
        self.assertEqual(self.d.json("/api/projects")["total"], 1)

    def test_queries_that_hide_something(self):
        for port in self.ports:
            for bad in (b"%00", b"%01", b"%0a", b"%0d%0a", b"%7f", b"%ff", b"%c0%ae", b"%ed%a0%80", b"%", b"%zz", b"%c3"):
                self.refused(request(b"GET", b"/pilot/paths?project=" + bad), (400,), port)
                self.refused(request(b"GET", b"/pilot/paths?" + bad + b"=story"), (400,), port)

    def test_log_lines_hold_no_control_characters(self):
        for escaped in (b"%c2%85", b"%c2%9b31m", b"%e2%80%a8", b"%e2%80%a9"):  # next line, an escape of terminals, separators of lines
            self.ask(request(b"GET", b"/log" + escaped + b"{}"))
        lines = (self.d.runtime / "ws_daemon.log").read_text()
        self.assertIn("/log", lines)
        self.assertNotRegex(lines, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")

    def hostile_values(self, known):
        """All of them for a parameter met the first time; with another route of the same parameter a few will do."""
        written = str(self.folder / "written")
        out = str(self.secret)
        values = [out, "../secret.txt", "../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "....//....//etc/passwd", "..\\..\\secret.txt", "game/../../secret.txt",
                  "./../secret.txt", "/proc/self/environ", "/proc/self/fd/0",
                  "/dev/zero", "~root", "~/.ssh/id_rsa", "//etc/passwd", "/", ".", "..", "", " ", "%2e%2e%2fsecret.txt", "%252e%252e", "-", "--", "--help", "--output=" + written, "-o" + written,
                  "--upload-pack=touch " + written, "--exec=id",
                  "HEAD:../secret.txt", ":../secret.txt", "HEAD^{/(((a+)+)+)+$}", "HEAD@{999999}", "@{-1}", ":/Hello", "HEAD~99999999999", "HEAD..HEAD", "HEAD --output=" + written,
                  "refs/../../x", "snapshot:../1", "snapshot:-1",
                  "snapshot:99999999999999999999", "snapshot:", "snapshot:first'; DROP TABLE snapshots; --", "' OR 1=1 --", f"$(touch {written})", f"`touch {written}`", f";touch {written}",
                  f"|touch {written}", "a\u202eb", "\ufeff", "a" * 5000,
                  "script.rpy:0", "script.rpy:-1", "script.rpy:99999999999999999999", "script.rpy:1:1", ":1", "../secret.txt:1", out + ":1", "1e999", "-1", "99999999999999999999", "0x10", "NaN",
                  "true", "null", "{}", "[]"]
        return values[::8] if known else values

    def test_every_parameter_stays_inside(self):
        told, faults, known = 0, [], set()
        for method, pattern, operation in self.operations():
            parameters = [p for p in operation.get("parameters", []) if p["in"] == "query"] if method == b"GET" else []
            needed = {p["name"]: {"path": "p001", "form": "json", "from": "1", "at": "HEAD"}[p["name"]] for p in parameters if p.get("required")}
            for name in [p["name"] for p in parameters]:
                for value in self.hostile_values(name in known):
                    target = (filled(pattern) + "?" + urllib.parse.urlencode(needed | {name: value})).encode()
                    answer = self.ask(request(b"GET", target), self.ports[told % 2])
                    if answer[0] >= 500:
                        faults.append(f"{answer[0]} {code_in(answer)} {target.decode()}")
                    self.assert_kept(answer, target)
                    told += 1
                known.add(name)
        TALLY.add("hostile query values", told)
        self.assertFalse((self.folder / "written").exists())
        self.assertEqual(self.d.json("/api/projects")["total"], 1)
        self.assertEqual(faults, [], "a client's mistake is told as the client's")

    def test_every_body_field_stays_inside(self):
        def files():
            return sorted(str(file) for file in self.folder.rglob("*") if ".git" not in file.parts and ".branchpy" not in file.parts)
        before = files()
        told, faults, known = 0, [], set()
        for method, pattern, operation in self.operations():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            for name, kind in schema.get("properties", {}).items():
                if name in ("message", "data", "alias"):
                    continue  # a text for others, or a name that is taken literally
                for value in self.hostile_values(name in known) + [-1, 1 << 62, 1e308, True, None, [], {}, ["../secret.txt"], {"a": {}}]:
                    body = {name: [value] if "array" in str(kind.get("type")) and isinstance(value, str) else value}
                    if pattern == "/pilot/open" or pattern == "/pilot/warp":
                        body = {"file": "game/script.rpy", "line": 1} | body
                    answer = self.ask(with_body(json.dumps(body).encode(), JSON, method=method, target=filled(pattern).encode()), self.ports[told % 2])
                    if answer[0] >= 500:
                        faults.append(f"{answer[0]} {code_in(answer)} {pattern} {body}")
                    self.assert_kept(answer, (pattern, body))
                    told += 1
                known.add(name)
        TALLY.add("hostile body values", told)
        self.assertEqual(files(), before)
        self.assertEqual([row["alias"] for row in self.d.json("/api/projects")["projects"]], ["story"])
        self.assertEqual(faults, [], "a client's mistake is told as the client's")

    def test_only_registered_roots_are_projects(self):
        (self.folder / "other/game").mkdir(parents=True)
        (self.folder / "link").symlink_to(self.folder / "story")
        root = self.folder / "story"
        for name in (root.parent, root / "game", self.folder / "other", f"{root}/../other", f"{root}/../secret.txt", self.folder / "link", "STORY", "story/", "story/..", "./story", " story",
                     "storyx"):
            answer = self.ask(request(b"GET", b"/pilot/paths?project=" + urllib.parse.quote(str(name), safe="").encode()))
            self.assertEqual((answer[0], code_in(answer)), (404, "BPY-1101"), name)
        for wanted in (root, "story"):
            self.refused(request(b"GET", b"/pilot/paths?project=" + urllib.parse.quote(str(wanted), safe="").encode()), (200,))

    def test_links_of_a_project_are_no_way_out(self):
        game = self.folder / "story/game"
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "more.rpy").write_text(OUTSIDE)
        for name, to in (("a.rpy", self.secret), ("b.rpy", "../../secret.txt"), ("c.rpy", "/etc/passwd"), ("d", outside), ("e", "../.."), ("f.rpy", "/proc/self/environ"), ("g.rpy", "g.rpy"),
                         ("h.rpy", f"/proc/{os.getpid()}/root/etc/passwd"), ("i", game), ("j.rpy", "/dev/zero"), ("inside.rpy", "../inside.txt")):
            (game / name).symlink_to(to)
        (self.folder / "story/inside.txt").write_text("label from_inside:\n    return\n")
        self.d.json("/api/watch/sync", "POST", {"project": "story", "reports": True})
        told = ""
        for target in (b"/pilot/map", b"/pilot/problems?limit=2000", b"/pilot/paths", b"/pilot/export?form=json", b"/api/watch/since?sync=true"):
            answer = self.refused(request(b"GET", target), (200,))
            self.assert_kept(answer, target)
            told += answer[2].decode()
        self.assertIn("from_inside", told)  # a link within the project is followed
        self.assertNotIn(SECRET, (self.folder / "story/.branchpy/stats2.json").read_text())

    def test_links_put_in_the_place_of_what_is_written(self):
        """A report, rules and history are not written through a link that leads out of the project."""
        for count, name in enumerate((".branchpy", ".branchpy/stats2.json", ".branchpy/governance.json", ".branchpy/history.db", ".branchpy/.gitignore")):
            root = self.project(f"w{count}")
            target = self.folder / f"target{count}"
            (root / name).parent.mkdir(exist_ok=True)
            if name == ".branchpy":
                target.mkdir()
            else:
                target.write_text("untouched")
            (root / name).symlink_to(target)
            alias = self.d.register(root)["alias"]
            self.d.ready(alias)
            self.exchange(with_body(json.dumps({"project": alias, "rules": {}}).encode(), JSON, method=b"PUT", target=b"/api/governance/rules"))
            self.exchange(with_body(json.dumps({"project": alias, "name": "x"}).encode(), JSON, target=b"/api/v1/history/snapshots"))
            self.d.json("/api/watch/sync", "POST", {"project": alias, "reports": True})
            with self.subTest(name):
                self.assertEqual([file.name for file in target.iterdir()] if target.is_dir() else target.read_text(), [] if target.is_dir() else "untouched")


class Things(Attack):
    """What lies where bpyd reads a file."""
    tally = TALLY

    def things(self):
        """(name, how it comes to lie there)"""
        outside = self.folder / "outside.txt"
        outside.write_text(OUTSIDE)

        def listening(place):
            made = socket.socket(socket.AF_UNIX)
            self.addCleanup(made.close)
            here = os.getcwd()
            os.chdir(place.parent)  # names of sockets are short
            try:
                made.bind(place.name)
            finally:
                os.chdir(here)

        def oversize(place):
            with open(place, "wb") as file:
                file.truncate(5 << 30)  # nothing of it is on the disk
        found = [("pipe", os.mkfifo), ("folder", lambda place: place.mkdir()), ("socket", listening), ("zero", lambda place: place.symlink_to("/dev/zero")), ("random",
                                                                                lambda place: place.symlink_to("/dev/random")),
                 ("terminal", lambda place: place.symlink_to("/dev/tty")), ("outside", lambda place: place.symlink_to(outside)), ("loop", lambda place: place.symlink_to(place.name)), ("nowhere",
                                                                                lambda place: place.symlink_to("/no/such/file")),
                 ("process", lambda place: place.symlink_to("/proc/self/mem")), ("oversize", oversize), ("bytes", lambda place: place.write_bytes(bytes(range(256)) * 100)), ("NUL",
                                                                                lambda place: place.write_bytes(b"\x00" * 10000)),
                 ("one line", lambda place: place.write_bytes(b"x" * (1 << 20))), ("deep", lambda place: place.write_bytes(b"[" * 500_000)), ("empty", lambda place: place.write_bytes(b"")),
                 ("other bytes", lambda place: place.write_bytes(b'{"a":"\xff\xfe","b":"\xed\xa0\x80"}\n'))]
        if os.geteuid() != 0:  # root reads everything
            found.append(("unreadable", lambda place: (place.write_text("{}"), place.chmod(0))))
        return found

    READ_IN_PROJECT = dict.fromkeys(["game/script.rpy", ".branchpy/governance.json", ".branchpy/history.db"])  # by everything
    READ_IN_PROJECT |= dict.fromkeys(["game", ".branchpy", ".branchpy/stats2.json", ".branchpy/config.json", ".gitignore"], ("pipe", "folder", "zero", "outside", "loop", "oversize", "bytes"))
    READ_IN_PROJECT |= dict.fromkeys([".git", ".git/HEAD", ".git/config"], ("folder", "loop", "bytes"))  # git itself waits at a pipe, for the minute it is given

    def ask_everything(self, alias, told):
        """Every route that reads a project, each answered in time and by the rules; a broken project may be told as one."""
        for method, pattern, operation in self.reading:
            parameters = operation.get("parameters", [])
            query = {p["name"]: {"at": "HEAD", "form": "json", "from": "HEAD", "path": "p001"}[p["name"]] for p in parameters if p.get("required") and p["in"] == "query"}
            if any(p["name"] == "project" and p["in"] == "query" for p in parameters):
                query["project"] = alias
            target = (pattern.replace("{project}", alias).replace("{id}", "1") + "?" + urllib.parse.urlencode(query)).encode()
            answer = self.ask(request(method, target))
            self.assertNotIn(SECRET.encode(), answer[2], (told, target))

    def test_in_a_project(self):
        self.reading = [row for row in self.operations() if row[0] == b"GET" and any(p["name"] == "project" for p in row[2].get("parameters", []))]
        self.assertGreater(len(self.reading), 15)
        count = 0
        for name, kinds in self.READ_IN_PROJECT.items():
            for thing, make in self.things():
                if kinds is not None and thing not in kinds:
                    continue
                root = self.project(f"p{count}")
                if name.startswith(".git"):
                    commit(root)
                place = root / name
                place.parent.mkdir(exist_ok=True)
                if place.is_dir():
                    shutil.rmtree(place)
                elif place.exists():
                    place.unlink()
                with self.subTest(name=name, thing=thing):
                    make(place)
                    response = self.d.request("POST", "/api/projects", {"root": str(root)})
                    self.assertIn(response.status, (201, 404), response.text)
                    if response.status == 201:
                        alias = json.loads(response.text)["alias"]
                        self.ask_everything(alias, (name, thing))
                        self.assert_serving()
                        self.assertEqual(self.d.request("DELETE", f"/api/projects/{alias}").status, 200)
                count += 1
        TALLY.add("odd things in projects", count)

    def test_while_the_daemon_looks_on(self):
        place = self.folder / "story/game/script.rpy"
        for thing, make in self.things():
            with self.subTest(thing=thing):
                place.unlink()
                make(place)
                self.d.json("/api/watch/sync", "POST", {"project": "story", "reports": True})
                self.assert_serving()
                shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
                place.write_text(STORY)
                self.d.json("/api/watch/sync", "POST", {"project": "story", "reports": True})
                self.assertEqual(self.d.json("/pilot/paths?project=story")["path_count"], 2)
                TALLY.add("odd things in projects")

    READ_IN_PROFILE = ["config.json", "daemon_subs.json", "watch.json", "trusted.json", "wsd.meta.json", "wsd.lock", "token", "events", "events/epoch", "events/open", "events/0000000001.jsonl",
                       "shutdown.signal", "../ws_daemon.log"]
    IN_PROFILE = ("pipe", "folder", "zero", "loop", "nowhere", "oversize", "deep", "other bytes", "unreadable")

    def test_in_the_profile(self):
        """The daemon starts all the same, or says what is wrong and ends; it does not hang, and no signal ends it."""
        for name in self.READ_IN_PROFILE:
            for thing, make in self.things():
                if thing not in self.IN_PROFILE:
                    continue
                runtime = self.folder / "rt"
                place = runtime / "default" / name
                (runtime / "default").mkdir(parents=True)
                place.parent.mkdir(exist_ok=True)
                with self.subTest(name=name, thing=thing):
                    make(place)
                    self.start_and_end(runtime)
                ended = self.daemons.pop()
                ended.close()
                [pipe.close() for pipe in (ended.process.stdout, ended.process.stderr)]
                shutil.rmtree(runtime, ignore_errors=True)
                TALLY.add("odd things in profiles")

    def start_and_end(self, runtime):
        d = self.daemon("--auth", "token", runtime=runtime, wait=False)
        meta = runtime / "default/wsd.meta.json"

        def settled():
            if d.process.poll() is not None:
                return True
            try:
                found = json.loads(meta.read_bytes()) if meta.is_file() and meta.stat().st_size < 1 << 20 else None
            except (OSError, ValueError, RecursionError):
                return False
            return isinstance(found, dict) and found.get("pid") == d.process.pid
        deadline = time.monotonic() + 10
        while not settled():
            self.assertLess(time.monotonic(), deadline, "neither started nor ended within 10 s")
            time.sleep(0.01)
        if d.process.poll() is None:
            d.wait_ready()
            self.assertEqual(d.get("/pilot/health").status, 200)
            self.assertEqual(d.stop(signal.SIGTERM), 0)
        else:
            out, err = (part.decode("utf-8", "replace") for part in d.process.communicate())
            self.assertGreater(d.process.returncode, 0, f"{out[-1000:]} {err[-2000:]}")
            self.assertNotIn("Sanitizer", err)
            self.assertRegex(out + err, CODE)


if __name__ == "__main__":
    main()

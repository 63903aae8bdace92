"""What hostile pages, broken clients and odd requests get over HTTP: a code, and the daemon stays.

Sweeps take every route and every door from the running daemon and try each on both listeners."""
import hashlib
import json
import os
import re
import resource
import socket
import struct
import threading
import time
import urllib.parse

from attack import CHANGING, JSON, Attack, Tally, answers_in, attempt, chunked, filled, request, status, upgrade, with_body
from harness import PATIENCE, STORY, commit, main
from surroundings import QUICK

TALLY = Tally("hostile.http")


class Gate(Attack):
    """Host, Origin, Sec-Fetch-Site and content type, on every route, every door and both listeners."""
    tally = TALLY

    def setUp(self):
        super().setUp()
        self.before = self.d.json("/api/projects")["total"]

    def tearDown(self):
        self.assertEqual(self.d.json("/api/projects")["total"], self.before, "nothing that was refused has happened")
        super().tearDown()

    def everywhere(self, *fields, host=b"localhost", wanted, doors=True, only=None):
        for port in self.ports:
            for method, target in self.all_routes:
                if only is None or method in only:
                    self.refused(attempt(method, target, *fields, host=host), wanted, port)
            for door in self.all_doors if doors else ():
                self.refused(upgrade(door, *fields, host=host), wanted, port)

    @property
    def all_routes(self):
        self._routes = getattr(self, "_routes", None) or self.routes()
        return self._routes

    @property
    def all_doors(self):
        self._doors = getattr(self, "_doors", None) or self.doors()
        return self._doors

    FOREIGN_HOSTS = [
        b"evil.example", b"evil.example:8766", b"localhost.evil", b"localhost.evil.example:80", b"evil.localhost", b"localhost.", b"127.0.0.1.", b"localhost.:8766",
        b"127.1", b"127.0.1", b"127.0.0.2", b"2130706433", b"0x7f000001", b"0x7f.0.0.1", b"0177.0.0.1", b"017700000001", b"0.0.0.0", b"0", b"127.0.0.1.nip.io", b"127.000.000.001",
        b"[::]", b"[::ffff:127.0.0.1]", b"[0:0:0:0:0:0:0:1]", b"[::1%25lo]", b"[::1%lo]", b"::1", b"[::1", b"::1]", b"[::1]evil.example", b"[::1].evil.example:80", b"[localhost]", b"[127.0.0.1]",
        b"user@localhost", b"user:pass@localhost:80", b"localhost@evil.example", b"localhost:80@evil.example", b"localhost:80:80", b"localhost:", b"localhost:http", b"localhost:-1",
        b"localhost:+80", b"localhost:99999999", b"localhost: 80", b"localhost :80", b"localhost/", b"localhost/evil", b"localhost#evil", b"localhost?evil", b"localhost\\evil.example",
        b"localhost evil.example",
        b"localhost, localhost", b"localhost,evil.example", b"http://localhost", b"%6cocalhost", b"localhost%00", b"localhost%2eevil", b"*", b"null", b"", b"\"localhost\"",
        "ｌｏｃａｌｈｏｓｔ".encode(), "localhoſt".encode(), "１２７.０.０.１".encode(), "127。0。0。1".encode(), "lоcalhost".encode(), b"loc\xe1lhost", b"localhost\xa0", b"localhost\x85",
    ]

    def test_a_foreign_host_gets_nothing_anywhere(self):
        for host in (b"evil.example", b"localhost.evil.example:8766", b"127.0.0.1.", b"user@localhost"):
            self.everywhere(host=host, wanted=(403,))

    def test_every_odd_host_is_refused(self):
        probes = [request(b"GET", b"/pilot/health", host=None), with_body(b"[]", JSON, host=None), upgrade(host=None), request(b"GET", b"/no/such/route", host=None)]
        for host in self.FOREIGN_HOSTS:
            for port in self.ports:
                for probe in probes:
                    line, _, rest = probe.partition(b"\r\n")
                    self.refused(line + b"\r\nHost: " + host + b"\r\n" + rest, (400, 403), port)

    def test_a_missing_or_second_host_is_a_bad_request_everywhere(self):
        self.everywhere(host=None, wanted=(400,))
        self.everywhere(b"Host: localhost", wanted=(400,))
        self.everywhere(b"hOsT: evil.example", wanted=(400,))
        for port in self.ports:
            for spelling in (b"Host : localhost", b" Host: localhost", b"Ho st: localhost", b"\x00Host: localhost", b"Host\t: localhost"):
                self.refused(request(b"GET", b"/pilot/health", spelling, host=None), (400,), port)
            self.refused(request(b"GET", b"/pilot/health", b" Host: evil.example"), (400, 403), port)  # folded into the first

    def test_own_names_are_served_in_any_case_and_with_any_port(self):
        for host in (b"localhost", b"LOCALHOST", b"LocalHost:1", b"localhost:8766", b"127.0.0.1", b"127.0.0.1:65535", b"[::1]", b"[::1]:8765", b" localhost \t"):
            for port in self.ports:
                for target in (b"/pilot/health", b"/", b"/api/projects", b"/pilot/paths"):
                    self.refused(request(b"GET", target, host=host), (200,), port)

    def test_absolute_and_other_targets_are_judged_by_their_own_authority(self):
        path = b"/pilot/health"
        foreign = [b"http://evil.example", b"HTTP://EVIL.EXAMPLE:80", b"https://evil.example", b"http://localhost.evil.example", b"http://localhost@evil.example", b"http://evil.example@localhost",
                   b"http://localhost:80@evil.example", b"http://evil.example\\@localhost", b"http://", b"http://localhost:x", b"http://127.1", b"http://[::1]x", b"http://localhost%2eevil"]
        for port in self.ports:
            for prefix in foreign:
                self.refused(request(b"GET", prefix + path), (400, 403), port)
                self.refused(request(b"GET", prefix + path, host=prefix.partition(b"://")[2] or b"x"), (400, 403), port)
            for prefix in (b"http://localhost", b"HTTP://LOCALHOST:1", b"http://127.0.0.1:8766", b"http://[::1]"):
                self.refused(request(b"GET", prefix + path), (200,), port)
                self.refused(request(b"GET", prefix + path, host=b"evil.example"), (403,), port)
                self.refused(attempt(b"POST", prefix + b"/api/projects", b"Origin: http://evil.example"), (403,), port)
            for prefix in (b"http://evil.example#@localhost", b"http://evil.example?@localhost", b"http://evil.example/@localhost"):
                self.refused(request(b"GET", prefix + path), (403,), port)
            for target in (b"ftp://localhost/x", b"javascript://localhost/%0aalert(1)", b"file:///etc/passwd", b"ws://localhost/ws", b"data:text/html,x", b"localhost:8766", b"localhost",
                           b"pilot/health",
                           b"http:/pilot/health", b"http:pilot", b"?x=1", b"#x", b"*", b"**", b".", b"../pilot/health", b"%2fpilot/health", b"\\pilot\\health"):
                for method in (b"GET", b"POST", b"OPTIONS", b"CONNECT", b"TRACE", b"DELETE"):
                    self.refused(request(method, target), (400, 403), port)
            for target in (b"//evil.example/pilot/health", b"//localhost/pilot/health", b"/http://localhost/pilot/health", b"/pilot/health/", b"/pilot//health", b"/./pilot/health",
                           b"/x/../pilot/health"):
                self.refused(request(b"GET", target), (404,), port)

    def origins(self):
        own = [b"%s:%d" % (name, port) for name in (b"http://localhost", b"http://127.0.0.1", b"http://[::1]") for port in self.ports]
        spare = next(port for port in range(20000, 20100) if port not in self.ports)
        foreign = [b"http://evil.example", b"null", b"NULL", b"", b"*", b"file://", b"chrome-extension://abcdefghijklmnop", b"vscode-webview://abc", b"about:blank", b"data:", b"http://localhost",
                   b"http://127.0.0.1",
                   b"http://localhost:%d" % spare, b"localhost:%d" % self.ports[0], b"//localhost:%d" % self.ports[0], b"http://evil.localhost:%d" % self.ports[0]]
        for base in own[:3]:
            foreign += [base + tail for tail in (b".evil.example", b"@evil.example", b"/", b"/x", b"0", b"%00", b"?", b"#", b" http://evil.example", b",null", b", http://evil.example")]
            foreign += [base.replace(b"http:", b"https:"), base.replace(b"http:", b"ws:"), base.upper(), b"http://evil.example/" + base, b"x" + base, base.replace(b"http://", b"http://evil@"),
                        base.replace(b"http://", b"http:///")]
        return own, foreign

    def test_a_foreign_origin_is_refused_everywhere(self):
        _, foreign = self.origins()
        for origin in (b"http://evil.example", b"null", b"http://localhost:%d.evil.example" % self.ports[0]):
            self.everywhere(b"Origin: " + origin, wanted=(403,))
        own = b"Origin: http://localhost:%d" % self.d.http_port
        self.everywhere(own, own, wanted=(400, 403))
        self.everywhere(own, b"oRIGIN: http://evil.example", wanted=(400, 403))
        for port in self.ports:
            for origin in foreign:
                for probe in (attempt(b"GET", b"/pilot/health", b"Origin: " + origin), attempt(b"HEAD", b"/", b"Origin: " + origin), attempt(b"POST", b"/api/ws/broadcast", b"Origin: " + origin),
                              attempt(b"DELETE", b"/api/projects/story", b"Origin: " + origin), upgrade(b"/ws", b"Origin: " + origin)):
                    self.refused(probe, (403,), port)
            for connection in (b"Connection: Origin", b"Connection: close, Origin, Host"):
                self.refused(attempt(b"GET", b"/pilot/health", b"Origin: http://evil.example", connection), (403,), port)

    def test_own_origins_are_let_in(self):
        for origin in self.origins()[0]:
            for port in self.ports:
                self.refused(attempt(b"GET", b"/pilot/health", b"Origin: " + origin), (200,), port)
                self.refused(attempt(b"POST", b"/api/projects", b"Origin: " + origin), (400,), port)

    def test_other_sites_may_only_link_here(self):
        navigation = (b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document")
        for site in (b"cross-site", b"same-site", b"Cross-Site"):
            field = b"Sec-Fetch-Site: " + site
            self.everywhere(field, wanted=(403,))
            self.everywhere(field, b"Sec-Fetch-Mode: no-cors", b"Sec-Fetch-Dest: image", wanted=(403,))
            self.everywhere(field, *navigation, wanted=(403,), doors=False, only=CHANGING + (b"HEAD",))
            for port in self.ports:
                for mode, dest in ((b"navigate", b"iframe"), (b"navigate", b"embed"), (b"nested-navigate", b"document"), (b"cors", b"document"), (b"no-cors", b"script"), (b"websocket",
                                                                                b"websocket"), (b"navigate", b"")):
                    for method in (b"GET", b"HEAD", b"POST", b"OPTIONS"):
                        self.refused(attempt(method, b"/", field, b"Sec-Fetch-Mode: " + mode, b"Sec-Fetch-Dest: " + dest), (403,), port)
                for method, target in self.all_routes:
                    if method == b"GET":
                        self.assertNotEqual(self.ask(attempt(method, target, field, *navigation), port)[0], 403)
                    self.refused(attempt(method if method in CHANGING else b"HEAD", target, field, *navigation), (403,), port)
        for site in (b"same-origin", b"none"):
            for port in self.ports:
                self.refused(attempt(b"GET", b"/pilot/health", b"Sec-Fetch-Site: " + site), (200,), port)

    def test_only_json_changes_anything(self):
        types = [b"text/plain", b"text/plain; charset=application/json", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"application/json2", b"application/jsonp",
                 b"text/json",
                 b"application/json-patch+json", b"application/ld+json", b"application/json, text/plain", b"text/plain, application/json", b"application", b"application/", b"json", b"", b"*/*",
                 b"application/json\xa0",
                 b"\"application/json\"", b"application/csp-report", b"application/ json", b"x;application/json"]
        changing = [(method, target) for method, target in self.all_routes if method in CHANGING]
        self.assertGreater(len(changing), 12)
        self.assertTrue(any(target == b"/api/daemon/shutdown" for _, target in changing))
        for port in self.ports:
            for method, target in changing:
                for kind in types:
                    self.refused(with_body(b"{}", b"Content-Type: " + kind, method=method, target=target), (415,), port)
                self.refused(with_body(b"{}", method=method, target=target), (415,), port)
                self.refused(with_body(b"{}", JSON, JSON, method=method, target=target), (400, 415), port)
                self.refused(with_body(b"{}", JSON, b"content-type: text/plain", method=method, target=target), (400, 415), port)
                self.refused(request(method, target, b"Content-Type: text/plain", b"Transfer-Encoding: chunked", body=chunked(b"{}")), (415,), port)
                if method != b"DELETE":  # it takes no body to read
                    for kind in (b"application/json", b"APPLICATION/JSON", b"application/json; charset=utf-8", b"application/json ;x=y"):
                        self.refused(with_body(b"[]", b"Content-Type: " + kind, method=method, target=target), (400,), port)

    def test_no_answer_grants_another_origin_anything(self):
        preflight = (b"Access-Control-Request-Method: POST", b"Access-Control-Request-Headers: content-type", b"Access-Control-Request-Private-Network: true")
        for port in self.ports:
            for _, target in self.all_routes:
                self.refused(request(b"OPTIONS", target, *preflight), (404, 405), port)  # and no Access-Control header: check() holds that
                self.refused(request(b"OPTIONS", target, b"Origin: http://evil.example", *preflight), (403,), port)


class State(Attack):
    """GET and HEAD change nothing, and no header makes another method of them."""
    tally = TALLY

    def setUp(self):
        super().setUp()
        commit(self.folder / "story")
        self.d.json("/api/v1/history/snapshots", "POST", {"name": "first"}, status=201)
        self.d.json("/api/watch/sync", "POST", {"project": "story", "reports": True})

    def fingerprint(self):
        told = {target: self.d.json(target) for target in ("/api/projects", "/api/v1/history/snapshots", "/api/governance/rules", "/api/watch/config", "/api/ws/channels")}
        for row in told["/api/projects"].get("projects", []):
            row.pop("last_used", None)
        files = {}
        for top in (self.d.runtime, self.folder):
            for file in sorted(top.rglob("*")):
                if file.is_file() and ".git" not in file.parts and not re.search(r"\.log|\.db|wsd\.meta|events", str(file)):
                    files[str(file)] = hashlib.sha256(file.read_bytes()).hexdigest()
                elif not file.is_file():
                    files[str(file)] = "folder"
        return json.dumps([told, files], sort_keys=True, indent=1)

    def test_reading_changes_nothing(self):
        before = self.fingerprint()
        body = b'{"name":"evil","alias":"evil","rules":{},"channel":"tasks","message":1,"enabled":false,"reset":true}'
        for method, pattern, operation in self.operations():
            target = filled(pattern).encode()
            query = b"&".join(b"%s=%s" % (p["name"].encode(), {"at": b"HEAD", "form": b"json", "from": b"1", "path": b"p001"}.get(p["name"], b"1")) for p in operation.get("parameters",
                                                                                []) if p["in"] == "query" and p["name"] != "project")
            for verb in (b"GET", b"HEAD"):
                for port in self.ports:
                    for suffix in (b"", b"?" + query, b"?_method=DELETE&method=DELETE&X-HTTP-Method-Override=DELETE&name=evil&alias=evil"):
                        self.exchange(request(verb, target + suffix), port)
                        self.exchange(with_body(body, JSON, b"X-HTTP-Method-Override: DELETE", b"X-HTTP-Method: PUT", b"X-Method-Override: POST", method=verb, target=target + suffix), port)
            if method in CHANGING and (b"GET", target) not in self.routes():
                for verb in (b"GET", b"HEAD"):
                    answer = self.refused(request(verb, target, b"X-HTTP-Method-Override: " + method), (405,))
                    self.assertEqual(answer[1]["allow"], [method.decode()])
        self.assertEqual(self.fingerprint(), before)

    def test_a_method_is_what_the_request_line_says(self):
        before = self.fingerprint()
        for verb in (b"get", b"Get", b"gET", b"OPTIONS", b"TRACE", b"CONNECT", b"PROPFIND", b"PURGE", b"MKCOL", b"LOCK", b"LINK", b"FOO", b"PRI", b"A" * 200, b"post", b"delete"):
            for _, target in set((m, t) for m, t in self.routes() if m != b"DELETE"):
                answer = self.refused(with_body(b"{}", JSON, b"X-HTTP-Method-Override: POST", method=verb, target=target), (400, 404, 405, 415, 501))
                self.assertNotIn(b"TRACE /", answer[2])
        for port in self.ports:
            for verb in (b"", b"\x00GET", b"G\x00ET", b"GE T", b"G@T", b"GET\t", b"\tGET", b"(GET)", b"G\xc3\x89T", b"GET/", b"\"GET\""):
                self.refused(request(verb, b"/pilot/health"), (400,), port)
        self.assertEqual(self.fingerprint(), before)

    def test_an_override_does_not_turn_a_post_into_a_delete(self):
        for name in (b"X-HTTP-Method-Override", b"X-HTTP-Method", b"X-Method-Override", b"_method"):
            self.exchange(with_body(b'{"_method":"DELETE"}', JSON, name + b": DELETE", target=b"/api/projects/story?_method=DELETE"))
            self.exchange(with_body(b'{"_method":"DELETE","alias":"story"}', JSON, name + b": DELETE", method=b"PATCH", target=b"/api/projects/story?_method=DELETE"))
        self.assertEqual(self.d.json("/api/projects/story")["alias"], "story")


class Answers(Attack):
    """Whatever the status, the answer carries the headers of R9 and a code. check() holds it; here every status is met."""
    tally = TALLY

    def test_every_status_keeps_the_rules(self):
        d = self.daemon("--auth", "token")
        token = (d.runtime / "default/token").read_text().strip()
        seen = {}

        def meet(data, where=self.d):
            for port in (where.http_port, where.ws_port):
                answer = self.ask(data, port, d=where)
                seen[answer[0]] = answer
            return answer
        meet(request(b"GET", b"/pilot/health"))
        meet(with_body(json.dumps({"root": str(self.project("second"))}).encode(), JSON))
        meet(with_body(b'{"channel":"tasks","message":1}', JSON, target=b"/api/ws/broadcast"))
        etag = meet(request(b"GET", b"/pilot/graph?project=story&path=p001"))[1]["etag"][0]
        meet(request(b"GET", b"/pilot/graph?project=story&path=p001", b"If-None-Match: " + etag.encode()))
        meet(request(b"GET", b"/static/page.css", b"If-None-Match: *"))
        link = d.request("POST", "/api/auth/link", {"path": "/"}, headers={"X-BranchPy-Token": token, "Content-Type": "application/json"})
        answer = self.ask(request(b"GET", json.loads(link.text)["path"].encode()), d=d)
        seen[answer[0]] = answer
        meet(request(b"GET", b"/?k=guess"), d)
        meet(b"nonsense\r\n\r\n")
        meet(request(b"GET", b"/api/projects", b"X-BranchPy-Token: guess"), d)
        for _ in range(15):
            meet(request(b"GET", b"/api/projects", b"X-BranchPy-Token: guess"), d)
        meet(request(b"GET", b"/", host=b"evil.example"))
        meet(request(b"GET", b"/no/such/route"))
        meet(request(b"GET", b"/pilot/graph?project=story&path=nope"))
        meet(request(b"POST", b"/pilot/health"))
        meet(with_body(b'{"alias":"second"}', JSON, method=b"PATCH", target=b"/api/projects/story"))
        meet(request(b"POST", b"/api/projects", JSON, b"Content-Length: 9999999"))
        meet(request(b"GET", b"/" + b"a" * 9000))
        meet(with_body(b"{}", b"Content-Type: text/plain"))
        meet(with_body(b'{"project":"story","rules":{"version":-1,"nonsense":true}}', JSON, method=b"PUT", target=b"/api/governance/rules"))
        meet(request(b"GET", b"/ws"))
        meet(request(b"GET", b"/", *[b"X: y"] * 120))
        for code in (400, 401, 403, 404, 405, 413, 414, 415, 429, 431):  # and the same as a page and as HEAD
            self.assertIn(code, seen)
        for data in (request(b"GET", b"/", b"Accept: text/html", host=b"evil.example"), request(b"GET", b"/no/such", b"Accept: text/html"), request(b"DELETE", b"/pilot/health", b"Accept: text/html"),
                     request(b"GET", b"/%00", b"Accept: text/html"), request(b"GET", b"/ws", b"Accept: text/html"), request(b"HEAD", b"/", host=b"evil.example"), request(b"HEAD", b"/no/such"),
                     request(b"HEAD", b"/%00"), request(b"HEAD", b"/ws")):
            meet(data)
        self.assertEqual(sorted(seen), [200, 201, 202, 303, 304, 400, 401, 403, 404, 405, 409, 413, 414, 415, 422, 426, 429, 431])
        self.assertEqual(seen[405][1]["allow"], ["GET, HEAD"])
        self.assertIn("retry-after", seen[429][1])
        TALLY.most("kinds of status", len(seen))

    def test_a_full_house_is_refused_by_the_rules(self):
        folder = self.folder / "full"
        (folder / "default").mkdir(parents=True)
        (folder / "default/config.json").write_text('{"limits":{"clients":1}}')
        d = self.daemon(runtime=folder)
        with socket.create_connection(("127.0.0.1", d.ws_port), timeout=PATIENCE) as held:
            held.sendall(upgrade())
            self.assertTrue(held.recv(65536).startswith(b"HTTP/1.1 101 "))
            self.refused(upgrade(), (503,), d.ws_port, d)

    def test_a_correlation_id_is_echoed_only_when_it_is_plain(self):
        for given in (b"abc-123", b"x" * 128):
            self.assertEqual(self.ask(request(b"GET", b"/pilot/health", b"X-Correlation-Id: " + given))[1]["x-correlation-id"], [given.decode()])
        for given in (b"x" * 129, b"a b", b"\xff\xfe", "é".encode(), b"a\tb"):
            for target in (b"/pilot/health", b"/no/such", b"/%00"):
                self.assertNotEqual(self.ask(request(b"GET", target, b"X-Correlation-Id: " + given))[1]["x-correlation-id"], [given.decode("latin-1")])

    MARK = "<img src=x onerror=alert(1)>'\"</script></textarea></title>&<!--"

    def test_pages_escape_what_they_echo(self):
        mark = urllib.parse.quote(self.MARK, safe="").replace("%2F", "/")
        plain = urllib.parse.quote(self.MARK, safe="")
        html = (b"Accept: text/html",)
        targets = [f"/{mark}", f"/static/{mark}", f"/pilot/view?project={plain}", f"/pilot/view?path={plain}", f"/pilot/view?session={plain}", f"/?k={plain}"]
        for method, pattern, operation in self.operations():
            if method == b"GET":
                if "{" in pattern:
                    targets.append(re.sub(r"\{\w+\}", mark.replace("/", ""), pattern))
                for parameter in operation.get("parameters", []):
                    if parameter["in"] == "query":
                        targets.append(f"{filled(pattern)}?{parameter['name']}={plain}")
        for target in targets:
            for port in self.ports:
                for fields in (html, ()):
                    answer = self.ask(request(b"GET", target.encode(), *fields), port)
                    if "text/html" in "".join(answer[1]["content-type"]):
                        TALLY.add("pages looked through")
                        self.assertNotIn(b"<img src=x", answer[2], target)
                        self.assertNotIn(b"</textarea", answer[2], target)
        for port in self.ports:
            answer = self.ask(request(b"GET", b"/", b"Accept: text/html", host=b"<b>evil</b>"), port)
            self.assertNotIn(b"<b>evil", answer[2])
            answer = self.ask(request(b"GET", b"/", b"Accept: text/html", b"Origin: <img src=x>"), port)
            self.assertNotIn(b"<img src=x", answer[2])

    def test_pages_escape_what_projects_hold(self):
        root = self.project("hostile", text=STORY.replace("Hello.", "<img src=x onerror=alert(1)>").replace('"Left"', '"</script><img src=x onerror=alert(2)>"').replace('"Right"',
                                                                                "\"' onmouseover='alert(3)\""))
        (root / "game/<img src=x onerror=alert(4)>.rpy").write_text("label extra:\n    jump nowhere_<img>\n")
        alias = self.d.register(root)["alias"]
        self.d.ready(alias)
        for target in (f"/pilot/view?project={alias}", f"/pilot/graph?project={alias}&path=p001", f"/pilot/graph?project={alias}&path=p002", f"/pilot/export?project={alias}&form=svg",
                       f"/pilot/export?project={alias}&form=mermaid", f"/pilot/export?project={alias}&form=mermaid&path=p001", f"/pilot/export?project={alias}&form=dot",
                       f"/pilot/export?project={alias}&form=csv", "/", "/docs",
                       f"/pilot/map?project={alias}", f"/pilot/problems?project={alias}"):
            answer = self.ask(request(b"GET", target.encode(), b"Accept: text/html"))
            self.assertEqual(answer[0], 200, target)
            kind = "".join(answer[1]["content-type"])
            if "html" in kind or "svg" in kind:
                TALLY.add("pages looked through")
                self.assertNotIn(b"<img src=x", answer[2], target)
                self.assertNotIn(b"' onmouseover=", answer[2], target)
            if "csv" in kind:
                self.assertNotRegex(answer[2], rb"(?m)^[=+@-]", "no cell that a spreadsheet would run")


class Framing(Attack):
    """Where one request ends and the next begins is never in doubt: what is, is refused, and nothing behind it is answered."""
    tally = TALLY
    CANARY = b"GET /canary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    def alone(self, data, wanted=(400,)):
        """One refusal, and the canary behind it is not answered."""
        for port in self.ports:
            answers = self.exchange(data + self.CANARY, port)
            self.assertEqual(len(answers), 1, f"{data[:200]!r}: {[a[0] for a in answers]}")
            self.assertIn(answers[0][0], wanted, f"{data[:200]!r}: {answers[0][2]!r}")

    def in_step(self, data, wanted, shut=False):
        """Understood, and the canary is answered as itself."""
        for port in self.ports:
            answers = self.exchange(data + self.CANARY, port, shut=shut)
            self.assertEqual([a[0] for a in answers], [wanted, 404], f"{data[:200]!r}")
            self.assertIn(b"/canary", answers[1][2])

    def post(self, *fields, body=b"", target=b"/api/projects", version=b"HTTP/1.1"):
        return request(b"POST", target, JSON, *fields, body=body, close=False, version=version)

    def test_lengths(self):
        for value in (b"2, 3", b"+2", b"-2", b"-0", b"0x2", b"2 2", b"2.0", b"2;", b"1e1", b"", b" ", b"abc", b"99999999999999999999999", b"18446744073709551616", b"18446744073709551618",
                      b"\x002", b"2\x00", b"\xb2", "２".encode(), b"2\x0b", b"'2'", b"\"2\""):
            self.alone(self.post(b"Content-Length: " + value, body=b"{}"), (400, 413))
        for value in (b"9223372036854775807", b"9223372036854775808", b"18446744073709551615", b"4294967296", b"1048577"):
            self.alone(self.post(b"Content-Length: " + value, body=b"{}"), (400, 413))
        for pair in ((b"2", b"3"), (b"3", b"2"), (b"0", b"2"), (b"2", b"0")):
            self.alone(self.post(*(b"Content-Length: " + value for value in pair), body=b"{}"), (400,))
        for port in self.ports:  # the same number twice may be taken for one
            for lines in ((b"Content-Length: 2, 2",), (b"Content-Length: 2,2",), (b"Content-Length: 2", b"Content-Length: 2"), (b"Content-Length: 2", b"Content-Length: 02")):
                self.assertIn([a[0] for a in self.exchange(self.post(*lines, body=b"[]") + self.CANARY, port)], ([400, 404], [400]), lines)
            for folded in (b" Content-Length: 2", b"\tContent-Length: 2", b" Transfer-Encoding: chunked"):  # a piece of the line before: there is no body
                codes = [a[0] for a in self.exchange(self.post(folded, body=b"{}") + self.CANARY, port)]
                self.assertIn(codes, ([400], [415], [400, 400]), folded)
        for name in (b"Content-Length ", b"Content\x00-Length", b"Content-Length\t"):
            self.alone(self.post(name + b": 2", body=b"{}"))
        self.in_step(self.post(b"Content-Length: 2", body=b"[]"), 400)
        self.in_step(self.post(b"cONTENT-lENGTH:2 ", body=b"[]"), 400)
        self.in_step(self.post(b"Content-Length: 0002", body=b"[]"), 400)

    def test_a_length_beside_a_coding(self):
        for value in (b"2", b"0", b"5", b"40"):
            for coding in (b"chunked", b"Chunked", b"identity", b"gzip, chunked"):
                for fields in ((b"Content-Length: " + value, b"Transfer-Encoding: " + coding), (b"Transfer-Encoding: " + coding, b"Content-Length: " + value)):
                    self.alone(self.post(*fields, body=b"0\r\n\r\n"))
                    self.alone(self.post(*fields, body=chunked(b"{}")))

    def test_codings(self):
        for value in (b"identity", b"gzip", b"xchunked", b"x chunked", b"chunkedx", b"chunked, identity", b"identity, chunked", b"gzip, chunked", b"chunked, chunked", b"chunked;q=1",
                      b"\"chunked\"", b"chunk", b"",
                      b",", b"chunked,", b", chunked", b"\x0bchunked", b"chunked\x0b", b"\x0cchunked", b"chunked\x00", b"\xa0chunked", b"chu\x00nked", b"cow", b"CHUNKED, x", b"'chunked'",
                      b"[chunked]", "chunкed".encode()):
            self.alone(self.post(b"Transfer-Encoding: " + value, body=chunked(b"{}")))
            self.alone(request(b"GET", b"/pilot/health", b"Transfer-Encoding: " + value, close=False, body=b"0\r\n\r\n"))
        self.alone(self.post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=chunked(b"{}")))
        self.alone(self.post(b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=chunked(b"{}")))
        self.alone(self.post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=chunked(b"{}")))
        for name in (b"Transfer-Encoding ", b"Transfer-Encoding\t", b"Transfer\x00Encoding", b"Transfer-Encoding\x0b", b"\x0bTransfer-Encoding", b"Transfer Encoding"):
            self.alone(self.post(name + b": chunked", body=chunked(b"{}")))
            self.alone(self.post(b"Content-Length: 2", name + b": chunked", body=b"{}"))
        self.alone(self.post(b"Transfer-Encoding: chunked", body=chunked(b"{}"), version=b"HTTP/1.0"))
        for spelling in (b"Transfer-Encoding: chunked", b"TRANSFER-ENCODING:CHUNKED", b"Transfer-Encoding: \t chunked \t"):
            self.in_step(self.post(spelling, body=chunked(b"[", b"]")), 400)

    def test_chunks(self):
        head = self.post(b"Transfer-Encoding: chunked")
        for body in (b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"+2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n", b" 2\r\n{}\r\n0\r\n\r\n", b"\r\n2\r\n{}\r\n0\r\n\r\n",
                     b";x\r\n{}\r\n0\r\n\r\n", b"2_\r\n{}\r\n0\r\n\r\n",
                     b"2\n{}\r\n0\r\n\r\n", b"2\r{}\r\n0\r\n\r\n", b"2\r\n{}x\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"2\r\n{}\n0\r\n\r\n", b"2\r\n{}\r\r\n0\r\n\r\n", b"1\r\n{}\r\n0\r\n\r\n",
                     b"2\r\n{}\r\n0\n\r\n", b"2\r\n{}\r\n0\r\n\n",
                     b"2\r\n{}\r\n-0\r\n\r\n", b"2;\n\r\n{}\r\n0\r\n\r\n", b"2;a=\x00\r\n{}\r\n0\r\n\r\n", b"2;a\nb\r\n{}\r\n0\r\n\r\n", b"2 2\r\n{}\r\n0\r\n\r\n", b"2,2\r\n{}\r\n0\r\n\r\n",
                     b"ffffffffffffffff\r\n{}\r\n", b"10000000000000002\r\n{}\r\n0\r\n\r\n", b"fffffffffffffffff2\r\n{}\r\n", b"8000000000000000\r\n{}\r\n", b"7fffffffffffffff\r\n{}\r\n",
                     b"100000002\r\n{}\r\n",
                     b"0" * 30000 + b"2\r\n{}\r\n0\r\n\r\n", b"2;" + b"x" * 40000 + b"\r\n{}\r\n0\r\n\r\n", b"2;a=\"" + b"x" * 40000):
            self.alone(head + body, (400, 413, 431))
        self.alone(head + b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 20000 + b"\r\n", (400, 413, 431))
        self.alone(head + (b"1;" + b"x" * 1000 + b"\r\n \r\n") * 2000 + b"0\r\n\r\n", (400, 413, 431))  # little body, much around it
        for body in (b"2\r\n[]\r\n0\r\n\r\n", b"02\r\n[]\r\n000\r\n\r\n", b"2;a\r\n[]\r\n0;b=c\r\n\r\n", b"2;a=\"b\"\r\n[]\r\n0\r\n\r\n", b"1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"):
            self.in_step(head + body, 400)

    def test_framing_without_end_is_cut_off(self):
        """What is neither body nor header has a limit too: it may not fill the memory until the body's 30 s are over."""
        for name, start, more in (("an extension", b"1;", b"x" * 65536), ("a chunk's size", b"0", b"0" * 65536), ("trailers", b"1\r\n \r\n0\r\n", b"X: yyyyyyyyyyy\r\n" * 4096), ("a trailer",
                                                                                b"1\r\n \r\n0\r\nX: ", b"x" * 65536),
                                  ("empty lines", None, b"\r\n" * 32768), ("a request line", None, b"G" * 65536), ("a header", None, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 65536)):
            with self.subTest(name), socket.create_connection(("127.0.0.1", self.d.http_port), timeout=PATIENCE) as connection:
                self.tally.add("requests")
                connection.sendall((self.post(b"Transfer-Encoding: chunked") + start if start else b"") + more)
                connection.settimeout(5)
                try:
                    for _ in range(4):
                        connection.sendall(more)
                    answer = connection.recv(65536)
                except TimeoutError:
                    answer = b""
                self.assertIn(status(answer), (400, 413, 414, 431), name)

    def test_trailers_change_nothing(self):
        for trailer in (b"X-Trailer: 1", b"Content-Length: 40", b"Transfer-Encoding: identity", b"Host: evil.example", b"Content-Type: text/plain", b"Origin: http://evil.example",
                        b"X-HTTP-Method-Override: DELETE"):
            for port in self.ports:
                answers = self.exchange(self.post(b"Transfer-Encoding: chunked") + chunked(b"[]", trailers=trailer + b"\r\n") + self.CANARY, port)
                codes = [a[0] for a in answers]
                self.assertIn(codes, ([400, 404], [400]), trailer)
        for trailer in (b": x", b"no colon", b"X : y", b"X\x00: y", b"X: \x00"):
            self.alone(self.post(b"Transfer-Encoding: chunked") + chunked(b"[]", trailers=trailer + b"\r\n"))
        # A trailer comes after the judgement: it opens no door and is no part of the head.
        hidden = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\n"
        for port in self.ports:
            raw = self.d.raw(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"x", trailers=hidden) + self.CANARY, port)
            self.assertNotEqual(status(raw), 101)
            answer = self.exchange(b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"x",
                                                                                trailers=b"X-Correlation-Id: from-a-trailer\r\n") + self.CANARY, port)[0]
            self.assertNotEqual(answer[1]["x-correlation-id"], ["from-a-trailer"])

    def test_lines_and_fields(self):
        line, host = b"GET /pilot/health HTTP/1.1", b"Host: localhost"
        for data in (line + b"\n" + host + b"\n\n", line + b"\r\n" + host + b"\n\r\n", line + b"\n" + host + b"\r\n\r\n", line + b"\r\r\n" + host + b"\r\n\r\n", line + b"\r" + host + b"\r\n\r\n",
                     line + b"\r\n" + host + b"\r\nX: a\rb\r\n\r\n", line + b"\r\n" + host + b"\r\nX: a\nY: b\r\n\r\n", line + b"\r\n" + host + b"\r\nX: a\x00b\r\n\r\n",
                     line + b"\r\n" + host + b"\r\nX\x00: b\r\n\r\n",
                     line + b"\r\n" + host + b"\r\nX: a\x01b\r\n\r\n", line + b"\r\n" + host + b"\r\nX: a\x7fb\r\n\r\n",
                     line + b"\r\n" + host + b"\r\nno colon\r\n\r\n", line + b"\r\n" + host + b"\r\n: no name\r\n\r\n", line + b"\r\n" + host + b"\r\nA B: c\r\n\r\n",
                     line + b"\r\n" + host + b"\r\nA : c\r\n\r\n",
                     line + b"\r\n" + host + b"\r\n\xc3\xa9: c\r\n\r\n", line + b"\r\n" + host + b"\r\nA(b): c\r\n\r\n", line + b"\r\n " + host + b"\r\n\r\n", line + b"\r\n\t" + host + b"\r\n\r\n",
                     b"GET  /pilot/health HTTP/1.1\r\n" + host + b"\r\n\r\n", b"GET /pilot/health  HTTP/1.1\r\n" + host + b"\r\n\r\n", b" GET /pilot/health HTTP/1.1\r\n" + host + b"\r\n\r\n",
                     b"GET\t/pilot/health\tHTTP/1.1\r\n" + host + b"\r\n\r\n",
                     b"GET /pilot/health HTTP/1.1 \r\n" + host + b"\r\n\r\n", b"GET /pilot/health\r\n" + host + b"\r\n\r\n", b"GET /pilot health HTTP/1.1\r\n" + host + b"\r\n\r\n",
                     b"GET HTTP/1.1\r\n" + host + b"\r\n\r\n", b"GET\r\n\r\n",
                     b"GET /a\x00b HTTP/1.1\r\n" + host + b"\r\n\r\n", b"GET /a\x01b HTTP/1.1\r\n" + host + b"\r\n\r\n", b"GET /\xff HTTP/1.1\r\n" + host + b"\r\n\r\n",
                     b"GET /a\x7fb HTTP/1.1\r\n" + host + b"\r\n\r\n"):
            self.alone(data)

    def test_versions_and_other_protocols(self):
        for version in (b"HTTP/0.9", b"HTTP/9.9", b"HTTP/2.0", b"HTTP/2", b"HTTP/3", b"HTTP/1", b"HTTP/1.", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/1.1x", b"HTTP/-1.1", b"http/1.1", b"HTTP 1.1",
                        b"HTTPS/1.1", b"ICY/1.1", b"HTTP/1,1", b"HTTP/\xb1.1", b"RTSP/1.0"):
            self.alone(request(b"GET", b"/pilot/health", close=False, version=version))
        for data in (b"GET /pilot/health\r\n\r\n", b"GET /\n\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
                     b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)) * 8 + b"\r\n\r\n",
                     b"\x05\x01\x00\r\n\r\n", b"\x04\x01\x00P\x7f\x00\x00\x01\x00\r\n\r\n", b"SSH-2.0-OpenSSH_9.0\r\n\r\n", b"EHLO localhost\r\n\r\n", b"*1\r\n$4\r\nPING\r\n\r\n",
                     b"stats\r\n\r\n", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
                     b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c", bytes(range(256)) * 4, os.urandom(4096) + b"\r\n\r\n", b"\x00" * 30000, b"\xff" * 30000):
            self.alone(data, (400, 414, 431))
        self.in_step(request(b"GET", b"/pilot/health", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__", close=False), 200)
        self.in_step(request(b"GET", b"/pilot/health", b"Connection: Upgrade", b"Upgrade: TLS/1.2", close=False), 200)
        for port in self.ports:
            answers = self.exchange(b"GET /pilot/health HTTP/1.0\r\n\r\n" + self.CANARY, port)
            self.assertEqual([a[0] for a in answers], [200])  # a version whose requests need no Host, and that closes

    def test_empty_lines_before_a_request(self):
        for port in self.ports:
            for many in (1, 100, 10_000, 200_000):
                codes = [a[0] for a in self.exchange(b"\r\n" * many + self.CANARY, port)]
                self.assertIn(codes, ([404], [400], [414], [431]))

    def test_what_stands_behind_a_body_is_no_part_of_it(self):
        self.in_step(request(b"GET", b"/pilot/health", b"Content-Length: 5", close=False, body=b"GET /"), 200)
        self.in_step(request(b"GET", b"/pilot/health", b"Transfer-Encoding: chunked", close=False, body=chunked(b"GET / HTTP/1.1\r\n\r\n")), 200)
        self.in_step(request(b"DELETE", b"/pilot/health", JSON, b"Content-Length: 30", close=False, body=b"GET /secret HTTP/1.1\r\nHost: x\r\n"[:30]), 405)
        self.in_step(request(b"GET", b"/no/such", b"Content-Length: 4", close=False, body=b"\r\n\r\n"), 404)
        for garbage in (b"\x00\x01\x02garbage\r\n\r\n", b"}}}}\r\n\r\n", b"{}\r\n\r\n", b"0\r\n\r\n"):
            for port in self.ports:
                answers = self.exchange(self.post(b"Content-Length: 2", body=b"[]") + garbage + self.CANARY, port)
                self.assertEqual([a[0] for a in answers], [400, 400], garbage)
        for port in self.ports:  # after a refusal nothing on the wire is trusted
            inner = b"POST /api/daemon/shutdown HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            answers = self.exchange(request(b"POST", b"/api/projects", b"Content-Type: text/plain", b"Content-Length: %d" % len(inner), close=False, body=inner), port)
            self.assertEqual([a[0] for a in answers], [415])
            answers = self.exchange(request(b"POST", b"/api/projects", JSON, b"Origin: http://evil.example", b"Content-Length: %d" % len(inner), close=False, body=inner), port)
            self.assertEqual([a[0] for a in answers], [403])

    def test_nominated_fields_are_read_all_the_same(self):
        for nominated in (b"Host", b"Content-Length", b"Transfer-Encoding", b"Content-Type", b"Origin", b"Sec-Fetch-Site", b"X-Correlation-Id, Host, Origin"):
            self.in_step(self.post(b"Content-Length: 2", b"Connection: " + nominated, body=b"[]"), 400)
            self.alone(self.post(b"Content-Length: 2", b"Origin: http://evil.example", b"Connection: " + nominated, body=b"[]"), (403,))
            self.alone(request(b"POST", b"/api/projects", b"Content-Length: 2", b"Content-Type: text/plain", b"Connection: " + nominated, close=False, body=b"[]"), (415,))
        for port in self.ports:
            for value in (b"close, keep-alive", b"keep-alive, close", b"CLOSE", b"x, close ,y"):
                self.assertEqual([a[0] for a in self.exchange(request(b"GET", b"/pilot/health", b"Connection: " + value, close=False) + self.CANARY, port)], [200], value)

    def test_expectations(self):
        for value in (b"200-ok", b"100-continue, x", b"", b"100-continue; x", b"x" * 1000):
            self.alone(self.post(b"Content-Length: 2", b"Expect: " + value, body=b"{}"), (400, 417))
        for port in self.ports:  # who will be refused is told so before the body, and never "100 Continue"
            for fields, wanted in (((b"Origin: http://evil.example", b"Content-Length: 2", JSON), 403), ((b"Content-Length: 2", b"Content-Type: text/plain"), 415), ((b"Content-Length: 99999999",
                                                                                JSON), 413),
                                   ((b"Transfer-Encoding: gzip", JSON), 400), ((b"Sec-Fetch-Site: cross-site", b"Content-Length: 2", JSON), 403)):
                self.assertEqual([a[0] for a in self.exchange(request(b"POST", b"/api/projects", b"Expect: 100-continue", *fields, close=False), port)], [wanted])
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                connection.sendall(self.post(b"Content-Length: 2", b"Expect: 100-Continue"))
                self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 100 "))
                connection.sendall(b"[]")
                self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 400 "))

    def test_pipelined_requests_are_answered_in_order(self):
        one, two = request(b"GET", b"/pilot/graph?path=p001", close=False), request(b"GET", b"/no/such", close=False)
        for port in self.ports:
            codes = [a[0] for a in self.exchange((one + two) * 20 + request(), port)]
            self.assertEqual(codes, [200, 404] * 20 + [200])

    def test_a_reader_slower_than_its_own_pipeline_gets_every_answer(self):
        count = 1500  # some 10 MB of answers: far past what the daemon holds for one connection
        with socket.create_connection(("127.0.0.1", self.d.http_port), timeout=PATIENCE) as connection:
            sender = threading.Thread(target=connection.sendall, args=(request(b"GET", b"/docs", close=False) * count,))
            sender.start()
            self.assertEqual(self.d.get("/pilot/health").status, 200)
            answer = b""
            while answer.count(b"HTTP/1.1 200 OK") < count or not answer.endswith(b"</html>\n"):
                chunk = connection.recv(65536)
                self.assertTrue(chunk)
                answer += chunk
            sender.join()

    def test_a_request_byte_by_byte(self):
        for port in self.ports:
            for data in (b"GET /pilot/health HTTP/1.0\r\nHost: localhost\r\n\r\n", with_body(b"[]", JSON), self.post(b"Transfer-Encoding: chunked", b"Connection: close", body=chunked(b"[", b"]",
                                                                                trailers=b"X: y\r\n"))):
                whole = self.exchange(data, port)[0]
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for byte in data:
                        connection.sendall(bytes([byte]))
                    answer = b""
                    while got := connection.recv(65536):
                        answer += got
                self.assertEqual(answers_in(answer)[0][0], whole[0])


class Limits(Attack):
    tally = TALLY

    def both(self, data, wanted):
        for port in self.ports:
            self.refused(data, wanted, port)

    def test_the_target_is_8_kib(self):
        self.both(request(b"GET", b"/" + b"a" * 8191), (404,))
        for size in (8192, 9000, 30_000, 300_000):
            self.both(request(b"GET", b"/" + b"a" * size), (414,))
        self.both(request(b"GET", b"/pilot/health?x=" + b"a" * (8192 - 17)), (200,))
        self.both(request(b"GET", b"/pilot/health?x=" + b"a" * 8192), (414,))
        self.both(request(b"GET", b"/pilot/health?" + b"a=b&" * 2000), (200,))
        self.both(b"G" * 100_000, (400, 414, 431))

    def test_headers_are_16_kib(self):
        for size in (16 * 1024 - 200,):
            self.both(request(b"GET", b"/pilot/health", b"X: " + b"a" * size), (200,))
            self.both(request(b"GET", b"/pilot/health?" + b"a" * 8000, b"X: " + b"a" * size), (200,))
        for size in (30_000, 300_000):
            self.both(request(b"GET", b"/pilot/health", b"X: " + b"a" * size), (431,))
            self.both(request(b"GET", b"/pilot/health", b"X" * size + b": a"), (431,))
            self.both(request(b"GET", b"/pilot/health", *[b"X: " + b"a" * (size // 50)] * 50), (431,))

    def test_headers_just_over_16_kib(self):
        for fields in ([b"X: " + b"a" * (17 * 1024)], [b"X: " + b"a" * 400] * 43, [b"X: " + b"a" * (16 * 1024)]):
            self.both(request(b"GET", b"/pilot/health", *fields), (431,))

    def test_headers_are_100(self):
        self.both(request(b"GET", b"/pilot/health", *[b"X: y"] * 98), (200,))  # and Host and Connection
        for count in (99, 120, 2000):
            self.both(request(b"GET", b"/pilot/health", *[b"X: y"] * count), (431,))
            self.both(request(b"GET", b"/pilot/health", *[b"X%d: y" % n for n in range(count)]), (431,))

    def test_the_body_is_1_mib_and_judged_by_its_announcement(self):
        whole = b"[" + b" " * (1024 * 1024 - 2) + b"]"
        self.both(with_body(whole, JSON), (400,))
        for port in self.ports:
            for size in (1024 * 1024 + 1, 10_000_000, 4_000_000_000, 1 << 62):
                started = time.monotonic()
                self.refused(request(b"POST", b"/api/projects", JSON, b"Content-Length: %d" % size), (413,), port)  # not a byte of it was sent
                self.assertLess(time.monotonic() - started, 5)
            piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
            self.refused(request(b"POST", b"/api/projects", JSON, b"Transfer-Encoding: chunked", body=piece * 17), (413,), port)
            self.refused(request(b"POST", b"/api/projects", JSON, b"Transfer-Encoding: chunked", body=b"7fffffff\r\n"), (400, 413), port)
            self.refused(request(b"POST", b"/api/projects", JSON, b"Transfer-Encoding: chunked", body=chunked(b"[", *[b" "] * 2000, b"]")), (400,), port)

    def test_many_idle_connections_and_aborts_do_not_disturb(self):
        for port in self.ports:
            idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
            starts = (b"", b"G", b"GET /pilot/he", b"GET / HTTP/1.1\r\nHost: local",
                      b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            for number, held in enumerate(idle[:200]):
                held.sendall(starts[number % len(starts)])
                if number % 2:
                    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
                held.close()
            self.assert_serving()
            [held.close() for held in idle]
        TALLY.add("connections dropped", 600)

    def test_who_leaves_before_the_answer_disturbs_nobody(self):
        for port in self.ports:
            for target in (b"/pilot/map", b"/docs", b"/pilot/export?form=svg", b"/api/watch/since?sync=true", b"/pilot/paths?at=HEAD"):
                for reset in (False, True):
                    for _ in range(3):
                        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as gone:
                            gone.sendall(request(b"GET", target, close=False) * 5)
                            if reset:
                                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        TALLY.add("connections dropped")
        self.assert_serving()

    def test_a_half_closed_one_gets_its_answer(self):
        for port in self.ports:
            self.assertEqual([a[0] for a in self.exchange(request(close=False), port, shut=True)], [200])
            self.assertEqual([a[0] for a in self.exchange(request(close=False) * 5, port, shut=True)], [200] * 5)
            answered = [a[0] for a in self.exchange(request(b"GET", b"/api/watch/since?sync=true", close=False), port, shut=True)]  # one that waits
            self.assertEqual(answered, [200])
            for cut in (b"GET /pilot", b"GET / HTTP/1.1\r\nHost: localhost\r\n", with_body(b"{}", JSON)[:-1],
                        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"):
                started = time.monotonic()
                raw = self.d.raw(cut, port, shut=True)
                self.assertIn(status(raw), (None, 400))
                self.assertLess(time.monotonic() - started, 5)

    def test_descriptors_run_out_and_come_back(self):
        d = self.daemon()
        resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (40, 40))
        held = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(60)]
        [s.close() for s in held]
        self.assertEqual(d.get("/pilot/health").status, 200)

    def test_slow_heads_and_bodies_are_cut_in_time(self):
        head = b"GET /pilot/health HTTP/1.1\r\nHost: localhost\r\n"
        body = b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{"
        cases = [("no byte", b"", b"", 10), ("half a line", b"GET /pil", b"", 10), ("a head, a byte a second", head, b"X", 10), ("a head, a field a second", head, b"X: y\r\n", 10), 
                 ("a body, nothing more", body, b"", 30), ("a body, a byte a second", body, b" ", 30), ("chunks, one a second", body.replace(b"Content-Length: 10000",
                                                                                b"Transfer-Encoding: chunked")[:-1], b"1\r\n \r\n", 30),
                 ("an extension, a byte a second", body.replace(b"Content-Length: 10000", b"Transfer-Encoding: chunked")[:-1] + b"1;", b"x", 30),
                 ("a second head", request(close=False) + b"GET /", b"a", 10)]
        took = {}

        def drip(name, start, more, port):
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                try:
                    connection.sendall(start)
                    connection.settimeout(1)  # the slowness itself
                    while time.monotonic() - began < 60:
                        try:
                            if not connection.recv(65536):
                                break
                        except TimeoutError:
                            connection.sendall(more)
                except OSError:
                    pass
            took[name, port] = time.monotonic() - began
        threads = [threading.Thread(target=drip, args=(name, start, more, port)) for name, start, more, _ in cases for port in self.ports]
        [thread.start() for thread in threads]
        while any(thread.is_alive() for thread in threads):
            self.assert_serving()
            threads[-1].join(0.5)
            for thread in threads:
                if thread.is_alive():
                    thread.join(0.5)
                    break
        for name, _, _, limit in cases:
            for port in self.ports:
                self.assertLess(took[name, port], limit + QUICK, name)
                self.assertGreater(took[name, port], limit - 1.5, name)
        TALLY.add("slow connections", len(threads))


if __name__ == "__main__":
    main()

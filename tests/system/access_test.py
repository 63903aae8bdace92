"""Tokens, JSON Web Tokens, one-time links and TLS, on both transports; tail and publish."""
import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import ssl
import subprocess
import time

import websockets

from harness import BPYD, PATIENCE, Case, main, receive, run, wait_for

SECRET = "0123456789abcdef0123456789abcdef"
JSON = {"Content-Type": "application/json"}


def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def jwt(**claims):
    claims.setdefault("exp", int(time.time()) + 60)
    claims.setdefault("sub", "ann")
    signed = part(b'{"alg":"HS256"}') + "." + part(json.dumps(claims).encode())
    return signed + "." + part(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())


class Access(Case):
    def token(self, d):
        return (d.runtime / "default/token").read_text().strip()

    def post(self, d, token, channel="missions"):
        headers = dict(JSON, **({"Authorization": "Bearer " + token} if token else {}))
        return d.request("POST", "/api/ws/broadcast", body=json.dumps({"channel": channel, "message": 1}), headers=headers)

    async def refused(self, d, door, **more):
        with self.assertRaises(websockets.InvalidStatusCode) as caught:
            async with d.socket(door, **more):
                pass
        return caught.exception.status_code

    async def test_with_a_token_nothing_else_answers(self):
        d = self.daemon("--auth", "token")
        token = self.token(d)
        self.assertEqual((d.runtime / "default/token").stat().st_mode & 0o777, 0o600)
        for target in ("/pilot/health", "/api/handshake"):
            self.assertEqual(d.get(target).status, 200)
        handshake = d.json("/api/handshake")
        self.assertEqual((handshake["auth_required"], handshake["auth_methods"], handshake["tls_enabled"]), (True, ["token"], False))
        for target in ("/api/ws/stats", "/metrics", "/api/projects", "/openapi.json", "/pilot/paths?token=" + token):
            response = d.get(target)
            self.assertEqual((response.status, json.loads(response.text)["code"], response.getheader("WWW-Authenticate")), (401, "BPY-1401", "Bearer"), target)
        for port in (d.ws_port, d.http_port):
            self.assertEqual(d.request("GET", "/api/ws/stats", headers={"X-BranchPy-Token": token}, port=port).status, 200)
            self.assertEqual(await self.refused(d, "/ws", port=port), 401)
            async with d.socket("/ws/connect?token=" + token, port=port) as ws:
                self.assertEqual((await receive(ws))["type"], "connected")
            async with d.socket("/ws", port=port, extra_headers={"Authorization": "Bearer " + token}) as ws:
                self.assertEqual((await receive(ws))["type"], "watch.status")
        self.assertEqual((self.post(d, None).status, self.post(d, token).status), (401, 202))
        self.assertNotIn(token, (d.runtime / "ws_daemon.log").read_text() + (d.runtime / "default/wsd.meta.json").read_text())
        self.assertEqual(d.stop(), 0)
        self.assertFalse((d.runtime / "default/token").exists())

    async def test_a_foreign_origin_is_not_healed_by_a_token(self):
        d = self.daemon("--auth", "token")
        response = d.get("/api/ws/stats", headers={"X-BranchPy-Token": self.token(d), "Origin": "http://evil.example"})
        self.assertEqual(response.status, 403)

    def test_guessing_is_slowed_down_and_the_right_one_passes(self):
        d = self.daemon("--auth", "token")
        statuses = [d.get("/api/ws/stats", headers={"X-BranchPy-Token": "guess"}).status for _ in range(12)]
        self.assertEqual(statuses, [401] * 10 + [429] * 2)
        self.assertEqual(d.get("/api/ws/stats", headers={"X-BranchPy-Token": self.token(d)}).status, 200)

    def test_a_page_opens_once_through_its_link(self):
        d = self.daemon("--auth", "token")
        root = self.project()
        link = run("open", root, runtime=d.runtime, check=0).stdout.strip()
        target = link[link.index("/pilot"):]
        self.assertIn("&k=", target)
        first = d.get(target)
        place, _, token = first.getheader("Location").partition("#page-token=")
        self.assertEqual((first.status, place), (303, "/pilot/view?project=story"))
        cookie = first.getheader("Set-Cookie")
        self.assertIn("HttpOnly; SameSite=Strict", cookie)
        pair = cookie.split(";")[0]
        self.assertEqual(d.get("/pilot/view?project=story", headers={"Cookie": pair}).status, 200)
        self.assertEqual(d.get("/pilot/paths?project=story", headers={"Cookie": pair}).status, 200)
        # The cookie may read; it changes nothing.
        self.assertEqual(d.request("POST", "/api/ws/broadcast", body='{"channel":"a","message":1}', headers=dict(JSON, Cookie=pair)).status, 401)
        # What the page keeps to itself may: a header is not sent by another page, nor to another port.
        change = {"body": '{"channel":"a","message":1}', "headers": dict(JSON, **{"X-BranchPy-Token": token})}
        self.assertEqual(d.request("POST", "/api/ws/broadcast", **change).status, 202)
        again = d.get(target)
        self.assertEqual(again.status, 401)
        self.assertIn("error-box", again.text)

    async def test_a_jwt_names_the_user_the_scope_and_the_channels(self):
        key = self.folder / "key"
        key.write_text(SECRET)
        d = self.daemon("--auth", "jwt", "--jwt-key", key)
        self.assertEqual(d.json("/api/handshake")["auth_methods"], ["jwt"])
        self.assertEqual((self.post(d, jwt(scope="admin")).status, self.post(d, jwt()).status, self.post(d, jwt(scope="admin", exp=1)).status), (202, 403, 401))
        self.assertEqual(self.post(d, jwt(scope="admin", channels=["tasks"])).status, 403)
        async with d.socket("/ws/connect?user_id=eve&token=" + jwt(channels=["tasks", "pilot:*"])) as ws:
            await receive(ws, "connected")
            for message, code in (('{"type":"subscribe","channel":"missions"}', "BPY-1402"), ('{"type":"subscribe","channel":"*"}', "BPY-1402"),
                                  ('{"type":"publish","channel":"tasks","data":1}', "BPY-1402"), ('{"type":"subscribe","channel":"user:eve"}', "BPY-1402")):
                await ws.send(message)
                self.assertEqual((await receive(ws))["code"], code, message)
            await ws.send('{"type":"subscribe","channels":["tasks","pilot:*","user:ann"]}')
            for _ in range(3):
                await receive(ws, "subscribed")
            headers = dict(JSON, Authorization="Bearer " + jwt(scope="admin", sub="root"))
            self.assertEqual(d.request("POST", "/api/ws/broadcast/user", body='{"user":"ann","type":"note","data":7}', headers=headers).status, 202)
            self.assertEqual((await receive(ws, "note"))["data"], 7)
        self.assertEqual(await self.refused(d, "/ws/channel/audit?token=" + jwt(channels=["tasks"])), 403)
        self.assertEqual(d.get("/api/ws/channels/audit/events", headers={"Authorization": "Bearer " + jwt(channels=["tasks"])}).status, 403)

    def test_bad_keys_end_the_start_in_words(self):
        key = self.folder / "short"
        key.write_text("short")
        done = run("--auth", "jwt", "--jwt-key", key, "--port", "0", runtime=self.folder / "rt")
        self.assertEqual(done.returncode, 2)
        self.assertIn("BPY-1006", done.stderr)
        done = run("--host", "0.0.0.0", "--auth", "token", "--port", "0", runtime=self.folder / "rt")
        self.assertEqual(done.returncode, 2)

    async def test_tls_on_both_transports(self):
        cert, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", key, "-out", cert], check=True, capture_output=True)
        d = self.daemon("--auth", "token", "--tls-cert", cert, "--tls-key", key)
        context = ssl.create_default_context(cafile=str(cert))
        for port in (d.ws_port, d.http_port):
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=PATIENCE)
            for _ in range(2):  # the connection is kept
                connection.request("GET", "/api/handshake")
                self.assertTrue(json.loads(connection.getresponse().read())["tls_enabled"])
            connection.close()
            uri = f"wss://localhost:{port}/ws/connect?token={self.token(d)}"
            async with websockets.connect(uri, ssl=context, origin=f"https://localhost:{port}") as ws:
                await receive(ws, "connected")
                await ws.send(json.dumps({"type": "publish", "channel": "tasks", "data": "x" * 60000, "ack": True}))
                self.assertEqual((await receive(ws, "published"))["seq"], port - port + (1 if port == d.ws_port else 2))
                await ws.send('{"type":"subscribe","channel":"tasks","since":{"epoch":"%s","seq":0}}' % d.meta["epoch"])
                self.assertTrue((await receive(ws, "subscribed"))["recovered"])
                self.assertEqual(len((await receive(ws, "message"))["data"]), 60000)
        plain = d.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertIn(b"400 Bad Request", plain)
        self.assertIn(b"speaks TLS", plain)
        # The command line finds token and certificate by itself.
        config = d.runtime / "default/config.json"
        config.write_text(json.dumps({"tls_cert": str(cert)}))
        self.assertIn("runs (pid", run("status", runtime=d.runtime, check=0).stdout)
        self.assertIn("told 0 subscribers", run("publish", "missions", '{"b":1,"a":2}', runtime=d.runtime, check=0).stdout)

    def test_tail_prints_what_was_and_what_comes(self):
        d = self.daemon()
        for n in range(3):
            run("publish", "missions", json.dumps({"n": n}), "--type", "created", runtime=d.runtime, check=0)
        tail = subprocess.Popen([BPYD, "--runtime-dir", str(d.runtime), "tail", "missions", "--since", "1"], stdout=subprocess.PIPE, text=True, env=d.env)
        try:
            self.assertEqual([tail.stdout.readline() for _ in range(2)], ['missions 2 created {"n":1}\n', 'missions 3 created {"n":2}\n'])
            wait_for(lambda: d.json("/api/ws/stats")["channels"].get("missions"), "a subscriber")
            run("publish", "missions", "[1, 2]", runtime=d.runtime, check=0)
            self.assertEqual(tail.stdout.readline(), "missions 4 broadcast [1,2]\n")
        finally:
            tail.kill()
            tail.communicate()
        self.assertEqual(run("publish", "missions", "{", runtime=d.runtime).returncode, 2)


if __name__ == "__main__":
    main()

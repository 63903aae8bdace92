"""A real daemon in a private folder, on ports the kernel chose, and ways to talk to it.

Every wait is for a condition with a deadline; nothing sleeps in the hope that time helps."""
import asyncio
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import websockets

BPYD = os.environ["BPYD_BIN"]
PATIENCE = 30.0
STORY = """label start:
    "Hello."
    menu:
        "Left":
            jump left
        "Right":
            jump right
label left:
    return
label right:
    return
"""


def wait_for(condition, what):
    """Polls until the condition holds; polling stands in for an event only where a process or a
    file cannot send one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.005)


class Daemon:
    """One bpyd; `runtime` may be handed on to a successor."""

    def __init__(self, *arguments, runtime=None, env=None, wait=True, ports=(0, 0), binary=BPYD):
        self.profile = "default"
        self.runtime = pathlib.Path(runtime or tempfile.mkdtemp(prefix="bpyd-sys-"))
        self.command = [str(binary), "--runtime-dir", str(self.runtime), "--port", str(ports[0]), "--http-port", str(ports[1]), *map(str, arguments)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BPYD_")}
        environment["HOME"] = str(self.runtime)
        environment.update(env or {})
        self.env = environment
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        def meta():
            if self.process.poll() is not None:
                raise AssertionError(f"bpyd ended with {self.process.returncode}: {self.process.stderr.read().decode()}")
            try:
                data = json.loads(self.meta_file.read_text())
            except (FileNotFoundError, ValueError):
                return None
            return data if isinstance(data, dict) and data.get("pid") == self.process.pid else None
        self.meta = wait_for(meta, "wsd.meta.json")
        self.http_port, self.ws_port = self.meta["http_port"], self.meta["ws_port"]

    @property
    def meta_file(self):
        return self.runtime / self.profile / "wsd.meta.json"

    def request(self, method, target, body=None, headers=None, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.http_port, timeout=PATIENCE)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, target, body=body, headers=sent)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        response.text = data.decode()
        return response

    def get(self, target, **more):
        return self.request("GET", target, **more)

    def json(self, target, method="GET", body=None, status=200):
        response = self.request(method, target, body=body)
        assert response.status == status, f"{method} {target}: {response.status} {response.text}"
        return json.loads(response.text)

    def raw(self, data, port=None, shut=False):
        """Sends bytes, reads until the daemon closes."""
        with socket.create_connection(("127.0.0.1", port or self.http_port), timeout=PATIENCE) as connection:
            connection.sendall(data)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer

    def socket(self, door="/ws", port=None, **more):
        return websockets.connect(f"ws://127.0.0.1:{port or self.ws_port}{door}", max_size=None, max_queue=None, **more)

    def register(self, root):
        return self.json("/api/projects", "POST", {"root": str(root)}, status=201)

    def ready(self, alias):
        """Waits (in the daemon) until the project's first analysis is done."""
        return self.json(f"/pilot/paths?project={alias}")

    def log(self):
        return [json.loads(line) for line in (self.runtime / "ws_daemon.log").read_text().split("\n") if line]

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        self.out, self.err = (part.decode() for part in self.process.communicate(timeout=PATIENCE))
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.runtime, ignore_errors=True)


def run(*arguments, runtime, env=None, check=None):
    """A bpyd command to its end."""
    environment = {**os.environ, "HOME": str(runtime), **(env or {})}
    done = subprocess.run([BPYD, "--runtime-dir", str(runtime), *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=PATIENCE * 4)
    if check is not None:
        assert done.returncode == check, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def commit(folder, message="as it is"):
    """Everything below a folder into its git repository, which is made when there is none."""
    options = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]):
        subprocess.run(["git", *options, *command], cwd=folder, check=True)


async def receive(ws, kind=None, where=lambda message: True):
    """The next message of a type; others are passed over."""
    async def next_fitting():
        while True:
            message = json.loads(await ws.recv())
            if (kind is None or message["type"] == kind) and where(message):
                return message
    return await asyncio.wait_for(next_fitting(), PATIENCE)


class Case(unittest.IsolatedAsyncioTestCase):
    """Daemons and folders of a test, gone afterwards. A daemon that died under it fails it."""

    def setUp(self):
        self.daemons = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bpyd-sys-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.end_daemons)

    def end_daemons(self):
        for daemon in self.daemons:
            died = daemon.process.poll()
            errors = daemon.process.stderr.read().decode() if died not in (None, 0, 3, 4, -signal.SIGKILL) and not daemon.process.stderr.closed else ""
            daemon.close()
            for pipe in (daemon.process.stdout, daemon.process.stderr):
                pipe.close()
            if errors:
                self.fail(f"bpyd died with {died}:\n{errors[-4000:]}")

    def daemon(self, *arguments, **more):
        made = Daemon(*arguments, **more)
        self.daemons.append(made)
        return made

    def project(self, name="story", text=STORY):
        root = self.folder / name
        (root / "game").mkdir(parents=True)
        (root / "game/script.rpy").write_text(text)
        return root


def main():
    started = time.monotonic()
    program = unittest.main(exit=False, verbosity=1)
    print(f"{program.result.testsRun} tests in {time.monotonic() - started:.1f} s")
    raise SystemExit(0 if program.result.wasSuccessful() and program.result.testsRun > 0 else 1)

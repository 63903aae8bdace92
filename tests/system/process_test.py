"""The process: one per profile, ports, metadata, log, stopping, configuration, the command line."""
import json
import os
import pty
import signal
import socket
import stat
import subprocess
import threading

from harness import BPYD, Case, main, receive, run, wait_for


class Process(Case):
    def test_a_second_start_prints_the_first_ones_metadata(self):
        d = self.daemon()
        second = run("--port", "0", runtime=d.runtime, check=0)
        self.assertEqual(json.loads(second.stdout), d.meta)

    def test_a_second_start_says_when_the_first_does_not_answer(self):
        d = self.daemon()
        d.process.send_signal(signal.SIGSTOP)
        try:
            second = run("--port", "0", runtime=d.runtime)
        finally:
            d.process.send_signal(signal.SIGCONT)
        self.assertEqual(second.returncode, 4)
        self.assertIn("BPY-1504", second.stderr)

    def test_many_starts_at_once_make_one_daemon(self):
        runs = [self.daemon(runtime=self.folder / "rt", wait=False) for _ in range(8)]
        codes = [r.process for r in runs]
        wait_for(lambda: sum(p.poll() is None for p in codes) == 1, "seven ended")
        survivor = next(r for r in runs if r.process.poll() is None)
        survivor.wait_ready()
        self.assertTrue(all(p.returncode in (0, 4) for p in codes if p.poll() is not None))

    def test_taken_ports_are_passed_over_and_a_full_range_is_exit_3(self):
        base, held = self.free_range(6)
        first = self.daemon(runtime=self.folder / "a", ports=(base, -1))
        self.assertEqual((first.ws_port, first.http_port), (base, base + 1))
        second = self.daemon(runtime=self.folder / "b", ports=(base, -1))
        self.assertEqual((second.ws_port, second.http_port), (base + 2, base + 3))
        third = self.daemon(runtime=self.folder / "c", ports=(base, -1))
        self.assertEqual((third.ws_port, third.http_port), (base + 4, base + 5))
        none = run("--port", base, runtime=self.folder / "d")
        self.assertEqual(none.returncode, 3)
        self.assertIn("BPY-2003", none.stderr)
        self.assertIn(str(base), none.stderr)
        self.assertFalse((self.folder / "d/default/wsd.meta.json").exists())
        del held

    def free_range(self, count):
        """Consecutive ports that were free a moment ago."""
        for base in range(20000 + os.getpid() % 20000, 64000, 16):
            sockets = []
            try:
                for port in range(base, base + count):
                    sockets.append(socket.socket())
                    sockets[-1].bind(("127.0.0.1", port))
                return base, [s.close() for s in sockets]
            except OSError:
                [s.close() for s in sockets]
        raise AssertionError("no free range")

    def test_metadata_of_a_killed_daemon_is_not_trusted(self):
        d = self.daemon()
        d.kill()
        self.assertTrue(d.meta_file.exists())
        # The pid now belongs to somebody else: us.
        d.meta_file.write_text(json.dumps(dict(d.meta, pid=os.getpid())))
        again = self.daemon(runtime=d.runtime)
        self.assertEqual(again.meta["pid"], again.process.pid)
        self.assertEqual(run("status", runtime=again.runtime, check=0).returncode, 0)

    def test_broken_state_files_stop_nobody(self):
        for name in ("wsd.meta.json", "daemon_subs.json", "projects.json", "trusted.json"):
            for number, text in enumerate(("", "{", "[]", "\x00\xff", '{"projects": 3}')):
                runtime = self.folder / f"{name}-{number}"
                (runtime / "default").mkdir(parents=True)
                (runtime / "default" / name).write_text(text, encoding="latin-1")
                d = self.daemon(runtime=runtime)
                self.assertEqual(d.get("/pilot/health").status, 200)
                self.assertEqual(d.stop(), 0)

    def test_a_broken_configuration_is_named_and_refused(self):
        for text, words in (("{", "config.json"), ('{"prot": 1}', "did you mean 'port'"), ('{"port": "x"}', "'port' must be a whole number"), ('{"log_level": "loud"}', "loud")):
            runtime = self.folder / "rt"
            (runtime / "default").mkdir(parents=True, exist_ok=True)
            (runtime / "default/config.json").write_text(text)
            refused = run("run", runtime=runtime)
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn(words, refused.stderr)

    def test_every_way_to_stop_is_clean(self):
        def by_file(d):
            (d.runtime / "default/shutdown.signal").write_text("")
            d.process.wait(10)
        ways = [lambda d: d.stop(signal.SIGTERM), lambda d: d.stop(signal.SIGINT), by_file,
                lambda d: run("stop", runtime=d.runtime, check=0)]
        for way in ways:
            d = self.daemon()
            way(d)
            self.assertEqual(d.process.wait(10), 0)
            self.assertFalse(d.meta_file.exists())
            self.assertIn("daemon.shutdown", [line["event"] for line in d.log()])

    async def test_stops_in_time_with_clients_that_do_nothing(self):
        d = self.daemon()
        async with d.socket() as ws:
            await receive(ws, "watch.status")
            idle = [socket.create_connection(("127.0.0.1", d.http_port)) for _ in range(20)]
            idle[0].sendall(b"GET / HT")
            d.process.send_signal(signal.SIGTERM)
            d.process.send_signal(signal.SIGTERM)
            await ws.wait_closed()
            self.assertEqual(ws.close_code, 1001)
            self.assertEqual(d.process.wait(5), 0)
            [s.close() for s in idle]

    def test_reads_its_configuration_again_on_sighup(self):
        d = self.daemon()
        (d.runtime / "default/config.json").write_text('{"log_level": "debug", "watch": {"reports": []}}')
        d.process.send_signal(signal.SIGHUP)
        wait_for(lambda: any(line["event"] == "config.reload" for line in d.log()), "the reload")
        self.assertEqual(d.json("/api/watch/config")["reports"], [])

    def test_survives_a_closed_stdout_and_stderr(self):
        d = self.daemon("--log-stderr")
        d.process.stdout.close()
        d.process.stderr.close()
        for _ in range(20):
            self.assertEqual(d.get("/nope").status, 404)

    def test_folder_and_files_are_private_whatever_the_umask(self):
        before = os.umask(0)
        try:
            d = self.daemon()
        finally:
            os.umask(before)
        self.assertEqual(stat.S_IMODE(d.runtime.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((d.runtime / "default").stat().st_mode), 0o700)
        for file in (d.meta_file, d.runtime / "ws_daemon.log", d.runtime / "default/wsd.lock"):
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)

    def test_greets_a_person_and_keeps_quiet_for_an_editor(self):
        quiet = self.daemon("--project", self.project())
        quiet.stop()
        self.assertEqual((quiet.out, quiet.err), ("", ""))
        ours, theirs = pty.openpty()
        process = subprocess.Popen([BPYD, "--runtime-dir", str(self.folder / "rt"), "--port", "0"], stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = ""
        while "Ctrl-C" not in text:
            text += os.read(ours, 4096).decode()
        process.terminate()
        self.assertEqual(process.wait(10), 0)
        self.assertRegex(text, r"WebSocket   ws://127\.0\.0\.1:\d+/ws")
        os.close(ours)

    def test_the_log_rotates(self):
        d = self.daemon("--log-level", "debug")
        target = "/" + "x" * 7000
        threads = [threading.Thread(target=lambda: [d.get(target) for _ in range(450)]) for _ in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        names = sorted(p.name for p in d.runtime.glob("ws_daemon*.log"))
        self.assertIn("ws_daemon.1.log", names)
        self.assertLessEqual((d.runtime / "ws_daemon.log").stat().st_size, 10 << 20)

    def test_refuses_to_listen_to_the_world(self):
        refused = run("--host", "0.0.0.0", "--port", "0", runtime=self.folder / "rt")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--insecure", refused.stderr)

    def test_registered_projects_outlive_a_restart(self):
        d = self.daemon()
        d.register(self.project())
        d.ready("story")
        d.stop()
        again = self.daemon(runtime=d.runtime)
        self.assertEqual(again.ready("story")["path_count"], 2)

    async def test_subscriptions_outlive_a_restart(self):
        d = self.daemon()
        async with d.socket("/ws?client_id=panel-7") as ws:
            await ws.send('{"type": "sub", "channels": ["pilot:one", "news"], "report": "analyze"}')
            await receive(ws, "subscribed", lambda m: m.get("report") == "analyze")
        file = d.runtime / "default/daemon_subs.json"
        wait_for(lambda: file.exists() and "pilot:one" in file.read_text(), "daemon_subs.json")
        d.kill()
        again = self.daemon(runtime=d.runtime)
        async with again.socket() as ws:
            await ws.send('{"type": "sub", "channel": "extra", "client_id": "panel-7"}')
            back = set()
            while "extra" not in back:
                message = await receive(ws, "subscribed")
                back.add(message.get("channel") or message["report"])
            self.assertTrue({"pilot:one", "news", "analyze"} <= back, back)


class CommandLine(Case):
    def test_talks_to_the_daemon(self):
        d = self.daemon()
        story = self.project()
        link = run("open", story, runtime=d.runtime, check=0).stdout.strip()
        self.assertEqual(link, f"http://127.0.0.1:{d.http_port}/pilot/view?project=story")
        self.assertEqual(json.loads(run("status", "--json", runtime=d.runtime, check=0).stdout)["projects"], 1)
        self.assertTrue(json.loads(run("ping", "--json", runtime=d.runtime, check=0).stdout)["ok"])
        refused = run("open", "/", "--json", runtime=d.runtime, check=1)
        self.assertEqual(json.loads(refused.stdout)["code"], "BPY-1101")

    def test_says_when_no_daemon_runs(self):
        for command in ("status", "ping", "stop"):
            done = run(command, runtime=self.folder / "none", check=1)
            self.assertIn("Start it: bpyd", done.stderr)

    def test_restart_leaves_one_daemon(self):
        d = self.daemon()
        again = self.daemon("restart", runtime=d.runtime)
        self.assertEqual(d.process.wait(10), 0)
        self.assertNotEqual(again.meta["pid"], d.meta["pid"])

    def test_works_without_a_daemon(self):
        story = self.project()
        run("analyze", story, runtime=self.folder, check=0)
        report = json.loads((story / ".branchpy/stats2.json").read_text())
        self.assertEqual([p["id"] for p in report["paths"]], ["p001", "p002"])
        listed = json.loads(run("paths", story, "--json", runtime=self.folder, check=0).stdout)
        self.assertEqual(listed["path_count"], 2)
        missing = run("analyze", self.folder / "nowhere", "--json", runtime=self.folder, check=1)
        self.assertEqual(json.loads(missing.stdout)["code"], "BPY-1101")

    def test_introduces_itself(self):
        self.assertEqual(json.loads(run("version", "--json", runtime=self.folder, check=0).stdout)["protocol_version"], "1.0.0")
        self.assertIn("/pilot/paths", run("routes", runtime=self.folder, check=0).stdout)
        self.assertIn("pilot.paths.update", run("events", runtime=self.folder, check=0).stdout)
        self.assertIn("BPY-1201", run("errors", runtime=self.folder, check=0).stdout)
        report = json.loads(run("--port", "4000", "config", "--json", runtime=self.folder, env={"BPYD_HOST": "::1"}, check=0).stdout)
        self.assertEqual((report["values"]["port"], report["origins"]["port"], report["origins"]["host"]), (4000, "flags", "environment"))
        self.assertEqual(run("--nonsense", runtime=self.folder).returncode, 2)


if __name__ == "__main__":
    main()

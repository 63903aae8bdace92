"""A crash leaves its trace in the log and is told at the next start; `bpyd doctor` and `bpyd report` help from there."""
import io
import json
import os
import signal
import socket
import tarfile
import unittest

from harness import BPYD, Case, main, run, wait_for


class Crash(Case):
    def crash(self, number, *arguments, runtime=None):
        d = self.daemon(*arguments, runtime=runtime)
        d.process.send_signal(number)
        d.process.communicate(timeout=30)
        self.assertNotEqual(d.process.returncode, 0)
        return d

    def test_a_fatal_signal_leaves_a_trace_and_the_next_start_tells(self):
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
            d = self.crash(number)
            lines = [line for line in d.log() if line["event"] == "daemon.crash"]
            self.assertEqual([line["signal"] for line in lines], [number.name])
            line = lines[0]
            self.assertEqual((line["level"], line["daemon_pid"]), ("error", d.process.pid))
            self.assertRegex(line["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertTrue(any("4main +0x" in frame or frame.startswith("main +0x") for frame in line["trace"]), line["trace"])
            after = self.daemon(runtime=d.runtime)
            told = [each for each in after.log() if each["event"] == "daemon.crashed_before"]
            self.assertEqual(len(told), 1)
            self.assertIn(number.name, told[0]["msg"])
            self.assertIn("bpyd::app::run_daemon", told[0]["trace"])
            self.assertEqual(after.stop(), 0)
            self.assertIn(f"ended by {number.name}", after.err)
            again = self.daemon(runtime=d.runtime)
            self.assertEqual(again.stop(), 0)
            self.assertEqual((again.err, len([each for each in again.log() if each["event"] == "daemon.crashed_before"])), ("", 1), "told once")

    def test_doctor_says_what_is_wrong_and_what_to_do(self):
        def doctor(check, *arguments, **more):
            found = json.loads(run("--json", *arguments, "doctor", check=check, **more).stdout)
            self.assertEqual(found["ok"], check == 0)
            return {each["what"]: each for each in found["findings"]}

        d = self.daemon("--auth", "token")
        ports = ("--port", str(d.ws_port))
        fine = doctor(0, *ports, runtime=d.runtime)
        self.assertEqual({what for what, each in fine.items() if each["state"] == "fail"}, set())
        self.assertIn("answers", fine["daemon"]["found"])
        self.assertEqual(fine["crashes"]["state"], "ok")
        text = run(*ports, "doctor", runtime=d.runtime, check=0).stdout
        self.assertIn("ok    profile: ", text)

        (d.runtime / "default/token").chmod(0o644)
        self.assertIn("read by others", doctor(1, runtime=d.runtime)["token"]["found"])
        (d.runtime / "default").chmod(0o755)
        self.assertEqual(doctor(1, runtime=d.runtime)["profile"]["advice"], f"chmod 700 {d.runtime}/default")
        (d.runtime / "default").chmod(0o700)
        (d.runtime / "default/token").chmod(0o600)
        (d.runtime / "default/config.json").write_text('{"prot": 1}')
        self.assertIn("prot", doctor(1, runtime=d.runtime)["configuration"]["found"])
        (d.runtime / "default/config.json").write_text(json.dumps({"projects": [str(self.folder / "gone")]}))
        self.assertIn("no folder", doctor(1, runtime=d.runtime)["project"]["found"])
        (d.runtime / "default/config.json").unlink()
        d.kill()
        self.assertIn("does not answer", doctor(1, runtime=d.runtime)["daemon"]["found"])

        held = [socket.create_server(("127.0.0.1", 0))]
        first = held[0].getsockname()[1]
        taken = doctor(0, "--port", first, runtime=self.folder / "new")
        self.assertEqual((taken["ports"]["state"], str(first) in taken["ports"]["found"]), ("warn", True))
        self.assertFalse((self.folder / "new").exists(), "a doctor changes nothing")
        [each.close() for each in held]

    def test_a_report_holds_what_helps_and_no_secret(self):
        before = self.crash(signal.SIGABRT)
        d = self.daemon("--auth", "token", runtime=before.runtime)
        token = (d.runtime / "default/token").read_text().strip()
        d.get("/api/ws/stats?token=" + token)
        d.get("/nope", headers={"X-BranchPy-Token": token})
        with (d.runtime / "ws_daemon.log").open("a") as log:  # what no line may hold, should one hold it
            log.write('{"msg": "Authorization: Bearer abc.def and /x?k=SECRETCODE&b=1 and eyJhbGciOi.eyJzdWIi.c2ln and %s"}\n' % token)
        file = self.folder / "out.tar.gz"
        said = run("report", "--output", file, runtime=d.runtime, env={"HOME": str(self.folder)}, check=0).stdout
        self.assertIn("ws_daemon.log", said)
        with tarfile.open(fileobj=io.BytesIO(file.read_bytes())) as packed:
            texts = {member.name.removeprefix("bpyd-report/"): packed.extractfile(member).read().decode() for member in packed.getmembers()}
        self.assertEqual({"doctor.json", "configuration.json", "last_crash.json", "ws_daemon.log", "wsd.meta.json"}, set(texts))
        self.assertIn("SIGABRT", texts["last_crash.json"])
        self.assertIn("daemon.crashed_before", texts["ws_daemon.log"])
        for name, text in texts.items():
            for secret in (token, "abc.def", "SECRETCODE", "eyJzdWIi"):
                self.assertNotIn(secret, text, name)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(run("report", "--output", self.folder / "no/such/folder", runtime=d.runtime).returncode, 1)


if __name__ == "__main__":
    main()

"""Every line of the protocol document, as its reader would try it: curl, wscat, port scan, both ports."""
import asyncio
import json

from harness import Case, main, receive


class Seed(Case):
    def setUp(self):
        super().setUp()
        self.root = self.project()
        self.d = self.daemon("--project", self.root)

    def both(self):
        return (self.d.http_port, self.d.ws_port)

    def test_handshake_on_either_port(self):
        for port in self.both():
            reply = json.loads(self.d.get("/api/handshake", port=port).text)
            self.assertEqual(reply["protocol_version"], "1.0.0")
            self.assertEqual((reply["ws_port"], reply["http_port"]), (self.d.ws_port, self.d.http_port))
            self.assertIn("pilot", reply["capabilities"])
            self.assertEqual((reply["auth_required"], reply["tls_enabled"]), (False, False))
            self.assertNotIn("compatible", reply)

    def test_handshake_answers_by_the_compatibility_matrix(self):
        for version, compatible, upgrade in [("1.0.0", True, None), ("1.1.0", True, None), ("2.0.0", False, "extension"), ("0.9.0", False, "daemon")]:
            reply = self.d.json(f"/api/handshake?protocol_version={version}")
            self.assertEqual((reply["compatible"], reply.get("upgrade")), (compatible, upgrade), version)
        for bad in ("", "x", "1.", "1.0.0.0", "-1.0.0"):
            self.assertEqual(self.d.json(f"/api/handshake?protocol_version={bad}", status=400)["code"], "BPY-1002")

    def test_health_names_no_project(self):
        self.d.ready("story")
        for port in self.both():
            text = self.d.get("/pilot/health", port=port).text
            reply = json.loads(text)
            self.assertTrue(reply["ok"] and reply["has_stats2"])
            self.assertIn("/pilot/paths", reply["routes"])
            self.assertNotIn(str(self.root), text)

    def test_paths(self):
        reply = self.d.json(f"/pilot/paths?project={self.root}")
        self.assertEqual(reply["paths"], ["p001", "p002"])
        self.assertEqual((reply["schema_status"], reply["path_count"], reply["next_offset"]), ("ok", 2, None))
        second = self.d.json("/pilot/paths?limit=1&offset=1")
        self.assertEqual((second["paths"], second["total"]), (["p002"], 2))
        self.assertEqual(self.d.json("/pilot/paths?limit=1")["next_offset"], 1)
        for bad in ("limit=0", "limit=x", "offset=-1", "limit=1001"):
            self.assertEqual(self.d.json(f"/pilot/paths?{bad}", status=400)["code"], "BPY-1002")

    def test_graph_is_a_fragment_with_its_text_alternative(self):
        response = self.d.get("/pilot/graph?project=story&path=p001")
        self.assertEqual(response.getheader("Content-Type"), "text/html; charset=utf-8")
        self.assertIn('<pre class="mermaid">flowchart', response.text)
        self.assertIn('<ol class="steps">', response.text)
        self.assertRegex(response.getheader("Server-Timing"), r"graph;dur=[\d.]+, total;dur=[\d.]+")

    def test_a_missing_path_is_a_404_with_the_available_ones(self):
        page = self.d.get("/pilot/view?project=story&path=p999")
        self.assertEqual(page.status, 404)
        self.assertIn("<div class='error-title'>Path Not Found</div>", page.text)
        self.assertIn("Available paths: p001, p002", page.text)
        reply = json.loads(self.d.get("/pilot/graph?path=p999", headers={"Accept": "application/json"}).text)
        self.assertEqual((reply["error"], reply["code"], reply["severity"]), (True, "BPY-1201", "warn"))
        self.assertEqual(reply["suggestion"], "Available paths: p001, p002")
        self.assertTrue(reply["correlation_id"])

    def test_error_pages_escape_what_they_were_asked(self):
        page = self.d.get("/pilot/view?project=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        self.assertEqual(page.status, 404)
        self.assertNotIn("<script>alert", page.text)

    def test_the_correlation_id_is_echoed_and_logged(self):
        response = self.d.get("/pilot/graph?path=p9", headers={"X-Correlation-Id": "req-abc123", "Accept": "application/json"})
        self.assertEqual(response.getheader("X-Correlation-Id"), "req-abc123")
        self.assertEqual(json.loads(response.text)["correlation_id"], "req-abc123")
        self.assertTrue(any(line.get("correlation_id") == "req-abc123" for line in self.d.log()))

    def test_reports_carry_an_etag_and_answer_304(self):
        for target in ("/pilot/paths", "/pilot/graph?path=p001"):
            tag = self.d.get(target).getheader("ETag")
            again = self.d.get(target, headers={"If-None-Match": tag})
            self.assertEqual((again.status, again.text), (304, ""))
            self.assertEqual(self.d.get(target, headers={"If-None-Match": '"other"'}).status, 200)

    def test_status_and_aliases(self):
        for target in ("/api/daemon/status", "/api/daemon/info"):
            reply = self.d.json(target)
            self.assertEqual((reply["status"], reply["pid"], reply["port"]), ("running", self.d.process.pid, self.d.http_port))
        self.assertEqual(self.d.json("/health")["status"], "ok")

    def test_projects_come_are_renamed_and_go(self):
        other = self.project("other")
        self.assertEqual(self.d.register(other)["alias"], "other")
        self.assertEqual(self.d.json("/api/projects?limit=1")["next_offset"], 1)
        self.assertEqual(self.d.json("/api/projects/other", "PATCH", {"alias": "second"})["alias"], "second")
        self.assertEqual(self.d.json("/api/projects/second", "PATCH", {"alias": "story"}, status=409)["code"], "BPY-1503")
        reply = self.d.json("/pilot/paths", status=400)
        self.assertEqual((reply["code"], reply["suggestion"]), ("BPY-1001", "Registered projects: second, story"))
        self.d.json("/api/projects/second", "DELETE")
        reply = self.d.json("/pilot/paths?project=second", status=404)
        self.assertEqual((reply["code"], reply["suggestion"]), ("BPY-1101", "Registered projects: story"))

    async def test_wscat_on_either_port(self):
        for port in self.both():
            async with self.d.socket(port=port) as ws:
                first = json.loads(await ws.recv())
                self.assertEqual((first["type"], first["enabled"], first["activeReports"]), ("watch.status", True, ["analyze"]))
                await ws.send('{"type": "sub", "channel": "pilot:session_id"}')
                self.assertEqual((await receive(ws, "subscribed"))["channel"], "pilot:session_id")
                await ws.send('{"type": "ping"}')
                await receive(ws, "pong")
                await ws.send('{"type": "unsubscribe", "topics": ["pilot:session_id"]}')
                self.assertEqual((await receive(ws, "unsubscribed"))["channel"], "pilot:session_id")

    async def test_a_save_reaches_every_client(self):
        self.d.ready("story")
        async with self.d.socket() as panel, self.d.socket(port=self.d.http_port) as extension:
            await panel.send('{"type": "sub", "channel": "pilot:abc"}')
            await extension.send('{"type": "sub", "report": "analyze"}')
            await receive(panel, "subscribed")
            self.assertEqual((await receive(extension, "subscribed"))["report"], "analyze")
            script = self.root / "game/script.rpy"
            script.write_text(script.read_text().replace("label right:", 'label right:\n    menu:\n        "Stay":\n            return\n        "Go":\n            return\n'))
            for ws in (panel, extension):
                event = await receive(ws, "watch.event")
                self.assertEqual((event["report"], event["files"], event["project"]), ("analyze", ["game/script.rpy"], "story"))
            update = await receive(panel, "pilot.paths.update")
            self.assertEqual((update["paths"], update["channel"], update["seq"]), (["p001", "p002", "p003"], "pilot:abc", 1))
            self.assertTrue(update["summary"])
            self.assertEqual(self.d.json("/pilot/paths")["path_count"], 3)

    async def test_shutdown_over_http(self):
        async with self.d.socket() as ws:
            self.assertEqual(self.d.json("/api/daemon/shutdown", "POST", {}), {"message": "Shutting down"})
            await receive(ws, "daemon.shutdown")
            await asyncio.wait_for(ws.wait_closed(), 10)
            self.assertEqual(ws.close_code, 1001)
        self.assertEqual(self.d.process.wait(10), 0)
        self.assertFalse(self.d.meta_file.exists())

    def test_log_lines_have_the_documents_fields(self):
        self.d.ready("story")
        self.d.stop()
        lines = self.d.log()
        for line in lines:
            self.assertTrue({"ts", "level", "component", "event", "msg", "daemon_pid"} <= set(line), line)
        events = [line["event"] for line in lines]
        for event in ("daemon.start", "daemon.http_ready", "daemon.shutdown"):
            self.assertIn(event, events)


class PortScan(Case):
    """The document's own range; serial, since it is the one place with fixed ports."""

    def test_the_scan_of_the_document_finds_the_daemon(self):
        d = self.daemon(ports=(8765, -1))
        found = []
        for port in (8766, 8765, 8767, 8768, 8769, 8770):
            try:
                if d.get("/pilot/health", port=port).status == 200:
                    found.append(port)
            except OSError:
                continue
        self.assertIn(d.http_port, found)
        self.assertTrue(8765 <= d.ws_port < d.http_port <= 8770)


if __name__ == "__main__":
    main()

"""What clients can see is written down once, and the program keeps to it."""
import json
import pathlib
import re
import zlib

import jsonschema

from harness import Case, commit, main, receive, run

TOP = pathlib.Path(__file__).resolve().parents[2]


class Docs(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon("--project", self.project())
        self.d.ready("story")
        self.openapi = self.d.json("/openapi.json")
        self.asyncapi = self.d.json("/asyncapi.json")

    def operation(self, path, method="get"):
        return self.openapi["paths"][path][method]

    def test_every_get_answers_as_openapi_says(self):
        commit(self.folder / "story")
        self.d.json("/api/v1/history/snapshots", "POST", {}, status=201)
        samples = {**{f"/api/v1/history{part}/{what}": f"/api/v1/history{part}/{what}{query}" for part in ("", "/snapshots") for what, query in (("diff", "?from=1"), ("trend", ""))},
                   "/api/v1/history/snapshots/{id}": "/api/v1/history/snapshots/newest", "/pilot/path": "/pilot/path?path=p001", "/pilot/export": "/pilot/export?form=csv", "/pilot/graph": "/pilot/graph?path=p001", "/pilot/requirements": "/pilot/requirements?at=script.rpy:3", "/api/projects/{project}": "/api/projects/story",
                   "/api/ws/channels/{channel}": "/api/ws/channels/daemon", "/api/ws/channels/{channel}/events": "/api/ws/channels/daemon/events"}
        for path, methods in self.openapi["paths"].items():
            if "get" not in methods:
                continue
            response = self.d.get(samples.get(path, path))
            self.assertEqual(response.status, 200, path)
            declared = methods["get"]["responses"]["200"]["content"]
            kind = response.getheader("Content-Type")
            self.assertIn(kind, declared, path)
            schema = declared[kind].get("schema")
            if schema:
                jsonschema.Draft202012Validator(dict(schema, additionalProperties=False)).validate(json.loads(response.text))

    def test_errors_answer_as_openapi_says(self):
        schema = self.openapi["components"]["schemas"]["Error"]
        for target in ("/nope", "/pilot/paths?project=none", "/pilot/paths?limit=x"):
            jsonschema.Draft202012Validator(schema).validate(json.loads(self.d.get(target).text))

    def test_required_parameters_are_required(self):
        for path, methods in self.openapi["paths"].items():
            for parameter in methods.get("get", {}).get("parameters", []):
                if parameter["in"] == "query" and parameter["required"]:
                    response = self.d.get(path, headers={"Accept": "application/json"})
                    self.assertEqual(json.loads(response.text)["code"], "BPY-1001", path)

    async def test_messages_are_as_asyncapi_says(self):
        messages = self.asyncapi["channels"]["_ws"]["messages"]
        schemas = {m["name"]: m["payload"] for key, m in messages.items() if not key.startswith("client.")}
        seen = set()
        async with self.d.socket() as ws:
            await ws.send('{"type": "sub", "channels": ["pilot:x"], "report": "analyze"}')
            await ws.send('{"type": "ping"}')
            await ws.send('{"type": "nope"}')
            script = self.folder / "story/game/script.rpy"
            script.write_text(script.read_text() + "label more:\n    return\n")
            while "pilot.paths.update" not in seen or "watch.event" not in seen:
                message = await receive(ws)
                jsonschema.Draft202012Validator(schemas[message["type"]]).validate(message)
                seen.add(message["type"])
        self.assertTrue({"watch.status", "subscribed", "pong", "error"} <= seen, seen)

    def test_the_commands_print_the_same_tables(self):
        routes = json.loads(run("routes", "--json", runtime=self.d.runtime, check=0).stdout)
        printed = {(r["method"].lower(), r["path"]) for r in routes if r["method"] != "WS"}
        self.assertEqual(printed, {(method, path) for path, methods in self.openapi["paths"].items() for method in methods})
        events = {e["type"] for e in json.loads(run("events", "--json", runtime=self.d.runtime, check=0).stdout)}
        self.assertTrue(all(f"event.{e}" in self.asyncapi["channels"]["_ws"]["messages"] for e in events))

    async def test_the_alerts_and_the_page_know_the_metrics(self):
        async with self.d.socket("/ws/channel/missions") as ws:
            await receive(ws, "subscribed")
            await ws.send('{"type": "nope"}')
            await receive(ws, "error")
        text = self.d.get("/metrics").text
        families = set(re.findall(r"^# TYPE (\S+)", text, re.M))
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) bpyd_\w+ .+|bpyd_\w+(\{[a-z_]+="[^"]*"\})? -?[0-9.e+-]+)$')
        alerts = (TOP / "docs/prometheus-alerts.yml").read_text()
        used = {re.sub("_bucket$", "", name) for name in re.findall(r"bpyd_\w+", alerts)}
        self.assertEqual(used - families, set())
        page = self.d.get("/docs").text
        self.assertEqual({family for family in families if family not in page}, set())

    def test_the_event_log_is_as_its_schema_says(self):
        self.d.json("/api/ws/broadcast", "POST", {"channel": "missions", "message": "x"}, status=202)
        schema = jsonschema.Draft202012Validator(json.loads((TOP / "docs/event-log.schema.json").read_text()))
        lines = [line for path in sorted((self.d.runtime / "default/events").glob("*.jsonl")) for line in path.read_bytes().splitlines()]
        self.assertGreater(len(lines), 3)
        for line in lines:
            entry = json.loads(line)
            schema.validate(entry)
            self.assertEqual(entry["crc"], f"{zlib.crc32(line[18:]):08x}")

    def test_each_rule_of_security_names_tests_that_exist(self):
        page = (TOP / "docs/security.md").read_text()
        rules = re.findall(r"^\| R(\d+) \|", page, re.M)
        self.assertEqual(rules, [str(n) for n in range(1, 31)])
        named = re.findall(r"`((?:system|unit)/[\w/]+\.(?:py|cpp))::(\w+)`", page)
        self.assertGreater(len(named), 80)
        for file, name in named:
            self.assertRegex((TOP / "tests" / file).read_text(), rf"(def {name}\(|TEST(_F)?\(\w+, {name}\))")

    def test_the_reference_page_lists_everything(self):
        page = self.d.get("/docs").text
        for path in self.openapi["paths"]:
            self.assertIn(path, page)
        for row in json.loads(run("errors", "--json", runtime=self.d.runtime, check=0).stdout):
            self.assertIn(row["code"], page)
        self.assertFalse(re.findall(r"(?:src|href)='https?://", page))


if __name__ == "__main__":
    main()

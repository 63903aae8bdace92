"""What changed in the story: between revisions and folders on the command line, after a save as an event."""
import json
import os
import subprocess

import jsonschema

from harness import BPYD, PATIENCE, STORY, Case, main, receive, run

AFTER = STORY.replace('        "Right":\n            jump right\n', '        "Up":\n            jump up\n').replace(
    "label right:\n    return\n", "label right:\n    return\nlabel up:\n    return\n")
# What AFTER says beside STORY; both the command and the event must say it so.
EXPECTED = {
    "paths": [{"change": "changed", "before": "p002", "after": "p002"}],
    "labels_added": ["up"], "labels_removed": [], "labels_unreachable": ["right"],
    "choices_gained": [{"label": "start", "file": "game/script.rpy", "line": 6, "text": "Up"}],
    "choices_lost": [{"label": "start", "file": "game/script.rpy", "line": 6, "text": "Right"}],
    "endings_gained": ["up"], "endings_lost": ["right"],
}
NOTHING = {key: [] for key in EXPECTED}


def changes_of(message):
    found = {key: message[key] for key in EXPECTED}
    found["paths"] = [{key: path[key] for key in ("change", "before", "after")} for path in message["paths"]]
    return found


class Revisions(Case):
    def git(self, *arguments):
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=PATIENCE, env=dict(os.environ, HOME=str(self.folder)))

    def commit(self):
        self.git("add", "-A", "games")
        self.git("commit", "-q", "--allow-empty", "-m", "x")

    def setUp(self):
        super().setUp()
        self.git("init", "-q")
        self.root = self.project("games/story")
        self.script = self.root / "game/script.rpy"
        self.commit()
        self.git("tag", "v1.0")
        self.script.write_text(AFTER)
        self.commit()

    def diff(self, *arguments, cwd=None, check=0):
        done = subprocess.run([BPYD, "diff", *map(str, arguments)], cwd=cwd or self.root, capture_output=True, text=True, timeout=PATIENCE * 4,
                              env=dict(os.environ, HOME=str(self.folder), GIT_DIR="/nowhere"))
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done

    def told(self, *arguments, **more):
        return json.loads(self.diff(*arguments, "--json", **more).stdout)

    def test_two_revisions(self):
        told = self.told("v1.0", "HEAD")
        self.assertEqual((told["before"], told["after"], told["changed"]), ("v1.0", "HEAD", True))
        self.assertEqual(changes_of(told), EXPECTED)
        self.assertEqual(self.diff("v1.0", "HEAD").stdout.splitlines(), told["summary"])
        self.assertIn("Label up added", told["summary"])
        back = self.told("HEAD", "HEAD~1")
        self.assertEqual((back["labels_removed"], back["endings_lost"]), (["up"], ["up"]))

    def test_a_revision_against_the_work_tree(self):
        self.assertEqual(changes_of(self.told("v1.0")), EXPECTED)
        self.assertEqual(changes_of(self.told()), NOTHING)
        self.assertEqual(self.diff().stdout, "The story is the same\n")
        self.script.write_text(AFTER + "label unsaved:\n    return\n")
        self.assertEqual(self.told()["labels_added"], ["unsaved"])
        self.assertEqual(self.told("HEAD", "HEAD")["labels_added"], [])
        self.git("add", "-A", "games")
        self.assertEqual(self.told()["labels_added"], ["unsaved"], "staged or not")

    def test_the_project_may_be_named(self):
        self.assertEqual(changes_of(self.told("v1.0", "--project", self.root, cwd="/")), EXPECTED)
        self.assertEqual(changes_of(self.told("v1.0", "--project", "games/story", cwd=self.folder)), EXPECTED)
        first = subprocess.run([BPYD, "--project", "games/story", "diff", "v1.0", "--json"], cwd=self.folder, capture_output=True, text=True, check=True, timeout=PATIENCE * 4)
        self.assertEqual(changes_of(json.loads(first.stdout)), EXPECTED)
        nowhere = self.told("v1.0", cwd=self.folder, check=1)
        self.assertEqual(nowhere["code"], "BPY-1101")
        self.assertIn("'v1.0' has no game/ folder", nowhere["message"])

    def test_an_existing_folder_is_a_folder(self):
        other = self.project("other")
        self.assertEqual(changes_of(self.told(other, self.root, cwd="/")), EXPECTED)
        self.assertEqual(changes_of(self.told(other, "HEAD")), EXPECTED)
        self.assertEqual(changes_of(self.told(other)), EXPECTED)
        self.assertEqual(changes_of(self.told("v1.0", other)), NOTHING)
        self.git("branch", "other")
        self.assertEqual(changes_of(self.told("other", cwd=self.folder, *("--project", "games/story"))), EXPECTED)
        self.assertEqual(changes_of(self.told("other")), NOTHING, "a branch, seen from where no such folder lies")

    def test_the_exit_code_can_tell(self):
        self.diff("v1.0", "HEAD", check=0)
        self.assertIn("Label up added", self.diff("v1.0", "HEAD", "--exit-code", check=1).stdout)
        self.diff("HEAD", "--exit-code", check=0)
        self.diff("nope", "--exit-code", check=2)

    def test_what_cannot_be_compared_is_named(self):
        for arguments, code, words in ((("nope",), "BPY-1002", "'nope' is no revision"), (("v1.0", "v2.0"), "BPY-1002", "'v2.0'"),
                                       (("",), "BPY-1002", "''"), (("v1.0..HEAD",), "BPY-1002", "'v1.0..HEAD'"),
                                       (("HEAD", "--project", "/no/such"), "BPY-1101", "/no/such"), (("HEAD", "--project", "/"), "BPY-1002", "not a git repository")):
            refused = json.loads(self.diff("--json", *arguments, check=1).stdout)
            self.assertEqual(refused["code"], code, refused)
            self.assertIn(words, refused["message"])
            self.assertTrue(refused["suggestion"])
        self.diff("a", "b", "c", check=2)
        self.diff("--", "-x", check=2)

    def test_what_cannot_be_read_is_told(self):
        (self.root / "game/gone.rpy").symlink_to("nowhere.rpy")
        self.assertIn("left out of .: game/gone.rpy", self.diff().stderr)
        self.commit()
        self.assertIn("left out of HEAD: game/gone.rpy", self.diff("HEAD", "HEAD").stderr)


class AfterASave(Case):
    async def test_a_save_that_changes_the_story_is_told(self):
        root = self.project()
        d = self.daemon("--project", root)
        d.ready("story")
        schemas = {m["name"]: m for m in d.json("/asyncapi.json")["channels"]["_ws"]["messages"].values()}
        self.assertEqual(schemas["story.diff"]["x-channel"], "story, pilot:{session}")
        async with d.socket() as ws, d.socket() as panel:
            await ws.send('{"type": "sub", "channel": "story"}')
            await receive(ws, "subscribed")
            await panel.send('{"type": "sub", "channel": "pilot:abc"}')
            await receive(panel, "subscribed")
            # Dialogue is no structure: the next thing on `story` is the save after it.
            (root / "game/script.rpy").write_text(STORY.replace("Hello.", "Good day."))
            await receive(ws, "watch.event")
            (root / "game/script.rpy").write_text(AFTER)
            told = await receive(ws, "story.diff")
            self.assertEqual((told["channel"], told["seq"], told["project"], told["root"]), ("story", 1, "story", str(root)))
            self.assertEqual((told["files"], told["generation"]), (["game/script.rpy"], d.json("/pilot/paths")["generation"]))
            self.assertEqual(changes_of(told), EXPECTED)
            jsonschema.Draft202012Validator(dict(schemas["story.diff"]["payload"], additionalProperties=False)).validate(told)
            update = await receive(panel, "pilot.paths.update", lambda m: m["changed"])
            self.assertEqual((update["changed"], update["summary"]), (["p002"], told["summary"]))
            same = await receive(panel, "story.diff")
            self.assertEqual((same["channel"], changes_of(same)), ("pilot:abc", EXPECTED))

    async def test_the_first_report_and_a_failed_one_are_no_change(self):
        d = self.daemon()
        async with d.socket() as ws:
            await ws.send('{"type": "sub", "channels": ["story", "pilot:abc"]}')
            await receive(ws, "subscribed", lambda m: m["channel"] == "pilot:abc")
            root = self.project()
            d.register(root)
            first = await receive(ws, "pilot.paths.update")
            self.assertEqual((first["seq"], first["added"], first["summary"]), (1, [], []))
            (root / "game").rename(root / "hidden")
            await receive(ws, "watch.event", lambda m: "error" in m)
            (root / "hidden/script.rpy").write_text(AFTER)
            (root / "hidden").rename(root / "game")
            # Against the last good story, and the first thing said on `story`.
            told = await receive(ws, "story.diff", lambda m: m["channel"] == "story")
            self.assertEqual((told["seq"], changes_of(told)), (1, EXPECTED))

    async def test_an_external_analyzers_report_is_compared_too(self):
        root = self.project()
        runtime = self.folder / "rt"
        (runtime / "default").mkdir(parents=True)
        (runtime / "default/config.json").write_text(json.dumps({"analyzer": {"command": ["cat", "answer.json"], "output": "stdout"}}))

        def answer(text):
            (root / "game/script.rpy").write_text(text)
            return run("analyze", root, "--no-write", "--json", runtime=self.folder / "cli", check=0).stdout
        after = answer(AFTER)
        (root / "answer.json").write_text(answer(STORY))
        d = self.daemon("--project", root, runtime=runtime)
        d.ready("story")
        async with d.socket("/ws/channel/story") as ws:
            await receive(ws, "subscribed")
            (root / "answer.json").write_text(after)
            (root / "game/script.rpy").write_text(AFTER)
            told = await receive(ws, "story.diff")
            self.assertEqual(changes_of(told["data"]), EXPECTED)


if __name__ == "__main__":
    main()

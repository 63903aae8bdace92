"""Replays tests/transcripts: readable conversations over the real stack."""
import asyncio
import json
import pathlib


from harness import PATIENCE, Case, main

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "transcripts"


def fits(wanted, have):
    """Objects need the named members only; "*" is any value."""
    if wanted == "*":
        return True
    if isinstance(wanted, dict):
        return isinstance(have, dict) and all(key in have and fits(value, have[key]) for key, value in wanted.items())
    return wanted == have


class Transcripts(Case):
    async def replay(self, lines):
        daemon = self.daemon()
        ws, answer = None, None
        for number, line in lines:
            kind, rest = line[:2], line[2:]
            if kind == "> " and rest.startswith("WS "):
                ws = await daemon.socket(rest[3:])
            elif kind == "> " and rest.startswith("{"):
                await ws.send(rest)
            elif kind == "> ":
                method, target, *body = rest.split(" ", 2)
                response = await asyncio.to_thread(daemon.request, method, target, json.loads(body[0]) if body else None)
                answer = (response.status, json.loads(response.text))
            elif rest.startswith("closed "):
                await asyncio.wait_for(ws.wait_closed(), PATIENCE)
                self.assertEqual(ws.close_code, int(rest[7:]), f"line {number}")
            elif rest.startswith("{"):
                have = json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))
                self.assertTrue(fits(json.loads(rest), have), f"line {number}: {have}")
            else:
                status, wanted = rest.split(" ", 1)
                self.assertTrue(answer[0] == int(status) and fits(json.loads(wanted), answer[1]), f"line {number}: {answer}")

    async def test_every_transcript(self):
        files = sorted(FOLDER.rglob("*.txt"))
        self.assertTrue(files)
        for file in files:
            lines = [(n, line) for n, line in enumerate(file.read_text().splitlines(), 1) if line[:2] in ("> ", "< ")]
            with self.subTest(file.name):
                await self.replay(lines)


if __name__ == "__main__":
    main()

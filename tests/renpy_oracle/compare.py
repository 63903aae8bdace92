#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds bpyd's reading of Debian's Ren'Py games against Ren'Py's own, row for row.

Usage: compare.py BPYD [GAME_FOLDER…]   (default: the_question, demo, the launcher, tests/data/renpy/hard)
Exit: 0 equal, 1 different, 77 when Debian's renpy packages are not installed (a skipped test).
"""
import collections
import itertools
import json
import os
import subprocess
import sys

BASE = os.environ.get("RENPY_BASE", "/usr/share/games/renpy")
HERE = os.path.dirname(os.path.abspath(__file__))
HARD = os.path.join(HERE, "..", "data", "renpy", "hard")  # our own corpus of hard cases
SHOWN = 10


def rows(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def compare(bpyd, game):
    wanted, oracle_errors = rows(["/usr/bin/python3", os.path.join(HERE, "oracle.py"), game])
    found, complaints = rows([bpyd, "facts", game])
    if not wanted:
        sys.exit(f"Ren'Py reported nothing for {game}:\n{oracle_errors[-2000:]}")
    faults = 0
    for at, (want, have) in enumerate(itertools.zip_longest(wanted, found)):
        if want != have:
            faults += 1
            if faults <= SHOWN:
                print(f"  row {at}:\n    Ren'Py {json.dumps(want, ensure_ascii=False)}\n    bpyd   {json.dumps(have, ensure_ascii=False)}")
    if complaints:
        faults += 1
        print(f"  bpyd complains where Ren'Py does not:\n{complaints[:3000]}")
    kinds = collections.Counter(row["kind"] for row in wanted)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{os.path.basename(game)}: {len(wanted)} rows compared ({counts}), {faults} differ")
    return len(wanted), faults


def main():
    bpyd = sys.argv[1]
    games = sys.argv[2:] or [os.path.join(BASE, name) for name in ("the_question", "demo", "launcher")] + [HARD]
    if not all(os.path.isdir(os.path.join(game, "game")) for game in games):
        print("skipped: Debian's renpy, renpy-thequestion and renpy-demo are not installed")
        sys.exit(77)
    totals = [compare(bpyd, game) for game in games]
    print(f"total: {sum(n for n, _ in totals)} rows compared, {sum(f for _, f in totals)} differ")
    sys.exit(1 if any(f for _, f in totals) else 0)


if __name__ == "__main__":
    main()

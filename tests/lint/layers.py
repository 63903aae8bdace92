#!/usr/bin/env python3
"""The layer test: a room includes only the rooms that scripts/layers.txt lets it know, a capability
only its own folder, and third-party headers stay behind their fences. With --table it prints the
table for docs/architecture.md from the same data."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^">]+)[">]')

# Header prefix → where it may be included (paths beneath the root).
FENCES = {
    "boost/beast": ["src/transport/", "src/boost/"],
    "boost/multiprecision": ["src/analysis/count.cpp"],
    "CLI/": ["src/app/cli/cli.cpp"],
    "spdlog/": ["src/core/log.cpp"],
    "sqlite3.h": ["src/io/"],
    "boost/asio": ["include/bpyd/runtime/", "src/runtime/", "src/io/", "src/transport/", "src/boost/", "src/app/daemon_main.cpp"],
}
PURE = {"core", "renpy", "analysis"}  # no Asio, threads or sockets


def layers():
    table = {}
    for line in (ROOT / "scripts/layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            room, _, rest = line.partition(":")
            table[room] = rest.split()
    return table


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[2] if parts[0] == "include" else parts[1]


def faults_of(path, table):
    relative = str(path.relative_to(ROOT))
    room = room_of(path)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        header = found.group(1)
        target = re.match(r"bpyd/(\w+)/", header)
        if target and target.group(1) != room and target.group(1) not in table[room]:
            yield f"{relative}:{number}: {room} may not know {target.group(1)}"
        if "/../" in header or header.startswith("../"):
            inside = (path.parent / header).resolve()
            if room == "capabilities" and path.relative_to(ROOT).parts[2] not in inside.parts:
                yield f"{relative}:{number}: a capability may not include another's file"
            if room not in ("capabilities", "app"):
                yield f"{relative}:{number}: include through include/bpyd, not {header}"
        for prefix, places in FENCES.items():
            if header.startswith(prefix) and not any(relative.startswith(place) for place in places):
                yield f"{relative}:{number}: {prefix} is fenced: only in {', '.join(places)}"
        if header == "nlohmann/json.hpp" and relative.startswith("include/"):
            yield f"{relative}:{number}: json.hpp in a public header; use json_fwd.hpp"


def printed(table):
    rooms = list(table)
    lines = ["| room ↓ may use → | " + " | ".join(rooms[:-1]) + " |", "| --- |" + " --- |" * (len(rooms) - 1)]
    lines += [f"| {room} | " + " | ".join("x" if other in table[room] else "" for other in rooms[:-1]) + " |" for room in rooms]
    return "\n".join(lines)


def main():
    table = layers()
    if "--table" in sys.argv:
        print(printed(table))
        return 0
    files = [p for top in ("src", "include/bpyd") for p in sorted((ROOT / top).rglob("*")) if p.suffix in (".cpp", ".hpp")]
    files = [p for p in files if room_of(p) in table]
    faults = [fault for path in files for fault in faults_of(path, table)]
    if printed(table) not in (ROOT / "docs/architecture.md").read_text():
        faults.append("docs/architecture.md: the table is stale; paste the output of tests/lint/layers.py --table")
    print("\n".join(faults) or f"layers: {len(files)} files keep to {len(table)} rows")
    return 1 if faults or not files else 0


sys.exit(main())

#!/usr/bin/env python3
"""A co_await line is naked: GCC 12 frees captures and aggregate temporaries in its full expression
twice. Flags a statement with co_await that also holds a lambda with captures or a braced list."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURE = re.compile(r"\[[^\]]*[=&\w][^\]]*\]\s*[({]")


def faults_of(path):
    text = re.sub(r"//[^\n]*", "", path.read_text())
    for found in re.finditer(r"co_await", text):
        start = max(text.rfind(mark, 0, found.start()) for mark in ";{}") + 1
        end = text.find(";", found.end())
        statement = text[start:end]
        if CAPTURE.search(statement) or "{" in statement:
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line}: co_await beside a capture or a brace: build the value on the line above"


files = [p for top in ("src", "include", "tests") for p in (ROOT / top).rglob("*") if p.suffix in (".cpp", ".hpp")]
if "--self-test" in sys.argv:
    sample = ROOT / "tests/lint/data/naked.cpp.txt"
    found = list(faults_of(sample))
    print("\n".join(found))
    sys.exit(0 if len(found) == 2 else 1)
faults = [fault for path in files for fault in faults_of(path)]
print("\n".join(faults) or f"coroutines: {len(files)} files, every co_await is naked")
sys.exit(1 if faults or not files else 0)

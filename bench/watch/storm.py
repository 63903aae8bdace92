#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A random storm of file operations, the same for the same seed.

  bench/watch/storm.py ROOT [--seed 1] [--ops 10000] [--seconds 2]      (prints what it did as JSON)

Everything that editors, version control and people do to scripts, on few names, so that operations
run into each other: a file is renamed while it is written, a folder comes back with other content.
What cannot be done because something is not there is skipped. ROOT must hold seed_tree()'s tree;
beside it ROOT.outside stands for the rest of the file system, until the storm is over."""
import argparse
import collections
import ctypes
import json
import os
import pathlib
import random
import shutil
import sys
import time

TOPS = [f"game/part{n}" for n in range(10)]
FOLDERS = [top + below for top in TOPS for below in ("", "/day", "/night", "/day/late")]
NAMES = [f"scene{n}.{'rpy' if n % 2 else 'txt'}" for n in range(10)]
SLOW_WRITERS = 5  # files that are held open while other operations go on
WORDS = "the light goes on and we walk down to the shore where nobody has been since winter".split()
RENAME_EXCHANGE, AT_FDCWD = 2, -100


class Skipped(Exception):
    """The operation has nothing to work on."""


class Storm:
    def __init__(self, root, seed):
        self.root = pathlib.Path(root)
        self.outside = self.root.with_name(self.root.name + ".outside")
        self.random, self.number, self.open = random.Random(seed), 0, []
        self.lines = [f'    "{" ".join(self.random.choices(WORDS, k=6))}"\n' for _ in range(200)]

    # What operations are made of.

    def file(self):
        return self.root / self.random.choice(FOLDERS) / self.random.choice(NAMES)

    def folder(self):
        return self.root / self.random.choice(FOLDERS)

    def fresh(self, stem):
        self.number += 1
        return self.outside / f"{stem}{self.number}"

    def text(self):
        self.number += 1
        lines = self.random.choices(self.lines, k=self.random.randint(1, 30))
        return f"label scene_{self.number}:\n{''.join(lines)}".encode()

    def write(self, path, content=None):
        path.write_bytes(content if content is not None else self.text())

    def fill(self, folder):
        """Files in a folder and in folders below it."""
        for below in ("", "day", "night", "day/late"):
            if below and self.random.random() < 0.5:
                continue
            (folder / below).mkdir(parents=True, exist_ok=True)
            for name in self.random.sample(NAMES, self.random.randint(1, 6)):
                self.write(folder / below / name)

    def absent_folder(self):
        for _ in range(8):
            folder = self.folder()
            if not folder.exists():
                return folder
        raise Skipped

    # Operations on files.

    def in_place(self):
        self.write(self.file())

    def chunks(self):
        content = self.text()
        with open(self.file(), "wb") as out:
            for at in range(0, len(content), max(1, len(content) // 3)):
                out.write(content[at:at + len(content) // 3])
                out.flush()

    def slow_chunks(self):
        """Begins a file; later operations find it open."""
        if len(self.open) >= SLOW_WRITERS:
            self.end_slow()
        out = open(self.file(), "wb")
        self.open.append(out)
        out.write(self.text())
        out.flush()

    def end_slow(self):
        with self.open.pop(self.random.randrange(len(self.open))) as out:
            out.write(self.text())

    def append(self):
        with open(self.file(), "ab") as out:
            out.write(self.text())

    def temp_and_rename(self):
        path = self.file()
        temp = path.with_name(self.random.choice([f"{path.name}.tmp", f".{path.name}.part", f"new_{path.name}"]))
        self.write(temp)
        temp.replace(path)

    def vim_dance(self):
        path = self.file()
        backup = path.with_name(path.name + "~")
        path.rename(backup)
        self.write(path)
        backup.unlink()

    def delete(self):
        self.file().unlink()

    def delete_recreate(self):
        path = self.file()
        path.unlink()
        self.write(path)

    def rename_file(self):
        self.file().rename(self.file())

    def swap(self):
        one, other = self.file(), self.file()
        if not (one.exists() and other.exists()) or one == other:
            raise Skipped
        if self.random.random() < 0.5 and exchange(one, other):
            return
        aside = one.with_name("aside.txt")
        one.rename(aside)
        other.rename(one)
        aside.rename(other)

    def case_rename(self):
        path = self.file()
        other = path.with_name(path.name.capitalize())
        if path.exists():
            path.rename(other)
        else:
            other.rename(path)

    def touch(self):
        os.utime(self.file())

    def same_size(self):
        path = self.file()
        length = path.stat().st_size
        with open(path, "r+b") as out:
            out.write((self.text() * (length // 40 + 1))[:length])

    # Operations on folders.

    def folder_moved_in(self):
        """Built elsewhere: not one event tells of what is in it."""
        target, built = self.absent_folder(), self.fresh("built")
        self.fill(built)
        try:
            built.rename(target)
        except OSError:
            shutil.rmtree(built)
            raise

    def folder_filled_at_once(self):
        """Three folders deep, and files before anybody can have looked."""
        self.fill(self.folder() / "day" / "late" if self.random.random() < 0.2 else self.folder())

    def rename_folder(self):
        self.folder().rename(self.absent_folder())

    def folder_out(self):
        away = self.fresh("away")
        self.folder().rename(away)
        self.write(away / self.random.choice(NAMES))

    def folder_out_and_in(self):
        folder, away = self.folder(), self.fresh("away")
        folder.rename(away)
        if self.random.random() < 0.5:
            self.write(away / self.random.choice(NAMES))
        away.rename(folder if self.random.random() < 0.7 else self.absent_folder())

    def remove_tree(self):
        shutil.rmtree(self.folder())

    WEIGHTS = {"in_place": 16, "chunks": 8, "slow_chunks": 5, "append": 8, "temp_and_rename": 16, "vim_dance": 8, "delete": 4,
               "delete_recreate": 6, "rename_file": 5, "swap": 4, "case_rename": 3, "touch": 4, "same_size": 6, "folder_moved_in": 4,
               "folder_filled_at_once": 4, "rename_folder": 2, "folder_out": 1, "folder_out_and_in": 2, "remove_tree": 1}

    def managed(self, operation):
        """Three attempts, each on other names."""
        for _ in range(3):
            try:
                operation()
                return True
            except (OSError, Skipped):
                pass
        return False

    def run(self, ops, seconds):
        self.outside.mkdir(exist_ok=True)
        done, skipped, began = collections.Counter(), 0, time.monotonic()
        try:
            for at, name in enumerate(self.random.choices(list(self.WEIGHTS), self.WEIGHTS.values(), k=ops)):
                wait_until(began + seconds * at / ops)
                if self.open and self.random.random() < 0.05:
                    self.end_slow()
                if self.managed(getattr(self, name)):
                    done[name] += 1
                else:
                    skipped += 1
        finally:
            while self.open:
                self.end_slow()
            took = time.monotonic() - began
            shutil.rmtree(self.outside, ignore_errors=True)
        return {"operations": dict(sorted(done.items())), "done": done.total(), "skipped": skipped, "seconds": round(took, 3)}


def exchange(one, other):
    """Both names change hands in one call; false where the file system cannot."""
    call = getattr(ctypes.CDLL(None), "renameat2", None)
    return call is not None and call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def wait_until(due):
    left = due - time.monotonic()
    if left > 0.001:  # shorter sleeps would only make it late
        time.sleep(left)


def seed_tree(root, seed):
    """The tree that a storm begins with: 40 folders, 400 files."""
    storm = Storm(root, f"tree {seed}")
    for folder in FOLDERS:
        (storm.root / folder).mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            storm.write(storm.root / folder / name)


def run(root, seed=1, ops=10000, seconds=2.0):
    """The storm itself, in this process; says what was done."""
    return Storm(root, f"storm {seed}").run(ops, seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--ops", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    if not (options.root / "game").is_dir():
        sys.exit(f"{options.root}/game is not there: seed_tree() makes it")
    print(json.dumps(run(options.root, options.seed, options.ops, options.seconds)))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""What a subscriber believes about a tree, when it reads again exactly what it is told of."""
import fnmatch
import hashlib
import os
import pathlib
import threading

# As src/io/ignore.cpp has them: what the daemon does not tell of is compared on neither side.
IGNORED_FOLDERS = (".git", ".hg", ".svn", "saves", "cache", ".branchpy", "tmp", "__pycache__", "node_modules")
IGNORED = ("*.rpyc", "*.rpymc", "*.rpyb", "*.pyc", "*.bak", "*~", ".#*", "#*#", "*.swp", "*.swx", "*.swo", "4913",
           "*.tmp", "*.part", ".*.tmp*", ".goutputstream-*", ".bpyd-tmp-*", "*.kate-swp", ".DS_Store",
           "log.txt", "errors.txt", "traceback.txt")


def any_matches(patterns, name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def ignored(path):
    *folders, name = path.split("/")
    return any_matches(IGNORED, name) or any(any_matches(IGNORED_FOLDERS + IGNORED, folder) for folder in folders)


class Mirror:
    """Paths are relative to the root, with slashes. Any thread may tell."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.lock = threading.Lock()
        self.files = self.listing("")

    def digest(self, path):
        """None when no file is there now."""
        try:
            return hashlib.blake2b((self.root / path).read_bytes(), digest_size=16).digest()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def listing(self, folder):
        found = {}
        for at, folders, names in os.walk(self.root / folder):
            folders[:] = [name for name in folders if not any_matches(IGNORED_FOLDERS + IGNORED, name)]
            for name in names:
                path = os.path.relpath(os.path.join(at, name), self.root)
                if not any_matches(IGNORED, name) and (digest := self.digest(path)) is not None:
                    found[path] = digest
        return found

    def tell(self, path):
        """Something happened to this file."""
        if ignored(path):
            return
        with self.lock:
            digest = self.digest(path)
            if digest is None:
                self.files.pop(path, None)
            else:
                self.files[path] = digest

    def tell_folder(self, path):
        """Something happened to this folder, of its content nothing will be said."""
        with self.lock:
            for known in self.beneath(path):
                del self.files[known]
            if not ignored(path + "/x" if path else "x"):
                self.files.update(self.listing(path))

    def tell_either(self, path):
        """For peers that do not say what it is, or was."""
        if self.beneath(path) or os.path.isdir(self.root / path):
            self.tell_folder(path)
        self.tell(path)

    def beneath(self, path):
        return [known for known in self.files if not path or known.startswith(path + "/")]

    def misses(self):
        """Paths that are not as they are believed to be: missing, surplus or stale."""
        with self.lock:
            now = self.listing("")
            return sorted(path for path in now.keys() | self.files.keys() if now.get(path) != self.files.get(path))

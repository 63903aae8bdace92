# SPDX-License-Identifier: MIT
"""A subscriber that reads again what it is told of, and when it may be judged."""
import time

from mirror import Mirror


class Subscriber:
    """Give `told` to the start() of `peer`."""

    def __init__(self, root, peer):
        self.mirror, self.peer = Mirror(root), peer
        self.events, self.last, self.sentinel = 0, time.monotonic(), None

    def told(self, now, path, is_folder):
        self.last = time.monotonic()
        self.events += 1
        if path.startswith("game/sentinel"):
            self.sentinel = path
        elif is_folder is None:
            self.mirror.tell_either(path)
        elif not is_folder:
            self.mirror.tell(path)
        elif not self.peer.tells_files:
            self.mirror.tell_folder(path)

    def quiesce(self, root, place):
        """Until everything that happened should have been told."""
        if self.peer.sync():
            return
        for number in range(10):
            (place / "sentinel").write_text("x")
            (place / "sentinel").rename(root / f"game/sentinel{number}.txt")  # one event: it fits the shortest queue
            deadline = time.monotonic() + 0.5
            while self.sentinel is None and time.monotonic() < deadline:
                time.sleep(0.01)
            if self.sentinel:
                break
        self.quiet(20)

    def quiet(self, at_most):
        deadline = time.monotonic() + at_most
        while time.monotonic() < min(deadline, self.last + 1.5):
            time.sleep(0.02)

    def misses(self):
        return [path for path in self.mirror.misses() if not path.startswith("game/sentinel")]

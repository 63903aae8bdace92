# SPDX-License-Identifier: MIT
"""The kernel's shortest queue of file events, so that a watcher loses some."""
import contextlib
import ctypes
import os
import pathlib
import struct
import tempfile

QUEUE = pathlib.Path("/proc/sys/fs/inotify/max_queued_events")
IN_CREATE, IN_Q_OVERFLOW = 0x100, 0x4000


def queue_tells(size):
    """Does an event get through a queue of this size?"""
    libc = ctypes.CDLL(None)
    QUEUE.write_text(str(size))
    with tempfile.TemporaryDirectory(prefix="bpyd-queue-") as place:
        watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            libc.inotify_add_watch(watch, os.fsencode(place), IN_CREATE)
            os.mkdir(os.path.join(place, "new"))
            return struct.unpack_from("iI", os.read(watch, 4096))[1] & IN_Q_OVERFLOW == 0
        except BlockingIOError:
            return False
        finally:
            os.close(watch)


@contextlib.contextmanager
def short_queue(wanted):
    """For instances made inside, which keep it: the least time possible, since others watch too."""
    if not wanted:
        yield
        return
    usual = QUEUE.read_text()
    try:
        next(size for size in (0, 1, 2, 4, 8, 16) if queue_tells(size))
        yield
    finally:
        QUEUE.write_text(usual)

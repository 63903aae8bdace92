# SPDX-License-Identifier: MIT
"""Debian's python3-watchdog as its README watches: "ready", then a line for each path of an event: D
or F, a blank, the path.

  watchdog_peer.py ROOT"""
import sys
import threading

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer


class Print(FileSystemEventHandler):
    def on_any_event(self, event):
        if event.event_type == "opened" or (event.is_directory and event.event_type == "modified"):
            return  # nothing happened to content: a folder's own times
        paths = filter(None, (event.src_path, getattr(event, "dest_path", None)))
        sys.stdout.write("".join(f"{'D' if event.is_directory else 'F'} {path}\n" for path in paths))
        sys.stdout.flush()


observer = Observer()
observer.schedule(Print(), sys.argv[1], recursive=True)
observer.start()
print("ready", flush=True)
threading.Event().wait()

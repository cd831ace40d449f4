"""How the worker begins and ends: requests come in as lines, and lessons are run as they come."""

from __future__ import annotations

import json
import os
import signal
import sys

from .alone import alone
from .channel import Channel
from .forked import Forked
from .lesson import prepare
from .shell import Shell


def main() -> None:
    handle, mark, forks, *imports = sys.argv[1:]
    sys.argv[1:] = []
    if sys.platform == "win32":
        import msvcrt

        descriptor = msvcrt.open_osfhandle(int(handle), os.O_WRONLY)
    else:
        descriptor = int(handle)
    os.set_inheritable(descriptor, False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="strict", line_buffering=True)  # type: ignore[union-attr]
    channel = Channel(descriptor, mark.encode())
    shell = Shell.instance(channel)
    prepare(imports)
    if forks == "forks":
        lessons = Forked(shell, channel)
        for line in lessons.lines():
            lessons.start(json.loads(line)["steps"])
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        lessons.end()
    elif line := sys.stdin.buffer.readline():
        alone(shell, channel, json.loads(line)["steps"])

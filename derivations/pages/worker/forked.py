"""Lessons one after the other, each in a child of this process."""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from .channel import Channel
from .lesson import run, temporary_folder
from .shell import Shell

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""Of <linux/prctl.h>: what this process gets when the one that forked it dies, and whether it gets what is orphaned."""


class Forked:
    """One lesson after the other, each in a child of this process."""

    def __init__(self, shell: Shell, channel: Channel) -> None:
        self.shell = shell
        self.channel = channel
        self.child = 0
        self.folder = ""
        self.woken, waker = os.pipe()
        os.set_blocking(waker, False)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self.one_has_ended)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def lines(self) -> Iterator[bytes]:
        """What comes in, line by line, while lessons end at any time.

        A signal that comes just before a read would not interrupt it, and Python would not look at the signal until
        something is read: hence a wait for both.
        """
        rest = b""
        while True:
            ready, _, _ = select.select([0, self.woken], [], [])
            if self.woken in ready:
                os.read(self.woken, 1 << 10)
            if 0 in ready:
                if not (content := os.read(0, 1 << 16)):
                    return
                *whole, rest = (rest + content).split(b"\n")
                yield from whole

    def start(self, steps: list[dict[str, Any]]) -> None:
        self.folder = temporary_folder()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # until we know which child has ended
        self.child = os.fork()
        if self.child == 0:
            signal.set_wakeup_fd(-1)
            os.setpgid(0, 0)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            run(self.shell, self.channel, steps, self.folder)
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def one_has_ended(self, *_: Any) -> None:
        """The lesson, which is not to wait for ever either; or what it left running; or somebody only says so."""
        if self.child and os.waitid(os.P_PID, self.child, os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT):
            self.end()

    def end(self) -> None:
        """Kill what the lesson left running, or the lesson itself, and remove its temporary folder."""
        if self.child:
            child, self.child = self.child, 0
            for kill in (os.killpg, os.kill):
                with suppress(OSError):
                    kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            _end_orphans()
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                self.channel.say({"ended": os.waitstatus_to_exitcode(status)})


def _end_orphans() -> None:
    """Kill what left the lesson's group, as daemons do. When the process that started it ended, it became our child."""
    with suppress(OSError):  # above all, that there is none
        while True:
            for orphan in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                os.kill(int(orphan), signal.SIGKILL)
            os.waitpid(-1, 0)

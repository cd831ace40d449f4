"""One lesson in this process, where none can be forked."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from typing import Any

from .channel import Channel
from .lesson import run, temporary_folder
from .shell import Shell


def alone(shell: Shell, channel: Channel, steps: list[dict[str, Any]]) -> None:
    """One lesson, in this process."""
    folder = temporary_folder()

    def end() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    def watch(requests: int) -> None:
        os.read(requests, 1)  # nothing comes but the end
        end()

    threading.Thread(target=watch, args=[os.dup(0)], daemon=True).start()
    run(shell, channel, steps, folder)
    channel.say({"ended": 0})
    end()

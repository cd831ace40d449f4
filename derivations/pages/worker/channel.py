"""How the worker tells the build what a lesson's steps leave behind."""

from __future__ import annotations

import binascii
import json
import os
import sys
from contextlib import suppress
from typing import Any


class Channel:
    """Where messages go: a pipe beside standard output and standard error.

    Before each message both streams get a `mark`, so that whoever reads all three knows what was printed before it.
    They are reached by descriptors of our own, since a lesson may do to `sys.stdout` and to descriptor 1 what it likes.
    """

    def __init__(self, descriptor: int, mark: bytes) -> None:
        self.descriptor = descriptor
        self.mark = mark
        self.streams = os.dup(1), os.dup(2)

    def say(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, default=_encoded).encode("utf-8", "replace")
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # a lesson may have closed or replaced it
                stream.flush()
        for stream in self.streams:
            _write(stream, self.mark)
        _write(self.descriptor, line + b"\n")


def _encoded(value: Any) -> str:
    """Images are bytes for IPython, and base64 in a notebook."""
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode()
    raise TypeError(f"a {type(value).__name__} cannot be shown on a page")


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]

"""Folders of computed things: values kept under what they were computed from, texts under their own digest.

A damaged entry is as good as a missing one: it is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def digest(value: Any) -> str:
    """The SHA-256 of a JSON value, the same for equal values whatever the order of their keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Folder:
    """Files under keys, and which of them were used."""

    suffix = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[Path] = set()

    def use(self, key: str) -> Path:
        """The file of this key, which is spared when pruning."""
        path = self.folder / f"{key}{self.suffix}"
        self._used.add(path)
        return path

    def prune(self) -> None:
        """Remove what was neither asked for nor put since this object was made."""
        for path in self.folder.glob("[!.]*"):  # a file with a dot is being written by somebody
            if path not in self._used:
                path.unlink(missing_ok=True)

    def _write(self, key: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.use(key), text)


class Cache(_Folder):
    """JSON values under keys, one file each; each file carries the digest of its value."""

    suffix = ".json"

    def get(self, key: str) -> Any | None:
        """The value kept under `key`, or None when there is none that is whole."""
        try:
            entry = json.loads(self.use(key).read_bytes())
            value, expected = entry["value"], entry["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return value if digest(value) == expected else None

    def kept(self, key: str, make: Callable[[], Any]) -> Any:
        """The value kept under `key`; if there is none, it is made, and kept."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def put(self, key: str, value: Any) -> None:
        """Keep `value`; a reader sees the old entry or the new one, never half of one."""
        self._write(key, json.dumps({"sha256": digest(value), "value": value}, ensure_ascii=False))


class Texts(_Folder):
    """Texts under the SHA-256 of their bytes, so that each is kept once and damage shows."""

    def get(self, name: str) -> str | None:
        """The text of this name, or None when there is none that is whole."""
        try:
            content = self.use(name).read_bytes()
        except OSError:
            return None
        return content.decode() if hashlib.sha256(content).hexdigest() == name else None

    def put(self, text: str) -> str:
        """Keep `text`; returns its name."""
        name = hashlib.sha256(text.encode()).hexdigest()
        self._write(name, text)
        return name


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that no other process ever sees it incomplete."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

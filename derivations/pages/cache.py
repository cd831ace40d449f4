"""Folders of computed things: values kept under what they were computed from, texts under their own digest.

A damaged entry is as good as a missing one: it is made again. What cannot be kept is made again by the next build.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .locks import log, temporary_folder

ENTRY = re.compile(r"[0-9a-f]{64}(\.json)?")
"""The name of an entry. Nothing else is removed: DERIVATIONS_CACHE may name a folder that has other things in it."""


def cache_folder(project: Path) -> Path:
    """Where builds of `project` keep what they made: the folder that DERIVATIONS_CACHE names, or `.cache` in it.

    Where nothing can be written there, a folder that goes with this process: the next build makes everything again.
    """
    named = os.environ.get("DERIVATIONS_CACHE") or ".cache"
    try:
        folder = project / Path(named).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError) as error:  # a RuntimeError when a user is named whose home is not known
        say_not_kept(named, error)
        return temporary_folder()
    return folder


def say_not_kept(folder: Path | str, error: Exception) -> None:
    """Tell why nothing is kept, once: a build works without a cache, only longer."""
    _say_once(
        f"nothing can be kept in {folder} ({getattr(error, 'strerror', None) or error}), so building takes longer. "
        "The environment variable DERIVATIONS_CACHE may name another folder."
    )


@functools.cache
def _say_once(sentence: str) -> None:
    log.info(sentence)


def remove_unfinished(folder: Path) -> None:
    """Remove what builds that were killed had begun to write into the caches in `folder`."""
    for path in folder.glob("*/.*"):
        if ENTRY.match(path.name, 1):
            _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def digest(value: Any) -> str:
    """The SHA-256 of a JSON value, the same for equal values whatever the order of their keys."""
    return digest_of_text(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def digest_of_text(text: str) -> str:
    """The SHA-256 of a text, which for a long one takes a fraction of its digest as a JSON value."""
    return hashlib.sha256(text.encode()).hexdigest()


class _Folder:
    """Files under keys, and which of them were used.

    A `memory` outlives this object: what was read or written once is taken from there by the next build of the same
    process. Such values must not be changed by whoever gets them.
    """

    suffix = ""

    def __init__(self, folder: Path, memory: dict[Path, Any] | None = None) -> None:
        self.folder = folder
        self._used: set[Path] = set()
        self._memory = memory

    def use(self, key: str) -> Path:
        """The file of this key, which is spared when pruning."""
        path = self.folder / f"{key}{self.suffix}"
        self._used.add(path)
        return path

    def prune(self) -> None:
        """Remove what was neither asked for nor put since this object was made."""
        for path in self.folder.glob("*"):
            if path not in self._used and ENTRY.fullmatch(path.name):
                _remove(path)
        memory = self._memory or {}
        for path in [each for each in memory if each.parent == self.folder and each not in self._used]:
            del memory[path]

    def _get(self, key: str) -> Any | None:
        path = self.use(key)
        if self._memory is not None and path in self._memory:
            return self._memory[path]
        value = None
        with suppress(OSError):
            value = self._value(path.read_bytes(), key) if path.is_file() else None
        if value is None:
            _remove(path)
        elif self._memory is not None:
            self._memory[path] = value
        return value

    def _put(self, key: str, value: Any, text: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.use(key), text)
        except OSError as error:
            say_not_kept(self.folder.parent, error)
        if self._memory is not None:
            self._memory[self.use(key)] = value

    def _value(self, content: bytes, key: str) -> Any | None:
        """What a file holds, or None when it is damaged."""
        raise NotImplementedError


class Cache(_Folder):
    """JSON values under keys, one file each; each file carries a digest of its key and its value."""

    suffix = ".json"

    def get(self, key: str) -> Any | None:
        """The value kept under `key`, or None when there is none that is whole."""
        return self._get(key)

    def _value(self, content: bytes, key: str) -> Any | None:
        try:
            entry = json.loads(content)
            value = entry["value"]
            return value if digest([key, value]) == entry["sha256"] else None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def get_or_make(self, key: str, make: Callable[[], Any]) -> Any:
        """The value kept under `key`; if there is none, it is made, and kept."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def put(self, key: str, value: Any) -> None:
        """Keep `value`; a reader sees the old entry or the new one, never half of one."""
        self._put(key, value, json.dumps({"sha256": digest([key, value]), "value": value}, ensure_ascii=False))


class Texts(_Folder):
    """Texts under the SHA-256 of their bytes, so that each is kept once and damage shows."""

    def get(self, name: str) -> str | None:
        """The text of this name, or None when there is none that is whole."""
        return self._get(name)

    def _value(self, content: bytes, key: str) -> str | None:
        return content.decode() if hashlib.sha256(content).hexdigest() == key else None

    def put(self, text: str) -> str:
        """Keep `text`; returns its name."""
        name = digest_of_text(text)
        self._put(name, text, text)
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

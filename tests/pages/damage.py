"""What can happen to a file of a cache."""

import json
import os

from derivations.pages.cache import digest


def _replaced(path, make):
    path.unlink()
    make()


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _unbound(path):
    """An entry as it was before entries were bound to their keys."""
    if path.suffix == ".json":
        value = json.loads(path.read_bytes())["value"]
        path.write_text(json.dumps({"sha256": digest(value), "value": value}))
    else:
        path.unlink()


def _in_the_way(path):
    path.mkdir()
    (path / "file").touch()


def swap(folder):
    """Give each entry of a folder the name of the next."""
    entries = sorted(folder.glob("[!.]*"))
    contents = [entry.read_bytes() for entry in entries]
    for entry, content in zip(entries, contents[1:] + contents[:1], strict=True):
        entry.write_bytes(content)


DAMAGE = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\xc0"),
    "one bit": _flip,
    "more": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "gone": lambda path: path.unlink(),
    "a list": lambda path: path.write_text("[]"),
    "null": lambda path: path.write_text("null"),
    "no value": lambda path: path.write_text('{"sha256": "0"}'),
    "no digest": lambda path: path.write_text('{"value": 1}'),
    "half a character": lambda path: path.write_text(r'{"sha256": "0", "value": "\ud800"}'),
    "nested": lambda path: path.write_text('{"value": ' + "[" * 100_000),
    "nested, whole": lambda path: path.write_text('{"sha256": "0", "value": ' + "[" * 900 + "]" * 900 + "}"),
    "unbound": _unbound,
    "unreadable": lambda path: path.chmod(0),
    "a folder": lambda path: _replaced(path, lambda: _in_the_way(path)),
    "a link to nothing": lambda path: _replaced(path, lambda: path.symlink_to("nowhere")),
    "a link to itself": lambda path: _replaced(path, lambda: path.symlink_to(path.name)),
    "a link to a folder": lambda path: _replaced(path, lambda: path.symlink_to(".")),
    "a pipe": lambda path: _replaced(path, lambda: os.mkfifo(path)),
}

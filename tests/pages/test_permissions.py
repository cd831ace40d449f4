"""Everybody may read what a build wrote, and nothing else changes."""

import os
from pathlib import Path

import pytest

from derivations.pages.permissions import world_readable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere files have no such modes")


def test_all_that_a_build_wrote_and_nothing_else(tmp_path):
    modes = {"a": 0o700, "a/b.html": 0o600, "c.css": 0o664, ".git": 0o700, ".git/config": 0o600}
    for name, mode in modes.items():
        path = tmp_path / name
        path.touch() if "." in path.name.lstrip(".") or path.name == "config" else path.mkdir()
        path.chmod(mode)
    world_readable(tmp_path)
    assert {name: (tmp_path / name).stat().st_mode & 0o777 for name in modes} == {
        "a": 0o755,
        "a/b.html": 0o644,
        "c.css": 0o664,
        ".git": 0o700,
        ".git/config": 0o600,
    }


def test_a_folder_of_somebody_else_s_ends_nothing(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refused)
    (tmp_path / "a.html").touch(0o600)
    world_readable(tmp_path)

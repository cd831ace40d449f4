"""`ledger --out`: known to work before the work begins; the old file stays until the new one is whole."""

import errno
import json
import os
import socket
import stat
from pathlib import Path

import pytest

from derivations import Disagreement, ledger
from derivations.cli import main

MANIFEST = {"fields": {"∂": "x"}, "entries": [{"verdict": "agrees"}, {"verdict": "agrees"}]}


@pytest.fixture
def worked(monkeypatch):
    """How often the ledger was made, which takes no time here."""
    times = []

    def manifest(**options):
        times.append(options)
        return MANIFEST

    monkeypatch.setattr(ledger, "manifest", manifest)
    return times


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ("missing/ledger.json", "没有文件夹 {0}/missing，请先建好。", "there is no folder {0}/missing; make it first."),
        ("folder", "这是文件夹，请写上文件名。", "this is a folder; name a file in it."),
        ("new/", "这是文件夹，请写上文件名。", "this is a folder; name a file in it."),
        ("socket", "这既不是文件，也不是终端或管道。", "this is no file, terminal or pipe."),
        ("file/ledger.json", "写不进去（Not a directory）。", "cannot be written (Not a directory)."),
        ("n" * 300, "写不进去（File name too long）。", "cannot be written (File name too long)."),
        ("loop", "写不进去（Too many levels of symbolic links）。", "cannot be written (Too many levels"),
    ],
    ids=lambda value: value[:20],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_written_is_refused_before_the_work(given, zh, en, lang, worked, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    Path("loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    assert main(["ledger", "--out", given, "--lang", lang]) == 2
    assert {"zh": zh, "en": en}[lang].format(tmp_path.resolve()) in capsys.readouterr().err
    assert not worked
    assert {each.name for each in tmp_path.iterdir()} == {"folder", "file", "loop", "socket"}


def test_so_is_a_folder_that_takes_no_file(worked, tmp_path, monkeypatch, capsys):
    def refuse(path, mode="r", **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    assert main(["ledger", "--out", str(tmp_path / "ledger.json")]) == 2
    assert "cannot be written (Read-only file system)." in capsys.readouterr().err
    assert not worked


def test_and_a_file_that_may_not_be_written(worked, tmp_path, monkeypatch, capsys):
    (out := tmp_path / "ledger.json").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != (out, os.W_OK))  # root may write any
    assert main(["ledger", "--out", str(out)]) == 2
    assert "cannot be written (Permission denied)." in capsys.readouterr().err
    assert not worked


@pytest.mark.parametrize(("lang", "says"), [("zh", "2 种损失函数与选项的组合，全部对上"), ("en", "2 criteria with")])
def test_a_new_file(lang, says, worked, tmp_path, capsys):
    out = tmp_path / "ledger.json"
    before = os.umask(0o027)
    try:
        assert main(["ledger", "--out", str(out), "--lang", lang]) == 0
    finally:
        os.umask(before)
    assert read(out) == MANIFEST
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert says in (said := capsys.readouterr()).err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_is_replaced_and_keeps_its_mode_and_its_links(worked, tmp_path):
    (folder := tmp_path / "there").mkdir()
    (old := folder / "ledger.json").write_text("old")
    old.chmod(0o604)
    (link := tmp_path / "link").symlink_to(old)
    assert main(["ledger", "--out", str(link)]) == 0
    assert link.is_symlink()
    assert read(old) == MANIFEST
    assert stat.S_IMODE(old.stat().st_mode) == 0o604
    assert list(folder.iterdir()) == [old]


@pytest.mark.parametrize("wrong", [KeyboardInterrupt(), Disagreement("no"), OSError(errno.ENOMEM, "no memory")])
def test_the_old_file_stays_when_the_work_fails(wrong, tmp_path, monkeypatch):
    def manifest(**options):
        raise wrong

    monkeypatch.setattr(ledger, "manifest", manifest)
    (out := tmp_path / "ledger.json").write_text("old")
    assert main(["ledger", "--out", str(out)]) == (130 if isinstance(wrong, KeyboardInterrupt) else 1)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_the_old_file_stays_when_the_disk_is_full(worked, tmp_path, monkeypatch, capsys):
    def half(path, text, **options):
        with path.open("w") as file:
            file.write(text[:5])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    (out := tmp_path / "ledger.json").write_text("old")
    monkeypatch.setattr(Path, "write_text", half)
    assert main(["ledger", "--out", str(out)]) == 1
    assert capsys.readouterr().err == f"derivations: not finished {out}: No space left on device.\n"
    assert worked
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("arguments", [["ledger"], ["ledger", "--out", "-"]])
def test_to_the_terminal_or_pipe(arguments, worked, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == MANIFEST
    assert not list(tmp_path.iterdir())


def test_what_is_no_file_is_written_to_and_stays_what_it_is(worked, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert main(["ledger", "--out", str(pipe)]) == 0
        assert json.loads(os.read(reader, 10_000)) == MANIFEST
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_the_ledger_is_shared_as_asked(worked, capsys):
    assert main(["ledger", "--processes", "7"]) == 0
    assert [options["processes"] for options in worked] == [7]
    assert main(["ledger"]) == 0
    assert worked[-1]["processes"] == 1


def test_a_whole_ledger(monkeypatch, tmp_path):
    monkeypatch.setattr(ledger, "entries", lambda: ledger.PLAIN)
    assert main(["ledger", "--out", str(tmp_path / "ledger.json")]) == 0
    assert len(read(tmp_path / "ledger.json")["entries"]) == 2

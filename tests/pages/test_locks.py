"""Builds know of each other, also of those that were killed."""

import os
import subprocess
import sys
import time
from threading import Thread

import pytest
from filelock import FileLock
from small_sites import ENVIRONMENT, ROOT

from derivations.pages import locks
from derivations.pages.locks import OWNED, own, sweep, turn

PROGRAM = """
from derivations.pages.locks import temporary_folder
(temporary_folder() / "file").touch()
print(temporary_folder(), flush=True)
input()
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The machine's temporary folder."""
    monkeypatch.setattr(locks.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def age(path):
    past = time.time() - 3600
    os.utime(path, (past, past))


@pytest.mark.parametrize("killed", [False, True])
def test_a_folder_goes_with_its_process_however_that_ends(temporary, killed):
    environment = {**ENVIRONMENT, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], **options) as process:
        said = process.stdout.readline().strip()
        (folder,) = temporary.iterdir()
        assert said == str(folder)
        sweep()
        assert (folder / "file").exists()  # young
        age(folder / OWNED)
        sweep()
        assert (folder / "file").exists()  # its process lives
        if killed:
            process.kill()
    assert folder.exists() == killed
    sweep()
    assert list(temporary.iterdir()) == []


def test_only_folders_that_were_owned_are_swept(temporary):
    (temporary / "somebody's").mkdir()
    (temporary / "young").mkdir()
    (temporary / "young" / OWNED).touch()
    (temporary / OWNED).touch()
    age(temporary / OWNED)
    for name in ("derivations-empty", "derivations-full/file"):
        (temporary / name).mkdir(parents=True)
        age((temporary / name).parent if name.endswith("file") else temporary / name)
    sweep()
    assert {path.name for path in temporary.iterdir()} == {"somebody's", "young", OWNED, "derivations-full"}


def test_one_builds_after_the_other(tmp_path, caplog):
    caplog.set_level("INFO")
    done = []

    def second():
        lock = turn(tmp_path)
        done.append("second")
        lock.release()

    first, waiting = turn(tmp_path), Thread(target=second)
    waiting.start()
    while not caplog.messages:
        time.sleep(0.01)
    assert "another build of this project is running" in caplog.messages[0]
    done.append("first")
    first.release()
    waiting.join()
    assert done == ["first", "second"]


@pytest.mark.parametrize("error", [OSError(95, "Operation not supported"), NotImplementedError()])
def test_where_there_are_no_locks_nobody_waits_and_nothing_is_swept(temporary, monkeypatch, error):
    (temporary / "left").mkdir()
    (temporary / "left" / OWNED).touch()
    age(temporary / "left" / OWNED)

    def acquire(*_, **__):
        raise error

    monkeypatch.setattr(FileLock, "acquire", acquire)
    turn(temporary).release()
    own(temporary).release()
    sweep()
    assert (temporary / "left").exists()

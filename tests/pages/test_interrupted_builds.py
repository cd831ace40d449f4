"""A build that is stopped, in whatever way, stops its lesson at once and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from small_sites import ENVIRONMENT, code, prose

from derivations.pages import locks

#: Writes down who runs it, makes a file and a process of its own, and goes on for ever.
ENDLESS = (
    "import os, subprocess, sys, tempfile",
    "child = subprocess.Popen([sys.executable, '-c', 'while True: pass'])",
    "tempfile.mkdtemp()",
    "with open('running.part', 'w') as file:",
    "    print(os.getpid(), os.getppid(), child.pid, file=file)",
    "os.replace('running.part', 'running.txt')",
    "while True: pass",
)
#: How a build is stopped: the command, the signal, and whether the whole group gets it, as from a terminal.
STOPPED = {
    "Ctrl-C": ("build", signal.SIGINT, True),
    "kill -9": ("build", signal.SIGKILL, False),
    "Ctrl-C while serving": ("serve", signal.SIGINT, True),
}


def alive(process):
    """Whether a process is there and not only remembered."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def until(true, what):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.parametrize(("command", "number", "group"), STOPPED.values(), ids=STOPPED)
def test_a_build_that_is_stopped_leaves_nothing_behind(site, tmp_path, monkeypatch, command, number, group):
    site.write(prose("# 题"), code(*ENDLESS))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "mkdocs", command, *(["-a", "127.0.0.1:0"] if command == "serve" else [])]
    environment = {**ENVIRONMENT, "TMPDIR": str(temporary)}
    options = {"stderr": subprocess.PIPE, "encoding": "utf-8", "start_new_session": True}
    with subprocess.Popen(command, cwd=site.root, env=environment, **options) as build:
        try:
            stop_when_running(build, site.root / "running.txt", temporary, number, group, monkeypatch)
        finally:
            build.kill()


def stop_when_running(build, running, temporary, number, group, monkeypatch):
    until(lambda: running.exists() or build.poll() is not None, "the lesson does not run")
    processes = [int(each) for each in running.read_text().split()]
    assert all(map(alive, processes))
    assert list(temporary.iterdir())
    (os.killpg if group else os.kill)(build.pid, number)
    _, said = build.communicate(timeout=10)
    assert "Traceback" not in said
    until(lambda: not any(map(alive, processes)), "a process goes on")
    until(lambda: not list(temporary.glob("gl-*")), "the lesson's temporary folder stays")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(locks, "SECONDS_TO_LOCK", -1)
    locks.sweep()  # as the next build does, for what a killed process could not remove
    until(lambda: not list(temporary.iterdir()), "a temporary folder stays")

"""Work shared by processes: how many there are, in which order results come, and that none is left over."""

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

import pytest

from derivations import processes
from derivations.processes import shared

START = "fork" if sys.platform == "linux" else "spawn"


def doubled(number):
    return 2 * number


def interrupted(number):
    try:
        signal.raise_signal(signal.SIGINT)
        return doubled(number)
    except KeyboardInterrupt:
        return None


def end_abruptly(number):
    os._exit(9)


def fail_first(number):
    if number == 0:
        raise ZeroDivisionError
    signal.pause()


def nothing(done, of):
    pass


@pytest.mark.parametrize(
    ("asked", "cores", "items", "started"),
    [
        (1_000_000, 4, 66, 4),
        (1_000_000, 64, 5, 5),
        (3, 8, 66, 3),
        (2, 1, 66, None),
        (8, 8, 1, None),
        (1, 8, 66, None),
        (8, 8, 0, None),
    ],
)
def test_no_more_than_there_are_cores_and_items(asked, cores, items, started, monkeypatch):
    made = []

    def pool(count, context, initializer):
        made.append(count)
        return ThreadPoolExecutor(count)

    monkeypatch.setattr(processes, "ProcessPoolExecutor", pool)
    monkeypatch.setattr(processes, "cores", lambda: cores)
    told = []
    assert shared(doubled, range(items), asked, lambda *each: told.append(each)) == [2 * each for each in range(items)]
    assert made == ([started] if started else [])
    assert told == [(done, items) for done in range(1, items + 1)]


def test_cores_are_those_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 5, 7}, raising=False)
    assert processes.cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert processes.cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processes.cores() == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # these tasks touch nothing that a thread may hold
@pytest.mark.parametrize(("task", "wrong"), [(end_abruptly, BrokenProcessPool), (fail_first, ZeroDivisionError)])
def test_what_goes_wrong_in_one_ends_the_others(task, wrong, monkeypatch):
    monkeypatch.setattr(processes, "cores", lambda: 2)
    with pytest.raises(wrong):
        shared(task, range(50), 2, nothing, START)
    assert multiprocessing.active_children() == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_interrupts_are_left_to_the_first(monkeypatch):
    """Also where signals cannot be held, as on Windows."""
    monkeypatch.delattr(signal, "pthread_sigmask")
    monkeypatch.setattr(processes, "cores", lambda: 2)
    assert shared(interrupted, range(4), 2, nothing, START) == [0, 2, 4, 6]


def test_an_interrupt_waits_until_all_have_started(monkeypatch):
    """They are born deaf to it, so that none complains while it still loads what it needs."""
    started = []

    class Pool(ThreadPoolExecutor):
        def submit(self, task, item):
            signal.raise_signal(signal.SIGINT)
            started.append(item)
            return super().submit(task, item)

    monkeypatch.setattr(processes, "ProcessPoolExecutor", lambda count, context, initializer: Pool(count))
    monkeypatch.setattr(processes, "cores", lambda: 2)
    with pytest.raises(KeyboardInterrupt):
        shared(doubled, range(4), 2, nothing)
    assert started == [0, 1, 2, 3]


PROGRAM = """
import os, signal, sys
from derivations import processes

def wait(number):
    os.write(1, b"ready\\n")
    if number:
        signal.pause()

if __name__ == "__main__":
    processes.cores = lambda: 2
    processes.shared(wait, range(2), 2, lambda done, of: None, "fork" if sys.platform == "linux" else "spawn")
"""


@pytest.mark.parametrize("ended_by", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_no_process_is_left_however_the_first_ends(ended_by, tmp_path):
    """Ctrl-C goes to all of them at once, one at work and one idle; other signals to the first alone."""
    (tmp_path / "program.py").write_text(PROGRAM)
    first = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert [first.stdout.readline() for _ in range(2)] == ["ready\n"] * 2
        send = os.killpg if ended_by == "SIGINT" else os.kill
        send(first.pid, getattr(signal, ended_by))
        out, wrong = first.communicate(timeout=30)  # until the last of them has let go of the pipes
    finally:
        with suppress(ProcessLookupError):
            os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    assert out == ""
    assert wrong.count("Traceback") == (1 if ended_by == "SIGINT" else 0)
    assert wrong.strip().endswith("KeyboardInterrupt") == (ended_by == "SIGINT")

"""Work shared by processes: no more than there are cores and tasks, and none that outlives whoever started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from . import interrupts

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use, which a container or `taskset` can make fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared(
    task: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    progress: Callable[[int, int], None],
    start: str = "spawn",
) -> list[Result]:
    """`task` of each item, in their order; `progress` is told how many are done, and of how many.

    Raises what a task or `progress` raises, and BrokenProcessPool when a process is ended from outside. Either way, the
    processes have ended then.
    """
    count = min(processes, cores(), len(items))
    if count <= 1:
        return _counted(map(task, items), len(items), progress)
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(count, multiprocessing.get_context(start), initializer=_serve) as pool:
        try:
            with interrupts.held():  # each would get it as well; their parent ends them
                tasks = [pool.submit(task, each) for each in items]
            return _counted((each.result() for each in tasks), len(items), progress)
        except BaseException:
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise


def _counted(results: Iterator[Result], of: int, progress: Callable[[int, int], None]) -> list[Result]:
    done = []
    for each in results:
        done.append(each)
        progress(len(done), of)
    return done


def _serve() -> None:
    """Leave Ctrl-C to the parent, also where signals cannot be held; and end when it has ended, however it did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)

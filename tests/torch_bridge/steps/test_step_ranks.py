"""A step of two processes: what each has together is the whole, and how the two were combined is named on both."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch.distributed as dist

pytestmark = pytest.mark.skipif(
    not (dist.is_available() and dist.is_gloo_available()), reason="this torch has no gloo backend"
)
WORKER, SECONDS = Path(__file__).with_name("steps_of_two.py"), 120
RIGHT = (
    "ddp, equal",
    "ddp, cured",
    "ddp, ignored, cured",
    "fsdp, equal",
    "fsdp, cured",
    "alone in a group",
)
WRONG = {
    "ddp, unequal": (["mean of ranks"], ["DDP", "6, 2", "1.5, 0.5", "W·S_r/S"]),
    "ddp, ignored": (["mean of ranks"], ["1, 4", "0.4, 1.6"]),
    "ddp, without W": (["averaged"], ["W = 2 once too often"]),
    "ddp, own mean of parts": (["mean of ranks"], ["8, 4", "1.333, 0.6667"]),
    "ddp, mean of means": (["mean of means"], ["W·K_r·S_k/S", "2, 0.6667, 1, 0.3333"]),
    "ddp, parts alike": (["mean of ranks"], ["6, 2", "1.5, 0.5"]),
    "ddp, sum": (["averaged"], ["average over the ranks", "Multiply the loss by 2"]),
    "no all_reduce": (["rank alone"], ["no all_reduce"]),
    "added up": (["not averaged"], ["W = 2", "S_r/S: 0.75, 0.25"]),
    "ddp, ignored, by rows": (["weighted by"], ["6, 2, 3, 1", "1, 1, 3, 1", "0.3333, 1, 2, 2"]),
    "ddp, updated": (["updated in the loop"], ["optimizer.step() is in the loop"]),
    "fsdp, unequal": (["mean of ranks"], ["FSDP", "1.5, 0.5"]),
    "fsdp, nll": (["mean of ranks"], ["1.5, 0.5"]),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What each of two processes was told, by the name of the case."""
    folder = tmp_path_factory.mktemp("ranks")
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    if loopback := {"lo", "lo0"} & {name for _, name in socket.if_nameindex()}:
        environment["GLOO_SOCKET_IFNAME"] = loopback.pop()
    deadline, processes = time.monotonic() + SECONDS, []
    try:
        for rank in range(2):
            with (folder / f"{rank}.txt").open("w") as said:
                command = [sys.executable, "-W", "error::UserWarning:derivations", WORKER, str(rank), folder]
                streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": subprocess.STDOUT}
                processes.append(subprocess.Popen(command, env=environment, **streams))
        while None in (codes := [each.poll() for each in processes]) and not any(codes):
            assert time.monotonic() < deadline, f"the processes took more than {SECONDS} s"
            time.sleep(0.05)
        assert not any(codes), "\n".join((folder / f"{rank}.txt").read_text() for rank in range(2))
    finally:
        for each in processes:
            each.kill()
            each.wait()
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.parametrize("name", RIGHT)
def test_right_on_both(told, name):
    assert [each[name][:2] for each in told] == [["right", ""]] * 2


@pytest.mark.parametrize("name", WRONG)
def test_what_was_done_is_named_on_both(told, name):
    keys, said = WRONG[name]
    for each in told:
        kind, message, found = each[name]
        assert kind == "GradientMismatch"
        assert found == keys, message
        assert not [words for words in said if words not in message], message


def test_a_rank_that_is_right_does_not_go_on_without_the_other(told):
    right, wrong = (each["one is wrong"] for each in told)
    assert wrong[2] == right[2] == ["sign"]
    assert "on rank 1, and not here" in right[1]
    assert [each["one fails"][0] for each in told] == ["RuntimeError", "KeyError"]


def test_parameters_that_differ_are_said(told):
    for rank, each in enumerate(told):
        kind, message, _ = each["other parameters"]
        assert kind == "ValueError"
        assert f"the parameters of rank {rank} and rank {1 - rank} differ" in message


def test_every_case_has_a_test(told):
    assert set(told[0]) == {*RIGHT, *WRONG, "one is wrong", "one fails", "other parameters"}

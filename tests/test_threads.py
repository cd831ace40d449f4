"""Threads that derive and certify at once find what one thread finds, and change nothing that all of them share."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import mpmath
import pytest
import torch
from sympy import latex
from tables import CORE
from torch import nn

from derivations import explain
from derivations.index_calculus.expressions import Context
from derivations.index_calculus.judging.crosscheck import crosscheck
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.memoised import TURN, memoised
from derivations.index_calculus.symbols import Z, c, n

THREADS, CHANGED = 4, 31
CRITERIA = (
    nn.MSELoss(),
    nn.MSELoss(reduction="sum"),
    nn.CrossEntropyLoss(),
    nn.CrossEntropyLoss(label_smoothing=0.25, ignore_index=1),
    nn.CrossEntropyLoss(weight=torch.tensor([1.0, 0.5])),
    nn.NLLLoss(),
    nn.BCEWithLogitsLoss(),
    nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0, 3.0])),
)
INPUTS, REAL, LABELS = torch.tensor([[0.5, -1.0], [1.5, 0.25]]), torch.tensor([[0.0, 1.0], [1.0, 0.5]]), [0, 1]


def derived(name):
    derivation = CORE[name]()
    return [str(derivation), latex(derivation.result), derivation.ends.mode, *derivation.opinions]


def certified(number):
    criterion = CRITERIA[number]
    by_class = isinstance(criterion, nn.CrossEntropyLoss | nn.NLLLoss)
    targets = torch.tensor(LABELS) if by_class else REAL
    certificate = explain(None, criterion).certify(INPUTS, targets, exact=True, seed=0).require()
    return [str(certificate), str(certificate.exact_loss), explain(None, criterion).code("outputs")]


#: What is certified first, and then what is derived beside it.
TASKS = {certified: list(range(len(CRITERIA))), derived: [each for each in list(CORE)[::8] if "outputs" not in each]}


def at_once(function, tasks):
    """What four threads find that begin together, each with another task, and do all tasks."""
    ready = threading.Barrier(THREADS)

    def all_from(first):
        ready.wait()
        return {str(task): function(task) for task in tasks[first:] + tasks[:first]}

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(all_from, range(0, len(tasks), -(-len(tasks) // THREADS))))


def main():
    sys.setswitchinterval(1e-4)
    assert mpmath.mp.dps == 15
    mpmath.mp.dps, mpmath.workdps, mpmath.workprec = CHANGED, None, None  # which nobody may call
    filters = list(warnings.filters)
    found = [at_once(function, tasks) for function, tasks in TASKS.items()]
    print(json.dumps([found, mpmath.mp.dps, warnings.filters == filters]))


def test_four_threads_find_what_one_finds_and_leave_the_process_as_it_was():
    """In a process of their own, where nothing has been derived yet."""
    run = subprocess.run([sys.executable, "-W", "error", __file__], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    found, digits, same_filters = json.loads(run.stdout)
    for (function, tasks), of_threads in zip(TASKS.items(), found, strict=True):
        alone = {str(task): function(task) for task in tasks}
        assert [each == alone for each in of_threads] == [True] * THREADS
    assert digits == CHANGED
    assert same_filters


def test_who_judges_or_derives_waits_for_its_turn():
    """A judge of its own context, so that nothing has been kept."""
    of_nothing, at = Context(), []
    tasks = {
        "judge": partial(judge, 2 * Z[n, c], Z[n, c] + Z[n, c], of_nothing),
        "second opinion": partial(crosscheck, "", 2 * Z[n, c], Z[n, c] + Z[n, c], of_nothing),
        "derive": memoised(partial(at.append, "derived")),
    }
    with ThreadPoolExecutor(len(tasks)) as pool:
        with TURN:
            waiting = {name: pool.submit(task) for name, task in tasks.items()}
            wait(waiting.values(), timeout=0.3)
            assert [name for name, task in waiting.items() if task.done()] == []
        wait(waiting.values())
    assert [name for name, task in waiting.items() if task.exception()] == []


def test_what_several_threads_ask_for_is_carried_out_once():
    began, carried_out = threading.Barrier(THREADS), []

    @memoised
    def slow(number):
        carried_out.append(number)
        threading.Event().wait(0.05)
        return [number]

    def asked(number):
        began.wait()
        return slow(number)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(asked, [7] * THREADS))
    assert carried_out == [7]
    assert all(each is found[0] for each in found)


def test_what_raises_is_asked_again():
    answers = iter([ValueError("the first time"), 5])

    @memoised
    def flaky():
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    with pytest.raises(ValueError, match="the first time"):
        flaky()
    assert [flaky(), flaky()] == [5, 5]


def test_what_is_kept_may_be_had_while_another_derives():
    known = memoised(lambda: 5)
    known()
    with ThreadPoolExecutor(1) as pool, TURN:
        assert pool.submit(known).result(timeout=10) == 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_does_not_wait_for_a_thread_that_it_does_not_have():
    says = textwrap.dedent("""
        import os, signal, sys, derivations as dv
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(dv.derive, dv.CrossEntropy())
            child = os.fork()
            if not child:
                signal.alarm(30)
                os._exit(dv.derive(dv.MSE()).ends.mode != "exact")
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert subprocess.run([sys.executable, "-c", says], timeout=60).returncode == 0


def test_targets_that_broadcast_are_certified_without_touching_the_filters_of_warnings(monkeypatch):
    """torch warns of them, and every warning is an error here; the numbers are those of torch's own broadcasting."""
    criterion, outputs, targets = nn.MSELoss(), torch.tensor([[0.5, -1.0, 2.0]]).T, torch.tensor([0.25, 1.5])
    monkeypatch.setattr(warnings, "catch_warnings", None)
    certificate = explain(None, criterion).certify(outputs, targets).require()
    monkeypatch.undo()
    leaf = outputs.clone().requires_grad_()
    with pytest.warns(UserWarning, match="broadcasting"):
        criterion(leaf, targets).backward()
    assert torch.equal(certificate.rows[0].autograd, leaf.grad)
    assert "broadcasts" in certificate.notes[0].en


if __name__ == "__main__":
    main()

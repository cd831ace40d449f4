"""Derivations that many tests go through, and what the tests count."""

import gc
import os
import signal

import pytest
from derived_once import kept_in
from tables import CORE

from derivations import subject
from derivations.index_calculus.memoised import memoised

os.environ.pop("DERIVATIONS_CACHE", None)  # each site that a test builds has a cache of its own
# Test processes share torch's threads as they share the cores: more threads than cores wait for each other. The
# processes that a test starts have as many.
if (workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) > 1:
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as in the background; tests send it, to processes that inherit this
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Python looks for garbage after every few hundred objects, of which SymPy makes and drops a hundred thousand at a time:
# that took an eighth of all time.
gc.set_threshold(100_000, 20, 100)


def pytest_collection_finish():
    """What stands now stays: tests, their tables, the modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def derived_once(request, tmp_path_factory):
    """Test processes share what they derive, in this run's own folder; one alone remembers it anyway."""
    if not hasattr(request.config, "workerinput"):
        return
    folder = tmp_path_factory.getbasetemp().parent / "derived"
    folder.mkdir(exist_ok=True)
    subject.carried_out = memoised(kept_in(folder, subject.carried_out.__wrapped__))


@pytest.fixture(params=CORE.values(), ids=CORE)
def derivation(request):
    """A derivation of each kind; tests/test_every_derivation.py goes through all there are."""
    return request.param()


def pytest_terminal_summary(terminalreporter):
    """How many mutants were made, which `record_property` brings here from every process."""
    passed = [dict(report.user_properties) for report in terminalreporter.stats.get("passed", [])]
    counts = [properties["mutants"] for properties in passed if "mutants" in properties]
    if counts:
        found, died, true_equalities = map(sum, zip(*counts, strict=True))
        terminalreporter.write_line(
            f"{found + died + true_equalities} mutants of lines, facts and matrix forms: {found} found out by a value, "
            f"{died} not defined where the line is, {true_equalities} true equalities"
        )
    codes = [properties["wrong code"] for properties in passed if "wrong code" in properties]
    for loss in sorted({loss for loss, _, _ in codes}):
        found, died = (sum(code[place] for code in codes if code[0] == loss) for place in (1, 2))
        terminalreporter.write_line(
            f"{loss}: {found} wrong copies of the printed code rejected by their numbers; {died} do not even run"
        )

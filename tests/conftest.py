"""Derivations that many tests go through, and what the tests count."""

import pytest
from tables import CORE


@pytest.fixture(params=CORE.values(), ids=CORE)
def derivation(request):
    """A derivation of each kind; tests/test_every_derivation.py goes through all there are."""
    return request.param()


def pytest_terminal_summary(terminalreporter):
    """How many mutants were made, which `record_property` brings here from every process."""
    passed = {report.nodeid: dict(report.user_properties) for report in terminalreporter.stats.get("passed", [])}
    counts = [properties["mutants"] for properties in passed.values() if "mutants" in properties]
    if counts:
        made, true_equalities = map(sum, zip(*counts, strict=True))
        terminalreporter.write_line(
            f"{made} mutants of lines, facts and matrix forms: all found out but {true_equalities}, "
            "which are true equalities"
        )

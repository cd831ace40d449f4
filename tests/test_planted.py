"""The mistakes that `make planted` plants can still be planted: their rows name text and tests that are there."""

from pathlib import Path

import pytest
from planted.table import MISTAKES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def collected(request):
    """The tests of this run, by file; of files that are run in parts, none."""
    whole = not request.config.option.keyword and not any("::" in each for each in request.config.args)
    found = {}
    for item in request.session.items if whole else ():
        found.setdefault(item.nodeid.partition("::")[0], set()).add(item.nodeid)
    return found


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_a_mistake_can_be_planted_and_its_test_is_there(mistake, collected):
    assert (ROOT / mistake.path).read_text(encoding="utf-8").count(mistake.right) == 1
    assert mistake.wrong != mistake.right
    for test in mistake.test.split():
        path, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8")
        if "[" in name and path in collected:
            assert test in collected[path]


def test_no_two_mistakes_have_one_name():
    names = [mistake.what for mistake in MISTAKES]
    assert len(names) == len(set(names))

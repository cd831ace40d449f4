"""Derivations that many tests go through."""

import pytest
from tables import CORE


@pytest.fixture(params=CORE.values(), ids=CORE)
def derivation(request):
    """A derivation of each kind; tests/test_every_derivation.py goes through all there are."""
    return request.param()

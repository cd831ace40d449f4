"""All mutants of the last line of every share, with all options: `pytest tests/operations/every_mutant.py`, by hand.

It takes half a minute, and no `make test` collects it. Nothing else passes for a share, but for true equalities.
"""

import pytest
from mutants import formula_mutations, made
from tables import shares
from test_every_derivation import DIED, EQUAL, FOUND, outcome

from derivations.index_calculus.expressions import free_indices
from derivations.index_calculus.judging.judge import judge_of

SHARES = shares()
#: How many mutants are equal to a share: beside [A ≤ 0], max(−A, 0) is −A.
TRUE = {"Elu() A": 2}


@pytest.mark.parametrize("name", SHARES)
def test_nothing_but_the_share_passes_for_it(name):
    share = SHARES[name]()
    judge = judge_of(share.context)
    mutants = made(formula_mutations(share.result, free_indices(share.result)), share.result)
    outcomes = [outcome(judge, share.left, mutant) for _, mutant in mutants]
    assert outcomes.count(EQUAL) == TRUE.get(name, 0)
    assert outcomes.count(DIED) <= len(outcomes) / 5
    assert FOUND in outcomes

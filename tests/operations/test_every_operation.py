"""Every operation: each share is replayed, judged, mutated, shown, written as data, as code and as autograd has it.

One derivation holds for every shape: its code, for torch and for numpy, is compared with what autograd hands on at two
sets of sizes, and at the corners; its definition with what torch computes forward; and the node that torch records has
one of the names that it says. All mutants, of all options, are made in every_mutant.py, by hand.
"""

import json
import random

import pytest
import torch
from mutants import formula_mutations, of_different_kinds
from operation_cases import CASES, SIZES
from tables import FEW_OPERATIONS
from test_every_derivation import DIED, FOUND, judged, outcome, replay

from derivations.closed_form.named_axes.writing import source
from derivations.closed_form.shares import definition_program, share_source
from derivations.data import as_data
from derivations.display.derivation import derivation_html, derivation_text
from derivations.index_calculus.expressions import free_indices
from derivations.index_calculus.judging.judge import judge_of
from derivations.index_calculus.symbols import size_of
from derivations.subject import derive

#: How many mutants are made of a share, no two of a kind.
MOST = 4


def nothing_else(share):
    """No mutant of the last line passes for it."""
    judge, chance = judge_of(share.context), random.Random(share.title.en)
    mutations = formula_mutations(share.result, free_indices(share.result))
    outcomes = [
        outcome(judge, share.left, each) for _, each in of_different_kinds(mutations, share.result, MOST, chance)
    ]
    assert FOUND in outcomes
    assert {*outcomes} <= {FOUND, DIED}


def shown(share):
    """In both languages, and as data."""
    assert json.loads(json.dumps(as_data(share)))["derivations"][0]["title"] == vars(share.title)
    for lang in ("zh", "en"):
        assert share.title[lang] in derivation_text(share, lang)
        assert derivation_html(share, lang).count('class="gl-step"') > len(share.steps)


def drawn(kind, shape, chance):
    match kind:
        case "positive":
            return torch.rand(shape, generator=chance, dtype=torch.float64) + 0.5
        case "above":
            return torch.rand(shape, generator=chance, dtype=torch.float64) + 1.5
        case "unit":
            return 0.1 + 0.8 * torch.rand(shape, generator=chance, dtype=torch.float64)
        case "mask":
            mask = torch.randint(2, shape, generator=chance).double()
            return mask.flatten().index_fill(0, torch.tensor(0), 1.0).view(shape)
        case "ones":
            return torch.ones(shape, dtype=torch.float64)
        case "signs":
            return torch.randint(2, shape, generator=chance).double() * 2 - 1
        case _:
            return torch.randn(shape, generator=chance, dtype=torch.float64)


def axes_of(entry):
    return "".join(each.name for each in entry.indices)


def arrays(case, sizes, chance):
    """Operands and what is held beside them, by letter; and the sizes."""

    def shape(axes):
        return tuple(sizes[size] for size in axes)

    beside, more = case.beside(sizes, chance) if case.beside else ({}, {})
    sizes = sizes | more
    found = {}
    for letter, entry in case.operation.operands.items():
        found[letter] = drawn(case.domain.get(letter), shape(size_of(each).name for each in entry.indices), chance)
    for letter, (axes, kind) in case.held.items():
        names = [{"n": "N", "d": "D", "c": "C", "t": "T", "g": "K", "x": "J", "k": "C"}[axis] for axis in axes]
        if kind == "labels":
            of = "J" if letter == "phi" else "C"
            found[letter] = torch.randint(sizes[of], shape(names), generator=chance)
        else:
            found[letter] = drawn(kind, shape(names), chance)
    if case.at:
        found["A"].view(-1)[: len(case.at)] = torch.tensor(case.at, dtype=torch.float64)
    found |= {letter: each.clone() for letter, each in beside.items() if not callable(each)}
    return found | {letter: each(found) for letter, each in beside.items() if callable(each)}, sizes


def called(text, given, sizes=None):
    """What the code makes of arrays. What is not read off them, the size of a result, must be given."""
    space = dict(sizes or {})
    exec(text, space)
    code = space["gradients"].__code__
    return space["gradients"](*(given[name] for name in code.co_varnames[: code.co_argcount]))


def as_torch_has_it(case, choice):
    """Definition, shares and the node's name."""
    chance = torch.Generator().manual_seed(choice)
    close = {"rtol": case.close, "atol": case.close}
    given, sizes = arrays(case, SIZES[choice], chance)
    operation = case.operation
    operands = {letter: given[letter].requires_grad_() for letter in operation.operands}
    beside = {letter: each for letter, each in given.items() if letter not in operands}
    result = case.call(*operands.values(), **beside, **case.numbers)
    if case.name:
        assert result.grad_fn.name() == case.name
        assert case.name in operation.nodes
    arriving = torch.randn(result.shape, generator=chance, dtype=torch.float64)
    shares = torch.autograd.grad(result, operands.values(), arriving, allow_unused=True, materialize_grads=True)
    given = {name: each.detach() for name, each in given.items()} | {"G": arriving}
    numbers = {letter: torch.tensor(value, dtype=torch.float64) for letter, value in case.numbers.items()}
    named = given | {operation.numbers[letter]: value for letter, value in numbers.items()}
    forward = called(source(definition_program(operation), "torch", operation.numbers), named, sizes)
    torch.testing.assert_close(forward, result.detach(), **close)
    arrays_of_numpy = {name: each.numpy() for name, each in named.items()}
    for letter, share in zip(operation.operands, shares, strict=True):
        torch.testing.assert_close(called(share_source(operation, letter), named), share, **close)
        got = called(share_source(operation, letter, "numpy"), arrays_of_numpy)
        torch.testing.assert_close(torch.tensor(got), share, **close)


@pytest.mark.parametrize("operation", FEW_OPERATIONS, ids=str)
def test_every_share_holds_and_nothing_else_would(operation, subtests):
    for wrt in operation.wrt:
        with subtests.test(wrt):
            share = derive(operation, wrt)
            replay(share)
            judged(share)
            nothing_else(share)
            shown(share)
    for case in (each for each in CASES if each.operation == operation):
        for choice in range(len(SIZES)):
            with subtests.test(case.name, choice=choice):
                as_torch_has_it(case, choice)


def test_every_operation_is_compared_with_torch():
    """But for those whose node torch has on other machines, or under another name, alone."""
    compared = {type(each.operation).__name__ for each in CASES}
    missing = {type(each).__name__ for each in FEW_OPERATIONS} - compared
    assert missing == {"MaxPool"}

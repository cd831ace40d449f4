"""Random numbers for a criterion are of the kind it declares, and of every sort that the kind has."""

import pytest
import torch
from cases import case

from derivations.criteria import entries
from derivations.losses.declared import Values
from derivations.torch_bridge.criteria.draws import COUNTS, draw
from derivations.torch_bridge.testing.edges import VALUES
from derivations.torch_bridge.testing.trials import drawn as drawn_for_trials

CLASSES = 3


def drawn(values, shape, axis, dtype=torch.float64):
    return draw(values, shape, CLASSES, torch.Generator().manual_seed(0), dtype, axis)


@pytest.mark.parametrize(
    ("values", "all_of_them"),
    [
        (Values.LABELS, range(CLASSES)),
        (Values.SIGNS, (-1, 1)),
        (Values.BITS, (0, 1)),
        (Values.COUNTS, range(COUNTS)),
    ],
)
def test_each_of_a_few_numbers_is_drawn_and_no_other(values, all_of_them):
    assert set(drawn(values, (200,), 0).tolist()) == set(all_of_them)


@pytest.mark.parametrize(
    ("values", "least", "most"),
    [
        (Values.REAL, -1, 1),
        (Values.POSITIVE, 0.75, 1.25),
        (Values.UNIT, 0.25, 0.75),
        (Values.LOG_PROBABILITIES, -2, -1),
    ],
)
def test_numbers_are_spread_over_what_they_may_be(values, least, most):
    found = drawn(values, (100, CLASSES), 1)
    assert (found < least).any()
    assert (found > most).any()
    bounds = {Values.POSITIVE: (0, torch.inf), Values.UNIT: (0, 1), Values.LOG_PROBABILITIES: (-torch.inf, 0)}
    low, high = bounds.get(values, (-torch.inf, torch.inf))
    assert ((low < found) & (found < high)).all()


@pytest.mark.parametrize(("shape", "axis"), [((5, CLASSES), 1), ((5, CLASSES, 2), 1), ((CLASSES,), 0)])
def test_probabilities_add_up_along_the_classes(shape, axis):
    for found in (drawn(Values.PROBABILITIES, shape, axis), drawn(Values.LOG_PROBABILITIES, shape, axis).exp()):
        torch.testing.assert_close(found.sum(axis), torch.ones(()).double().expand(found.sum(axis).shape))


@pytest.mark.parametrize(("shape", "axis"), [((200, CLASSES), 1), ((100, CLASSES, 2), 1)])
def test_sets_of_classes_are_of_every_size_and_name_none_twice(shape, axis):
    rows = drawn(Values.CLASS_SETS, shape, axis).movedim(axis, -1).reshape(-1, CLASSES).tolist()
    sizes = {sum(each >= 0 for each in row) for row in rows}
    assert sizes == set(range(CLASSES + 1))
    for row in rows:
        held = [each for each in row if each >= 0]
        assert row == held + [-1] * (CLASSES - len(held))
        assert set(held) <= set(range(CLASSES))
        assert len(held) == len(set(held))
    assert len({tuple(row) for row in rows if row[-1] >= 0}) == 6


@pytest.mark.parametrize("values", Values, ids=lambda each: each.name)
def test_whole_numbers_that_are_no_labels_have_the_dtype_that_was_asked_for(values):
    labels = values in (Values.LABELS, Values.CLASS_SETS)
    assert drawn(values, (2, CLASSES), 1, torch.float32).dtype == (torch.int64 if labels else torch.float32)


@pytest.mark.parametrize("entry", {each.of.loss: each for each in entries()}.values(), ids=lambda each: each.criterion)
def test_functions_are_tried_with_what_the_criterion_draws(entry, monkeypatch):
    """Data are drawn in one place: what a criterion says of its operands holds for every use of them."""
    monkeypatch.setattr(type(entry.of), "draw_operand", lambda *asked: torch.full((), 7.0))
    setup = case(entry, with_model=False, dtype=torch.float64, rows=1)[0].setup
    data = drawn_for_trials(setup, VALUES[0], (1, CLASSES), 0)
    assert [each.item() for each in data.operands.values()] == [7.0] * len(setup.loss.operands)

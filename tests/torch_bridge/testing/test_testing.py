"""A checker for people's own kernels: right ones pass, wrong ones are named with all one needs to see it again."""

import functools
import inspect
import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import CannotTell, GradientMismatch, assert_gradient
from derivations.torch_bridge import testing

WEIGHT = torch.tensor([1.0, 2.0, 0.5])


def softmax_minus_one_hot(outputs, targets):
    """Right wherever every label counts."""
    p, hit = torch.softmax(outputs, 1), F.one_hot(targets, outputs.shape[1]).movedim(-1, 1)
    return (p - hit) / targets.numel()


def with_ignored(outputs, targets):
    counted = targets != -100
    p = torch.softmax(outputs, 1)
    hit = F.one_hot(targets.where(counted, 0), outputs.shape[1]).movedim(-1, 1)
    return counted.unsqueeze(1) * (p - hit) / counted.sum().clamp(min=1)


def naive(outputs, targets):
    """Overflows at logits of a thousand."""
    e = outputs.exp()
    p = e / e.sum(1, keepdim=True)
    return with_ignored(p.log(), targets) if p.isfinite().all() else p


RIGHT = {
    "cross-entropy": (with_ignored, nn.CrossEntropyLoss(), "gradient"),
    "cross-entropy, the loss": (lambda z, y: F.cross_entropy(z, y), nn.CrossEntropyLoss(), "loss"),
    "MSE": (lambda z, y: 2 * (z - y) / z.numel(), nn.MSELoss(), "gradient"),
    "MSE in another order": (lambda z, y: (z - y) / z.numel() * 2, nn.MSELoss(), "gradient"),
    "MSE none": (lambda z, y, v: 2 * v * (z - y), nn.MSELoss(reduction="none"), "gradient"),
    "MSE none, the loss": (lambda z, y: (z - y) ** 2, nn.MSELoss(reduction="none"), "loss"),
    "BCE": (lambda z, y: (torch.sigmoid(z) - y) / z.numel(), nn.BCEWithLogitsLoss(), "gradient"),
    "a function of torch": (
        lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1),
        functools.partial(F.cross_entropy, label_smoothing=0.1),
        "loss",
    ),
}
WRONG = {
    "mean over N only": (lambda z, y: 2 * (z - y) / len(z), nn.MSELoss(), "gradient"),
    "the factor 2 forgotten": (lambda z, y: (z - y) / z.numel(), nn.MSELoss(), "gradient"),
    "ignored labels count": (
        lambda z, y: softmax_minus_one_hot(z, y.clamp(min=0)),
        nn.CrossEntropyLoss(),
        "gradient",
    ),
    "overflow": (naive, nn.CrossEntropyLoss(), "gradient"),
    "no label smoothing": (with_ignored, nn.CrossEntropyLoss(label_smoothing=0.1), "gradient"),
    "the loss of another reduction": (lambda z, y: F.mse_loss(z, y, reduction="sum"), nn.MSELoss(), "loss"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_passes(name):
    fn, criterion, returns = RIGHT[name]
    assert_gradient(fn, criterion, returns=returns)


def test_probabilities_and_weights_at_shapes_that_fit():
    def fn(outputs, targets):
        return F.cross_entropy(outputs, targets, weight=WEIGHT.to(outputs.dtype))

    criterion = nn.CrossEntropyLoss(weight=WEIGHT)
    for targets in ("indices", "probabilities"):
        assert_gradient(
            fn, criterion, returns="loss", targets=targets, dtypes=[torch.float32], shapes=[(5, 3), (2, 3, 4)]
        )


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_is_named(name):
    fn, criterion, returns = WRONG[name]
    with pytest.raises(GradientMismatch, match="the gradient given is not the criterion's") as caught:
        assert_gradient(fn, criterion, returns=returns)
    text = str(caught.value)
    for part in ("index", "expected", "got", "bound", "trial", "outputs of shape", "rerun", "seed"):
        assert part in text
    shape, dtype = re.search(r"shapes=\[(\(.*?\))\], dtypes=\[torch\.(\w+)\]", text).groups()
    with pytest.raises(GradientMismatch) as again:  # what it says to rerun finds it again
        assert_gradient(fn, criterion, returns=returns, shapes=[eval(shape)], dtypes=[getattr(torch, dtype)], seed=0)
    assert again.value.details["index"] == caught.value.details["index"]


def test_both_gradients_are_shown_where_they_can_be_read():
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(lambda z, y: z - y, nn.MSELoss(), shapes=[(2, 2)])
    given, expected = (torch.tensor(caught.value.details[name]) for name in ("all_given", "all_expected"))
    assert given.shape == (2, 2)
    torch.testing.assert_close(given, 2 * expected)


def test_it_says_which_seed_and_trial_and_how_to_rerun_it():
    """Also where it is wrong in one dtype and at one shape alone."""

    def kernel(outputs, targets):
        wrong = outputs.dtype == torch.float32 and outputs.dim() == 3 and outputs.abs().max() > 50
        return given_once(outputs, targets) * (1.01 if wrong else 1)

    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, nn.MSELoss(), seed=5)
    details = caught.value.details
    assert details["seed"] == "5"
    assert details["trial"] == "outputs of shape (2, 3, 4), float32, scaled by 1000"
    assert details["rerun"] == (
        "dv.assert_gradient(kernel, nn.MSELoss(), shapes=[(2, 3, 4)], dtypes=[torch.float32], only='large outputs', "
        "seed=5)"
    )
    assert details["got"].endswith("(given)")


@pytest.mark.parametrize(
    ("fn", "returns", "error", "says"),
    [
        (lambda z, y: z, "both", ValueError, "returns='both' is unknown. Accepted: 'loss', 'gradient'"),
        (lambda z, y: z.sum(), "gradient", GradientMismatch, "another shape, dtype or device"),
        (lambda z, y: 1.0, "gradient", TypeError, "fn must return a tensor; given float"),
        (lambda z, y: None, "loss", TypeError, "fn must return a tensor, the loss; given NoneType"),
        (lambda z, y: z - y, "loss", ValueError, r"a loss of one number; given one of shape \(5, 3\)"),
        (lambda z, y: torch.zeros(()), "loss", ValueError, "does not depend on the outputs"),
    ],
)
def test_a_function_that_returns_something_else(fn, returns, error, says):
    with pytest.raises(error, match=says):
        assert_gradient(fn, nn.MSELoss(), returns=returns)


# Nothing is left untried ---------------------------------------------------------------------------------------------


def with_probabilities(outputs, targets):
    return (targets.sum(1, keepdim=True) * torch.softmax(outputs, 1) - targets) / (outputs.numel() // outputs.shape[1])


def given_once(outputs, targets):
    return 2 * (outputs - targets) / outputs.numel()


#: What could be left out: a criterion, its gradient, and of which data the function is wrong.
UNTRIED = {
    "float64": (nn.MSELoss(), given_once, lambda z, y: z.dtype == torch.float64),
    "float32": (nn.MSELoss(), given_once, lambda z, y: z.dtype == torch.float32),
    "one row": (nn.MSELoss(), given_once, lambda z, y: len(z) == 1),
    "one class": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: z.shape[1] == 1),
    "many rows": (nn.MSELoss(), given_once, lambda z, y: len(z) > 50),
    "three dimensions": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: z.dim() == 3),
    "four dimensions": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: z.dim() == 4),
    "four dimensions in float32": (nn.MSELoss(), given_once, lambda z, y: z.dim() == 4 and z.dtype == torch.float32),
    "small outputs": (nn.MSELoss(), given_once, lambda z, y: z.abs().max() < 0.02),
    "large outputs": (nn.MSELoss(), given_once, lambda z, y: z.abs().max() > 50),
    "large outputs in four dimensions": (
        nn.CrossEntropyLoss(),
        with_ignored,
        lambda z, y: z.abs().max() > 50 and z.dim() == 4,
    ),
    "some labels ignored": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: 0 < (y == -100).sum() < y.numel()),
    "all labels ignored": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: bool((y == -100).all())),
    "some labels ignored, others not 0": (
        nn.CrossEntropyLoss(),
        with_ignored,
        lambda z, y: bool((y == -100).any() and (y > 0).any()),
    ),
    "some labels ignored, outputs not 0": (
        nn.CrossEntropyLoss(),
        with_ignored,
        lambda z, y: bool((y == -100).any() and z.abs().max() > 0.1),
    ),
    "the last class": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: bool((y == 9).any())),
    "the second class": (nn.CrossEntropyLoss(), with_ignored, lambda z, y: bool((y == 1).any())),
    "targets between 0 and 1": (
        nn.BCEWithLogitsLoss(),
        lambda z, y: (torch.sigmoid(z) - y) / z.numel(),
        lambda z, y: bool(((y > 0.1) & (y < 0.9)).any()),
    ),
    "another label ignored": (
        nn.CrossEntropyLoss(ignore_index=-1),
        lambda z, y: with_ignored(z, y.where(y != -1, -100)),
        lambda z, y: bool((y == -1).any()),
    ),
    "probabilities": (nn.CrossEntropyLoss(), with_probabilities, lambda z, y: bool((y.sum(1) - 1).abs().max() < 1e-3)),
    "unnormalised probabilities": (
        nn.CrossEntropyLoss(),
        with_probabilities,
        lambda z, y: bool((y.sum(1) - 1).abs().max() > 1e-3),
    ),
}


@pytest.mark.parametrize("case", UNTRIED)
def test_wrong_there_alone_is_wrong(case):
    criterion, right, there = UNTRIED[case]
    targets = "probabilities" if "probabilities" in case else None
    assert_gradient(right, criterion, targets=targets)
    with pytest.raises(GradientMismatch, match="the gradient given is not the criterion's"):
        assert_gradient(lambda z, y: right(z, y) + 1e-3 * there(z, y), criterion, targets=targets)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("at", [0, 7, -1])
@pytest.mark.parametrize("wrong", ["a little", "nan", "inf"])
def test_one_wrong_entry_is_found(dtype, at, wrong):
    """A difference and a scaling round: a bound of 8·eps·|g|. Three times as much at one entry is too much."""
    value = {"a little": 1 + 24 * torch.finfo(dtype).eps, "nan": float("nan"), "inf": float("inf")}[wrong]

    def kernel(outputs, targets):
        gradient = given_once(outputs, targets)
        gradient.view(-1)[at] *= value
        return gradient

    assert_gradient(given_once, nn.MSELoss(), dtypes=[dtype], shapes=[(5, 3)])
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, nn.MSELoss(), dtypes=[dtype], shapes=[(5, 3)])
    assert "one of 1 wrong of 15" in caught.value.details["index"]


@pytest.mark.parametrize(
    "form",
    [
        lambda gradient: gradient.double(),
        lambda gradient: gradient.half(),
        lambda gradient: gradient[:1],
        lambda gradient: gradient.flatten(),
        lambda gradient: gradient.unsqueeze(0),
    ],
)
def test_a_gradient_has_the_form_of_the_outputs(form):
    with pytest.raises(GradientMismatch, match="another shape, dtype or device than the outputs"):
        assert_gradient(lambda z, y: form(given_once(z, y)), nn.MSELoss(), dtypes=[torch.float32])


@pytest.mark.parametrize(
    ("criterion", "fn"),
    [
        (nn.MSELoss(reduction="none"), lambda z, y, v: 2 * (z - y)),
        (nn.CrossEntropyLoss(reduction="none"), lambda z, y, v: with_ignored(z, y) * (y != -100).sum()),
        (nn.BCEWithLogitsLoss(reduction="none"), lambda z, y, v: torch.sigmoid(z) - y),
    ],
)
def test_the_incoming_vector_is_asked_for(criterion, fn):
    with pytest.raises(GradientMismatch, match="the gradient given is not the criterion's"):
        assert_gradient(fn, criterion)


def test_a_loss_is_differentiated_with_the_incoming_vector():
    """The losses of samples in another order have the same sum: only a vector that is not all ones tells."""
    criterion = nn.CrossEntropyLoss(reduction="none")
    assert_gradient(lambda z, y: F.cross_entropy(z, y, reduction="none"), criterion, returns="loss")
    with pytest.raises(GradientMismatch):
        assert_gradient(lambda z, y: F.cross_entropy(z, y, reduction="none").flip(0), criterion, returns="loss")


@pytest.mark.parametrize(
    ("criterion", "right"),
    [
        (nn.MSELoss(), lambda z, y: 2 * (z - y) / z.numel()),
        (nn.BCEWithLogitsLoss(), lambda z, y: (torch.sigmoid(z) - y) / z.numel()),
        (nn.CrossEntropyLoss(), with_ignored),
        (nn.MSELoss(reduction="none"), lambda z, y, v: 2 * v * (z - y)),
    ],
)
def test_the_data_have_both_signs(criterion, right):
    """A function that takes the magnitude of something is wrong."""
    assert_gradient(right, criterion)
    real = len(inspect.signature(right).parameters) - isinstance(criterion, nn.CrossEntropyLoss)
    for place in range(real):
        if place == 1 and isinstance(criterion, nn.BCEWithLogitsLoss):
            continue  # targets are probabilities

        def of_magnitude(*given, place=place):
            return right(*[each.abs() if at == place else each for at, each in enumerate(given)])

        with pytest.raises(GradientMismatch):
            assert_gradient(of_magnitude, criterion)


def data(criterion=None, right=given_once, **options):
    """What a right function is given."""
    given = []

    def kernel(outputs, targets):
        given.append((outputs.clone(), targets.clone()))
        return right(outputs, targets)

    assert_gradient(kernel, criterion or nn.MSELoss(), **options)
    return given


def test_the_edges_come_from_the_seed_too():
    one, other = (data(nn.CrossEntropyLoss(), with_ignored, seed=seed) for seed in (1, 2))
    edges = [(mine, yours) for mine, yours in zip(one, other, strict=True) if (mine[1] == -100).any()]
    assert len(edges) == 4  # some and all, of each dtype
    assert not any(torch.equal(mine[0], yours[0]) for mine, yours in edges)


def test_the_data_come_from_the_seed_alone():
    first, again, other = data(seed=1), data(seed=1), data(seed=2)
    assert all(
        torch.equal(one, same)
        for mine, yours in zip(first, again, strict=True)
        for one, same in zip(mine, yours, strict=True)
    )
    assert not any(torch.equal(mine[0], yours[0]) for mine, yours in zip(first, other, strict=True) if len(mine[0]))
    (alone,) = data(seed=1, shapes=[(4, 1)], dtypes=[torch.float32])[:1]
    assert any(torch.equal(alone[0], outputs) for outputs, _ in first)


def test_a_function_cannot_widen_its_own_bound():
    """What it does to the tensors it is given is its own affair: they are copies."""

    def kernel(outputs, targets):
        gradient = 1.01 * given_once(outputs, targets)
        outputs.fill_(1e30)
        return gradient

    with pytest.raises(GradientMismatch):
        assert_gradient(kernel, nn.MSELoss())


def test_nor_by_what_else_it_is_given():
    def kernel(outputs, targets, incoming):
        gradient = 1.01 * 2 * incoming * (outputs - targets)
        incoming.fill_(1e30)
        return gradient

    def loss(outputs, targets):
        found = 1.01 * ((outputs - targets) ** 2).mean()
        targets.fill_(1e30)
        return found

    with pytest.raises(GradientMismatch, match="the gradient given is not the criterion's"):
        assert_gradient(kernel, nn.MSELoss(reduction="none"))
    with pytest.raises(GradientMismatch, match="the gradient given is not the criterion's"):
        assert_gradient(loss, nn.MSELoss(), returns="loss")


def test_gradients_may_be_turned_off_around_it():
    with torch.no_grad():
        assert_gradient(F.mse_loss, nn.MSELoss(), returns="loss")


def test_everything_is_tried_with_everything():
    tried = {
        (outputs.dtype, tuple(outputs.shape), round(torch.log10(outputs.abs().mean()).item() / 3))
        for outputs, _ in data(only=["ordinary outputs", "small outputs", "large outputs"])
    }
    shapes = {(5, 3), (1, 2), (4, 1), (64, 10), (2, 3, 4), (2, 3, 2, 2)}
    assert tried == {
        (dtype, shape, magnitude)
        for dtype in (torch.float64, torch.float32)
        for shape in shapes
        for magnitude in (-1, 0, 1)
    }


@pytest.mark.parametrize(
    ("criterion", "right", "wrong", "dtype", "shapes"),
    [
        (nn.MSELoss(), given_once, 1.05, torch.bfloat16, [(5, 3)]),
        (nn.MSELoss(), given_once, 0.95, torch.bfloat16, [(64, 10), (2, 3, 4)]),
        (nn.CrossEntropyLoss(), with_ignored, 1.05, torch.bfloat16, [(5, 3)]),  # where all are ignored, 0 is right
        (nn.MSELoss(), given_once, 1.05, torch.float16, [(5, 3), (300, 300)]),  # told at one shape alone
    ],
)
def test_what_cannot_be_told_does_not_pass(criterion, right, wrong, dtype, shapes):
    """A gradient 5 % off is found, or it is said that it would not be; at large shapes float16 loses its digits."""

    def kernel(outputs, targets):
        return right(outputs, targets) * (wrong if outputs.shape == shapes[-1] else 1)

    with pytest.raises((CannotTell, GradientMismatch)) as caught:
        assert_gradient(kernel, criterion, dtypes=[dtype], shapes=shapes)
    if caught.type is CannotTell:
        name = str(dtype).removeprefix("torch.")
        assert "cannot be told in" in str(caught.value)
        assert name in str(caught.value).splitlines()[0]
        assert caught.value.details["needed"] == "a factor wrong by 5%"


@pytest.mark.parametrize(("criterion", "right"), [(nn.MSELoss(), given_once), (nn.CrossEntropyLoss(), with_ignored)])
def test_a_dtype_in_which_a_wrong_factor_would_not_show_does_not_pass(criterion, right, monkeypatch):
    """What is asked for is said; where all labels are ignored the gradient is 0, whatever the factor."""
    monkeypatch.setattr(testing, "SEEN_IN_TESTS", 0.01)
    with pytest.raises(CannotTell, match="cannot be told in bfloat16") as caught:
        assert_gradient(right, criterion, dtypes=[torch.float32, torch.bfloat16], shapes=[(5, 3)])
    assert caught.value.details["needed"] == "a factor wrong by 1%"


def test_a_gradient_that_is_always_0_is_told():
    """With one class there is no other."""
    assert_gradient(lambda z, y: 0 * z, nn.CrossEntropyLoss(), shapes=[(4, 1)], dtypes=[torch.bfloat16])


@pytest.mark.parametrize(
    ("criterion", "given", "error", "says"),
    [
        (nn.MSELoss(), {"dtypes": []}, ValueError, "dtypes is empty, so nothing would be tried"),
        (nn.MSELoss(), {"shapes": []}, ValueError, "shapes is empty, so nothing would be tried"),
        (nn.MSELoss(), {"shapes": iter(())}, ValueError, "shapes is empty, so nothing would be tried"),
        (nn.MSELoss(), {"shapes": [(0, 3)]}, ValueError, "have no entries, so nothing would be tried"),
        (nn.MSELoss(), {"shapes": [(5, 0), (0, 3)]}, ValueError, "have no entries, so nothing would be tried"),
        (nn.CrossEntropyLoss(), {"shapes": [(5, 3), (3, 0)]}, ValueError, r"with a class; given \(3, 0\)"),
        (nn.CrossEntropyLoss(), {"shapes": [()]}, ValueError, r"with a class; given \(\)"),
        (nn.MSELoss(), {"shapes": (5, 3)}, TypeError, r"tuples of sizes such as \(5, 3\); given 5"),
        (nn.MSELoss(), {"shapes": [(5, -3)]}, TypeError, r"tuples of sizes such as \(5, 3\); given \(5, -3\)"),
        (nn.MSELoss(), {"shapes": [(5, 3.0)]}, TypeError, r"given \(5, 3.0\)"),
        (nn.MSELoss(), {"shapes": ["53"]}, TypeError, "given '53'"),
        (nn.MSELoss(), {"shapes": 5}, TypeError, r"shapes must be a list, for example \[\(5, 3\)\]; given 5"),
        (nn.MSELoss(), {"dtypes": torch.float32}, TypeError, r"dtypes must be a list, .*; given torch.float32"),
        (nn.MSELoss(), {"dtypes": ["float32"]}, TypeError, "given 'float32'. Accepted: torch.float64, torch.float32"),
        (nn.MSELoss(), {"dtypes": "float32"}, TypeError, "Did you mean"),
        (nn.MSELoss(), {"dtypes": [torch.int64]}, TypeError, "dtypes of real numbers; given torch.int64"),
        (nn.MSELoss(), {"dtypes": [torch.complex64]}, TypeError, "dtypes of real numbers; given torch.complex64"),
        (nn.MSELoss(), {"seed": 0.5}, TypeError, "seed must be an int of 64 bits; given 0.5"),
        (nn.MSELoss(), {"fn": torch.zeros(5, 3)}, TypeError, "fn must be a function of .*; given Tensor"),
    ],
)
def test_what_nothing_can_be_tried_with_is_refused(criterion, given, error, says):
    def fn(*tensors):
        raise AssertionError("it was tried")

    with pytest.raises(error, match=says):
        assert_gradient(**{"fn": fn, "criterion": criterion, **given})


def test_generators_are_tried_as_lists_are():
    listed = {"shapes": [(5, 3), (2, 3, 4)], "dtypes": [torch.float64, torch.float32]}
    lists = data(nn.CrossEntropyLoss(), with_ignored, **listed)
    generators = data(nn.CrossEntropyLoss(), with_ignored, **{name: iter(each) for name, each in listed.items()})
    assert len(generators) == len(lists) > 2 * 2 * 3  # the edges too
    assert all(torch.equal(one[0], other[0]) for one, other in zip(lists, generators, strict=True))


def test_an_empty_batch_may_be_among_others():
    tried = data(nn.CrossEntropyLoss(), with_ignored, shapes=[(0, 3), (5, 3)])
    assert {len(outputs) for outputs, _ in tried} == {0, 1, 5}
    assert any((targets == -100).all() and len(targets) for _, targets in tried)


@pytest.mark.parametrize(
    ("criterion", "shape"),
    [
        (nn.CrossEntropyLoss(), (3,)),
        (nn.NLLLoss(), (3,)),
        (nn.CrossEntropyLoss(reduction="none"), (3,)),
        (nn.MSELoss(), ()),
        (nn.BCEWithLogitsLoss(), (3,)),
    ],
    ids=str,
)
def test_outputs_without_a_batch(criterion, shape):
    assert_gradient(lambda z, y: criterion(z, y), criterion, returns="loss", shapes=[shape])
    with pytest.raises(GradientMismatch):
        assert_gradient(lambda z, y: 1.1 * criterion(z, y), criterion, returns="loss", shapes=[shape])

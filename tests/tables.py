"""Everything that can be derived, as tables. A row is a name and a function that derives."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from functools import partial
from typing import Any

from derivations import curvature, linear, sigmoid, softmax
from derivations.derivation import Derivation
from derivations.index_calculus.symbols import Layout
from derivations.linear import Linear
from derivations.losses import MSE, NLL, BCEWithLogits, CrossEntropy, L2Penalty, Loss
from derivations.losses.base import REDUCTIONS
from derivations.losses.cross_entropy import theorem
from derivations.losses.registry import registered
from derivations.operations import Operation
from derivations.operations import registered as operations
from derivations.optimizers import SGD, Adam, AdamW
from derivations.subject import Subject, derive

Rows = dict[str, Callable[[], Derivation]]
BOTH = (False, True)


def every(kind: type[Subject], **options: tuple[Any, ...]) -> Iterator[Any]:
    """The subject with every combination of its options that torch takes."""
    for values in itertools.product(*options.values()):
        try:
            yield kind(**dict(zip(options, values, strict=True)))
        except ValueError:  # such as ignore_index with probabilities; test_losses.py says which are refused
            continue


def in_pairs(kind: type[Subject], apart: Collection[str] = (), **options: tuple[Any, ...]) -> Iterator[Any]:
    """Some of `every`, the first among them: any two values of two options that torch takes together meet in one.

    An option is a factor, a term or another divisor of what a loss adds up. Two of them can be in each other's way; a
    third changes nothing about that. Those `apart` need not meet each other. All combinations there are go through
    torch_bridge/test_every_option.py, which compares numbers with torch's.
    """

    def pairs(subject: Any) -> set[tuple[tuple[str, Any], ...]]:
        values = [(name, getattr(subject, name)) for name in options]
        met = itertools.chain(itertools.combinations(values, 1), itertools.combinations(values, 2))
        return {each for each in met if len(each) < 2 or not {name for name, _ in each} <= {*apart}}

    subjects = list(every(kind, **options))
    left, best = set().union(*map(pairs, subjects)), subjects[0]
    while left:
        yield best
        left -= pairs(best)
        best = max(subjects, key=lambda subject: len(left & pairs(subject)))


def choices(kind: type[Loss]) -> dict[str, tuple[Any, ...]]:
    """What each option of a criterion may be, its reduction and extra dimensions apart."""
    targets = {"targets": kind.kinds_of_targets} if kind.kinds_of_targets else {}
    return {**targets, **{each.name: each.fields for each in kind.declared}}


def plain(kind: type[Loss]) -> Iterator[Loss]:
    """Without any option, for each kind of targets."""
    return every(kind, targets=kind.kinds_of_targets) if kind.kinds_of_targets else iter((kind(),))


def with_most(kind: type[Loss]) -> Iterator[Loss]:
    """For each kind of targets with the most options that torch takes together; reductions take turns."""
    for place, targets in enumerate(kind.kinds_of_targets or (None,)):
        of_kind = choices(kind) | ({"targets": (targets,)} if targets else {})
        most = max(every(kind, **of_kind), key=lambda loss: sum(getattr(loss, each) is True for each in of_kind))
        yield replace(most, reduction=kind.reductions[place % len(kind.reductions)])


#: The criteria whose lines were the first, and have every rule in them; in the others only the criterion is new.
FIRST = (MSE, NLL, BCEWithLogits, CrossEntropy)
#: All others, which have a file and an account each.
ATLAS = tuple(kind for kind in registered() if kind not in FIRST)
#: What losses are averaged over is said once for all criteria: its two options meet in the first.
SHARED = ("reduction", "extra_dimensions")
IN_PAIRS: tuple[Loss, ...] = tuple(
    loss
    for kind in registered()
    for loss in in_pairs(
        kind, () if kind in FIRST else SHARED, reduction=kind.reductions, extra_dimensions=BOTH, **choices(kind)
    )
)
#: The first with every combination of their options, all others in pairs.
LOSSES: tuple[Loss, ...] = tuple(
    loss
    for kind in registered()
    for loss in (
        every(kind, reduction=kind.reductions, extra_dimensions=BOTH, **choices(kind))
        if kind in FIRST
        else (each for each in IN_PAIRS if type(each) is kind)
    )
)
PLAIN_LOSSES: tuple[Loss, ...] = tuple(loss for kind in registered() for loss in plain(kind))
ALL_OPTIONS: tuple[Loss, ...] = tuple(
    dict.fromkeys(
        (
            MSE(weight=True, reduction="none"),
            NLL(weight=True, ignore_index=True, extra_dimensions=True),
            *(loss for kind in registered() if kind.declared for loss in with_most(kind)),
        )
    )
)
#: What the options of operations may be, where they choose between formulas.
OPTIONS_OF_OPERATIONS: dict[str, tuple[Any, ...]] = {
    "exponent": (2, 3, -2, Fraction(1, 2), Fraction(1, 4)),
    "approximate": ("none", "tanh"),
    "added": ("row", "matrix"),
    "order": (2, 1),
    "reduction": REDUCTIONS,
    **dict.fromkeys(("min", "max", "bias", "affine", "padding"), BOTH),
}
OPERATIONS: tuple[Operation, ...] = tuple(
    operation
    for kind in operations().values()
    for operation in every(kind, **{each.name: OPTIONS_OF_OPERATIONS[each.name] for each in fields(kind)})
)
#: Of options that leave something out, or say what losses add up to, one operation each in every combination.
ONE_OF_EACH = {"reduction": "MseLoss", "affine": "LayerNorm", "bias": "Convolution"}
FEW_OPERATIONS: tuple[Operation, ...] = tuple(
    each
    for each in OPERATIONS
    if all(
        getattr(each, one.name) == one.default or ONE_OF_EACH.get(one.name, type(each).__name__) == type(each).__name__
        for one in fields(each)
    )
)
ANY_OPTIMIZER = {"weight_decay": BOTH, "maximize": BOTH}
OPTIMIZERS = (
    *every(SGD, **ANY_OPTIMIZER, momentum=BOTH, dampening=BOTH, nesterov=BOTH),
    *every(Adam, **ANY_OPTIMIZER, amsgrad=BOTH),
    *every(AdamW, **ANY_OPTIMIZER, amsgrad=BOTH),
)
LAYOUTS = (Layout(), Layout(classes_second=True), Layout(extra=True), Layout(extra=True, classes_second=True))


def gradients(losses: Iterable[Loss], but_first: Collection[str] = ()) -> Rows:
    """Each gradient; of other criteria than the first, without those in `but_first`."""
    return {
        f"{loss} {wrt}": partial(derive, loss, wrt)
        for loss in losses
        for wrt in loss.wrt
        if wrt not in but_first or isinstance(loss, FIRST)
    }


def curvatures(losses: Iterable[Loss]) -> Rows:
    """Second derivatives, of the criteria that have them; those of NLL on log-softmax are those of cross-entropy."""
    rows: Rows = {}
    for loss in losses:
        if not loss.without_hessian:
            rows[f"{loss} Hessian"] = partial(curvature.hessian, loss)
        if not loss.without_convexity:
            rows[f"{loss} convexity"] = partial(curvature.convexity, loss)
    return rows


def optimizers() -> Rows:
    rows: Rows = {f"{each} {wrt}": partial(derive, each, wrt) for each in OPTIMIZERS for wrt in each.wrt}
    for each in (SGD(momentum=True), SGD(momentum=True, dampening=True), Adam(), AdamW()):
        rows |= {f"{each} {steps} steps": partial(derive, each, "unrolled", steps=steps) for steps in (1, 3, 4)}
    return rows


def lemmas() -> Rows:
    rows: Rows = {}
    for layout in LAYOUTS:
        where = f"extra={layout.extra} classes_second={layout.classes_second}"
        for function in (
            softmax.softmax_jacobian,
            softmax.log_softmax_jacobian,
            softmax.log_sum_exp_derivative,
            softmax.probabilities_add_up,
            sigmoid.complement,
            sigmoid.sigmoid_derivative,
            sigmoid.log_sigmoid_derivative,
            theorem,
            curvature.variance,
        ):
            rows[f"{function.__name__} {where}"] = partial(function, layout)
        rows[f"log_sigmoid_derivative flipped {where}"] = partial(sigmoid.log_sigmoid_derivative, layout, True)
        for wrt, bias in itertools.product(linear.TENSOR_OF, BOTH):
            if wrt != linear.OUTPUTS and (bias or wrt != linear.BIAS):
                rows[f"linear {wrt} bias={bias} {where}"] = partial(linear.local_derivative, wrt, bias, layout)
    return rows


def others() -> Rows:
    rows: Rows = {"two-class softmax": sigmoid.two_class_softmax, "L2 penalty": partial(derive, L2Penalty())}
    for layer in (Linear(bias=bias, extra_dimensions=extra) for bias in BOTH for extra in BOTH):
        rows |= {f"{layer} {wrt} extra={layer.extra_dimensions}": partial(derive, layer, wrt) for wrt in layer.wrt}
    for function in (softmax.Softmax(), softmax.LogSoftmax(), softmax.LogSumExp()):
        rows[str(function)] = partial(derive, function)
    for loss in LOSSES:
        if isinstance(loss, NLL):
            rows[f"{loss} is cross-entropy"] = loss.equals_cross_entropy
        if isinstance(loss, MSE):
            rows |= {
                f"{loss} normal equations {wrt}": partial(curvature.normal_equations, loss, wrt)
                for wrt in (linear.WEIGHT, linear.BIAS)
            }
    for loss in (MSE(), CrossEntropy()):
        rows |= {f"{loss} {wrt} no bias": partial(derive, loss, wrt, bias=False) for wrt in ("weight", "inputs")}
        rows[f"{loss} Hessian no bias"] = partial(curvature.hessian, loss, bias=False)
        rows |= {
            f"{loss} Hessian {wrt}": partial(curvature.hessian, loss, wrt) for wrt in ("bias", "inputs", "outputs")
        }
    rows["normal equations no bias"] = partial(curvature.normal_equations, bias=False)
    return rows


def shares(of: Iterable[Operation] = OPERATIONS) -> Rows:
    return {f"{each} {wrt}": partial(derive, each, wrt) for each in of for wrt in each.wrt}


def by_subject(rows: Rows) -> dict[str, Rows]:
    """The rows of each subject, which share their lemmas; a row's name is its subject's with one word more."""
    found: dict[str, Rows] = {}
    for name, row in rows.items():
        found.setdefault(name.rsplit(" ", 1)[0], {})[name] = row
    return found


#: Of the first criteria, without options and with all, and of what is not a criterion, every mutant is made.
CLOSELY: Rows = {
    **gradients(loss for loss in PLAIN_LOSSES + ALL_OPTIONS if isinstance(loss, FIRST)),
    **curvatures((MSE(), CrossEntropy(), BCEWithLogits(), CrossEntropy(weight=True, label_smoothing=True))),
    **{
        name: row
        for name, row in optimizers().items()
        if name.startswith(("SGD(momentum)", "Adam()", "AdamW(weight_decay)"))
        and not name.endswith(("3 steps", "4 steps"))
    },
    **{name: row for name, row in lemmas().items() if "extra=False classes_second=False" in name},
    "two-class softmax": sigmoid.two_class_softmax,
    "NLL is cross-entropy": NLL(weight=True).equals_cross_entropy,
    "normal equations": curvature.normal_equations,
}
#: What the linear map passes a gradient on to, whichever criterion it came from.
THROUGH = (linear.WEIGHT, linear.BIAS, linear.INPUTS)
#: What is looked at more closely: each criterion without options and with all, and what is not a criterion.
CORE: Rows = {**gradients(PLAIN_LOSSES + ALL_OPTIONS, but_first=THROUGH), **CLOSELY}
#: All that is derived.
ROWS: Rows = {
    **gradients(PLAIN_LOSSES + ALL_OPTIONS),
    **gradients(IN_PAIRS, but_first=THROUGH),
    **curvatures((*(loss for loss in IN_PAIRS if isinstance(loss, FIRST)), *PLAIN_LOSSES)),
    **optimizers(),
    **lemmas(),
    **others(),
    **CORE,
}

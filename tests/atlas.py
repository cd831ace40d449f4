"""The losses of the atlas: every criterion that has no table of its own, with the combinations of its options."""

import itertools

from derivations import curvature, derive
from derivations.linear import BIAS, INPUTS, WEIGHT
from derivations.losses import MSE, NLL, BCEWithLogits, CrossEntropy
from derivations.losses.registry import registered

#: The criteria that have tables of their own.
ELSEWHERE = (MSE, NLL, BCEWithLogits, CrossEntropy)
KINDS = tuple(kind for kind in registered() if kind not in ELSEWHERE)


def formulas(kind):
    """The criterion with every combination of its own options; the first is torch's default, the last has most."""
    options = {each.name: each.fields for each in kind.declared}
    return [kind(**dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def varied(loss, **change):
    """The same with another reduction, or with extra positions."""
    kept = {each.name: getattr(loss, each.name) for each in loss.declared}
    return type(loss)(**kept, **change)


def combinations(kind):
    """Each formula; each reduction; and, where torch takes them, extra positions: once with few options, once with most.

    The options of a formula and its reduction meet in one product alone, so that not all of them need to be combined.
    """
    plain, *_, most = [*formulas(kind), *formulas(kind)]
    yield from formulas(kind)
    for reduction in kind.reductions[1:]:
        yield varied(plain, reduction=reduction)
        if most != plain:
            yield varied(most, reduction=reduction)
    try:
        yield varied(most, extra_dimensions=True)
        yield varied(most, extra_dimensions=True, reduction="none")
    except ValueError:  # torch takes outputs of two dimensions alone
        return


LOSSES = tuple(loss for kind in KINDS for loss in combinations(kind))


def rows(kind):
    """What is derived of a criterion, by name: of the default and of all options at once, and its second derivatives."""
    plain, *_, most = [*formulas(kind), *formulas(kind)]
    found = {f"{plain} {WEIGHT}": lambda: derive(plain, WEIGHT)}
    for loss in dict.fromkeys((plain, varied(most, reduction="none"))):
        for wrt in loss.wrt:
            if wrt not in (WEIGHT, BIAS, INPUTS):
                found[f"{loss} {wrt}"] = lambda loss=loss, wrt=wrt: derive(loss, wrt)
    if not plain.without_hessian:
        found[f"{plain} Hessian"] = lambda: curvature.hessian(plain)
        found[f"{plain} convexity"] = lambda: curvature.convexity(plain)
    return found

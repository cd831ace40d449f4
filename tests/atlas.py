"""The losses of the atlas: every criterion that has no table of its own, with the combinations of its options."""

import itertools

from tables import FIRST

from derivations.losses.registry import registered

KINDS = tuple(kind for kind in registered() if kind not in FIRST)


def formulas(kind):
    """The criterion with every combination of its own options; the first is torch's default, the last has most."""
    options = {each.name: each.fields for each in kind.declared}
    return [kind(**dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def varied(loss, **change):
    """The same with another reduction, or with extra positions."""
    kept = {each.name: getattr(loss, each.name) for each in loss.declared}
    return type(loss)(**kept, **change)


def combinations(kind):
    """Each formula; each reduction; and, where torch takes them, extra positions, with most options.

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

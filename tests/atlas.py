"""The losses of the atlas with every combination of their options."""

import itertools

from derivations.losses import MSE, NLL, BCEWithLogits, CrossEntropy
from derivations.losses.registry import registered

#: The criteria that have tables of their own.
ELSEWHERE = (MSE, NLL, BCEWithLogits, CrossEntropy)


def every(kind):
    """A criterion with every combination of its options that torch takes."""
    options = {each.name: each.fields for each in kind.declared}
    for reduction, extra, *values in itertools.product(kind.reductions, (False, True), *options.values()):
        try:
            yield kind(reduction=reduction, extra_dimensions=extra, **dict(zip(options, values, strict=True)))
        except ValueError:  # extra positions, where torch takes none
            continue


KINDS = tuple(kind for kind in registered() if kind not in ELSEWHERE)
ATLAS = tuple(loss for kind in KINDS for loss in every(kind))

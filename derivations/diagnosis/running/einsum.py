"""einsum: a letter for each axis, sums over those that the result has not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from ..values.arrays import ShapeError, strides
from ..values.lists import Array, Lists
from .arguments import Arguments


def permuted(arrays: Lists, a: Array, order: Sequence[int]) -> Array:
    """The axes in another order."""
    steps = strides(a.shape)
    shape = tuple(a.shape[k] for k in order)
    arrays.spend(len(a.entries))
    places = [
        float(sum(k * steps[axis] for k, axis in zip(at, order, strict=True)))
        for at in itertools.product(*map(range, shape))
    ]
    return arrays.gather(a, places, shape)


def einsum(given: Arguments, text: str, operands: Sequence[Array]) -> Array:
    """Raises NotUnderstood for a text that does not fit, and ShapeError where a letter has two sizes."""
    arrays = given.arrays
    inputs, arrow, output = text.replace(" ", "").partition("->")
    each = inputs.split(",")
    letters = "".join(each)
    if not arrow:
        output = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    known = (
        all(letter.isalpha() for letter in letters) and set(output) <= set(letters) and len(set(output)) == len(output)
    )
    fits = len(each) == len(operands) and all(len(a) == len(b.shape) for a, b in zip(each, operands, strict=False))
    if not known or not fits or len(set(letters)) > 8:
        raise given.wrong()
    sizes: dict[str, int] = {}
    for names, operand in zip(each, operands, strict=True):
        for letter, size in zip(names, operand.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ShapeError("broadcast", (sizes[letter],), (size,))
    order = [*output, *(letter for letter in sizes if letter not in output)]
    product = arrays.array(1.0)
    for names, operand in zip(each, operands, strict=True):
        product = arrays.binary("*", product, _along(arrays, operand, names, order, sizes))
    full = arrays.full([sizes[letter] for letter in order], 1.0)
    product = arrays.binary("*", full, product)
    for _ in range(len(order) - len(output)):
        product = arrays.reduce("sum", product, -1)
    return product


def _along(arrays: Lists, a: Array, names: str, order: Sequence[str], sizes: dict[str, int]) -> Array:
    """With an axis for each letter of the order, size 1 for those it has not; a letter twice is the diagonal."""
    shape = tuple(sizes[letter] if letter in names else 1 for letter in order)
    own = [*zip(names, strides(a.shape), strict=True)]
    steps = [sum(step for name, step in own if name == letter) for letter in order]
    arrays.spend(math.prod(shape))
    places = [
        float(sum(k * step for k, step in zip(at, steps, strict=True))) for at in itertools.product(*map(range, shape))
    ]
    return arrays.gather(a, places, shape)

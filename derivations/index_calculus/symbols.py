"""The sizes, the indices and the tensors that every formula is written in.

Sums run from 1 to a size, as on paper. An index knows its size by its first letter, so a renamed index keeps its
range. No symbol that stands for a real number carries an assumption: SymPy would then simplify log(exp z) by itself,
and that line belongs to a rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from sympy import Expr, Indexed, IndexedBase, Sum, Symbol

N, D, C = (Symbol(name, integer=True, positive=True) for name in ("N", "D", "C"))
SIZES = (N, D, C)

#: Which letters run over which size, in the order in which fresh ones are taken.
INDEX_LETTERS = {N: "nil", D: "dmr", C: "cjkh"}
_SIZE_OF_LETTER = {letter: size for size, letters in INDEX_LETTERS.items() for letter in letters}


def index(name: str) -> Symbol:
    """The index called `name`: a letter of INDEX_LETTERS, or such a letter with a number, as in `n_2`."""
    if name.split("_")[0] not in _SIZE_OF_LETTER:
        known = ", ".join(f"{letters} (1 to {size})" for size, letters in INDEX_LETTERS.items())
        raise ValueError(f"{name!r} is not an index. Indices begin with one of: {known}.")
    return Symbol(name, integer=True)


def is_index(symbol: sp.Basic) -> bool:
    return isinstance(symbol, Symbol) and bool(symbol.is_integer) and symbol.name.split("_")[0] in _SIZE_OF_LETTER


def size_of(symbol: Symbol) -> Symbol:
    """The size that an index runs up to."""
    return _SIZE_OF_LETTER[symbol.name.split("_")[0]]


def fresh(like: Symbol, used: set[Symbol]) -> Symbol:
    """An index with the range of `like` that is not in `used`."""
    letters = INDEX_LETTERS[size_of(like)]
    names = [*letters, *(f"{letters[0]}_{number}" for number in range(2, len(used) + 3))]
    return next(index(name) for name in names if index(name) not in used)


n, i = index("n"), index("i")
d, m = index("d"), index("m")
c, j, k = index("c"), index("j"), index("k")

L = Symbol("L")


@dataclass(frozen=True)
class Tensor:
    """A named array. `free` are the indices a gradient with respect to it is written in; they give its shape."""

    name: str
    free: tuple[Symbol, ...]
    labels: Symbol | None = None  # a tensor of class labels holds integers from 1 to this size

    @property
    def base(self) -> IndexedBase:
        return IndexedBase(self.name)

    @property
    def shape(self) -> tuple[Symbol, ...]:
        return tuple(size_of(index) for index in self.free)

    @property
    def entry(self) -> Indexed:
        return self.base[self.free]


#: Shapes follow torch.nn.Linear: Z = X Wᵀ + b with W of shape (C, D).
TENSORS = {
    tensor.name: tensor
    for tensor in (
        Tensor("X", (i, m)),
        Tensor("W", (j, m)),
        Tensor("b", (j,)),
        Tensor("Z", (i, j)),
        Tensor("Y", (i, j)),
        Tensor("y", (i,), labels=C),
        Tensor("P", (i, j)),
        Tensor("G", (i, j)),
    )
}
X, W, b, Z, Y, y, P, G = (tensor.base for tensor in TENSORS.values())


def sum_over(body: Expr, *indices: Symbol) -> Sum:
    """Σ over each index from 1 to its size, the outermost first, as it is read."""
    return Sum(body, *[(index, 1, size_of(index)) for index in reversed(indices)])

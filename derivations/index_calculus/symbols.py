"""The sizes, the indices and the arrays that every formula is written in.

Sums run from 1 to a size, as on paper. An index knows its size by its first letter, so a renamed index keeps its
range. No symbol that stands for a real number carries an assumption: SymPy would then simplify log(exp z) by itself,
and that line belongs to a rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from sympy import Expr, Indexed, IndexedBase, Sum, Symbol

#: Rows, features, classes; and the extra positions of a sample (torch's d1·d2·…), or the steps of an optimizer.
#: Then the places of a window, and the positions that windows are laid over.
N, D, C, T, K, J = (Symbol(name, integer=True, positive=True) for name in ("N", "D", "C", "T", "K", "J"))
SIZES = (N, D, C, T, K, J)

#: Which letters run over which size, in the order in which fresh ones are taken.
INDEX_LETTERS = {N: "nil", D: "dmr", C: "cjkh", T: "tsp", K: "gf", J: "xo"}
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


n, i, l = map(index, "nil")
d, m, r = map(index, "dmr")
c, j, k, h = map(index, "cjkh")
t, s, p = map(index, "tsp")
g, f = map(index, "gf")
x, o = map(index, "xo")

#: Arrays. Shapes follow torch.nn.Linear: Z = X Wᵀ + b with W of shape (C, D).
X, W, b, Z, Y, y, P, G = map(IndexedBase, ("X", "W", "b", "Z", "Y", "y", "P", "G"))
#: Targets with their weights, log-probabilities, class weights, positive weights, incoming vector, mask, sigmoid.
A, Q, w, q, v, mu, sigma = map(IndexedBase, ("A", "Q", "w", "q", "v", "mu", "sigma"))
#: A direction in which W moves, how Z then moves, and its mean under the probabilities of a row.
V, U, U_bar = map(IndexedBase, ("V", "U", "U_bar"))
#: Numbers: the loss, what it is divided by, the label smoothing.
L, S, epsilon = map(Symbol, ("L", "S", "epsilon"))
#: The class label that ignore_index names.
iota = Symbol("iota", integer=True)
#: Which position stands at a place of a window.
phi = IndexedBase("phi")
#: Arrays and numbers that hold class labels, or positions: integers from 1 to this size.
LABELS = {"y": C, "iota": C, "phi": J}


@dataclass(frozen=True)
class Tensor:
    """A named array. `free` are the indices a gradient with respect to it is written in; they give its shape."""

    name: str
    free: tuple[Symbol, ...]

    @property
    def base(self) -> IndexedBase:
        return IndexedBase(self.name)

    @property
    def shape(self) -> tuple[Symbol, ...]:
        return tuple(size_of(index) for index in self.free)

    @property
    def entry(self) -> Indexed:
        return self.base[self.free]


@dataclass(frozen=True)
class Layout:
    """Which indices the arrays of a batch carry.

    A row is one prediction. There are N of them, or N·T when each sample has T extra positions (torch's d1, d2, …
    taken together). Classes stand last, as nn.Linear leaves them, or second, as CrossEntropyLoss wants them.
    """

    extra: bool = False
    classes_second: bool = False

    @property
    def rows(self) -> tuple[Symbol, ...]:
        """The indices of a row where they are summed over."""
        return (n, t) if self.extra else (n,)

    @property
    def free(self) -> tuple[Symbol, ...]:
        """The indices of a row where they are free."""
        return (i, s) if self.extra else (i,)

    @property
    def others(self) -> tuple[Symbol, ...]:
        """The indices of a second row, in a second derivative."""
        return (l, p) if self.extra else (l,)

    @property
    def count(self) -> Expr:
        """How many rows there are."""
        return sp.Mul(*map(size_of, self.rows))

    def place(self, rows: tuple[Expr, ...], column: Expr) -> tuple[Expr, ...]:
        """The indices of an entry in a row, in the order in which torch keeps them."""
        return (rows[0], column, *rows[1:]) if self.classes_second else (*rows, column)


def sum_over(body: Expr, *indices: Symbol) -> Sum:
    """Σ over each index from 1 to its size, the outermost first, as it is read."""
    return Sum(body, *[(index, 1, size_of(index)) for index in reversed(indices)])

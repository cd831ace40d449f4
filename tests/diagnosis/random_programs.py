"""Random programs over the names of a criterion, and an evaluation as bad as a machine may do it.

`Careless` rounds every operation to a dtype, adds in random orders, moves factors and multiplies products out where
it likes. It shares nothing with the bounds: the numbers themselves.
"""

import random

import torch
from hypothesis import strategies as st

N, C, D = 4, 3, 5
NUMBERS = (0.5, 2, 3, 0.1, "N", "C", "label_smoothing", "grad_output")
FUNCTIONS = ("neg", "exp", "abs", "sqrt", "square", "sigmoid", "log_sigmoid", "tanh", "log", "log1p", "expm1")


def names(seed=0, scale=2.0):
    """Everything that a program may mention, as tensors of doubles that every dtype has."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape):
        return (scale * torch.randn(shape, generator=generator)).bfloat16().double()

    return {
        "Z": drawn(N, C),
        "Y": drawn(N, C).abs(),
        "X": drawn(N, D),
        "W": drawn(C, D),
        "b": drawn(C),
        "weight": (drawn(C).abs() + 0.125).bfloat16().double(),
        "y": torch.tensor([0, 2, -100, 1]),
        "ignore_index": -100,
        "label_smoothing": 0.1,
        "grad_output": -0.7,
        **{"N": N, "C": C, "D": D},
    }


def binary(left, right, signs=("+", "-", "*", "/")):
    return st.tuples(st.sampled_from(signs), left, right)


def _more(matrix):
    row = st.one_of(st.just("weight"), st.just("b"), st.tuples(st.just("sum"), matrix, st.just(0)))
    column = st.one_of(
        st.tuples(st.sampled_from(["sum_kept", "mean_kept", "max_kept"]), matrix, st.just(1)),
        st.sampled_from([("column", ("take", "weight", "y")), ("column", ("kept", "y", "ignore_index"))]),
    )
    number = st.one_of(
        st.sampled_from(NUMBERS), st.tuples(st.sampled_from(["sum", "mean", "max", "min"]), matrix, st.none())
    )
    return st.one_of(
        binary(matrix, st.one_of(matrix, row, column, number)),
        binary(st.one_of(row, column, number), matrix),
        binary(matrix, matrix, ("maximum", "minimum")),
        st.tuples(st.just("^"), matrix, st.sampled_from([2, 3, -1, 5])),
        st.tuples(st.sampled_from(FUNCTIONS), matrix),
        st.tuples(st.sampled_from(["softmax", "log_softmax"]), matrix, st.sampled_from([0, 1])),
        st.builds(lambda a, b: ("@", ("@", a, ("T", b)), "Y"), matrix, matrix),
    )


MATRICES = st.recursive(
    st.sampled_from(["Z", "Y", ("onehot", "y", "C"), ("+", ("@", "X", ("T", "W")), "b")]), _more, max_leaves=6
)


class Careless:
    """Values of trees in a dtype."""

    def __init__(self, names, dtype, seed):
        self.dtype, self.random = dtype, random.Random(seed)
        self.names = {
            name: each.to(dtype) if isinstance(each, torch.Tensor) and name != "y" else each
            for name, each in names.items()
        }

    def chance(self):
        return self.random.random() < 0.5

    def __call__(self, tree):
        if isinstance(tree, str):
            found = self.names[tree]
            return (
                found
                if isinstance(found, torch.Tensor)
                else torch.tensor(float(found), dtype=torch.float64).to(self.dtype)
            )
        if not isinstance(tree, tuple):
            return torch.tensor(float(tree), dtype=torch.float64).to(self.dtype)
        operation, *parts = tree
        return getattr(self, METHODS.get(operation, "function"))(operation, *parts)

    def is_open(self, tree):
        """May the parts of a sum be taken apart? What is given is added as it stands: that is one rounding."""
        if not isinstance(tree, tuple) or tree[0] not in ("+", "-") or all(map(_is_given, tree[1:])):
            return False
        return self.chance()

    def plus(self, operation, a, b):
        """a ± b, and where `a` is a sum itself, perhaps its second part first."""
        sign = 1 if operation == "+" else -1
        if self.is_open(a):
            inner = 1 if a[0] == "+" else -1
            return inner * self(a[2]) + sign * self(b) + self(a[1])
        return self(a) + sign * self(b)

    def product(self, operation, a, b):
        """a b, multiplied out, or with a quotient's divisor last."""
        if self.is_open(b):
            return self(("*", a, b[1])) + (1 if b[0] == "+" else -1) * self(("*", a, b[2]))
        if isinstance(a, tuple) and a[0] == "/" and self.chance():
            return (self(a[1]) * self(b)) / self(a[2])
        return self(a) * self(b)

    def quotient(self, operation, a, b):
        if self.is_open(a):
            return self(("/", a[1], b)) + (1 if a[0] == "+" else -1) * self(("/", a[2], b))
        return self(a) * (1 / self(b)) if self.chance() else self(a) / self(b)

    def power(self, operation, a, exponent):
        if exponent < 0:
            return 1 / self.power(operation, a, -exponent)
        found = base = self(a)
        for _ in range(exponent - 1):
            found = found * base
        return found

    def added(self, terms):
        order = self.random.sample(range(len(terms)), len(terms))
        total = terms[order[0]]
        for place in order[1:]:
            total = total + terms[place]
        return total

    def sum(self, operation, a, axis):
        name, _, kept = operation.partition("_")
        a = self(a)
        terms = a.flatten() if axis is None else a.movedim(axis, 0)
        found = self.added(terms) if name in ("sum", "mean") else getattr(terms, f"a{name}")(0)
        found = found / len(terms) if name == "mean" else found
        return found.unsqueeze(axis) if kept else found

    def matmul(self, operation, a, b):
        a, b = self(a), self(b)
        return self.added([a[:, k, None] * b[k] for k in range(b.shape[0])])

    def softmax(self, operation, a, axis):
        a = self(a)
        away = a - a.amax(axis, keepdim=True)
        total = self.added(away.exp().movedim(axis, 0)).unsqueeze(axis)
        if operation == "softmax":
            return (away - total.log()).exp() if self.chance() else away.exp() / total
        return away - total.log() if self.chance() else a - (a.amax(axis, keepdim=True) + total.log())

    def moved(self, operation, a, *rest):
        if operation == "T":
            return self(a).T
        if operation == "column":
            return self(a)[:, None]
        labels = self.names["y"]
        if operation == "kept":
            return (labels != self.names["ignore_index"]).to(self.dtype)
        if operation == "take":
            return torch.where(labels >= 0, self(a)[labels.clamp_min(0)], 0)
        return (labels[:, None] == torch.arange(C)).to(self.dtype)

    def function(self, operation, *parts):
        functions = {
            "log_sigmoid": torch.nn.functional.logsigmoid,
            "maximum": torch.maximum,
            "minimum": torch.minimum,
        }
        return functions.get(operation, getattr(torch, operation, None))(*map(self, parts))


def _is_given(tree):
    return _is_given(tree[1]) if isinstance(tree, tuple) and tree[0] == "neg" else tree in ("Z", "Y", "b", "weight")


METHODS = {
    **dict.fromkeys("+-", "plus"),
    **{"*": "product", "/": "quotient", "^": "power", "@": "matmul"},
    **dict.fromkeys(["sum", "mean", "max", "min", "sum_kept", "mean_kept", "max_kept"], "sum"),
    **dict.fromkeys(["softmax", "log_softmax"], "softmax"),
    **dict.fromkeys(["T", "column", "kept", "take", "onehot"], "moved"),
}

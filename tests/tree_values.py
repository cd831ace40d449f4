"""Programs evaluated with numpy, and numbers for them: short, and written apart from `diagnosis.values.evaluate`."""

import numpy as np

from derivations.losses.declared import Per, Values
from derivations.losses.registry import letters

REDUCED = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}
SIZES = {"N": 8, "D": 5, "C": 3, "B": 4, "T": 2}
ENTRYWISE = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "@": np.matmul,
    "neg": np.negative,
    "exp": np.exp,
    "log": np.log,
    "<": lambda a, b: (a < b) * 1.0,
    "<=": lambda a, b: (a <= b) * 1.0,
    ">": lambda a, b: (a > b) * 1.0,
    ">=": lambda a, b: (a >= b) * 1.0,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "abs": np.abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "square": np.square,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "log_sigmoid": lambda z: -np.log1p(np.exp(-z)),
    "tanh": np.tanh,
    "T": np.transpose,
    "column": lambda a: np.asarray(a)[:, None],
    "stretched": np.expand_dims,
    "kept": lambda labels, ignored: (labels != ignored) * 1.0,
    "or_one": lambda a, mask: a if np.any(mask) else 1.0,
    "softmax": lambda z, axis: np.exp(z) / np.exp(z).sum(axis, keepdims=True),
    "log_softmax": lambda z, axis: z - np.log(np.exp(z).sum(axis, keepdims=True)),
    "logsumexp": lambda z, axis: np.log(np.exp(z).sum(axis)),
    "onehot": lambda labels, columns: (labels[:, None] == np.arange(columns)) * 1.0,
    "take": lambda values, labels: np.append(values, 0.0)[np.where((labels >= 0) & (labels < len(values)), labels, -1)],
}


def value(program, names):
    """What comes out of a program, a numpy array, where `names` has the numbers that no line defines."""
    known = dict(names)
    for name, tree in program.lines:
        known[name] = of_tree(tree, known)
    return np.asarray(of_tree(program.result, known), dtype=float)


def of_tree(tree, known):
    if not isinstance(tree, tuple):
        return known[tree] if isinstance(tree, str) else tree
    operation, *parts = tree
    reduced = REDUCED.get(operation.removesuffix("_kept"))
    if reduced:
        of, axis = parts
        return reduced(of_tree(of, known), axis, keepdims=operation.endswith("_kept"))
    return ENTRYWISE[operation](*[of_tree(part, known) for part in parts])


def numbers(loss, seed=0, sizes=SIZES, ignored=None):
    """Numbers for every name that the problems of `loss` mention; one row is ignored where rows may be."""
    rng = np.random.default_rng(seed)
    n, d, c = sizes["N"], sizes["D"], sizes["C"]
    shapes = {Per.ENTRY: (n, c), Per.ROW: (n,), Per.CLASS: (c,), Per.ONE: ()}
    labels = rng.integers(0, c, n)
    labels[:c] = rng.permutation(c)[:n]  # every class has a row, and the one that may be ignored two
    labels[-1] = labels[1]
    names = {**sizes, "X": rng.normal(size=(n, d)), "W": rng.normal(size=(c, d)), "b": rng.normal(size=c)}
    if not getattr(loss, "log_input", True):  # whose outputs are rates
        names |= {each: np.abs(names[each]) for each in "XWb"}
    names["Z"] = names["X"] @ names["W"].T + names["b"]
    names["Q"] = names["Z"] - np.log(np.exp(names["Z"]).sum(1, keepdims=True))
    names["sigma"] = 1 / (1 + np.exp(-names["Z"]))
    called = letters()
    for each in loss.operands:
        of_labels = each.values is Values.LABELS
        names[called.get(each.letter, each.letter)] = labels if of_labels else drawn(rng, each.values, shapes[each.per])
    for place, each in enumerate(loss.in_use):
        names[each.name] = rng.uniform(0.3, 3, size=shapes[each.per]) if each.is_tensor else 0.45 + 0.3 * place
    names["weight"] = names.get("weight", rng.uniform(0.3, 3, size=(n, c)))
    names["pos_weight"] = names.get("pos_weight", rng.uniform(0.3, 3, size=c))
    names["label_smoothing"] = 0.2
    names["ignore_index"] = labels[1] if ignored is None else ignored
    names["grad_output"] = rng.normal(size=shapes[loss.per]) if loss.reduction == "none" else 1.0
    return names


def drawn(rng, values, shape):
    """Numbers of that kind."""
    match values:
        case Values.SIGNS:
            return rng.choice([-1.0, 1.0], size=shape)
        case Values.BITS | Values.CLASS_SETS:  # sets of classes as formulas have them
            return rng.choice([0.0, 1.0], size=shape)
        case Values.COUNTS:
            return rng.integers(0, 7, size=shape) * 1.0
        case Values.REAL:
            return rng.normal(size=shape)
    return rng.uniform(0.1, 0.9, size=shape)

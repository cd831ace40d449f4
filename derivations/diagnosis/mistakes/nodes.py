"""One function, summand or factor of the formula, taken for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program, Tree, names_in, parts, with_names
from .places import (
    APART,
    TARGETS,
    Place,
    Transformed,
    gradient_line,
    has_rows,
    is_number,
    is_uniform,
    is_weight,
    places,
    prediction,
    tree_of,
)
from .telling import about, told


def softmaxes(problem: Problem, program: Program) -> Transformed:
    for place in places(program):
        match place.node:
            case ("softmax", z, 1):
                yield Mistake.of("softmax missing"), place.put(z)
                yield Mistake.of("softmax axis"), place.put(("softmax", z, 0))
                whole = ("/", ("exp", z), ("sum", ("exp", z), None))
                yield Mistake.of("softmax axis", over="everything"), place.put(whole)
                yield Mistake.of("softmax not normalised"), place.put(("exp", z))
                shifted = ("exp", ("-", z, ("max_kept", z, 1)))
                yield Mistake.of("softmax not normalised"), place.put(shifted)
                yield Mistake.of("sigmoid for softmax"), place.put(("sigmoid", z))
                yield Mistake.of("softmax twice"), place.put(("softmax", place.node, 1))
                yield Mistake.of("log for probability"), place.put(("log_softmax", z, 1))


def sigmoids(problem: Problem, program: Program) -> Transformed:
    for place in places(program):
        match place.node:
            case ("sigmoid", z):
                yield Mistake.of("sigmoid missing"), place.put(z)
                yield Mistake.of("softmax for sigmoid"), place.put(("softmax", z, 1))
                yield Mistake.of("sigmoid twice"), place.put(("sigmoid", place.node))
                yield Mistake.of("log for probability"), place.put(("log_sigmoid", z))


def labels(problem: Problem, program: Program) -> Transformed:
    """The one-hot matrix made otherwise."""
    for place in places(program):
        match place.node:
            case ("onehot", "y", "C"):
                last = ("onehot", ("+", "y", ("-", "C", 1)), "C")  # in numpy, −1 is the last
                before = ("onehot", ("-", "y", 1), "C")
                yield Mistake.of("labels as numbers"), place.put(("column", "y"))
                yield Mistake.of("labels shifted"), place.put(before)
                yield Mistake.of("labels shifted"), place.put(("+", before, last))
                yield Mistake.of("labels shifted"), place.put(("onehot", ("+", "y", 1), "C"))


def one_hots(problem: Problem, program: Program) -> Transformed:
    """The one-hot matrix where it stands in the gradient: none at all, or not for one label."""
    for place in places(program, (*APART, "A")):
        if place.node == "Y_hat":
            yield Mistake.of("factor missing", factor="Ŷ"), place.put(("^", "Y_hat", 0))
            for label, tree in (("C−1", ("-", "C", 1)), ("0", 0)):
                others = ("*", ("column", ("kept", "y", tree)), "Y_hat")
                yield Mistake.of("label missing", label=label), place.put(others)


def targets(problem: Problem, program: Program) -> Transformed:
    """Real targets of another shape: (N, 1) − (N,) is a matrix, and its mean compares each row with all of them."""
    if problem.targets == "real" and problem.wrt != "targets":
        averaged = {"Y": ("mean_kept", "Y", 0)}
        lines = tuple((name, with_names(tree, averaged)) for name, tree in program.lines)
        yield Mistake.of("targets averaged"), Program(lines, with_names(program.result, averaged))


def predictions(problem: Problem, program: Program) -> Transformed:
    """The targets where the prediction belongs, in one place."""
    own = prediction(program)
    for place in places(program):
        if place.node != own or place.line != gradient_line(program):
            continue
        for target in names_in(place.tree) & set(TARGETS):
            wrong = place.put(target)
            if not any(_is_zero(node) for _, node in parts(tree_of(wrong, place.line))):
                yield Mistake.of("target for prediction"), wrong


def _is_zero(node: Tree) -> bool:
    return isinstance(node, tuple) and node[0] == "-" and node[1] == node[2]


def terms(problem: Problem, program: Program) -> Transformed:
    """A summand left out, or with the other sign."""
    for place in places(program, APART):
        match place.node:
            case (("+" | "-") as sign, a, b) if not is_number(a) or not is_number(b):
                minus = sign == "-"
                if a == 1:  # 1 − σ is one thing
                    continue
                if place.line == "Z":
                    yield from _left_out(place, a, b)  # no bias
                    continue
                yield from _other_sign(place, ("+" if minus else "-", a, b), b)
                yield from _left_out(place, a, b)
                if not _is_sum(a):
                    yield from _left_out(place, ("neg", b) if minus else b, a)
                    if not minus:
                        yield from _other_sign(place, ("-", b, a), a)


def _other_sign(place: Place, new: Tree, term: Tree) -> Transformed:
    yield Mistake.of("term sign", term=about(term)), place.put(new)


def _left_out(place: Place, rest: Tree, term: Tree) -> Transformed:
    """ε/C has a name of its own."""
    if not is_uniform(term):
        kept = (
            rest if has_rows(rest) or any(each[0] == "column" for each in place.above) else ("+", rest, ("*", 0, term))
        )
        yield Mistake.of("term missing", term=about(term)), place.put(kept)


def _is_sum(tree: Tree) -> bool:
    return isinstance(tree, tuple) and tree[0] in ("+", "-")


def factors(problem: Problem, program: Program) -> Transformed:
    """A factor of the entries left out, if it is no option's, which has a name of its own."""
    for place in places(program, (*APART, "Z")):
        match place.node:
            case ("*", a, b):
                for keep, drop in ((a, b), (b, a)):
                    if not _is_option(drop) and not _is_difference(drop) and not _is_option(keep):
                        yield Mistake.of("factor missing", factor=told(drop)), place.put(keep)


def _is_option(tree: Tree) -> bool:
    match tree:
        case ("column", of):
            return _is_option(of)
        case ("*", a, b):
            return _is_option(a) and _is_option(b)
    return is_weight(tree) or tree in ("mu", "pos_weight", "grad_output") or is_number(tree)


def _is_difference(tree: Tree) -> bool:
    inside = tree[1] if isinstance(tree, tuple) and tree[0] == "column" else tree
    return _is_sum(inside) and inside[1] != 1


def spread(problem: Problem, program: Program) -> Transformed:
    """A bracket forgotten: what stands before it, or below, taken for one of its terms alone."""
    for place in places(program, APART):
        for factor, bracket, back in _before_bracket(place.node):
            if is_number(bracket) or bracket[1] == 1 or (factor == "grad_output" and problem.reduction != "none"):
                continue
            sign, a, b = bracket
            yield _before(factor, b), place.put((sign, back(a), b))
            yield _before(factor, a), place.put((sign, a, back(b)))


def _before_bracket(node: Tree) -> Iterator[tuple[Tree, Tree, Callable[[Tree], Tree]]]:
    match node:
        case ("*", f, ("+" | "-", _, _) as bracket):
            yield f, bracket, lambda each: ("*", f, each)
        case ("*", ("+" | "-", _, _) as bracket, f):
            yield f, bracket, lambda each: ("*", each, f)
        case ("/", ("+" | "-", _, _) as bracket, f):
            yield ("/", 1, f), bracket, lambda each: ("/", each, f)


def _before(factor: Tree, term: Tree) -> Mistake:
    """The factor is missing before one term."""
    own = factor[1] if isinstance(factor, tuple) and factor[0] == "column" else factor
    option = "weight" if is_weight(own) else own if own in ("pos_weight", "grad_output", "mu") else None
    if option == "mu":
        return Mistake.of("ignored rows counted", where=about(term))
    if option:
        return Mistake.of("option missing", option=option, where=about(term))
    return Mistake.of("factor missing", factor=told(factor), where=about(term))


def logits(problem: Problem, program: Program) -> Transformed:
    """Of log-probabilities: the derivative of their exponential, or the loss's own terms."""
    if problem.symbol == "Q":
        q = "Q" if program.line("Q") is None and program.line("Z") is None else ("log_softmax", "Z", 1)
        yield Mistake.of("of probabilities"), Program(program.lines, ("/", program.result, ("exp", q)))
        yield Mistake.of("not differentiated"), Program(program.lines, ("*", program.result, q))


ALL = (softmaxes, sigmoids, labels, one_hots, targets, predictions, terms, factors, spread, logits)

"""One function or array of the formula, taken for another."""

from __future__ import annotations

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program, Tree, names_in, parts, with_names
from .places import APART, TARGETS, Place, Transformed, gradient_line, places, prediction, tree_of
from .telling import told


def softmaxes(problem: Problem, program: Program) -> Transformed:
    for place in places(program):
        match place.node:
            case ("softmax", z, 1):
                yield Mistake.of("softmax missing"), place.put(z)
                yield Mistake.of("softmax axis"), place.put(("softmax", z, 0))
                yield from _along_extra_dimensions(problem, place, z)
                whole = ("/", ("exp", z), ("sum", ("exp", z), None))
                yield Mistake.of("softmax axis", over="everything"), place.put(whole)
                yield Mistake.of("softmax not normalised"), place.put(("exp", z))
                shifted = ("exp", ("-", z, ("max_kept", z, 1)))
                yield Mistake.of("softmax not normalised"), place.put(shifted)
                yield Mistake.of("sigmoid for softmax"), place.put(("sigmoid", z))
                yield Mistake.of("softmax twice"), place.put(("softmax", place.node, 1))
                yield Mistake.of("log for probability"), place.put(("log_softmax", z, 1))


def _along_extra_dimensions(problem: Problem, place: Place, z: Tree) -> Transformed:
    """Over the positions of each sample, or the samples at each position: of (N, C, d) the last axis, or the first."""
    if problem.positions:
        for over, kept, size in (("positions", "sample", "B"), ("samples", "position", "T")):
            one_hot = ("onehot", kept, size)
            sums = ("@", one_hot, ("@", ("T", one_hot), ("exp", z)))
            yield Mistake.of("softmax axis", over=over), place.put(("/", ("exp", z), sums))


def sigmoids(problem: Problem, program: Program) -> Transformed:
    for place in places(program):
        match place.node:
            case ("sigmoid", z):
                yield Mistake.of("sigmoid missing"), place.put(z)
                yield Mistake.of("softmax for sigmoid"), place.put(("softmax", z, 1))
                yield Mistake.of("sigmoid twice"), place.put(("sigmoid", place.node))
                yield Mistake.of("log for probability"), place.put(("log_sigmoid", z))


def in_one_place(problem: Problem, program: Program) -> Transformed:
    """Z where P or σ belongs, in one place of several."""
    own = prediction(program)
    found = [each for each in places(program) if each.node == own and each.line == gradient_line(program)]
    match program.line(own):
        case (("softmax" | "sigmoid") as function, z, *_) if len(found) > 1:
            for place in found:
                yield Mistake.of(f"{function} missing", where=told(place.summand)), place.put(z)


def labels(problem: Problem, program: Program) -> Transformed:
    """The one-hot matrix made otherwise; one column off, what falls out at one end may come in at the other."""
    for place in places(program):
        match place.node:
            case ("onehot", "y", "C"):
                yield Mistake.of("labels as numbers"), place.put(("column", "y"))
                for by, around in (("-", ("+", "y", ("-", "C", 1))), ("+", ("-", "y", ("-", "C", 1)))):
                    shifted = ("onehot", (by, "y", 1), "C")
                    yield Mistake.of("labels shifted"), place.put(shifted)
                    yield Mistake.of("labels shifted"), place.put(("+", shifted, ("onehot", around, "C")))


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
        yield Mistake.of("targets averaged"), program.changed(lambda tree: with_names(tree, averaged))


def predictions(problem: Problem, program: Program) -> Transformed:
    """The targets where the prediction belongs, in one place."""
    own, of_rows = prediction(program), {each.name for each in problem.operands if each.per != "ENTRY"}
    for place in places(program):
        if place.node != own or place.line != gradient_line(program):
            continue
        for target in (each for each in TARGETS if each in names_in(place.tree) and each not in of_rows):
            wrong = place.put(target)
            if not any(_is_zero(node) for _, node in parts(tree_of(wrong, place.line))):
                yield Mistake.of("target for prediction"), wrong


def _is_zero(node: Tree) -> bool:
    return isinstance(node, tuple) and node[0] == "-" and node[1] == node[2]


def logits(problem: Problem, program: Program) -> Transformed:
    """Of log-probabilities: the derivative of their exponential, or the loss's own terms."""
    if problem.symbol == "Q":
        q = "Q" if program.line("Q") is None and program.line("Z") is None else ("log_softmax", "Z", 1)
        yield Mistake.of("of probabilities", of="exp"), Program(program.lines, ("/", program.result, ("exp", q)))
        yield Mistake.of("not differentiated", how="terms"), Program(program.lines, ("*", program.result, q))


ALL = (softmaxes, sigmoids, in_one_place, labels, one_hots, targets, predictions, logits)

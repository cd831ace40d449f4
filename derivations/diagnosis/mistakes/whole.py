"""The gradient times a number, differentiated once too often, or once too little."""

from __future__ import annotations

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program, Tree
from .places import TARGETS, Place, Transformed, gradient_line, places, prediction, tree_of, with_tree

FUNCTIONS = {"P": "softmax", "sigma": "sigmoid"}
TIMES = (("2", ("*", 2)), ("1/2", ("*", 0.5)), ("4", ("*", 4)), ("1/4", ("*", 0.25)))


def multiples(problem: Problem, program: Program) -> Transformed:
    line = gradient_line(program)
    whole = tree_of(program, line)
    yield Mistake.of("sign"), with_tree(program, line, ("neg", whole))
    for told, (sign, number) in TIMES:
        yield Mistake.of("factor", times=told), with_tree(program, line, (sign, number, whole))


def once_more(problem: Problem, program: Program) -> Transformed:
    """The derivative of softmax or sigmoid multiplied into ∂L/∂Z, which has it already, or taken out."""
    own, line = prediction(program), gradient_line(program)
    if own == "Z" or line != "G":
        return
    whole = tree_of(program, line)
    derivative = ("*", own, ("-", 1, own))
    yield Mistake.of("differentiated twice", of=FUNCTIONS[own]), with_tree(program, line, ("*", whole, derivative))
    if own == "P":
        inner = ("sum_kept", ("*", "P", whole), 1)
        yield (
            Mistake.of("differentiated twice", of=FUNCTIONS[own]),
            with_tree(program, line, ("*", "P", ("-", whole, inner))),
        )
    else:
        yield Mistake.of("of probabilities", of="sigmoid"), with_tree(program, line, ("/", whole, derivative))


def squared_errors(problem: Problem, program: Program) -> Transformed:
    """The habit of a squared error: twice the difference, times the derivative of softmax or sigmoid."""
    own, line = prediction(program), gradient_line(program)
    for place in places(program):
        if place.line != line or own == "Z" or not _is_whole(place, own):
            continue
        inner: Tree = ("sum_kept", ("*", own, place.node), 1)
        of_softmax: Tree = ("*", own, ("-", place.node, inner))
        of_sigmoid: Tree = ("*", place.node, ("*", own, ("-", 1, own)))
        of_own = [of_softmax if own == "P" else of_sigmoid]
        if own == "P" and problem.reduction == "mean":
            of_own.append(("/", of_softmax, "C"))  # as MSELoss divides
        yield from ((Mistake.of("squared error", of=FUNCTIONS[own]), place.put(("*", 2, each))) for each in of_own)


def _is_whole(place: Place, own: str) -> bool:
    """Is it prediction minus targets, and all of the gradient but for what multiplies or divides it?"""
    match place.node:
        case ("-", a, b):
            return a == own and b in TARGETS and {node[0] for node in place.above} <= {"*", "/"}
    return False


def differences(problem: Problem, program: Program) -> Transformed:
    """Prediction minus targets, where the loss's own terms stand instead: squared, absolute, −Ŷ log P."""
    own = prediction(program)
    for place in places(program):
        above = place.above[-1][0] if place.above else ""
        match place.node:
            case ("-", a, b) if _is_difference(a, b, own):
                absolute = () if above in ("^", "square", "sign") else (("absolute", ("abs", place.node)),)  # the same
                for how, wrong in (("squared", ("^", place.node, 2)), *absolute):
                    yield Mistake.of("not differentiated", how=how), place.put(wrong)
                if above != "sign":
                    yield Mistake.of("not differentiated", how="sign"), place.put(("sign", place.node))
                if place.above[-1:] == [("*", 2, place.node)]:
                    outer = Place(program, place.line, place.path[:-1], place.above[-1])
                    yield Mistake.of("not differentiated", how="sign", of="L1"), outer.put(("sign", place.node))
                if own == "P":
                    yield Mistake.of("of probabilities", of="softmax"), place.put(("neg", ("/", b, "P")))
                    terms = ("neg", ("*", b, ("log", "P")))
                    yield Mistake.of("not differentiated", how="terms"), place.put(terms)


def _is_difference(a: Tree, b: Tree, own: str) -> bool:
    """Is it P − Ŷ, or P·ΣA − A, or turned round?"""
    if b == own:
        return a in TARGETS
    return b in TARGETS and (a == own or (isinstance(a, tuple) and a[0] == "*" and a[2] == own))


ALL = (multiples, once_more, squared_errors, differences)

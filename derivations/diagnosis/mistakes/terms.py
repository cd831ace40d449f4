"""A summand or a factor of the formula left out, or in one place and not in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..mistake import Mistake
from ..problem import Problem
from ..trees import NUMBERS, Program, Tree, names_in
from ..values.arrays import COMPARISONS
from .places import APART, Place, Transformed, has_rows, is_number, is_uniform, places, weight_in
from .telling import about, told


def terms(problem: Problem, program: Program) -> Transformed:
    """A summand left out, or with the other sign. A number that an option gives has mistakes of its own."""
    options, constants = _numbers(problem, program)
    for place in places(program, APART):
        match place.node:
            case (("+" | "-") as sign, a, b) if not is_number(a) or not is_number(b):
                minus = sign == "-"
                if _is_one_thing(place) or constants & {a, b}:
                    continue
                if place.line == "Z":
                    yield from _left_out(problem, place, a, b)  # no bias
                    continue
                above = _condition_above(place)
                if above is None or all(map(_is_sum, above)):
                    yield from _other_sign(place, ("+" if minus else "-", a, b), b)
                if above is not None:  # a condition has mistakes of its own, whatever it is of
                    continue
                if not _has_only(options, b):
                    yield from _left_out(problem, place, a, b)
                if not _is_sum(a):
                    if not _has_only(options, a):
                        yield from _left_out(problem, place, ("neg", b) if minus else b, a)
                    if not minus:
                        yield from _other_sign(place, ("-", b, a), a)


def _numbers(problem: Problem, program: Program) -> tuple[set[str], set[str]]:
    """The names of options that are one number, and of lines that are."""
    constants = {name for name, tree in program.lines if not names_in(tree)}
    return {each.name for each in problem.numbers if each.per == "ONE"}, constants


def _has_only(options: set[str], term: Tree) -> bool:
    return bool(names_in(term)) and names_in(term) <= options


def _condition_above(place: Place) -> list[Tree] | None:
    """The nodes between a condition and this part of it; None where it is part of none."""
    signs = [node[0] in COMPARISONS for node in reversed(place.above)]
    return place.above[len(signs) - signs.index(True) :] if any(signs) else None


def _is_one_thing(place: Place) -> bool:
    """1 − σ, and 1 − tanh² where it is a factor: a derivative, or the other probability."""
    _, first, other = place.node
    above = place.above[-1] if place.above else ("",)
    factor = above[0] == "column" or (above[0] == "*" and not {"grad_output", ("column", "grad_output")} & {*above[1:]})
    return bool(first == 1 and (isinstance(other, str) or factor))


def _other_sign(place: Place, new: Tree, term: Tree) -> Transformed:
    yield Mistake.of("term sign", term=about(term)), place.put(new)


def _left_out(problem: Problem, place: Place, rest: Tree, term: Tree) -> Transformed:
    """The rest keeps the shape. ε/C has a name of its own."""
    if not is_uniform(problem, term):
        alone = has_rows(rest) or any(each[0] == "column" for each in place.above)
        yield Mistake.of("term missing", term=about(term)), place.put(rest if alone else ("+", rest, ("*", 0, term)))


def _is_sum(tree: Tree) -> bool:
    return isinstance(tree, tuple) and tree[0] in ("+", "-")


def factors(problem: Problem, program: Program) -> Transformed:
    """A factor of the entries left out, if it is no option's, which has a name of its own; not all but numbers."""
    numbers, is_option = {*NUMBERS}.union(*_numbers(problem, program)), partial(_is_option, problem)
    for place in places(program, (*APART, "Z")):
        match place.node:
            case ("*", a, b):
                for keep, drop in ((a, b), (b, a)):
                    if not is_option(drop) and not _is_difference(drop) and not is_option(keep):
                        if names_in(keep) <= numbers:
                            continue
                        yield Mistake.of("factor missing", factor=told(drop)), place.put(keep)
                if isinstance(a, int | float):
                    yield Mistake.of("factor missing", factor=told(a)), place.put(b)


def _is_option(problem: Problem, tree: Tree) -> bool:
    match tree:
        case ("column", of):
            return _is_option(problem, of)
        case ("*", a, b):
            return _is_option(problem, a) and _is_option(problem, b)
    return weight_in(problem, tree) is not None or tree in ("mu", "grad_output") or is_number(tree)


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
            yield _before(problem, factor, b), place.put((sign, back(a), b))
            if not _is_sum(a):
                yield _before(problem, factor, a), place.put((sign, a, back(b)))


def _before_bracket(node: Tree) -> Iterator[tuple[Tree, Tree, Callable[[Tree], Tree]]]:
    match node:
        case ("*", f, ("+" | "-", _, _) as bracket):
            yield f, bracket, lambda each: ("*", f, each)
        case ("*", ("+" | "-", _, _) as bracket, f):
            yield f, bracket, lambda each: ("*", each, f)
        case ("/", ("+" | "-", _, _) as bracket, f):
            yield ("/", 1, f), bracket, lambda each: ("/", each, f)


def _before(problem: Problem, factor: Tree, term: Tree) -> Mistake:
    """The factor is missing before one term."""
    own = factor[1] if isinstance(factor, tuple) and factor[0] == "column" else factor
    option = own if own == "grad_output" else weight_in(problem, own)
    if own == "mu":
        return Mistake.of("ignored rows counted", where=about(term))
    if option:
        return Mistake.of("option missing", option=option, where=about(term))
    return Mistake.of("factor missing", factor=told(factor), where=about(term))


ALL = (terms, factors, spread)

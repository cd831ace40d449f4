"""What a criterion's options do, done otherwise, or in one place and not in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program, Tree, names_in, parts, product, with_names
from .places import (
    APART,
    Place,
    Transformed,
    gradient_line,
    is_number,
    is_spread,
    is_uniform,
    places,
    tidied,
    tree_of,
    weight_in,
    with_tree,
    without,
)
from .telling import about

#: No name of anything: a place that was marked.
HERE = "·"


def left_out(problem: Problem, program: Program) -> Transformed:
    """The option left out of the numerator, where the divisor has it; of grad_output there is no other place."""
    divisor = program.line("S")
    if divisor is not None:
        for option in problem.weights:
            if option in names_in(divisor):
                gone = partial(_is_weight, problem, option)
                yield Mistake.of("option missing", option=option), _everywhere(program, gone)
        if "mu" in names_in(divisor):
            yield Mistake.of("ignored rows counted"), _everywhere(program, lambda tree: tree == "mu")
    yield Mistake.of("grad_output ignored"), _everywhere(program, lambda tree: tree == "grad_output")


def _is_weight(problem: Problem, option: str, tree: Tree) -> bool:
    return weight_in(problem, tree) == option


def _everywhere(program: Program, gone: Callable[[Tree], bool]) -> Program:
    """Without a factor, in every line of the gradient."""
    return program.changed(lambda tree: without(tree, gone), APART)


def in_one_place(problem: Problem, program: Program) -> Transformed:
    """An option that is an array left out of one summand, where it stands in several."""
    for option in problem.weights:
        of_option = [each for each in places(program, APART) if weight_in(problem, each.node) == option]
        found = [place for place in of_option if not _within_take(place)]
        for place in found if len(found) > 1 else ():
            tree = without(tree_of(place.put(HERE), place.line), lambda each: bool(each == HERE))
            where = about(place.summand)
            yield Mistake.of("option missing", option=option, where=where), with_tree(program, place.line, tree)


def _within_take(place: Place) -> bool:
    return any(node[0] == "take" for node in place.above)


def twice(problem: Problem, program: Program) -> Transformed:
    """An option's factor squared: once by hand, and once more by what was called."""
    squared = {"grad_output": ("*", "grad_output", "grad_output")}
    yield Mistake.of("grad_output twice"), _with_names(program, squared)
    for option in problem.weights:
        yield Mistake.of("option twice", option=option), _with_names(program, {option: ("*", option, option)})


def _with_names(program: Program, names: Mapping[str, Tree]) -> Program:
    """Trees in the place of names, in every line of the gradient."""
    return program.changed(lambda tree: with_names(tree, names), APART)


def by_column(problem: Problem, program: Program) -> Transformed:
    """The class weight of each column, not of each row's label, or of all its targets."""
    own = [option for option in problem.weights if option in _outside_takes(program.line("A"))]
    for place in places(program, APART):
        match place.node:
            case ("column", ("sum", "A", 1)):
                yield from ((Mistake.of("weight by column", of="targets"), place.put(option)) for option in own)
            case ("column", of) if any(_is_taken(problem, node) for _, node in parts(of)):
                if place.above[-1:] == [("*", place.node, "Y_hat")]:
                    continue  # where the one-hot is 1 both are the same
                yield Mistake.of("weight by column"), place.put(_by_column(problem, of))


def _is_taken(problem: Problem, tree: Tree) -> bool:
    """The entry of an option for each row's label."""
    return isinstance(tree, tuple) and weight_in(problem, tree) is not None


def _outside_takes(tree: Tree) -> frozenset[str]:
    """The names in it that no label picks an entry of."""
    match tree:
        case ("take", *_) | None:
            return frozenset()
        case (_, *below):
            return frozenset().union(*map(_outside_takes, below))
    return frozenset({tree}) if isinstance(tree, str) else frozenset()


def clamped(problem: Problem, program: Program) -> Transformed:
    """Ignored rows counted as of a class: label −100 clamped to the first, or −1 taken as the last."""
    if problem.ignored is None or program.line("Y_hat") != ("onehot", "y", "C"):
        return
    first = ("*", "y", ("<=", 0, "y"))
    last = ("+", first, ("*", ("<", "y", 0), ("-", "C", 1)))
    for label, labels in (("0", first), ("C−1", last)):
        counted = _with_names(program, {"mu": 1}).with_line("Y_hat", ("onehot", labels, "C"))
        yield Mistake.of("ignored rows counted", label=label), counted.changed(tidied)


def by_label(problem: Problem, program: Program) -> Transformed:
    """The class weight of the row's label, where smoothing gives each class its own."""
    if problem.targets == "indices":
        for place in places(program):
            if place.node in problem.weights and place.line == "A" and not _within_take(place):
                yield Mistake.of("weight by label"), place.put(("column", ("take", place.node, "y")))


def _by_column(problem: Problem, rows: Tree) -> Tree:
    """What scales rows, as a matrix or a row vector: its factors of rows stay columns."""
    match rows:
        case ("take", *_) if _is_taken(problem, rows):
            return weight_in(problem, rows)
        case ("*", a, b) if not is_number(a) and not is_number(b):
            return product(_by_column(problem, a), _by_column(problem, b))
        case _ if is_number(rows):
            return rows
        case str():
            return ("column", rows)
        case (operation, *below):
            return (operation, *(_by_column(problem, each) for each in below))
    return rows


def smoothing(problem: Problem, program: Program) -> Transformed:
    """ε over other classes, not over them, or only on one side: a share that is spread over the classes."""
    for share in problem.shares:
        if any(is_spread(problem, share, place.node) for place in places(program)):
            yield from _smoothing(problem, program, share)


def _smoothing(problem: Problem, program: Program, share: str) -> Transformed:
    for place in places(program, APART):
        if any(node[0] == "column" for node in place.above):
            continue  # what stands before P adds the targets up
        match place.node:
            case ("*", ("-", 1, name), of) if name == share:
                yield Mistake.of("smoothing", how="1−ε"), place.put(of)
            case ("/", above, "C") if is_spread(problem, share, place.node):
                yield Mistake.of("smoothing", how="ε"), place.put(above)
                over = ("/", above, ("-", "C", 1))
                yield Mistake.of("smoothing", how="ε/(C−1)"), place.put(over)
                if problem.targets == "indices":
                    yield Mistake.of("smoothing", how="C−1"), place.put(("*", over, ("-", 1, "Y_hat")))
            case ("+" | "-", a, b) if is_uniform(problem, b):
                yield Mistake.of("smoothing", how="ε/C"), place.put(a)
            case ("+", a, b) if is_uniform(problem, a):
                yield Mistake.of("smoothing", how="ε/C"), place.put(b)
    swapped = {share: ("-", 1, share)}
    yield Mistake.of("smoothing", how="ε for 1−ε"), _with_names(program, swapped)


def one_term(problem: Problem, program: Program) -> Transformed:
    """An option that multiplies one of two terms, on the other one, on both, or on the targets alone."""
    for option in problem.weights:
        gone, found = partial(_is_weight, problem, option), False
        for place in places(program, APART):
            match place.node:
                case ("-", a, b) if (option in names_in(a)) != (option in names_in(b)):
                    found = True
                    first, second = without(a, gone), without(b, gone)
                    weighted = tuple(("*", each, option) for each in (first, second))
                    wrong = ("-", first, weighted[1]) if b == second else ("-", weighted[0], second)
                    yield Mistake.of("option's term", option=option, how="wrong term"), place.put(wrong)
                    both = ("-", *weighted)
                    yield Mistake.of("option's term", option=option, how="both terms"), place.put(both)
        ignored = Mistake.of("option ignored", option=option)
        plain = next((other for mistake, other in problem.relatives if mistake == ignored), None) if found else None
        if plain is not None and program == problem.program:
            line = gradient_line(plain)
            targets = with_names(tree_of(plain, line), {"Y": ("*", option, "Y")})
            yield Mistake.of("option's term", option=option, how="targets"), with_tree(plain, line, targets)


ALL = (left_out, in_one_place, twice, by_column, by_label, clamped, smoothing, one_term)

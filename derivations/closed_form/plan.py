"""From definitions and derivations to functions as data.

A function computes Z, what the loss needs of it (such as P and S), G = ∂L/∂Z once, and then the contractions asked for.
Nothing is written by hand for a loss: each line is the matrix form of a definition or of a derived result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sympy import Expr, Indexed, Sum, Symbol

from ..derivation import Derivation, Step
from ..index_calculus.expressions import Context, Definition, Partial, names_in
from ..index_calculus.matrices.nodes import Counted, Gather, Matrix, Number, OneHot, Pick
from ..index_calculus.matrices.recognise import recognise
from ..index_calculus.symbols import C, L, N, Z
from ..linear import named_gradient
from .formula import contraction
from .names import in_order
from .passes import Line, masks_of, needed, one_hot_apart, stable
from .statements import Assign, CheckLabels, Function, MaskLabels, OneIfNothingCounts, ReadSizes, Return, Statement
from .taken import OF_LAYER, Taken, checked_shapes
from .uses import assigned, every_part, letters_of, number_names, shapes_of, used

#: How many nodes a line of ∂L/∂Z may have to be read as the definition of G, and how many a one-hot matrix counts for:
#: its labels, how many classes there are, each class, the comparison, the dtype.
MOST_NODES, OF_ONE_HOT = 17, 6


def gradient_function(
    derivations: Mapping[str, Derivation],
    of_outputs: Derivation,
    model: Definition | None = None,
    taken: Taken | None = None,
    activated: bool = False,
) -> Function:
    """The function of several gradients; see `closed_form.source`.

    Where the criterion takes what an activation makes of Z, so does the function; with `activated` it takes Z.
    """
    results = {wrt: contraction(derivation) for wrt, derivation in derivations.items()}
    context = next(iter(derivations.values())).context
    outputs = letter_of(of_outputs)
    context = context if activated else context.without(outputs)
    lines, results = program(context.extended(Z=model) if model else context, of_outputs, results, bool(model))
    return function_of(lines, results, taken, outputs)


def letter_of(of_outputs: Derivation) -> str:
    """What the array is called that the gradient of the outputs is taken in: Z, or what an activation makes of it."""
    return str(of_outputs.left.variable.base.label)


def contraction_function(derivations: Mapping[str, Derivation]) -> Function:
    """The function of G: what is left to do once ∂L/∂Z is known."""
    return function_of([], {wrt: contraction(derivation) for wrt, derivation in derivations.items()})


def program(
    context: Context,
    of_outputs: Derivation | Definition,
    results: Mapping[str, Matrix],
    from_model: bool = False,
) -> tuple[list[Line], dict[str, Matrix]]:
    """The definitions that `results` need (Z for a model, what the loss uses, G), and the results by their names.

    `of_outputs` is the derivation of G, or G defined by one of its lines; `from_model` keeps Z, though the results may
    only ask for its shape.
    """
    g = of_outputs if isinstance(of_outputs, Definition) else gradient_of(of_outputs)
    lines = assignments(context.extended(G=g), ["Z", *sorted(letters_of(results.values()))])
    lines, found = one_hot_apart(*stable(lines, results))
    return needed(lines, found, ["Z"] if from_model else []), found


def as_rounded(
    context: Context, own: str, of_outputs: Derivation | Definition, results: Mapping[str, Matrix]
) -> tuple[list[Line], dict[str, Matrix]]:
    """`program` of what an activation makes of Z, called `own`, on a line before: log (1 − σ) of σ, as torch has it.

    `program` writes log σ(−Z) for that, which rounds less.
    """
    lines, found = program(context.without(own), of_outputs, results)
    activated, _ = stable(assignments(context, [own]), {})
    return [*activated, *lines], found


def matrix_lines(of_outputs: Derivation) -> list[Step]:
    """The lines of ∂L/∂Z without ∂ that have a matrix form."""
    return [step for step in of_outputs.steps if step.matrix and not step.expr.has(Partial)]


def added_up(derivation: Derivation) -> Matrix:
    """The contraction as the first line without ∂ has it: what the terms of the loss hand on, added up."""
    first = derivation.steps.index(matrix_lines(derivation)[0])
    return contraction(replace(derivation, steps=derivation.steps[: first + 1]))


def gradient_at(of_outputs: Derivation, step: Step) -> Definition:
    """G := one line of ∂L/∂Z, with the numbers that need no line of their own inserted."""
    numbers = numbers_of(of_outputs.context.definitions)
    return Definition(named_gradient(of_outputs).left, step.expr.xreplace(numbers))


def gradient_of(of_outputs: Derivation) -> Definition:
    """G := the last line of ∂L/∂Z, or a line before it where that is too long to read: cross-entropy in terms of A."""
    lines = reversed(matrix_lines(of_outputs))
    short = (step for step in lines if step.matrix and _nodes(step.matrix.node) <= MOST_NODES)
    return gradient_at(of_outputs, next(short, of_outputs.steps[-1]))


def _nodes(node: Matrix) -> int:
    return sum(OF_ONE_HOT if isinstance(part, OneHot) else 1 for part in every_part(node))


def numbers_of(definitions: Mapping[str, Definition]) -> dict[Expr, Expr]:
    """What the numbers among the definitions are that need no line of their own."""
    return {each.left: each.right for each in definitions.values() if is_number(each) and not _is_fraction(each.right)}


def is_number(definition: Definition) -> bool:
    """A divisor that is 1, or a count of rows, and so needs no line of its own."""
    return isinstance(definition.left, Symbol) and definition.left != L and not definition.right.has(Sum)


def _is_fraction(number: Expr) -> bool:
    """A constant such as torch's 1e-6 keeps its letter: algebra would multiply sums by its denominator."""
    return bool(number.is_Rational) and not number.is_Integer


def assignments(context: Context, wanted: Iterable[str]) -> list[Line]:
    """The definitions that `wanted` rests on, each after those it uses, as name and matrix form."""
    found: dict[str, Matrix] = {}

    def visit(name: str) -> None:
        definition = context.definitions.get(name)
        if definition is None or name in found:
            return
        for other in sorted(names_in(definition.right), key=lambda each: (not is_mask(each), each)):
            visit(other)
        found[name] = matrix_of(definition)

    def is_mask(name: str) -> bool:
        """A mask replaces the labels that are ignored, so it comes before all that looks at labels."""
        definition = context.definitions.get(name)
        return (
            definition is not None
            and isinstance(definition.left, Indexed)
            and isinstance(matrix_of(definition), Counted)
        )

    for name in wanted:
        visit(name)
    return list(found.items())


def matrix_of(definition: Definition) -> Matrix:
    left: Expr = definition.left
    if is_number(definition):
        return Number(definition.right)
    return recognise(definition.right, left.indices if isinstance(left, Indexed) else ())


def function_of(
    lines: Sequence[Line], results: Mapping[str, Matrix], taken: Taken | None = None, outputs: str = Z.label.name
) -> Function:
    """The function that carries out lines and returns results; `taken` makes sure of what it is given.

    Sizes are read off Z or, where that does not occur, off the array called `outputs`.
    """
    nodes = [node for _, node in lines] + list(results.values())
    own, letters = {name for name, _ in lines}, letters_of(nodes)
    outputs = Z.label.name if Z.label.name in own | letters else outputs
    shapes = checked_shapes(shapes_of(nodes), letters - own) if taken else {}
    labels = _labels(nodes) if taken else []
    masks = masks_of(lines, results)

    sizes: list[Statement] = []
    if taken:
        sizes = [
            *taken.before_sizes(outputs, shapes, tuple(results)),
            ReadSizes((N.name, C.name), outputs),
            *taken.after_sizes(outputs, shapes),
        ]
    elif not {N.name, C.name}.isdisjoint(set().union(*map(number_names, nodes))):
        sizes = [ReadSizes((N.name, C.name), outputs)]
    if not any(isinstance(node, Counted) for node in nodes):
        sizes += labels
    body: list[Statement] = [] if outputs in own else [*sizes]
    for name, node in lines:
        body.append(Assign.one(name, node))
        if name == outputs:
            body += sizes
        if isinstance(node, Counted):
            body += [MaskLabels(node.labels, node.ignored), *labels]
        if name in masks:
            body.append(OneIfNothingCounts(name, masks[name]))
    if taken:
        contracted = any(wrt in OF_LAYER for wrt in results)
        body += taken.after_gradient(contracted) if "G" in own else []
        body.append(Return(tuple((wrt, taken.result(wrt, node, contracted)) for wrt, node in results.items())))
    else:
        body.append(Return(tuple(results.items())))
    function = Function((), tuple(body), outputs, taken.ignored if taken else None)
    return Function(_arguments(function), function.body, function.like, function.ignored)


def _labels(nodes: Iterable[Matrix]) -> list[Statement]:
    """Refuses labels that name no class, of each array of labels."""
    found = {
        part.labels for node in nodes for part in every_part(node) if isinstance(part, OneHot | Gather | Counted | Pick)
    }
    return [CheckLabels(labels, C.name) for labels in in_order(found)]


def _arguments(function: Function) -> tuple[str, ...]:
    """What is used before it is assigned."""
    known: set[str] = set()
    found: set[str] = set()
    for statement in function.body:
        found |= set(used(statement, function)) - known
        known |= assigned(statement)
    return tuple(in_order(found))

"""Print the closed form of a derivation as a short Python function, for torch or for numpy.

The function computes Z, what the loss needs of it (such as P and S), G = ∂L/∂Z once, and then the contractions asked
for. Nothing is written by hand for a loss: each line is the matrix form of a definition or of a derived result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sympy import Expr, Indexed, Sum, Symbol

from ..derivation import Derivation, Step
from ..index_calculus.expressions import Context, Definition, Partial, names_in
from ..index_calculus.matrices.nodes import (
    Array,
    Elementwise,
    Gather,
    Kept,
    LogOf,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Scale,
    Sigmoid,
    Softmax,
)
from ..index_calculus.matrices.recognise import recognise
from ..index_calculus.symbols import L
from ..linear import named_gradient
from .emit import BACKENDS, NAMES, Backend, Emitter
from .formula import contraction
from .taken import Taken, shapes_of

#: Arguments of the printed functions, in their order.
ARGUMENTS = ("G", "X", "W", "b", "Z", "Q", "Y", "y")
#: What the code calls the one-hot matrix Ŷ.
ONE_HOT = "Y_hat"
#: How many signs a formula in the code may have.
LONGEST = 120
Line = tuple[str, Matrix]


def source(
    derivations: Mapping[str, Derivation],
    of_outputs: Derivation,
    backend: str = "torch",
    model: Definition | None = None,
    taken: Taken | None = None,
) -> str:
    """A function `gradients` as text: it takes the arrays of the formula, returns a dict, or one array for one wish.

    `derivations` maps "weight", "bias", "inputs", "outputs", … to what is to be computed; `of_outputs` is ∂L/∂Z. With
    `model`, the definition of Z, the function takes X (N, D), W (C, D) and b (C,), whatever is to be computed, else Z
    (N, C). The others are Y (N, C), y (N,) integers, weight and pos_weight as torch takes them, grad_output (N,) or
    (N, C). `taken` makes sure of that, or has the function take what torch takes; without it the arrays must fit.
    Raises ValueError for an unknown backend.
    """
    chosen = backend_named(backend)
    results = {wrt: contraction(derivation) for wrt, derivation in derivations.items()}
    context = next(iter(derivations.values())).context
    lines, results = program(context.extended(Z=model) if model else context, of_outputs, results, bool(model))
    return function_text(chosen, lines, results, taken)


def contraction_source(derivations: Mapping[str, Derivation], backend: str = "torch") -> str:
    """A function `gradients` of G: what is left to do once ∂L/∂Z is known."""
    return function_text(
        backend_named(backend), [], {wrt: contraction(derivation) for wrt, derivation in derivations.items()}
    )


def backend_named(backend: str) -> Backend:
    if backend not in BACKENDS:
        raise ValueError(f"backend={backend!r} is unknown. Accepted: {', '.join(map(repr, BACKENDS))}.")
    return BACKENDS[backend]


def function_text(
    backend: Backend, lines: Sequence[Line], results: Mapping[str, Matrix], taken: Taken | None = None
) -> str:
    """The function, with the imports and helpers that it needs."""
    like = "Z" if any("Z" in {name, *array_names(node)} for name, node in lines) or _uses(results, "Z") else "Q"
    emit = Emitter(backend, like, str(taken.ignored)) if taken and taken.ignored else Emitter(backend, like)
    nodes = [node for _, node in lines] + list(results.values())
    assigned = {name for name, _ in lines}
    body = indented(lines, emit, {"N", "C"} if taken else used_sizes(nodes))
    printed = {wrt: emit(node) for wrt, node in results.items()}
    if taken:
        body, printed = taken.checked(emit, body, printed, shapes_of(nodes, assigned))
    returned = next(iter(printed.values())) if len(printed) == 1 else _dict(printed)
    text = "\n".join([*body, f"    return {returned}", ""])
    own = f"def gradients({', '.join(arguments(nodes, assigned, like, text))}):\n{text}"
    preludes = "".join(function for call, function in backend.preludes if call in own)
    needs_import = backend.imports if preludes or f"{backend.module}." in own else ""
    return (f"{needs_import}\n\n\n" if needs_import else "") + preludes + own


def _uses(results: Mapping[str, Matrix], name: str) -> bool:
    return any(name in array_names(node) for node in results.values())


def program(
    context: Context,
    of_outputs: Derivation | Definition,
    results: Mapping[str, Matrix],
    from_model: bool = False,
) -> tuple[list[Line], dict[str, Matrix]]:
    """The assignments that `results` need (Z for a model, what the loss uses, G), and the results by their names.

    `of_outputs` is the derivation of G, or G defined by one of its lines; `from_model` keeps Z, though the results may
    only ask for its shape.
    """
    g = of_outputs if isinstance(of_outputs, Definition) else gradient_of(of_outputs)
    lines = assignments(context.extended(G=g), ["Z", *sorted(_mentioned(results.values()))])
    results = {wrt: stable(node, dict(lines)) for wrt, node in results.items()}
    lines, results = _with_one_hot(lines, results)
    used: set[str] = set()
    kept: list[Line] = []
    needed = _mentioned(results.values()) | ({"Z"} if from_model else set())
    for name, node in reversed(lines):
        if name in needed | used:
            used |= array_names(node) | _symbols(node)
            kept.insert(0, (name, node))
    return kept, results


def matrix_lines(of_outputs: Derivation) -> list[Step]:
    """The lines of ∂L/∂Z without ∂ that have a matrix form."""
    return [step for step in of_outputs.steps if step.matrix and not step.expr.has(Partial)]


def gradient_at(of_outputs: Derivation, step: Step) -> Definition:
    """G := one line of ∂L/∂Z, with the numbers that need no line of their own inserted."""
    numbers = numbers_of(of_outputs.context.definitions)
    return Definition(named_gradient(of_outputs).left, step.expr.xreplace(numbers))


def gradient_of(of_outputs: Derivation) -> Definition:
    """G := the last line of ∂L/∂Z, or a line before it where that is too long to read: cross-entropy in terms of A."""
    emit = Emitter(BACKENDS["torch"], like="Z")
    lines = reversed(matrix_lines(of_outputs))
    short = (step for step in lines if step.matrix and len(emit(step.matrix.node)) <= LONGEST)
    return gradient_at(of_outputs, next(short, of_outputs.steps[-1]))


def numbers_of(definitions: Mapping[str, Definition]) -> dict[Expr, Expr]:
    """What the numbers among the definitions are that need no line of their own."""
    return {each.left: each.right for each in definitions.values() if is_number(each)}


def is_number(definition: Definition) -> bool:
    """A divisor that is 1, or a count of rows, and so needs no line of its own."""
    return isinstance(definition.left, Symbol) and definition.left != L and not definition.right.has(Sum)


def _mentioned(nodes: Iterable[Matrix]) -> set[str]:
    return set().union(*(array_names(node) | _symbols(node) for node in nodes))


def _with_one_hot(lines: list[Line], results: dict[str, Matrix]) -> tuple[list[Line], dict[str, Matrix]]:
    """The one-hot matrix as a line of its own, before the first line that uses it."""
    one_hot = next((each for _, node in [*lines, *results.items()] for each in _one_hots(node)), None)
    if one_hot is None:
        return lines, results
    named = {ONE_HOT: one_hot}
    place = next((place for place, (_, node) in enumerate(lines) if any(_one_hots(node))), len(lines))
    replaced = [(name, with_names(node, named)) for name, node in lines]
    replaced.insert(place, (ONE_HOT, one_hot))
    return replaced, {wrt: with_names(node, named) for wrt, node in results.items()}


def _one_hots(node: Matrix) -> Iterator[OneHot]:
    if isinstance(node, OneHot):
        yield node
    for part in node.parts:
        yield from _one_hots(part)


def with_names(node: Matrix, assigned: Mapping[str, Matrix]) -> Matrix:
    """`node` with every part that has been assigned to a name replaced by the name."""
    for name, value in assigned.items():
        if node == value:
            return Array(name, value.shape)
    return node.with_parts(with_names(part, assigned) for part in node.parts)


def assignments(context: Context, needed: Iterable[str]) -> list[Line]:
    """The definitions that `needed` rests on, each after those it uses, as name and matrix form."""
    found: dict[str, Matrix] = {}

    def visit(name: str) -> None:
        definition = context.definitions.get(name)
        if definition is None or name in found or name == "L":
            return
        for other in sorted(names_in(definition.right), key=lambda each: (each != "mu", each)):
            visit(other)
        found[name] = stable(matrix_of(definition), found)

    for name in needed:
        visit(name)
    return list(found.items())


def matrix_of(definition: Definition) -> Matrix:
    left: Expr = definition.left
    return recognise(definition.right, left.indices if isinstance(left, Indexed) else ())


def stable(node: Matrix, assigned: Mapping[str, Matrix]) -> Matrix:
    """log P and log σ without the detour over P and σ, which may be 0."""
    match node:
        case Elementwise(Array(name), "log") if isinstance(assigned.get(name), Softmax | Sigmoid):
            return LogOf(assigned[name])
        case Elementwise(Plus((Outer(Ones(), Ones()), Scale(Array(name), coefficient))), "log") if coefficient == -1:
            opposite = assigned.get(name)
            if isinstance(opposite, Sigmoid):  # 1 − σ(z) = σ(−z)
                return LogOf(Sigmoid(Scale(opposite.of, coefficient)))
    return node.with_parts(stable(part, assigned) for part in node.parts)


def indented(lines: Sequence[Line], emit: Emitter, sizes: set[str]) -> list[str]:
    """The assignments as source lines; the sizes are read off Z as soon as it is there.

    A label that is ignored need not name a class, so it is replaced; and when every row is ignored, S is 0 and the
    gradient too, as in torch.
    """
    where = f"{emit.backend.module}.where"
    text: list[str] = []
    kept: Kept | None = None
    if sizes and not any(name == "Z" for name, _ in lines):
        text.append(f"N, C = {emit.like}.shape")
    for name, node in lines:
        text.append(f"{name} = {emit(node)}")
        if name == "Z" and sizes:
            text.append("N, C = Z.shape")
        if isinstance(node, Kept):
            kept = node
            text.append(f"{node.labels} = {where}({node.labels} != {emit.ignored}, {node.labels}, 0)")
        if name == "S" and kept:
            text.append(f"S = {where}(mu.any(), S, 1)")
    return [f"    {line}" for line in text]


def used_sizes(nodes: Iterable[Matrix]) -> set[str]:
    """Names of the sizes that coefficients and one-hot columns mention."""
    return set().union(*map(_symbols, nodes)) & {"N", "C"}


def arguments(nodes: Sequence[Matrix], assigned: set[str], like: str, text: str) -> list[str]:
    """What the nodes use and no line assigns, as the code calls it, in the order of the formula.

    `like`, whose shape and dtype the text may ask for, is one of them; all of them where the text mentions them.
    """
    called = {NAMES.get(name, name) for name in (_mentioned(nodes) | {like}) - assigned}
    return [name for name in (*ARGUMENTS, *NAMES.values()) if name in called and re.search(rf"\b{name}\b", text)]


def array_names(node: Matrix) -> set[str]:
    """The arrays of a node by their letters; arrays that are summed in a coefficient too."""
    own: set[str] = set()
    match node:
        case Array(name):
            own = {name}
        case OneHot(labels) | Kept(labels):
            own = {labels}
        case Gather(name, labels):
            own = {name, labels}
        case Scale(_, coefficient):
            own = set().union(*(names_in(each) for each in coefficient.atoms(Sum)))
    return own.union(*(array_names(part) for part in node.parts))


def _symbols(node: Matrix) -> set[str]:
    """The numbers that a node's coefficients use, by their letters."""
    own: set[str] = set()
    match node:
        case Scale(_, coefficient):
            bare = coefficient.xreplace({each: Expr() for each in coefficient.atoms(Sum)})
            own = {symbol.name for symbol in bare.free_symbols}
        case OneHot(_, _, columns):
            own = {columns.name}
        case Kept(_, ignored):
            own = {ignored}
    return own.union(*(_symbols(part) for part in node.parts))


def _dict(results: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{wrt}": {text}' for wrt, text in results.items()) + "}"

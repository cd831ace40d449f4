"""What a gradient is compared with: the certified programs of a criterion, made from its derivations, as plain data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from sympy import Expr, Mul, Sum

from ..derivation import Derivation
from ..diagnosis.mistake import Mistake
from ..diagnosis.mistakes.places import without
from ..diagnosis.problem import Drawn, Later, Problem
from ..diagnosis.trees import FUNCTIONS, Program, Tree, parts, renamed
from ..index_calculus.expressions import Context, Definition
from ..index_calculus.matrices.nodes import Array, Matrix
from ..index_calculus.matrices.recognise import NoMatrixForm
from ..index_calculus.memoised import memoised
from ..index_calculus.symbols import SIZES, G, S, Z, c, n
from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT, outputs
from ..losses import registry
from ..losses.base import Loss
from ..losses.declared import Option, Per
from ..losses.nll import LOGITS
from ..options import LABEL, NUMBER, PART
from ..subject import check_subject, derive
from .formula import contraction
from .named_axes.reading import program as named_program
from .plan import added_up, as_rounded, assignments, gradient_at, matrix_lines, matrix_of, numbers_of, program
from .writers.named_trees import named_tree
from .writers.trees import Trees, program_of

#: What backward() is given: a number for a loss of one number, else an array.
INCOMING = "grad_output"
#: The shapes of what has a model.
OF_MODEL = {WEIGHT: ("C", "D"), BIAS: ("C",), INPUTS: ("N", "D")}


@memoised
def problem(loss: Loss, wrt: str, bias: bool = True, model: bool = False) -> Problem:
    """∂L/∂`wrt` as programs of Z, or of Q for the log-probabilities that NLL takes; of X, W and b for a linear model.

    - `wrt`: one of `loss.wrt`. What is a gradient in "weight", "bias" or "inputs" has a model; `bias` says whether
      that has one.
    - `model`: begin with Z = X Wᵀ + b for "outputs", "logits" and "targets" too.

    Extra dimensions make no other programs: matrices have a row for each sample and position. Raises what `derive`
    does.
    """
    check_subject("problem", loss, Loss)
    derive(loss, wrt, bias=bias)  # refuses what there is no gradient in
    flat = replace(loss, extra_dimensions=False)
    certified = _certified(flat, wrt, bias, model)
    return Problem(
        title=str(loss),
        wrt=wrt,
        symbol=loss.tensor(wrt).name,
        sizes=OF_MODEL.get(wrt, ("N", "C")),
        program=certified,
        divisor=_divisor(flat),
        forms=_forms(flat, wrt, bias, model, certified),
        relatives=Later(partial(_relatives, flat, wrt, bias, model)),
        options=_in_use(flat),
        targets=getattr(flat, "targets", "real" if flat.real_targets else "indices"),
        reduction=loss.reduction,
        positions=loss.extra_dimensions,
        per=loss.per.name,
        outputs=Drawn(loss.tensor(OUTPUTS).name, loss.of_outputs.name),
        operands=tuple(Drawn(_called(each.letter), each.values.name, each.per.name) for each in loss.operands),
        numbers=tuple(Drawn(each.name, _held(each), each.per.name, _default(each)) for each in loss.in_use),
    )


def _certified(loss: Loss, wrt: str, bias: bool, model: bool) -> Program:
    """The line that shows what the options do: with the targets A by name, else the last.

    Where torch has no kernel of the gradient, what it adds up instead, since that rounds more.
    """
    of = _of_outputs(loss, wrt)
    result = added_up(derive(loss, wrt, bias=bias)) if wrt in loss.composed else None
    return _program(loss, wrt, bias, model, _line(of, 0 if _has_targets_by_name(loss) else -1), result)


def _forms(loss: Loss, wrt: str, bias: bool, model: bool, certified: Program) -> tuple[Program, ...]:
    """The certified program with the first and the last line of G without ∂, where those are made of other parts.

    A line with functions that the certified one lacks is a detour, whose parts nobody leaves out: |d| and sign d, where
    d is clipped in the end.
    """
    of = _of_outputs(loss, wrt)
    found: dict[tuple[str, ...], Program | None] = {_made_of(certified): None}
    for place in (-1, 0):
        made = _without_sums_of_softmax(_program(loss, wrt, bias, model, _line(of, place)))
        by_another_name = any(isinstance(tree, str) for _, tree in made.lines)
        by_another_name |= _folded(made, certified) == (certified.line("G") or certified.result)
        if not by_another_name and _functions(made) <= _functions(certified):
            found.setdefault(_made_of(made), made)
    return tuple(each for each in found.values() if each is not None)


def _made_of(made: Program) -> tuple[str, ...]:
    """The names in the lines and in what comes out, whatever stands between them."""
    trees = [tree for _, tree in made.lines] + [made.result]
    return tuple(sorted(node for tree in trees for _, node in parts(tree) if isinstance(node, str)))


def _without_sums_of_softmax(made: Program) -> Program:
    """Rows of a softmax add up to 1, which nobody forgets."""
    ones = [("sum", name, 1) for name, tree in made.lines if isinstance(tree, tuple) and tree[0] == "softmax"]
    return made.changed(lambda tree: without(tree, lambda node: node in ones))


def _folded(made: Program, certified: Program) -> Tree:
    """The gradient, with the certified program's names for what has one there."""
    names = {tree: name for name, tree in certified.lines if isinstance(tree, tuple) and name != "G"}

    def folded(tree: Tree) -> Tree:
        tree = (tree[0], *map(folded, tree[1:])) if isinstance(tree, tuple) else tree
        return names.get(tree, tree)

    return folded(made.line("G") or made.result)


def _functions(made: Program) -> set[str]:
    trees = [tree for _, tree in made.lines] + [made.result]
    return {node[0] for tree in trees for _, node in parts(tree) if isinstance(node, tuple)} & {*FUNCTIONS}


def _line(of_outputs: Derivation, place: int) -> Definition:
    """G as one of the lines without ∂ has it, however long that is; the last where none has a matrix form."""
    return gradient_at(of_outputs, (matrix_lines(of_outputs) or of_outputs.steps[-1:])[place])


def _has_targets_by_name(loss: Loss) -> bool:
    """Is A made of something, and not Y by another name?"""
    definitions = loss.definitions
    return "A" in definitions and not isinstance(matrix_of(definitions["A"]), Array)


def _terms_of(loss: Loss) -> Definition | None:
    """What L adds up for each entry, where it is such a sum: in the place of G, L not differentiated."""
    own = loss.definitions["L"].right
    sums = own.atoms(Sum) if own.is_Mul or isinstance(own, Sum) else ()
    whole = next((each for each in sums if {limit[0] for limit in each.limits} == {n, c} and own.has(each)), None)
    if whole is None:
        return None
    return Definition(G[n, c], (own / whole * whole.function).xreplace(numbers_of(loss.definitions)))


def _program(loss: Loss, wrt: str, bias: bool, model: bool, g: Definition, result: Matrix | None = None) -> Program:
    """The program with G defined so, and what comes out as the derivation has it in the end, or as is said."""
    derivation = derive(loss, wrt, bias=bias)
    context = derivation.context
    with_model = model or wrt in OF_MODEL
    if with_model:
        context = context.extended(Z=outputs(bias))
    elif wrt != LOGITS:  # the criterion's own outputs are given
        context = context.without(loss.tensor(OUTPUTS).name)
    own = loss.tensor(OUTPUTS).name
    activated = with_model and loss.operand(wrt) is not None and own in derivation.context.definitions
    whole = contraction(derivation) if result is None else result
    made = _made(context, g, whole, with_model, rounded=own if activated else None)
    return made if loss.reduction == "none" else _times_incoming(made)


def _made(context: Context, g: Definition, result: Matrix, with_model: bool, rounded: str | None) -> Program:
    """The program in matrices, or with G over named axes where that has no matrix form.

    `rounded` is what an activation makes of Z, where that is to be on a line before, as torch has it: it rounds more.
    """
    try:
        if rounded is None:
            lines, results = program(context, g, {"": result}, with_model)
        else:
            lines, results = as_rounded(context, rounded, g, {"": result})
        return program_of(lines, results[""])
    except NoMatrixForm:
        layer = assignments(context, [Z.label.name]) if with_model else []
        of_layer = program_of(layer, result)
        over_axes = named_program({"G": (g.right, g.left.indices)}, context, [name for name, _ in layer])
        named = [(Trees().name_of(each.name), named_tree(each)) for each in (*over_axes.lines, *over_axes.results)]
        return Program((*of_layer.lines, *named), of_layer.result)


def _times_incoming(made: Program) -> Program:
    """What backward() is given for a loss of one number, 1 unless told otherwise, multiplies all of it."""
    whole = made.line("G")
    if whole is None:
        return Program(made.lines, ("*", INCOMING, made.result))
    return made.with_line("G", ("*", INCOMING, whole))


def _of_outputs(loss: Loss, wrt: str) -> Derivation:
    """What G is: ∂L/∂Z, which for NLL is the gradient of the logits before its outputs."""
    return derive(loss, LOGITS if LOGITS in loss.wrt and wrt != OUTPUTS else OUTPUTS)


def _divisor(loss: Loss) -> Tree:
    """What L is divided by: S where the program has that name, else sizes."""
    own = loss.definitions
    counts = Mul(*_counts_below(own["L"].right))
    divisor = own["S"].right if counts == S else counts
    return S.name if divisor.has(Sum) else Trees().coefficient(divisor)


def _of_given(made: Program, given: str) -> Program:
    """Of what the criterion is given, where that is not Z: softmax of log-probabilities is softmax of the logits."""
    if made.line(given) is not None:
        return Program(tuple(line for line in made.lines if line[0] != given), made.result)
    return renamed(made, {Z.label.name: given})


def _counts_below(total: Expr) -> Iterator[Expr]:
    """The sizes and sums that a total is divided by, in the sums that it is made of too."""
    above, below = total.as_numer_denom()
    yield from (each for each in Mul.make_args(below) if each in (*SIZES, S))
    for each in Mul.make_args(above):
        if isinstance(each, Sum):
            yield from _counts_below(each.function)


def _called(letter: str) -> str:
    """What programs call an array."""
    return registry.letters().get(letter, letter)


def _held(option: Option) -> str:
    """What an option's value is, as `Drawn` says it."""
    held: dict[Any, str] = {LABEL: "LABEL", PART: "PART", NUMBER: "REAL"}
    return held.get(option.kind, "POSITIVE")


def _default(option: Option) -> float | None:
    """Torch's value of a number where nothing is said."""
    is_number = isinstance(option.default, int | float) and not isinstance(option.default, bool)
    return float(option.default) if is_number and option.per is Per.ONE else None


def _in_use(loss: Loss) -> tuple[str, ...]:
    """The options that one may leave out."""
    return tuple(each.name for each in loss.declared if each.left_out(getattr(loss, each.name)) is not None)


def _relatives(loss: Loss, wrt: str, bias: bool, model: bool) -> Iterator[tuple[Mistake, Program]]:
    """Without some of the options, and in another tensor."""
    options = _in_use(loss)
    for size in range(1, len(options) + 1):
        for off in itertools.combinations(options, size):
            without = {each.name: each.left_out(getattr(loss, each.name)) for each in loss.declared if each.name in off}
            fewer = replace(loss, **without)
            yield Mistake.of("option ignored", option=", ".join(off)), _certified(fewer, wrt, bias, model)
    of_model = model or wrt in OF_MODEL
    terms = _terms_of(loss)
    if terms is not None and wrt in (*OF_MODEL, OUTPUTS, LOGITS):
        itself = matrix_of(terms) if wrt == OUTPUTS and LOGITS in loss.wrt else None  # there G is of the logits
        yield Mistake.of("not differentiated", how="terms"), _program(loss, wrt, bias, model, terms, itself)
    for other in loss.wrt:
        if other == wrt or (other in OF_MODEL and not of_model) or (other == BIAS and not bias):
            continue
        found = _certified(loss, other, bias, of_model)
        if wrt == OUTPUTS and other == LOGITS and not of_model:
            found = _of_given(found, loss.tensor(OUTPUTS).name)
        yield Mistake.of("another gradient", of=other), found

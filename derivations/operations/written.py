"""How an operation is written for a reader: with whole arrays where that is shorter, with indices elsewhere.

Whole numbers are put in the place of their letters, arrays of ones are left out, and so are axes of size 1, or that all
arrays have: what was derived for all numbers and sizes holds for these. What is left is judged once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Indexed, Integer, KroneckerDelta, Rational, Sum, Symbol

from ..derivation import MatrixForm
from ..index_calculus.expressions import Context, Definition, names_in
from ..index_calculus.judging.judge import judge
from ..index_calculus.matrices.build import scale
from ..index_calculus.matrices.latex import matrix_latex
from ..index_calculus.matrices.nodes import Array, Matrix
from ..index_calculus.matrices.plain import matrix_plain
from ..index_calculus.matrices.recognise import NoMatrixForm, recognise
from ..index_calculus.memoised import memoised
from ..index_calculus.printing.latex import InlineLatex
from ..index_calculus.printing.plain import Plain
from ..subject import derive
from .base import FREE, Operation, letter_of

#: By letter, a number that is put in its place: a parameter, or what all entries of an array are.
Values = tuple[tuple[str, Rational], ...]


@dataclass(frozen=True)
class Form:
    """`left = right` at `targets`, the indices of the entry; `matrix` where whole arrays say it in fewer signs."""

    left: Expr
    right: Expr
    targets: tuple[Symbol, ...]
    matrix: Matrix | None = None

    @property
    def plain(self) -> tuple[str, str]:
        """Both sides as text."""
        show = Plain(self.targets, full_limits=False)
        if self.matrix is None:
            return show(self.left), show(self.right)
        return show.symbol(letter_of(self.left)), matrix_plain(self.matrix)

    @property
    def latex(self) -> tuple[str, str]:
        """Both sides in LaTeX."""
        show = InlineLatex(self.targets)
        if self.matrix is None:
            return show(self.left), show(self.right)
        return matrix_latex(Array(letter_of(self.left), self.matrix.shape)), matrix_latex(self.matrix)


@dataclass(frozen=True)
class Written:
    """An operation as it is read: its definition, what has a name in it or in a share, and the shares, by operand."""

    operation: Operation
    definition: Form
    stages: tuple[Form, ...]
    shares: Mapping[str, Form]

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters of the formulas that no formula defines, G apart: operands, what is given, numbers."""
        forms = [self.definition, *self.stages, *self.shares.values()]
        defined = {letter_of(each.left) for each in (self.definition, *self.stages)}
        used = dict.fromkeys(name for each in forms for name in sorted(names_in(each.right)))
        return tuple(name for name in used if name not in defined and name != "G")


@memoised
def written(operation: Operation, values: Values = (), without: frozenset[Symbol] = frozenset()) -> Written:
    """The operation, with `values` for letters, and without some axes.

    `without` are indices as the definition has them: of axes that have size 1 here, or that every array has.
    """
    less = _Less(dict(values), without)
    context = operation.context.without("L")
    narrow = Context({name: less.definition(each) for name, each in context.definitions.items()}).under(
        *(replace(each, left=less(each.left), right=less(each.right)) for each in context.domain)
    )
    own = narrow.definitions[operation.result]
    shares = {}
    for letter in operation.wrt:
        derived = derive(operation, letter)
        entry = less(operation.entry(letter))
        known = derived.matrix if less.nothing else None  # it was judged there
        shares[letter] = _form(entry, less(derived.result), less.kept(derived.targets), narrow, known)
    definition = _form(own.left, own.right, own.placeholders, narrow.without(operation.result))
    reached = narrow.without(operation.result).reachable(own.right, *(each.right for each in shares.values()))
    stages = [each for name, each in narrow.definitions.items() if name in reached and name != operation.result]
    named = tuple(_form(each.left, each.right, each.placeholders, narrow) for each in stages)
    return Written(operation, definition, named, shares)


class _Less:
    """Puts numbers for letters, and takes axes away."""

    def __init__(self, values: Mapping[str, Rational], without: Iterable[Symbol]):
        self.values = values
        self.without = {each for index in without for each in (index, FREE[index])}

    def __call__(self, expr: Expr) -> Expr:
        if isinstance(expr, Sum):
            limits = [limit for limit in expr.limits if limit[0] not in self.without]
            return Sum(self(expr.function), *limits) if limits else self(expr.function)
        if isinstance(expr, Indexed):
            letter = expr.base.label.name
            if letter in self.values:
                return self.values[letter]
            kept = self.kept(expr.indices)
            return expr.base[tuple(self(each) for each in kept)] if kept else Symbol(letter)
        if isinstance(expr, KroneckerDelta) and self.without.issuperset(expr.args):
            return Integer(1)
        if isinstance(expr, Symbol):
            return self.values.get(expr.name, expr)
        return expr.func(*map(self, expr.args)) if expr.args else expr

    @property
    def nothing(self) -> bool:
        return not self.values and not self.without

    def kept(self, indices: Sequence[Symbol]) -> tuple[Symbol, ...]:
        return tuple(each for each in indices if each not in self.without)

    def definition(self, given: Definition) -> Definition:
        return replace(given, left=self(given.left), right=self(given.right))


def _form(
    left: Expr, right: Expr, targets: tuple[Symbol, ...], context: Context, known: MatrixForm | None = None
) -> Form:
    plain = Form(left, right, targets)
    try:
        matrix = known.node if known else _matrix(right, targets)
    except NoMatrixForm:
        return plain
    form = replace(plain, matrix=matrix)
    if len("".join(form.plain)) > len("".join(plain.plain)):
        return plain
    if known is None:
        judge(right, matrix.entry(targets), context, f"the matrix form of {left}")
    return form


def _matrix(right: Expr, targets: tuple[Symbol, ...]) -> Matrix:
    """Of a number, a multiple of a sum has a form too."""
    factor, total = right.as_independent(Sum) if not targets else (Integer(1), right)
    return scale(factor, recognise(total, targets))

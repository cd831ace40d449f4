"""Operations as a list: their names, their words, what is refused; and a definition that torch's is not is found."""

import inspect
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from sympy import Rational, tanh
from tables import OPERATIONS

import derivations as dv
from derivations import operations
from derivations.closed_form.named_axes.nodes import letters_in, size_named, walk
from derivations.closed_form.named_axes.reading import program
from derivations.closed_form.named_axes.writing import source
from derivations.closed_form.shares import definition_program, share_source
from derivations.index_calculus.expressions import Definition
from derivations.index_calculus.functions import plus
from derivations.index_calculus.symbols import Z, c, n, size_of, sum_over
from derivations.operations.base import Operation
from derivations.operations.registry import key_of, register

KINDS = operations.registered()


def test_every_operation_has_a_public_name_a_key_and_a_docstring():
    public = {getattr(operations, name) for name in operations.__all__}
    assert public >= {*KINDS.values(), Operation}
    assert {"layer-norm": operations.LayerNorm, "mat-mul": operations.MatMul}.items() <= KINDS.items()
    assert "operations" in dir(dv)
    for key, kind in KINDS.items():
        assert key == key_of(kind)
        assert inspect.getdoc(kind) != inspect.getdoc(kind.__mro__[1])


@pytest.mark.parametrize("key", KINDS)
def test_its_nodes_are_torchs(key):
    kind = KINDS[key]
    assert kind.nodes
    assert [name for name in kind.nodes if not hasattr(torch._C._functions, name)] == []
    assert all(kind in operations.of_node(name) for name in kind.nodes)


def test_a_node_may_be_of_several_operations_or_of_none():
    assert operations.of_node("ConvolutionBackward0") == (operations.Convolution, operations.TransposedConvolution)
    assert operations.of_node("LuUnpackBackward0") == ()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_letter_has_its_meaning_and_no_other(kind):
    """In both languages; also sizes that stand for something else in the formulas of losses."""
    for operation in (each for each in OPERATIONS if type(each) is kind):
        said = {**operation.meanings, **operation.numbers}
        assert given_to(operation) <= said.keys()
    there = set().union(*(letters_of(each) for each in OPERATIONS if type(each) is kind))
    assert {*kind.meanings, *kind.numbers} <= there
    for words in (kind.called, *kind.meanings.values()):
        assert all(vars(words).values())
    assert bool(kind.corner.zh) == bool(kind.corner.en)


def lines_of(operation):
    """Its definition and what has a name on the way, over named axes; a share has no other letters but G."""
    context = operation.context.without("L")
    results = {name: (each.right, each.placeholders) for name, each in context.definitions.items()}
    return program(results, context, results)


def letters_of(operation):
    made = lines_of(operation)
    letters = {name for line in made.results for name in (line.name, *letters_in(line.node))}
    axes = {index for entry in operation.operands.values() for index in entry.indices}
    return letters.union(*map(sizes_in, made.results), operation.operands, (size_of(each).name for each in axes))


def given_to(operation):
    named = {*lines_of(operation).given} - {*operation.context.definitions, "G"}
    return named | ({*"TKJ"} & letters_of(operation))


def sizes_in(line):
    """The sizes of the axes in a line."""
    return {size_named(axis) for node in walk(line.node) for axis in node.axes} | set(map(size_named, line.axes))


def test_no_torch_is_needed():
    code = textwrap.dedent("""
        import sys
        sys.modules["torch"] = sys.modules["numpy"] = None
        import derivations as dv
        assert "sympy" not in sys.modules
        print(dv.derive(dv.operations.LayerNorm(), "w").result)
        print(dv.derive(dv.operations.LayerNorm()).title.en)
    """)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["Sum(G[n, j]*H[n, j], (n, 1, N))", "layer norm passes G on to A"]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: operations.Power(exponent=0), r"Power\(exponent=0\): the exponent must be a rational number other"),
        (lambda: operations.Power(exponent="π"), "must be a rational number"),
        (lambda: operations.Power(exponent=True), "must be a rational number"),
        (lambda: operations.Clamp(min=False, max=False), "it clamps nothing"),
        (lambda: operations.MseLoss(reduction="average"), "the option is unknown. Accepted: 'mean', 'sum', 'none'"),
        (lambda: operations.Gelu(approximate="erf"), "Accepted: 'none', 'tanh'"),
        (lambda: operations.AddMm(added="column"), "Accepted: 'row', 'matrix'"),
        (lambda: operations.VectorNorm(order=3), "Accepted: '2', '1'"),
        (lambda: operations.LayerNorm(affine="yes"), "must be True or False"),
        (lambda: dv.derive(operations.LayerNorm(affine=False), "w"), r"no operand of LayerNorm\(affine=False\)"),
        (lambda: share_source(operations.Relu(), "A", "jax"), "backend='jax' is unknown"),
        (lambda: register(operations.Relu), "there is an operation relu already"),
    ],
)
def test_what_is_refused_and_why(made, says):
    with pytest.raises(ValueError, match=says):
        made()


def test_a_class_is_no_operation():
    with pytest.raises(TypeError, match=r"derive\(LayerNorm\): a class. Make one of it: derive\(LayerNorm\(\)\)"):
        dv.derive(operations.LayerNorm)


def test_an_exponent_is_what_it_is_written_as():
    assert operations.Power(exponent=0.1) == operations.Power(exponent="1/10")
    assert dv.derive(operations.Power(exponent=0.1)).result.has(Rational(1, 10))


class WrongMean(operations.Mean):
    """The sum."""

    @property
    def definition(self):
        return Definition(Z[n], sum_over(self.operands["A"], c))


class WrongSigmoid(operations.Tanh):
    """Half of the way to the sigmoid."""

    def of(self, a):
        return (1 + tanh(a)) / 2


class WrongAbsolute(operations.Relu):
    def of(self, a):
        return plus(a)


@dataclass(frozen=True, kw_only=True)
class WrongGelu(operations.Gelu):
    approximate: str = "tanh"


class WrongAdd(operations.Subtract):
    pass


class WrongTranspose(operations.MatMul):
    @property
    def definition(self):
        right = super().definition.right
        return Definition(Z[c, n], right)


A, B = torch.arange(-4.0, 5.0).double().view(3, 3) / 3, torch.arange(9.0).double().view(3, 3) - 2
#: A definition; what it is given; and what torch computes.
WRONG = {
    "a mean that is a sum": (WrongMean(), {"A": A}, A.mean(1)),
    "another function": (WrongSigmoid(), {"A": A.flatten()}, A.flatten().sigmoid()),
    "one side alone": (WrongAbsolute(), {"A": A.flatten()}, A.flatten().abs()),
    "the other GELU": (WrongGelu(), {"A": A.flatten()}, F.gelu(A.flatten())),
    "a sign": (WrongAdd(), {"A": A, "B": B, "alpha": torch.tensor(1.0)}, A[:, :, None] + B[:, None]),
    "a transpose": (WrongTranspose(), {"A": A, "B": B}, A @ B),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_definition_that_is_not_torchs_is_found_by_what_torch_computes(what):
    """Its share is derived, and judged: that is right of another function."""
    operation, given, expected = WRONG[what]
    assert dv.derive(operation).opinions == ("diff", "difference")
    space = {"C": 3, "N": 3}
    exec(source(definition_program(operation)), space)
    code = space["gradients"].__code__
    computed = space["gradients"](*(given[name] for name in code.co_varnames[: code.co_argcount]))
    assert not torch.allclose(computed, expected, rtol=1e-6, atol=1e-6)

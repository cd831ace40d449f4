"""Programs are data: another language is one class, letters are whatever a loss declares, and nobody reads text."""

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from sympy import IndexedBase, Symbol, exp
from tables import ALL_OPTIONS
from tree_values import value as value_of

import derivations
from derivations import derive
from derivations.closed_form import Taken, source
from derivations.closed_form.code import printed
from derivations.closed_form.names import name_of
from derivations.closed_form.plan import gradient_function
from derivations.closed_form.problems import problem
from derivations.closed_form.reuse import in_place
from derivations.closed_form.statements import Assign, Return
from derivations.closed_form.uses import assigned, used
from derivations.closed_form.writers import Numpy, function_text
from derivations.closed_form.writers.base import Writer
from derivations.closed_form.writers.python import SUM, Code
from derivations.losses import CrossEntropy
from derivations.losses.declared import Option
from derivations.losses.entries import ElementwiseLoss
from derivations.losses.gaussian_nll import GaussianNLL
from derivations.losses.registry import register, registered, unregister
from derivations.options import NUMBER
from derivations.wording import Words

ROWS, CLASSES = 6, 3
#: Criteria whose gradients have a matrix form between them of every node that there is.
ATLAS = [
    "MSE",
    "L1",
    "Huber",
    "PoissonNLL",
    "KLDiv",
    "BCE",
    "BCEWithLogits",
    "GaussianNLL",
    "NLL",
    "HingeEmbedding",
    "MultiMargin",
    "MultiLabelSoftMargin",
    "SoftMargin",
    "TripletMargin",
    "CappedCrossEntropy",
    "Distillation",
    "Focal",
    "ZLoss",
]


class Spelled(Numpy):
    """A library that has other words than numpy for the same, and neither softmax nor one-hot rows."""

    name, module, imports = "spelled", "spelled", "import spelled"
    helpers: ClassVar[dict[str, str]] = {
        "rows": "def rows(Z):\n    E = spelled.raised(Z - Z.max(1)[:, None])\n    return E / E.sum(1)[:, None]\n"
    }

    def softmax(self, of):
        return Code(self.help("rows", self(of).text))

    def one_hot(self, node):
        self.imported = True
        return Code(f"({node.labels}[:, None] == spelled.counted({node.columns})) + 0.0", SUM)

    def where(self, condition, then, otherwise):
        return self.call("either", condition, then, otherwise)


class Library:
    """What `Spelled` is written for."""

    raised, counted, either = staticmethod(np.exp), staticmethod(np.arange), staticmethod(np.where)


def drawn(function):
    """Arrays by the names of the code: entries between 0 and 1, which outputs and targets of every criterion may be."""
    draw = np.random.default_rng(0)
    known = {"y": np.arange(ROWS) % CLASSES, "w": draw.uniform(1, 2, CLASSES), "iota": 1}
    known |= dict.fromkeys((option.letter for kind in registered() for option in kind.declared), 0.7) | known
    arrays = {letter: draw.uniform(0.1, 0.9, (ROWS, CLASSES)) for letter in function.arguments}
    return {name_of(letter): known.get(letter, array) for letter, array in arrays.items()}


def run(text, arrays, **modules):
    namespace = dict(modules)
    exec(text, namespace)
    gradients = namespace["gradients"]
    return gradients(*[arrays[name] for name in inspect.signature(gradients).parameters])


@pytest.mark.parametrize("options", [{}, {"weight": True, "ignore_index": True, "label_smoothing": True}], ids=str)
def test_another_language_is_one_class(options):
    loss = CrossEntropy(**options)
    of_outputs = derive(loss, "outputs")
    function = gradient_function({"outputs": of_outputs}, of_outputs)
    text = function_text(function, Spelled(function.like))
    assert "np." not in text.split("def gradients")[1]
    found = run(text.replace("import spelled\n", ""), drawn(function), spelled=Library)
    np.testing.assert_allclose(found, run(printed(function, "numpy"), drawn(function)), rtol=1e-12)


@pytest.mark.parametrize("name", ATLAS)
def test_every_language_computes_the_same(name):
    """Text for torch and numpy, torch with memory used again, bit by bit; and trees."""
    loss = next(kind for kind in registered() if kind.__name__ == name)()
    of_outputs = derive(loss, "outputs")
    function = gradient_function({"outputs": of_outputs}, of_outputs)
    given = drawn(function)
    tensors = {
        each: torch.as_tensor(value) if isinstance(value, np.ndarray) else value for each, value in given.items()
    }
    found = run(printed(function), tensors)
    assert found.isfinite().all()
    assert torch.equal(run(printed(in_place(function)), tensors), found)
    np.testing.assert_allclose(run(printed(function, "numpy"), given), found.numpy(), rtol=1e-12, atol=1e-14)
    names = {**given, "grad_output": 1.0, "N": ROWS, "C": CLASSES}
    np.testing.assert_allclose(value_of(problem(loss, "outputs").program, names), found.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("extra_dimensions", [False, True])
def test_every_operand_is_broadcast_as_torch_does(backend, extra_dimensions):
    """Outputs, targets and variances of three shapes, and a gradient in each of its own shape."""
    loss, wrt = GaussianNLL(), ("outputs", "targets", "var")
    taken = Taken(loss.classes_second, extra_dimensions, loss.broadcast)
    text = source({each: derive(loss, each) for each in wrt}, derive(loss, "outputs"), backend, taken=taken)
    leaves = [torch.rand(shape, dtype=torch.float64) + 0.5 for shape in ((4, 3), (3,), (4, 1))]
    torch.nn.GaussianNLLLoss()(*[leaf.requires_grad_() for leaf in leaves]).backward()
    arrays = [leaf.detach() if backend == "torch" else leaf.detach().numpy() for leaf in leaves]
    found = run(text, {**dict(zip(("Z", "Y", "var"), arrays, strict=True)), "eps": 1e-6})
    for each, leaf in zip(wrt, leaves, strict=True):
        torch.testing.assert_close(torch.as_tensor(found[each]), leaf.grad)


def test_a_language_that_lacks_a_word_is_no_language():
    class Half(Writer[str]):
        def array(self, name):
            return name

    with pytest.raises(TypeError, match="abstract"):
        Half()


@pytest.fixture
def unusual():
    """A registered loss one of whose letters stands for an option, and an array that nobody has declared."""

    @register
    @dataclass(frozen=True, kw_only=True)
    class Unusual(ElementwiseLoss):
        torch_name: ClassVar[str] = "UnusualLoss"
        family: ClassVar[str] = "written"
        about: ClassVar[Words] = Words("测试", "for a test")
        declared: ClassVar[tuple[Option, ...]] = (
            Option("steepness", NUMBER, "varsigma", Words("陡度", "steepness"), default=1.0, always=True),
        )
        steepness: bool | float = True

        def of_entry(self, z, y, at):
            return exp(Symbol("varsigma") * z) * IndexedBase("Theta")[at] - y * z

    yield Unusual
    unregister(Unusual)


def test_letters_are_called_what_their_options_are_called(unusual):
    of_outputs = derive(unusual(reduction="sum"), "outputs")
    text = source({"outputs": of_outputs}, of_outputs)
    assert text == (
        "import torch\n\n\n"
        "def gradients(Z, Y, steepness, Theta):\n"
        "    G = steepness * (Theta * torch.exp(steepness * Z)) - Y\n"
        "    return G\n"
    )
    arrays = {name: torch.rand(ROWS, CLASSES, dtype=torch.float64) for name in ("Z", "Y", "Theta")} | {"steepness": 2.0}
    leaf = arrays["Z"].requires_grad_()
    ((2.0 * leaf).exp() * arrays["Theta"] - arrays["Y"] * leaf).sum().backward()
    torch.testing.assert_close(run(text, {**arrays, "Z": leaf.detach()}), leaf.grad)


@pytest.mark.parametrize("loss", [loss for loss in ALL_OPTIONS if not loss.extra_dimensions], ids=str)
def test_a_function_takes_what_it_uses_and_uses_what_it_assigns(loss):
    of_outputs = derive(loss, "logits" if "logits" in loss.wrt else "outputs")
    for wrt in loss.wrt:
        function = gradient_function({wrt: derive(loss, wrt)}, of_outputs)
        known = set(function.arguments)
        for statement in function.body:
            assert set(used(statement, function)) <= known
            known |= assigned(statement)
        assert isinstance(function.body[-1], Return)
        later = set()
        for statement in reversed(function.body):
            assert not isinstance(statement, Assign) or set(statement.names) & later
            later |= set(used(statement, function))


#: What asks about text that is already written.
ABOUT_TEXT = {"endswith", "find", "isidentifier", "removeprefix", "removesuffix", "split", "startswith", "strip"}
DERIVATIONS = Path(derivations.__file__).parent
#: The rooms that work things out; those that lay text out may look at it.
ROOMS = ("closed_form", "torch_bridge/accounts", "torch_bridge/rounding", "torch_bridge/batch", "torch_bridge/criteria")
CALCULUS = ("index_calculus/rules", "index_calculus/judging", "index_calculus/functions", "diagnosis/values")
MODULES = sorted(path for room in (*ROOMS, *CALCULUS) for path in (DERIVATIONS / room).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(DERIVATIONS).as_posix())
def test_nothing_is_decided_by_reading_text(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ABOUT_TEXT
        if isinstance(node, ast.Import):
            assert {"ast", "re"}.isdisjoint(each.name for each in node.names)

"""The recorded graph is torch's own, and what each node says of itself is true."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from derivations.torch_bridge.graph.described import NORMS, OF_ALL, READ, operation_of
from derivations.torch_bridge.graph.record import Graph, record

INPUTS = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
CLASSES = torch.tensor([0, 2, 1])


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return 2 * gradients[0]


def linear(bias: bool = True) -> nn.Linear:
    return nn.Linear(2, 3, bias=bias)


def shown(graph: Graph) -> dict[str, list[tuple[str, int]]]:
    """Each node by name, with where its edges lead and from which slot."""
    names = {node.id: node.variable or node.name for node in graph.nodes}
    assert len(set(names.values())) == len(names), "the names must be distinct"
    return {name: [(names[e.end], e.slot) for e in graph.edges if e.start == i] for i, name in names.items()}


AFFINE = {
    "AddmmBackward0": [("bias", 0), ("TBackward0", 2)],
    "TBackward0": [("weight", 0)],
    "bias": [],
    "weight": [],
}
NO_BIAS = {"MmBackward0": [("TBackward0", 1)], "TBackward0": [("weight", 0)], "weight": []}


@pytest.mark.parametrize(
    ("model", "criterion", "targets", "expected"),
    [
        (
            linear(),
            nn.MSELoss(),
            torch.ones(3, 3),
            {"loss": [("MseLossBackward0", 0)], "MseLossBackward0": [("AddmmBackward0", 0)]} | AFFINE,
        ),
        (
            linear(bias=False),
            nn.MSELoss(),
            torch.ones(3, 3),
            {"loss": [("MseLossBackward0", 0)], "MseLossBackward0": [("MmBackward0", 0)]} | NO_BIAS,
        ),
        (
            linear(),
            nn.CrossEntropyLoss(),
            CLASSES,
            {
                "loss": [("NllLossBackward0", 0)],
                "NllLossBackward0": [("LogSoftmaxBackward0", 0)],
                "LogSoftmaxBackward0": [("AddmmBackward0", 0)],
            }
            | AFFINE,
        ),
        (
            linear(),
            nn.BCEWithLogitsLoss(),
            torch.ones(3, 3),
            {
                "loss": [("BinaryCrossEntropyWithLogitsBackward0", 0)],
                "BinaryCrossEntropyWithLogitsBackward0": [("AddmmBackward0", 0)],
            }
            | AFFINE,
        ),
    ],
    ids=["mse", "no bias", "cross-entropy", "bce with logits"],
)
def test_the_graph_of_a_linear_model(
    model: nn.Linear, criterion: nn.Module, targets: Tensor, expected: dict[str, list[tuple[str, int]]]
) -> None:
    graph = record(criterion(model(INPUTS), targets), model)
    assert shown(graph) == expected
    assert graph.recorded
    assert "unknown" not in {node.kind for node in graph.nodes}
    leaves = {node.variable: node.shape for node in graph.nodes if node.kind == "leaf"}
    assert leaves == {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def under_no_grad() -> Tensor:
    with torch.no_grad():
        return linear()(INPUTS).sum()


@pytest.mark.parametrize(
    "loss",
    [lambda: linear()(INPUTS).detach().sum(), under_no_grad, lambda: INPUTS.sum()],
    ids=["detach", "no_grad", "nothing requires grad"],
)
def test_without_a_graph_the_loss_stands_alone_and_backward_raises(loss: Callable[[], Tensor]) -> None:
    value = loss()
    graph = record(value)
    assert not graph.recorded
    assert [node.kind for node in graph.nodes] == ["loss"]
    assert graph.edges == ()
    with pytest.raises(RuntimeError, match="does not require grad"):
        value.backward()


def test_a_loss_that_is_itself_a_leaf() -> None:
    loss = torch.tensor(2.0, requires_grad=True)
    assert shown(record(loss, {"w": loss})) == {"loss": [("w", 0)], "w": []}


def test_a_node_used_twice_appears_once_with_every_edge() -> None:
    w = torch.ones(2, requires_grad=True)
    h = w.exp()
    graph = record((h * h).sum() + w.sum(), {"w": w})
    by_name = {node.name: node.id for node in graph.nodes}
    assert [node.name for node in graph.nodes].count("ExpBackward0") == 1
    assert [(e.slot, e.operand) for e in graph.edges if e.end == by_name["ExpBackward0"]] == [(0, "A"), (1, "B")]
    assert sum(edge.end == by_name["AccumulateGrad"] for edge in graph.edges) == 2


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (torch.special.erfcx, "SpecialErfcxBackward0"),
        (Doubled.apply, "DoubledBackward"),
        (lambda w: w**0, "PowBackward0"),
    ],
    ids=["outside the table", "custom Function", "with an option that has no formula"],
)
def test_an_operation_outside_the_table_keeps_its_raw_name(operation: Callable[[Tensor], Tensor], name: str) -> None:
    w = torch.ones(2, requires_grad=True)
    (node,) = [node for node in record(operation(w).sum(), {"w": w}).nodes if node.kind == "unknown"]
    assert (node.name, node.formula, node.hands_on) == (name, None, ())


def test_leaves_are_named_by_identity_not_by_value() -> None:
    named, other = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    graph = record((named + other).sum(), {"named": named, "second name": named})
    assert [node.variable for node in graph.nodes if node.kind == "leaf"] == ["named", None]


def test_the_graph_is_plain_data_and_the_same_after_backward() -> None:
    model = linear()
    weight = torch.tensor([1.0, 2.0, 3.0])
    loss = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)(model(INPUTS), CLASSES)
    before = record(loss, model)
    loss.backward()
    assert record(loss, model) == before
    assert "tensor" not in repr(asdict(before))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((3.0,), "record() takes the loss as a torch.Tensor; got float."), ((INPUTS, {"w": 1}), "'w' is a int")],
)
def test_wrong_arguments_are_named(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        record(*arguments)


def test_a_very_deep_graph() -> None:
    w = torch.ones((), requires_grad=True)
    loss = w
    for _ in range(3000):
        loss = loss + w
    assert len(record(loss, {"w": w}).nodes) == 3002


# What a node says is true: its formula and its shares, read as Python, are evaluated ---------------------------------


class M:
    """A matrix, a vector or a number of the formulas: `*` is entry by entry, `@` multiplies, a vector is a column."""

    def __init__(self, of: Any, row: bool = False):
        self.of, self.row = of.of if isinstance(of, M) else of, row

    def __matmul__(self, other: M) -> M:
        if other.of is ONES:
            return M(self.of[..., None] if other.row else self.of.sum(-1))
        if self.of is ONES:
            return M(other.of.sum(0))
        outer = other.row and self.of.dim() == 1
        return M(torch.outer(self.of, other.of) if outer else self.of @ other.of)

    def __getitem__(self, at: M) -> M:
        return M(self.of[at.of] if self.of.dim() == 1 else self.of.gather(1, at.of[:, None])[:, 0])

    def __neg__(self) -> M:
        return M(-self.of)

    @property
    def T(self) -> M:
        return M(self.of, row=True) if self.of is ONES or self.of.dim() == 1 else M(self.of.T)


def _applied(name: str) -> Callable[..., M]:
    def apply(self: Any, other: Any) -> M:
        own, others = (each.of if isinstance(each, M) else each for each in (self, other))
        return M(getattr(operator, name)(own, others))

    return apply


for _name in ("add", "sub", "mul", "truediv", "pow", "gt", "ge"):
    setattr(M, f"__{_name}__", _applied(_name))
    setattr(M, f"__r{_name}__", lambda self, other, name=_name: getattr(M(other), f"__{name}__")(self))

ONES = object()
PYTHON = [
    (r"−", "-"),
    (r"\[([^\]]*[>≥][^\]]*)\]", r"number(\1)"),
    ("≥", ">="),
    (r"\|([^|]*)\|", r"abs(\1)"),
    (r"√\(", "sqrt("),
    (r"√(\w+)", r"sqrt(\1)"),
    (r"1ᵀ", "ONE.T"),
    (r"@ 1\b", "@ ONE"),
    (r"ᵀ", ".T"),
    ("²", "**2"),
    ("³", "**3"),
    ("⁴", "**4"),
    (r"\^", "**"),
    ("·", "*"),
    (r"σ(?=\()", "sigmoid"),
]


def function(name: str) -> Callable[..., M]:
    return lambda of: M(getattr(torch, name)(of.of))


FUNCTIONS: dict[str, Any] = {
    **{name: function(name) for name in ("exp", "log", "tanh", "sqrt", "abs", "sigmoid", "diag", "sum")},
    "sgn": function("sign"),
    "softmax": lambda of: M(of.of.softmax(-1)),
    "number": lambda of: M(of.of.double()),
    "onehot": lambda of: M(F.one_hot(of.of, 3).double()),
    "ONE": M(ONES),
}


def evaluated(text: str, values: dict[str, Any]) -> Any:
    for pattern, replacement in PYTHON:
        text = re.sub(pattern, replacement, text)
    return M(eval(text, FUNCTIONS | {name: M(value) for name, value in values.items()})).of


def with_names(node: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with those of what the formulas call by a name, and of the result."""
    assert node.formula is not None
    for said in (*node.named, node.formula):
        name, _, formula = said.partition(" = ")
        values = values | {name: evaluated(formula, values)}
    return values


def uniform(*shape: int) -> Tensor:
    return torch.rand(shape, dtype=torch.float64).add_(0.25).requires_grad_()


def same(found: Any, expected: Tensor) -> None:
    found = torch.as_tensor(found, dtype=expected.dtype)
    found = found.reshape(expected.shape) if found.numel() == expected.numel() else found.broadcast_to(expected.shape)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)


W, Q = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([3.0, 1.0, 0.5]).double()


def weighted(reduction: str, weight: bool, pos_weight: bool) -> Callable[..., Tensor]:
    options = {"weight": W if weight else None, "pos_weight": Q if pos_weight else None}
    return partial(F.binary_cross_entropy_with_logits, reduction=reduction, **options)


REDUCTIONS = ("none", "mean", "sum")
SQUARE = ((3, 3), (3, 3))
STATEMENTS: dict[str, tuple[Callable[..., Tensor], tuple[tuple[int, ...], ...]]] = {
    "A + B": (lambda a, b: a + b, SQUARE),
    "A + 3B": (lambda a, b: torch.add(a, b, alpha=3), SQUARE),
    "A - B": (lambda a, b: a - b, SQUARE),
    "A - 3B": (lambda a, b: torch.sub(a, b, alpha=3), SQUARE),
    "A * B": (lambda a, b: a * b, SQUARE),
    "A / B": (lambda a, b: a / b, SQUARE),
    "A @ B": (lambda a, b: a @ b, ((3, 2), (2, 4))),
    "addmm": (lambda m, a, b: torch.addmm(m, a, b), ((3, 4), (3, 2), (2, 4))),
    "addmm, scaled": (lambda m, a, b: torch.addmm(m, a, b, alpha=2, beta=-3), ((3, 4), (3, 2), (2, 4))),
    "mv": (lambda a, b: a @ b, ((3, 2), (2,))),
    "dot": (lambda a, b: a @ b, ((3,), (3,))),
    "transpose": (lambda a: a.t(), ((3, 2),)),
    **{f"A ** {p}": (partial(torch.pow, exponent=p), ((3, 2),)) for p in (1, 2, 3, 4, 0.5, -1, -1.5)},
    "-A": (lambda a: -a, ((3, 2),)),
    "abs": (lambda a: a.abs(), ((3, 2),)),
    "sqrt": (lambda a: a.sqrt(), ((3, 2),)),
    "exp": (lambda a: a.exp(), ((3, 2),)),
    "log": (lambda a: a.log(), ((3, 2),)),
    "tanh": (lambda a: a.tanh(), ((3, 2),)),
    "sigmoid": (lambda a: a.sigmoid(), ((3, 2),)),
    "softmax": (lambda a: a.softmax(1), ((3, 2),)),
    "log_softmax": (lambda a: a.log_softmax(1), ((3, 2),)),
    "logsumexp": (lambda a: a.logsumexp(1), ((3, 2),)),
    **{f"mse {r}": (partial(F.mse_loss, reduction=r), SQUARE) for r in REDUCTIONS},
    **{
        f"bce {r}{' weight' * w}{' pos_weight' * q}": (weighted(r, w, q), SQUARE)
        for r in REDUCTIONS
        for w in (False, True)
        for q in (False, True)
    },
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_formulas_and_shares_are_true(case: str) -> None:
    torch.manual_seed(0)
    compute, shapes = STATEMENTS[case]
    operands = [uniform(*shape) for shape in shapes]
    result = compute(*operands)
    graph = record(result)
    node = graph.nodes[1]
    letters = [edge.operand or "A" for edge in graph.edges if edge.start == 1]
    gradient = torch.rand_like(result)
    axis = operands[0].shape[-1]
    sizes = {"N": operands[0].numel() if case.startswith(("mse", "bce")) else result.numel(), "C": axis}
    values = dict(zip(letters, operands, strict=True)) | {"G": gradient, "w": W, "q": Q, "π": torch.tensor(torch.pi)}
    values = with_names(node, values | sizes)
    assert node.formula is not None
    same(values[node.formula.partition(" = ")[0]], result)
    expected = torch.autograd.grad(result, operands, gradient)
    for letter, words, wanted in zip(letters, node.hands_on, expected, strict=True):
        share = words.en.removeprefix("hands on ").removeprefix(f"to {letter}: ")
        same(evaluated(share, values), wanted)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, W])
def test_what_nll_loss_says_is_true(reduction: str, weight: Tensor | None) -> None:
    logs, y = uniform(4, 3), torch.tensor([0, 2, -100, 1])
    kept = y >= 0
    result = F.nll_loss(logs, y, weight=weight, reduction=reduction)
    node = record(result).nodes[1]
    gradient = torch.rand_like(result)
    (expected,) = torch.autograd.grad(result, logs, gradient)
    values = {"A": logs, "y": torch.where(kept, y, 0), "w": W, "G": gradient, "μ": kept.double()}
    values = with_names(node, values)
    same(values["Z"], result)
    same(evaluated(node.hands_on[0].en.removeprefix("hands on "), values), expected)


IN_WORDS: list[Callable[[Tensor], Tensor]] = [
    lambda a: a.transpose(0, 1),
    lambda a: a.permute(1, 0),
    lambda a: a.view(-1),
    lambda a: a.t().reshape(-1),
    lambda a: a.squeeze(),
    lambda a: a.squeeze(0),
    lambda a: a.squeeze((0, 1)),
    lambda a: INPUTS[0].double() @ a,
    lambda a: a.unsqueeze(0),
    lambda a: a[0].expand(4, 3),
    lambda a: a.clone(),
    lambda a: a[0:1],
    lambda a: a[[0, 1]],
    lambda a: a.masked_fill(a > 0.5, 0.0),
    lambda a: 1 - a,
    lambda a: a.sum(),
    lambda a: a.mean(1),
    lambda a: a.mean(),
    lambda a: a.relu(),
    lambda a: F.cross_entropy(a, a.detach().softmax(1), label_smoothing=0.1),
    lambda a: F.cross_entropy(a, CLASSES[:2], label_smoothing=0.1),
    lambda a: F.nll_loss(a[..., None, None], CLASSES[:2, None, None]),
]


def test_names_whose_options_are_read_are_names_that_torch_gives() -> None:
    image, a, cdf = uniform(2, 3, 4, 4), uniform(2, 3), uniform(3, 3)
    more = [
        F.conv2d(image, uniform(5, 3, 2, 2)),
        F.conv_transpose2d(image, uniform(3, 5, 2, 2)),
        F.batch_norm(image, None, None, training=True),
        F.layer_norm(a, (3,)),
        F.group_norm(image, 1),
        F.embedding(CLASSES[:1], a),
        F.gelu(a),
        a.clamp(0, 1),
        torch.clamp_min(a, 0),
        torch.clamp_max(a, 1),
        torch.linalg.vector_norm(a),
        torch.cdist(a, cdf),
        torch.index_put(a, (torch.tensor([0]),), a[:1].detach(), accumulate=True),
        F.binary_cross_entropy(a.sigmoid(), a.detach().sigmoid()),
        F.huber_loss(a, a.detach()),
        F.smooth_l1_loss(a, a.detach()),
        F.soft_margin_loss(a, a.detach().sign()),
        a.max(),
        a.min(),
        a.median(),
    ]
    results = [compute(*(uniform(*shape) for shape in shapes)) for compute, shapes in STATEMENTS.values()]
    results += [compute(uniform(2, 3)) for compute in IN_WORDS]
    seen = {node.name for result in results for node in record(result).nodes if node.kind == "operation"}
    seen |= {result.grad_fn.name() for result in more if operation_of(result.grad_fn) is not None}
    assert {*READ, *OF_ALL, *NORMS} <= seen


@pytest.mark.parametrize(
    ("compute", "unwanted"),
    [
        (lambda a: F.linear(a, torch.ones(2, 3)), "B"),
        (lambda a: F.conv1d(a[None], torch.ones(2, 2, 2)), "W"),
        (lambda a: a * 2, "B"),
    ],
)
def test_what_needs_no_gradient_is_said_and_what_was_not_given_is_left_out(
    compute: Callable[[Tensor], Tensor], unwanted: str
) -> None:
    node = record(compute(uniform(2, 3).float())).nodes[1]
    assert [words.en for words in node.hands_on if "no gradient" in words.en] == [f"{unwanted} needs no gradient"]
    assert [words.zh for words in node.hands_on if "梯度" in words.zh] == [f"{unwanted} 不需要梯度"]


def test_numbers_that_are_not_whole_stay_letters_and_are_said() -> None:
    node = record(F.leaky_relu(uniform(3), 0.25)).nodes[1]
    assert node.named == ("α = 0.25",)
    assert record(F.leaky_relu(uniform(3), 2.0)).nodes[1].named == ()

"""A model is explained where it computes X Wᵀ + b, whatever is around it, and is otherwise refused by name."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules import module as every_module
from torch.nn.utils import parametrizations, parametrize, prune

from derivations import Unsupported, explain

CE, MSE, BCE, NLL = nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss, nn.NLLLoss
GENERATOR = torch.Generator().manual_seed(6)
X = torch.randn(5, 4, generator=GENERATOR, dtype=torch.float64)
LABELS = torch.tensor([0, 1, 2, 1, 0])


def linear(kind=nn.Linear):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return kind(4, 3).double()


def compiled(module):
    return torch.compile(module, backend="eager")


class Merged(nn.Linear):
    """A forward of its own that adds in another order."""

    def forward(self, x):
        return self.bias + (x.flip(-1) @ self.weight.flip(-1).T)


class LoRA(nn.Linear):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.down, self.up = nn.Parameter(torch.ones(2, 4)), nn.Parameter(torch.zeros(3, 2))

    def forward(self, x):
        return super().forward(x) + x @ self.down.T @ self.up.T


class Quiet(nn.Linear):
    """A subclass without a forward of its own."""


def hooked(register, hook, model=None):
    model = linear() if model is None else model
    getattr(model, register)(hook)
    return model


def with_forward(forward):
    model = linear()
    model.forward = lambda x: forward(model, x)
    return model


def trained():
    model = linear(LoRA)
    nn.init.ones_(model.up)
    return model


def lazy():
    model = nn.LazyLinear(3, dtype=torch.float64)
    model(X)
    return model


def pruned(name="weight", remove=False):
    model = prune.l1_unstructured(linear(), name, 0.5)
    return prune.remove(model, name) if remove else model


def nothing(*_):
    """A hook that only looks on."""


def double(module, inputs, outputs):
    return 2 * outputs


def clip(module, inputs, outputs):
    outputs.register_hook(lambda gradient: gradient.clamp(-100, 100))


def cut(module, inputs, outputs):
    """The same outputs, with half of their gradient."""
    return (outputs + outputs.detach()) / 2


SAME = {
    "in a Sequential": lambda: nn.Sequential(linear()),
    "with Identity": lambda: nn.Sequential(nn.Identity(), linear(), nn.Identity()),
    "nested": lambda: nn.Sequential(nn.Sequential(linear()), nn.Sequential(nn.Identity())),
    "with Dropout that is off": lambda: nn.Sequential(nn.Dropout(0.5), linear()).eval(),
    "with Dropout of nothing": lambda: nn.Sequential(linear(), nn.Dropout(0.0)),
    "compiled": lambda: compiled(linear()),
    "compiled inside": lambda: nn.Sequential(compiled(linear()), nn.Identity()),
    "in DataParallel": lambda: nn.DataParallel(linear()),
    "in both": lambda: compiled(nn.DataParallel(nn.Sequential(linear()))),
    "a subclass that changes nothing": lambda: linear(Quiet),
    "a forward in another order": lambda: linear(Merged),
    "LoRA that is still 0": lambda: linear(LoRA),
    "a hook that looks on": lambda: hooked("register_forward_hook", nothing),
    "a pre-hook that looks on": lambda: hooked("register_forward_pre_hook", nothing),
    "a hook around it that looks on": lambda: hooked("register_forward_hook", nothing, nn.Sequential(linear())),
    "a forward put in its place": lambda: with_forward(lambda m, x: F.linear(x, m.weight, m.bias)),
    "pruned for good": lambda: pruned(remove=True),
    "lazy, and called": lazy,
    "frozen": lambda: linear().requires_grad_(False),
}


@pytest.mark.parametrize("name", SAME)
def test_what_computes_the_same_is_explained(name):
    model = SAME[name]()
    explanation = explain(model, CE())
    certificate = explanation.certify(X, LABELS)
    assert certificate, str(certificate.mismatch())
    theirs = dict(model.requires_grad_().named_parameters())
    model.zero_grad()
    CE()(model(X), LABELS).backward()
    for name, value in explanation.gradients(X, LABELS).items():
        (parameter,) = (each for key, each in theirs.items() if key.rpartition(".")[2] == name)
        torch.testing.assert_close(value, parameter.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Identity(), linear(), nn.Identity(), nn.LogSoftmax(1), nn.Identity()),
        nn.Sequential(nn.Sequential(linear()), nn.Sequential(nn.LogSoftmax(-1))),
        hooked("register_forward_hook", nothing, nn.Sequential(linear(), nn.LogSoftmax(1))),
    ],
    ids=["with Identity", "nested", "with a hook that looks on"],
)
def test_log_softmax_and_what_does_nothing_around_it(model):
    explanation = explain(model, NLL())
    assert explanation.setup.wrt == ("weight", "bias", "inputs", "logits", "outputs")
    assert explanation.certify(X, LABELS)


REFUSED_AT_ONCE = {
    "weight_norm": (
        lambda: parametrizations.weight_norm(linear()),
        "weight is no parameter, but computed by _WeightNorm",
    ),
    "spectral_norm": (lambda: parametrizations.spectral_norm(linear()), r"remove_parametrizations\(layer, 'weight'\)"),
    "orthogonal": (lambda: parametrizations.orthogonal(linear()), "computed by _Orthogonal"),
    "a parametrised bias": (
        lambda: parametrize.register_parametrization(linear(), "bias", nn.Tanh()),
        "bias is no parameter, but computed by Tanh",
    ),
    "weight_norm, old": (lambda: nn.utils.weight_norm(linear()), r"WeightNorm: .*nn.utils.remove_weight_norm\(layer\)"),
    "spectral_norm, old": (lambda: nn.utils.spectral_norm(linear()), r"remove_spectral_norm\(layer\) makes it"),
    "pruned": (pruned, r"computed by L1Unstructured: .*torch.nn.utils.prune.remove\(layer, 'weight'\)"),
    "pruned bias": (lambda: pruned("bias"), r"prune.remove\(layer, 'bias'\)"),
    "pruned in a Sequential": (lambda: nn.Sequential(pruned(), nn.Identity()), "computed by L1Unstructured"),
    "a backward hook": (lambda: hooked("register_full_backward_hook", nothing), r"backward hook \(nothing\)"),
    "a backward pre-hook": (lambda: hooked("register_full_backward_pre_hook", nothing), "backward hook"),
    "a backward hook around it": (
        lambda: hooked("register_full_backward_hook", nothing, nn.Sequential(linear())),
        "Sequential has a backward hook",
    ),
    "a hook of the weight": (
        lambda: [linear()],
        "Linear.weight has a hook",
    ),
    "a hook of DataParallel": (
        lambda: hooked("register_forward_hook", nothing, nn.DataParallel(linear())),
        r"the model is a DataParallel that has a forward hook \(nothing\)",
    ),
    "lazy": (lambda: nn.LazyLinear(3), "is lazy and has no weight yet. Call the model once"),
    "meta": (lambda: nn.Linear(4, 3, device="meta"), "on the meta device, where a tensor has a shape and no values"),
    "complex": (lambda: nn.Linear(4, 3, dtype=torch.complex64), "weight is torch.complex64. Supported: torch.float64"),
    "a bias of another dtype": (lambda: other_bias(), "bias is torch.float32, and its weight torch.float64"),
    "another weight than it says": (
        lambda: resized(),
        r"weight is \(2, 4\), but its out_features and in_features are 3",
    ),
    "a model around it": (
        lambda: Around(),
        r"a Around. Explain its linear layer alone, model.get_submodule\('inner'\)",
    ),
    "Dropout that is on": (
        lambda: nn.Sequential(nn.Dropout(0.5), linear()),
        r"training mode.* Call model.eval\(\) first",
    ),
    "quantized": (
        lambda: torch.ao.nn.quantized.dynamic.Linear(4, 3),
        "It is quantized, its weight rounded to integers",
    ),
    "scripted": (lambda: torch.jit.script(linear()), "Explain the module that was compiled by torch.jit"),
}


class Around(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = linear()


def other_bias():
    model = linear()
    model.bias = nn.Parameter(torch.ones(3))
    return model


def resized():
    model = linear()
    model.weight = nn.Parameter(torch.ones(2, 4).double())
    return model


@pytest.mark.filterwarnings("ignore")  # of what torch says of old and of quantized modules
@pytest.mark.parametrize("name", REFUSED_AT_ONCE)
def test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name(name):
    make, says = REFUSED_AT_ONCE[name]
    model = make()
    if isinstance(model, list):
        (model,) = model
        model.weight.register_hook(nothing)
    with pytest.raises(Unsupported, match=says):
        explain(model, MSE())


REFUSED_WHEN_RUN = {
    "a hook": (
        lambda: hooked("register_forward_hook", double),
        r"a forward hook \(double\), and its output at \[0, 0\]",
    ),
    "a hook around it": (
        lambda: hooked("register_forward_hook", double, nn.Sequential(linear())),
        r"a forward hook \(double\), and its output",
    ),
    "a pre-hook": (
        lambda: hooked("register_forward_pre_hook", lambda module, inputs: (2 * inputs[0],)),
        "a forward pre-hook .* and its output",
    ),
    "a hook of the gradient alone": (lambda: hooked("register_forward_hook", cut), "and its gradient in the inputs at"),
    "a hook that cuts the graph": (
        lambda: hooked("register_forward_hook", lambda module, inputs, outputs: outputs.detach()),
        "no gradient flows through its outputs",
    ),
    "a hook that clips gradients": (lambda: hooked("register_forward_hook", clip), "puts a hook on its outputs"),
    "a hook that returns two": (
        lambda: hooked("register_forward_hook", lambda module, inputs, outputs: (outputs, outputs)),
        "returns a tuple, where X Wᵀ",
    ),
    "a weight that gets no gradient": (
        lambda: with_forward(lambda m, x: F.linear(x, m.weight.detach(), m.bias)),
        "its gradient in the weight at",
    ),
    "a bias that gets twice its gradient": (
        lambda: with_forward(lambda m, x: F.linear(x, m.weight, 2 * m.bias - m.bias.detach())),
        "its gradient in the bias at",
    ),
    "LoRA": (trained, "the forward of .*LoRA, and its output at"),
    "a forward put in its place": (
        lambda: with_forward(lambda m, x: F.linear(x, m.weight).relu() + m.bias),
        r"a forward of its own \(.*\), and its output",
    ),
}


@pytest.mark.parametrize("name", REFUSED_WHEN_RUN)
@pytest.mark.parametrize("method", ["gradients", "certify"])
def test_what_computes_something_else_is_refused_when_run(method, name):
    make, says = REFUSED_WHEN_RUN[name]
    with pytest.raises(Unsupported, match=says):
        getattr(explain(make(), CE()), method)(X, LABELS)


def test_a_hook_between_linear_and_log_softmax():
    model = nn.Sequential(hooked("register_forward_hook", double), nn.LogSoftmax(1))
    with pytest.raises(Unsupported, match=r"a forward hook \(double\), and its output"):
        explain(model, NLL()).gradients(X, LABELS)


def test_what_happens_to_the_model_later_is_seen():
    model = linear()
    explanation = explain(model, CE())
    handle = model.register_forward_hook(double)
    with pytest.raises(Unsupported, match="forward hook"):
        explanation.gradients(X, LABELS)
    handle.remove()
    assert explanation.certify(X, LABELS)
    parametrizations.weight_norm(model)
    with pytest.raises(Unsupported, match="weight is no parameter"):
        explanation.gradients(X, LABELS)


def test_hooks_of_every_module():
    explanation = explain(linear(), CE())
    for register, hook, says in (
        (every_module.register_module_forward_hook, double, r"a forward hook of every module \(double\)"),
        (every_module.register_module_forward_pre_hook, lambda m, x: (2 * x[0],), "a forward hook of every module"),
        (every_module.register_module_full_backward_hook, nothing, "has a backward hook"),
    ):
        handle = register(hook)
        try:
            with pytest.raises(Unsupported, match=says):
                explanation.gradients(X, LABELS)
        finally:
            handle.remove()
    handle = every_module.register_module_forward_hook(nothing)
    try:
        assert explanation.certify(X, LABELS)
    finally:
        handle.remove()


def test_autocast_is_refused_where_it_would_change_the_dtype():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with pytest.raises(Unsupported, match=r"would compute in torch\.bfloat16, and not in torch\.float32"):
            explain(linear().float(), CE()).gradients(X.float(), LABELS)
        for dtype in (torch.float64, torch.bfloat16):  # which it leaves alone
            for model in (linear().to(dtype), None):
                assert explain(model, CE()).certify(X.to(dtype), LABELS).verdict != "disagrees"


@pytest.mark.parametrize("given", ["inside", "outside"])
def test_tensors_of_inference_mode(given):
    with torch.inference_mode():
        inputs, labels, model = X.clone(), LABELS.clone(), linear()
        if given == "inside":
            assert explain(model, CE()).certify(inputs, labels)
            assert explain(None, CE(reduction="none")).certify(inputs, labels, grad_output=inputs[:, 0])
    assert explain(model, CE()).certify(inputs, labels)


TWICE = {
    "softmax, cross-entropy": (nn.Softmax(1), CE(), "after the model's Softmax there would be two.* Leave Softmax out"),
    "log_softmax, cross-entropy": (nn.LogSoftmax(1), CE(), "a second one changes nothing. Leave LogSoftmax out"),
    "sigmoid, BCE": (nn.Sigmoid(), BCE(), "after the model's Sigmoid there would be two.* Leave Sigmoid out"),
    "softmax, NLL": (nn.Softmax(1), NLL(), "Softmax gives probabilities. Put LogSoftmax"),
    "nothing, NLL": (nn.Identity(), NLL(), "a linear layer gives logits. Put LogSoftmax"),
    "log_softmax of columns, NLL": (nn.LogSoftmax(0), NLL(), r"Make it LogSoftmax\(dim=1\)"),
    "softmax, MSE": (nn.Softmax(1), MSE(), r"the model is a Linear \+ Softmax\. Explain its linear layer alone"),
}


@pytest.mark.parametrize("name", TWICE)
def test_what_the_loss_does_itself_is_refused_and_says_why(name):
    after, criterion, says = TWICE[name]
    for model in (nn.Sequential(linear(), after), nn.Sequential(nn.Sequential(linear()), nn.Identity(), after)):
        with pytest.raises(Unsupported, match=says):
            explain(model, criterion)


def test_a_criterion_with_hooks_is_refused():
    for register in ("register_forward_hook", "register_full_backward_hook"):
        with pytest.raises(Unsupported, match=r"CrossEntropyLoss has a .*hook"):
            explain(linear(), hooked(register, nothing, CE()))
    criterion = CE()
    criterion.forward = lambda outputs, targets: 2 * F.cross_entropy(outputs, targets)
    with pytest.raises(Unsupported, match="CrossEntropyLoss has a forward of its own"):
        explain(linear(), criterion)


def test_a_compiled_criterion_is_the_criterion():
    assert explain(linear(), compiled(CE(label_smoothing=0.1))).certify(X, LABELS)


def test_a_criterion_that_changes_is_explained_again():
    criterion = CE(weight=torch.ones(3).double(), label_smoothing=0.1)
    explanation = explain(linear(), criterion)
    criterion.label_smoothing, criterion.weight = 0.3, torch.tensor([1.0, 2.0, 3.0]).double()
    assert explanation.certify(X, LABELS)  # values are read at the call
    assert explanation.certify(X, LABELS).loss == criterion(explanation.setup.model(X), LABELS).item()
    criterion.reduction = "sum"
    with pytest.raises(ValueError, match=r"since then it has become .*reduction=sum.* Explain it again"):
        explanation.gradients(X, LABELS)


def test_a_process_of_distributed_data_parallel(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    try:
        assert explain(nn.parallel.DistributedDataParallel(linear()), CE()).certify(X, LABELS)
    finally:
        torch.distributed.destroy_process_group()

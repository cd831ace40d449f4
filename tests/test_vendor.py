"""Private names of other libraries stand in modules called `vendor`, and each is where it was and does what it did."""

import ast
import threading
from pathlib import Path
from types import SimpleNamespace

import mpmath
import pytest
import torch
from import_graph import modules
from IPython.core.displayhook import DisplayHook
from jinja2.bccache import FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from torch import nn
from torch.nn import functional as F

from derivations.index_calculus.judging.vendor import ends, parts
from derivations.pages import vendor as pages
from derivations.torch_bridge import vendor

PACKAGE = Path(__file__).parents[1] / "derivations"
#: Documented, in spite of how they are written.
DOCUMENTED = {"_exit", "_replace", "_asdict", "_fields", "_make"}
READS = {"getattr", "hasattr", "setattr", "delattr", "get", "pop"}


def is_private(name):
    return isinstance(name, str) and name.isidentifier() and name.startswith("_") and not name.endswith("_")


def defined(tree):
    """The private names that a module makes itself: functions, variables, and attributes of its own objects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _of_self(node):
            yield node.attr


def _of_self(node):
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def foreign(text):
    """The private names of others that a module uses, each with its line: as attributes, imports, or in quotes."""
    tree = ast.parse(text)
    own = {*defined(tree), *DOCUMENTED}
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Attribute) and not _of_self(node):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [*(node.module or "").split("."), *(each.name for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [part for each in node.names for part in each.name.split(".")]
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            names = [text for each in node.args for text in _quoted(each)] if called in READS else []
        elif isinstance(node, ast.Subscript):
            names = _quoted(node.slice)
        elif isinstance(node, ast.Compare):
            names = _quoted(node.left) if isinstance(node.ops[0], ast.In | ast.NotIn) else []
        yield from ((node.lineno, name) for name in names if is_private(name) and name not in own)


def _quoted(node):
    if isinstance(node, ast.JoinedStr):  # f"_saved_{name}"
        node = node.values[0]
        return [f"{node.value}…".replace("…", "x")] if isinstance(node, ast.Constant) else []
    return [node.value] if isinstance(node, ast.Constant) else []


@pytest.mark.parametrize("name", modules(PACKAGE))
def test_no_other_module_uses_a_private_name_of_another_library(name):
    if name.rpartition(".")[2] != "vendor":
        assert [*foreign(modules(PACKAGE)[name].read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("page._title", ["_title"]),
        ("from torch._C import x", ["_C"]),
        ("from torch.nn import _reduction", ["_reduction"]),
        ("import torch._dynamo as d", ["_dynamo"]),
        ("getattr(node, f'_saved_{name}')", ["_saved_x"]),
        ("hasattr(f, '_orig')", ["_orig"]),
        ("module['_orig_mod']", ["_orig_mod"]),
        ("'_orig_mod' in modules", ["_orig_mod"]),
        ("modules.get('_orig_mod', 1)", ["_orig_mod"]),
        ("super()._made()", ["_made"]),
        ("class A:\n    def _made(self): return other._made()", []),
        ("self._cache", []),
        ("os._exit(0); pair._replace(a=1)", []),
        ("from .rooms import _own", []),
        ("f'{name}_'; text.removeprefix('_'); x.__class__", []),
    ],
)
def test_a_private_name_is_found_however_it_is_used(text, found):
    assert [name for _, name in foreign(text)] == found


# torch ----------------------------------------------------------------------------------------------------------------


def test_what_torch_compile_wraps_is_found():
    linear = nn.Linear(2, 1)
    assert vendor.compiled(linear) is None
    assert vendor.compiled(torch.compile(linear, backend="eager")) is linear
    assert not vendor.is_compiled_function(torch.sin)
    assert vendor.is_compiled_function(torch.compile(torch.sin, backend="eager"))


def test_a_module_s_own_parameters():
    linear = nn.Linear(2, 1, bias=False)
    assert dict(vendor.own_parameters(linear)) == {"weight": linear.weight, "bias": None}
    assert not vendor.own_parameters(nn.Sequential(linear))


@pytest.mark.parametrize(
    ("register", "found"),
    [
        (lambda module, hook: module.register_forward_pre_hook(hook), vendor.forward_pre_hooks),
        (lambda module, hook: module.register_forward_hook(hook), vendor.forward_hooks),
        (lambda module, hook: module.register_full_backward_hook(hook), vendor.backward_hooks),
        (lambda module, hook: module.register_full_backward_pre_hook(hook), vendor.backward_hooks),
        (lambda _, hook: nn.modules.module.register_module_full_backward_hook(hook), vendor.backward_hooks),
        (lambda _, hook: nn.modules.module.register_module_full_backward_pre_hook(hook), vendor.backward_hooks),
        (
            lambda _, hook: nn.modules.module.register_module_forward_pre_hook(hook),
            lambda _: vendor.global_forward_hooks(),
        ),
        (lambda _, hook: nn.modules.module.register_module_forward_hook(hook), lambda _: vendor.global_forward_hooks()),
        (lambda module, hook: module.weight.register_hook(hook), lambda module: vendor.tensor_hooks(module.weight)),
        (
            lambda module, hook: module.weight.register_post_accumulate_grad_hook(hook),
            lambda module: vendor.tensor_hooks(module.weight),
        ),
    ],
)
def test_each_kind_of_hook_is_found_where_it_is_registered(register, found):
    def hook(*_):
        return None

    module = nn.Linear(2, 1)
    assert found(module) == []
    handle = register(module, hook)
    try:
        assert found(module) == [hook]
    finally:
        handle.remove()
    assert found(module) == []


def test_a_change_in_place_is_counted():
    tensor = torch.zeros(2)
    before = vendor.version(tensor)
    tensor.add_(1)
    assert vendor.version(tensor) == before + 1


def test_a_view_knows_what_it_is_a_view_of():
    tensor = torch.zeros(2, 2)
    assert vendor.base(tensor) is None
    assert vendor.base(tensor[0]) is tensor


def test_a_node_has_what_it_saved():
    x = torch.ones(2, 3, requires_grad=True)
    node = torch.log_softmax(x, 1).grad_fn
    assert vendor.saved(node, "dim") == 1
    with pytest.raises(AttributeError):
        vendor.saved(node, "momentum")


def test_torch_s_criteria_have_a_base():
    assert issubclass(nn.CrossEntropyLoss, vendor.LOSS)
    assert not issubclass(nn.Linear, vendor.LOSS)


def test_a_node_has_the_number_that_the_next_one_was_to_get():
    x = torch.ones(2, requires_grad=True)
    before = vendor.next_number()
    node = x.exp().grad_fn
    assert vendor.number(node) == before
    assert vendor.next_number() == before + 1


def test_a_mode_sees_what_runs_below_autograd_and_what_it_writes_to():
    seen = []

    class Mode(vendor.DispatchMode):
        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            seen.append(vendor.schema(operation))
            return operation(*args, **(kwargs or {}))

    with Mode():
        F.linear(torch.ones(2, 3), torch.ones(4, 3), torch.ones(4)).relu_()
    assert [each.name for each in seen][-2:] == ["aten::addmm", "aten::relu_"]
    assert [each.name for each in seen[-1].arguments if each.alias_info is not None] == ["self"]
    assert [(each.name, each.default_value) for each in seen[-2].arguments][-1] == ("alpha", 1)


def test_a_function_is_taken_apart_into_core_operations():
    x = torch.randn(2, 4)
    graph = vendor.taken_apart(lambda each: F.glu(each), [x])
    assert torch.equal(graph(x), F.glu(x))
    names = {vendor.schema(each).name for each in vendor.operations_in(graph)}
    assert "aten::sigmoid" in names
    assert "aten::glu" not in names


def test_every_function_s_apply_runs_through_its_base():
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

    base, kept, seen = vendor.function_base(), Same.apply, []
    assert "apply" not in vars(base)
    base.apply = classmethod(lambda cls, *args: seen.append(cls) or super(base, cls).apply(*args))
    try:
        assert kept(torch.ones(1)) == 1
    finally:
        del base.apply
    assert seen == [Same]


def test_what_lists_and_dicts_hold_is_mapped_and_put_back():
    nested = {"a": [torch.ones(2), 3], "b": (torch.zeros(1),)}
    assert torch.equal(vendor.mapped(torch.neg, nested)["a"][0], -torch.ones(2))
    items, spec = vendor.leaves(nested)
    assert [type(each) for each in items] == [torch.Tensor, int, torch.Tensor]
    assert vendor.rebuilt([1, 2, 3], spec) == {"a": [1, 2], "b": (3,)}


# mpmath ---------------------------------------------------------------------------------------------------------------


def test_a_number_has_parts_and_an_interval_ends():
    sign, mantissa, exponent, bits = parts(mpmath.mpf(-6))
    assert (sign, mantissa, exponent, bits) == (1, 3, 1, 2)
    assert ends(mpmath.iv.mpf([1, 2])) == (parts(mpmath.mpf(1)), parts(mpmath.mpf(2)))


# What builds the site -------------------------------------------------------------------------------------------------


@pytest.fixture
def rendered(tmp_path):
    config = MkDocsConfig()
    config.load_dict({"site_name": "x", "docs_dir": str(tmp_path), "site_dir": str(tmp_path / "site")})
    config.validate()
    (tmp_path / "a.md").write_text("# The *title*", encoding="utf-8")
    page = Page(None, File("a.md", str(tmp_path), str(tmp_path / "site"), use_directory_urls=True), config)
    page.read_source(config)
    page.render(config, Files([page.file]))
    return page


def test_a_title_is_what_mkdocs_found_and_may_be_given(rendered):
    assert pages.rendered_title(rendered) == rendered.title == "The title"
    pages.set_rendered_title(rendered, "Another")
    assert rendered.title == "Another"


def test_a_server_is_waited_for_until_it_has_built(tmp_path):
    server = LiveReloadServer(lambda: None, "127.0.0.1", 0, str(tmp_path))
    try:
        epoch = pages.wait_until_built(server)
        assert b"livereload" in pages.with_reload(server, b"<body></body>", epoch)
        server._wanted_epoch = epoch + 1
        waited = threading.Thread(target=pages.wait_until_built, args=[server])
        waited.start()
        waited.join(0.05)
        assert waited.is_alive()
        with server._epoch_cond:
            server._visible_epoch = epoch + 1
            server._epoch_cond.notify_all()
        waited.join(10)
        assert not waited.is_alive()
    finally:
        server.server_close()


def test_an_exporter_keeps_its_compiled_templates(tmp_path):
    class Exporter(pages.CompilingExporter):
        compiled = FileSystemBytecodeCache(str(tmp_path))

    assert Exporter().environment.bytecode_cache is Exporter.compiled


def test_signatures_are_formatted_by_what_mkdocstrings_has_once():
    from mkdocstrings_handlers.python._internal import rendering

    pages.format_signatures_once()
    formatter = rendering._get_formatter()
    assert formatter is rendering._get_formatter()
    assert formatter("f(a,b)", 80).strip() == "f(a, b)"
    assert formatter.cache_info().currsize >= 1


def test_ipython_knows_whether_it_displays_a_result():
    """The worker, which loads nothing of ours, says when that is over (pages/worker/shell.py)."""
    for active in (True, False):
        assert DisplayHook.is_active.fget(SimpleNamespace(_is_active=active)) is active

"""The inventory of torch's nodes is that of the derivatives.yaml which torch ships."""

from pathlib import Path

import pytest
import torchgen
from torchgen.packaged.autograd.load_derivatives import load_derivatives

from derivations.operations import registered
from derivations.torch_bridge.graph.inventory import described, missing, nodes

PACKAGED = Path(torchgen.__file__).parent / "packaged"


@pytest.fixture(scope="module")
def shipped():
    """The names of the nodes, as torch generates them from its file."""
    native = PACKAGED / "ATen" / "native"
    infos, _ = load_derivatives(
        str(PACKAGED / "autograd" / "derivatives.yaml"),
        str(native / "native_functions.yaml"),
        str(native / "tags.yaml"),
    )
    return {info.op for by_key in infos.values() for info in by_key.values() if info.op}


def test_every_node_of_torch_is_listed_once(shipped):
    listed = [*described(), *(name for group in missing() for name in group.names)]
    assert sorted(listed) == sorted({*listed}) == list(nodes())
    assert {*listed} == shipped


@pytest.mark.parametrize(("key", "kind"), registered().items(), ids=registered())
def test_operations_name_nodes_that_torch_has(key, kind, shipped):
    assert kind.nodes
    assert {*kind.nodes} <= shipped


def test_groups_say_what_their_nodes_are():
    others, again, copies = missing()
    assert "SinBackward0" in others.names
    assert "GeluBackwardBackward0" in again.names
    assert {"SliceBackward0_copy", "ViewBackwardAutogradNestedTensor0"} <= {*copies.names}

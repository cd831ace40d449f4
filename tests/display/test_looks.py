"""A thing is shown as its class was registered, by a module that is imported when it is first asked for."""

import subprocess
import sys

import pytest

from derivations import derive
from derivations.derivation import Derivation
from derivations.looks import Shown, register
from derivations.losses import MSE

SHOWN = """
import sys
import derivations as dv
thing = {made}
before = "{module}" in sys.modules
data, both = thing._repr_mimebundle_()
print(before, "{module}" in sys.modules, "text/html" in data, *sorted(both["derivations"]), "torch" in sys.modules)
"""


@pytest.mark.parametrize(
    ("made", "module", "with_torch"),
    [
        ("dv.derive(dv.MSE())", "derivations.display.derivation", False),
        ("dv.check('Z - Y', dv.MSE())", "derivations.display.diagnosis", False),
        ("dv.explain(None, __import__('torch').nn.MSELoss())", "derivations.display.explanation", True),
        ("dv.explain(None, __import__('torch').nn.MSELoss()).sample", "derivations.display.certificate", True),
    ],
)
def test_a_display_is_imported_when_something_is_shown(made, module, with_torch):
    code = SHOWN.format(made=made, module=module)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.stdout.split() == ["False", "True", "True", "en", "zh", str(with_torch)], result.stderr


def test_a_class_is_shown_as_its_base_is_unless_it_has_a_look_of_its_own():
    class Longer(Derivation):
        pass

    short = derive(MSE())
    longer = Longer(*short.__reduce__()[1])
    assert str(longer) == str(short)
    register(Longer, lambda thing, lang: f"longer, {lang}", lambda thing: ({"text/plain": "longer"}, {}))
    assert str(longer) == "longer, en"
    assert longer._repr_mimebundle_() == ({"text/plain": "longer"}, {})
    assert str(short) != "longer, en"


def test_what_has_no_look_says_how_to_give_it_one():
    class Bare(Shown):
        pass

    with pytest.raises(TypeError, match=r"Bare has no look\. Register one: derivations\.looks\.register\(Bare, "):
        str(Bare())

"""The room runs wherever Python does: none of its modules loads torch, numpy or SymPy."""

import pkgutil
import subprocess
import sys

import pytest

from derivations import diagnosis

MODULES = sorted(each.name for each in pkgutil.walk_packages(diagnosis.__path__, "derivations.diagnosis."))


@pytest.mark.parametrize("module", MODULES)
def test_no_module_loads_more_than_python(module):
    code = f"import sys, {module}; print(sorted({{'torch', 'numpy', 'sympy', 'mpmath'}} & {{*sys.modules}}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stdout, found.stderr) == (0, "[]\n", "")


def test_there_are_modules():
    assert {"derivations.diagnosis.values.evaluate", "derivations.diagnosis.values.lists"} <= {*MODULES}

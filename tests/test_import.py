"""`import derivations` loads next to nothing; SymPy and torch are loaded by the names that need them, on first use."""

import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import derivations
from derivations import losses, needs
from derivations.torch_bridge.criteria import registry as criteria

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

BLOCKED = textwrap.dedent("""
    import sys
    for missing in ("torch", "numpy"):
        sys.modules[missing] = None  # importing it now raises ModuleNotFoundError
""")


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_both_losses_are_derived_without_torch_and_numpy():
    result = run(
        BLOCKED
        + textwrap.dedent("""
        import derivations as dv
        for loss in (dv.MSE(), dv.CrossEntropy()):
            for wrt in ("outputs", "weight", "bias", "inputs"):
                print(dv.derive(loss, wrt).result)
        """)
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 8


def test_every_loss_has_a_public_name():
    public = {getattr(losses, name) for name in losses.__all__}
    assert public >= {*losses.registry.registered(), losses.Elementwise, losses.Loss}
    missing = {each.name for each in criteria.criteria() if not each.is_of_torch}
    assert {*dir(derivations.nn)} == missing
    assert {getattr(derivations.nn, name).__name__ for name in missing} == missing
    assert {"losses", "nn"} <= {*dir(derivations)}
    with pytest.raises(AttributeError, match=r"no attribute 'Focal'\. It has CappedCrossEntropy, "):
        _ = derivations.nn.Focal


def test_losses_are_loaded_when_they_are_asked_for():
    result = run(
        BLOCKED
        + textwrap.dedent("""
        import derivations as dv
        assert "sympy" not in sys.modules
        assert dv.derive(dv.losses.Huber()).steps
        dv.nn
        """)
    )
    assert "derivations.nn needs torch, which is not installed" in result.stderr


def test_without_torch_the_front_door_says_what_to_install():
    result = run(BLOCKED + "import derivations as dv\ndv.explain")
    assert result.returncode != 0
    assert "derivations.explain needs torch, which is not installed" in result.stderr
    assert needs.INSTALL in result.stderr


def test_what_it_says_to_install_is_what_the_package_asks_for():
    asked = {(each := Requirement(text)).name: each for text in PROJECT["optional-dependencies"]["torch"]}
    said = {(each := Requirement(text)).name: each for text in shlex.split(needs.INSTALL)[2:]}
    assert said.keys() == asked.keys() == set(needs.OPTIONAL)
    (version,) = said["torch"].specifier
    assert version.operator == "=="
    assert asked["torch"].specifier.contains(version.version)
    assert str(said["numpy"].specifier) in str(asked["numpy"].specifier)


def test_nothing_advises_to_install_a_name_that_no_index_knows():
    root = Path(__file__).parents[1]
    texts = [root / "README.md", *(path for room in ("derivations", "docs") for path in (root / room).rglob("*.py"))]
    said = [line for path in texts for line in path.read_text(encoding="utf-8").splitlines() if "pip install" in line]
    assert said
    assert [line for line in said if re.search(r"gradient.ledger(\[\w+\])?(?! @ git\+|[\w\[])", line)] == []


def test_importing_the_package_loads_none_of_its_rooms_and_deriving_only_sympy():
    """How long `import derivations` takes beside `import sympy`, `make bench` measures."""
    result = run(
        textwrap.dedent("""
        import sys
        import derivations
        rooms = {name for name in sys.modules if name.startswith("derivations.")}
        print(*sorted(rooms), *sys.modules.keys() & {"sympy", "torch", "numpy"})
        derivations.derive
        print(*sys.modules.keys() & {"sympy", "torch", "numpy"})
        """)
    )
    assert result.stdout.splitlines() == ["derivations.looks derivations.needs", "sympy"], result.stderr


def test_every_public_name_is_there():
    for name in derivations.__all__:
        assert getattr(derivations, name) is not None
    assert set(derivations.__all__) == set(derivations._ON_FIRST_USE) <= set(dir(derivations))
    assert callable(derivations.explain)


def test_a_type_checker_knows_our_names_and_no_others(tmp_path):
    package = Path(derivations.__file__)
    (tmp_path / "derivations").mkdir()
    shutil.copy(package, tmp_path / "derivations")
    code = "import derivations as dv\ndv.derive(dv.MSE())\ndv.MES\n"
    command = [sys.executable, "-m", "mypy", "--config-file", "", "--ignore-missing-imports", "-c", code]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8").stdout
    assert re.findall(r"error: (Module has .*?)  ", found) == ['Module has no attribute "MES"'], found

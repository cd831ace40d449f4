"""`import derivations` needs SymPy alone; the torch side is loaded on first use."""

import subprocess
import sys
import textwrap

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


def test_without_torch_the_front_door_says_what_to_install():
    result = run(BLOCKED + "import derivations as dv\ndv.explain")
    assert result.returncode != 0
    assert "derivations.explain needs torch, which is not installed" in result.stderr
    assert "pip install 'gradient-ledger[torch]'" in result.stderr


def test_importing_the_package_loads_neither_torch_nor_numpy():
    result = run("import sys, derivations\nprint([name for name in ('torch', 'numpy') if name in sys.modules])")
    assert result.stdout.strip() == "[]", result.stderr


def test_every_public_name_is_there():
    import derivations

    for name in derivations.__all__:
        assert getattr(derivations, name) is not None
    assert set(derivations.__all__) <= set(dir(derivations))
    assert callable(derivations.explain)

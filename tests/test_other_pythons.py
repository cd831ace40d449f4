"""What needs no torch works on newer Pythons, too: on those of them that this machine has, its tests are run here.

Their packages are linked from this environment, since installing them would need the network: all are pure Python.
"""

import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ["sympy", "mpmath", "pytest", "pluggy", "iniconfig", "packaging", "pygments"]
TESTS = ["tests/index_calculus", "tests/test_optimizers.py"]
NEEDS_MORE = ["--ignore", "tests/index_calculus/rules/test_rules.py"]  # Hypothesis, which is not pure Python
TAKES_LONG = ["--ignore", "tests/index_calculus/judging/test_corners.py"]
COMPILE = (
    "import pathlib; [compile(path.read_bytes(), path, 'exec') for path in pathlib.Path('.').glob('[dt]*/**/*.py')]"
)


def answers(python, version):
    """Whether that is a Python of that version; what pyenv puts on the PATH may be none."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, encoding="utf-8").stdout.strip() == version
    except OSError:
        return False


def find(version):
    """A Python of that version, if this machine has one."""
    ours = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    places = [shutil.which(f"python{version}"), *map(str, ours.glob(f"{version}.*/bin/python"))]
    return next((place for place in places if place and answers(place, version)), None)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    for name in PACKAGES:
        distribution = metadata.distribution(name)
        for top in {path.parts[0] for path in distribution.files} - {"..", "__pycache__"}:
            if not top.endswith(".dist-info"):
                (folder / top).symlink_to(distribution.locate_file(top))
    return folder


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_what_needs_no_torch(version, packages):
    if not (python := find(version)):
        pytest.skip(f"this machine has no Python {version}, so nothing was tested on it")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {"PYTHONPATH": f"{packages}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments):
        done = subprocess.run([python, *arguments], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-W", "error", "-c", COMPILE)
    said = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, *NEEDS_MORE, *TAKES_LONG)
    assert int(re.search(r"(\d+) passed", said)[1]) > 100
    assert "skipped" not in said

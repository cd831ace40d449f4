"""Make the project wrong, as a whole: the site refuses to build, says why in one readable error, and pytest fails."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

WRONG = {
    "the loss of MSE is a mean over N, not N·C": (
        "derivations/losses/entries.py",
        "return self.layout.count * C",
        "return self.layout.count",
        [
            "BCEWithLogitsLoss",
            "tensor     outputs",
            "index      outputs[",
            "expected  ",
            "got       ",
            "bound     ",
            "seed      ",
        ],
    ),
    "the chain rule forgets the power": (
        "derivations/index_calculus/rules/derivatives.py",
        "outcome = Mul(power, Pow(base, power - 1), Partial(base, variable))",
        "outcome = Mul(Pow(base, power - 1), Partial(base, variable))",
        ["MSELoss", "rule 'chain'", "tensor", "index", "expected", "got", "bound", "seed"],
    ),
}


in_time = pytest.mark.parametrize("wrong_project", ["the chain rule forgets the power"], indirect=True)
"""What is found out first: enough where it makes no difference what is wrong."""


@pytest.fixture(params=WRONG, ids=str)
def wrong_project(request, tmp_path):
    """A copy of the project with one thing wrong, and what its error must name."""
    path, right, wrong, named = WRONG[request.param]
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", ".cache", "site", "node_modules", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, project, ignore=ignored)
    if (npm := ROOT / ".cache" / "npm").exists():
        (project / ".cache").mkdir()
        (project / ".cache" / "npm").symlink_to(npm)
    text = (project / path).read_text(encoding="utf-8")
    assert text.count(right) == 1
    (project / path).write_text(text.replace(right, wrong), encoding="utf-8")
    return project, named


def run(project, *arguments, timeout=300):
    environment = {**os.environ, "PYTHONPATH": str(project), "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def test_nothing_is_published(wrong_project):
    project, named = wrong_project
    build = run(project, "mkdocs", "build")
    assert build.returncode == 1
    for part in named:
        assert part in build.stderr
    assert "Traceback" not in build.stderr
    assert not (project / "site" / "index.html").exists()


@in_time
def test_it_is_not_served_either(wrong_project):
    project, named = wrong_project
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    serve = run(project, "mkdocs", "serve", "--dev-addr", address)
    assert serve.returncode == 1
    assert all(part in serve.stderr for part in named)


def test_pytest_fails_too(wrong_project):
    project, _ = wrong_project
    tests = run(project, "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_losses.py", "tests/test_ledger.py")
    assert tests.returncode == 1
    assert "failed" in tests.stdout

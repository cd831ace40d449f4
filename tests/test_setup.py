"""Setting up, as `make` does it first: once, alone, and afresh where somebody else was interrupted."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from test_pins import script

ROOT = Path(__file__).parents[1]
MADE, INSTALLED = "a new environment", "installed"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The script in a folder of its own; `done` says what it would do, since it does nothing here."""
    module = script("bootstrap")
    venv = tmp_path / ".venv"
    names = {"ROOT": tmp_path, "VENV": venv, "STATE": venv / ".set-up", "LOCK": tmp_path / ".venv.lock"}
    names |= {"PYTHON": venv / "python", "HERE": os.fsencode(tmp_path) + b"\n", "done": []}
    for name, value in names.items():
        monkeypatch.setattr(module, name, value, raising=False)
    for name in module.FILES:
        (tmp_path / name).write_text(name, encoding="utf-8")

    def run(*command):
        assert command[1:3] == ("-m", "venv")
        assert not [path for path in venv.iterdir() if path != module.STATE]
        (venv / "python").write_text("")
        module.done.append(MADE)

    def install():
        assert module.STATE.read_bytes() == b""
        module.done.append(INSTALLED)

    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "install", install)
    monkeypatch.setattr(module, "works", lambda: (venv / "python").exists())
    return module


def what_it_did(bootstrap):
    bootstrap.done.clear()
    bootstrap.main()
    return bootstrap.done


def test_it_is_done_once(bootstrap):
    assert what_it_did(bootstrap) == [MADE, INSTALLED]
    assert what_it_did(bootstrap) == []


@pytest.mark.parametrize("name", [*(path.name for path in ROOT.glob("requirements*.txt")), "pyproject.toml"])
def test_again_when_what_is_to_be_installed_has_changed(bootstrap, name):
    bootstrap.main()
    (bootstrap.ROOT / name).write_text("something else", encoding="utf-8")
    assert what_it_did(bootstrap) == [INSTALLED]
    assert what_it_did(bootstrap) == []


def test_not_when_a_file_was_only_written_again(bootstrap):
    bootstrap.main()
    os.utime(bootstrap.ROOT / "requirements.txt", (2**31, 2**31))
    assert what_it_did(bootstrap) == []


def test_afresh_when_the_one_before_was_interrupted(bootstrap, monkeypatch):
    bootstrap.main()
    (bootstrap.ROOT / "requirements.txt").write_text("something else", encoding="utf-8")
    with monkeypatch.context() as interrupted:
        interrupted.setattr(
            bootstrap, "install", lambda: (bootstrap.VENV / "half of it").mkdir() or sys.exit("stopped")
        )
        with pytest.raises(SystemExit, match="stopped"):
            bootstrap.main()
    assert what_it_did(bootstrap) == [MADE, INSTALLED]


def test_afresh_when_its_python_is_gone(bootstrap):
    bootstrap.main()
    (bootstrap.VENV / "python").unlink()
    (bootstrap.VENV / "lib" / "python3.11").mkdir(parents=True)
    assert what_it_did(bootstrap) == [MADE, INSTALLED]


def test_afresh_when_the_folder_was_moved(bootstrap, monkeypatch):
    bootstrap.main()
    monkeypatch.setattr(bootstrap, "HERE", b"/elsewhere\n")
    assert what_it_did(bootstrap) == [MADE, INSTALLED]


def test_an_environment_that_somebody_made_by_hand_is_kept(bootstrap):
    bootstrap.VENV.mkdir()
    (bootstrap.VENV / "python").write_text("")
    assert what_it_did(bootstrap) == [INSTALLED]


def test_what_a_link_leads_to_is_left_alone(bootstrap, tmp_path):
    (shared := tmp_path / "shared").mkdir()
    (shared / ".set-up").write_bytes(b"")
    (shared / "precious").write_text("")
    bootstrap.VENV.symlink_to(shared)
    assert what_it_did(bootstrap) == [MADE, INSTALLED]
    assert (shared / "precious").exists()


def test_a_python_that_is_too_old_stops_before_anything_is_done(bootstrap, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(
        SystemExit, match=r"^Python 3\.11 or newer is needed, and this is 3\.10\. Name one: make PYTHON="
    ):
        bootstrap.main()
    assert bootstrap.done == []
    assert not bootstrap.VENV.exists()


def test_a_python_that_is_too_old_will_do_once_the_environment_is_there(bootstrap, monkeypatch):
    bootstrap.main()
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert what_it_did(bootstrap) == []
    (bootstrap.ROOT / "requirements.txt").write_text("something else", encoding="utf-8")
    assert what_it_did(bootstrap) == [INSTALLED]


def test_a_python_without_ensurepip_is_told_what_it_lacks(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        bootstrap.main()
    assert not bootstrap.VENV.exists()


@pytest.mark.parametrize(
    ("python", "works"),
    [
        ("#!/bin/sh\necho True\n", True),
        ("#!/bin/sh\necho False\n", False),  # too old
        ("#!/bin/sh\necho True; exit 1\n", False),  # no pip
        ("#!/nowhere/python\n", False),
        (None, False),
    ],
)
def test_whether_an_environment_works(monkeypatch, tmp_path, python, works):
    bootstrap = script("bootstrap")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "python")
    if python:
        bootstrap.PYTHON.write_text(python, encoding="utf-8")
        bootstrap.PYTHON.chmod(0o755)
    assert bootstrap.works() is works


def test_nothing_is_put_elsewhere_because_the_environment_says_so(monkeypatch):
    bootstrap, given = script("bootstrap"), {}
    for name in ("PYTHONPATH", "PIP_TARGET", "PIP_USER", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setattr(
        bootstrap.subprocess, "run", lambda *_, env, **options: given.update(env) or subprocess.CompletedProcess([], 0)
    )
    bootstrap.run("pip")
    assert {name for name, value in given.items() if value == "elsewhere"} == {"PIP_INDEX_URL"}


def commands(bootstrap, monkeypatch, tmp_path, installed, requires):
    """What `install` runs, where the environment has that torch before, and its build asks for `requires` then."""
    said = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "run", lambda *command: said.append(" ".join(map(str, command[4:]))))
    monkeypatch.setattr(bootstrap, "ask", lambda code: installed if "version" in code else str("nvidia" in requires))
    bootstrap.install()
    return [re.sub(re.escape(str(tmp_path)) + r"\S+", "FOLDER", line) for line in said]


PINNED = "--no-deps --only-binary :all:"
PYTHONS = f"install --require-hashes {PINNED} -r requirements.txt"
TORCH = f"install --require-hashes {PINNED} --no-index --find-links FOLDER -r requirements-torch.txt"
CUDA = f"install --require-hashes {PINNED} -r requirements-cuda.txt"
PROJECT = "install --no-deps --no-build-isolation -e ."


@pytest.mark.parametrize(
    ("index", "installed", "requires", "expected"),
    [
        ("", None, "sympy", [PYTHONS, f"download {PINNED} --dest FOLDER torch==2.13.0", TORCH, PROJECT]),
        (
            "",
            "2.12.0",
            "nvidia-nccl",
            [PYTHONS, f"download {PINNED} --dest FOLDER torch==2.13.0", TORCH, CUDA, PROJECT],
        ),
        (
            "https://example.org/cpu",
            None,
            "sympy",
            [
                PYTHONS,
                f"download {PINNED} --index-url https://example.org/cpu --dest FOLDER torch==2.13.0",
                TORCH,
                PROJECT,
            ],
        ),
        ("https://example.org/cpu", "2.13.0", "sympy", [PYTHONS, PROJECT]),
    ],
)
def test_what_is_installed_has_a_digest_and_an_index_of_its_own_is_for_torch_alone(
    monkeypatch, tmp_path, index, installed, requires, expected
):
    monkeypatch.setenv("TORCH_INDEX", index)
    assert commands(script("bootstrap"), monkeypatch, tmp_path, installed, requires) == expected


def wheel(folder, name, **files):
    """A package, as small as there can be."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1-py3-none-any.whl"
    about = f"{name}-1.dist-info"
    content = {f"{module}.py": text for module, text in files.items()}
    content[f"{about}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
    content[f"{about}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content[f"{about}/RECORD"] = "".join(f"{file},,\n" for file in [*content, f"{about}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in content.items():
            archive.writestr(file, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


BACKEND = """\
import shutil

def build_editable(folder, config_settings=None, metadata_directory=None):
    shutil.copy("ours-1-py3-none-any.whl", folder)
    return "ours-1-py3-none-any.whl"
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project like this one, of three empty packages, which are got from a folder: nothing needs the network."""
    root, wheels = tmp_path / "project", tmp_path / "wheels"
    root.mkdir()
    shutil.copy(ROOT / "bootstrap.py", root)
    for of, name in (("", "other"), ("-torch", "torch")):
        digest = wheel(wheels, name, **{name: ""})
        (root / f"requirements{of}.txt").write_text(f"# pinned\n{name}==1 --hash=sha256:{digest}\n")
    (root / "requirements-cuda.txt").write_text("")
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (root / "pyproject.toml").write_text(build + '[project]\nname = "ours"\nversion = "1"\n')
    (root / "backend.py").write_text(BACKEND)
    wheel(root, "ours")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    return root


def started(project):
    return subprocess.Popen(
        [sys.executable, "bootstrap.py"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_killed_then_two_at_once_then_a_file_that_is_not_what_it_was(project):
    python, state = project / ".venv" / "bin" / "python", project / ".venv" / ".set-up"
    killed = started(project)
    while not python.exists():
        assert killed.poll() is None, killed.communicate()[0]
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert state.read_bytes() == b""

    both = [started(project), started(project)]
    said = [each.communicate()[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    (waited,) = (each for each in said if "Setting up .venv." not in each)
    assert waited == "Another set-up is at work in this folder; waiting for its end.\n"
    subprocess.run(
        [python, "-c", "import other, torch; from importlib.metadata import version; version('ours')"], check=True
    )

    digest = wheel(project.parent / "wheels", "another", another="")
    wheel(project.parent / "wheels", "another", another="evil = True")
    (project / "requirements.txt").write_text(f"another==1 --hash=sha256:{digest}\n")
    refused = started(project)
    said = refused.communicate()[0]
    assert refused.returncode == 1
    assert "DO NOT MATCH THE HASHES" in said
    assert said.rstrip().endswith(
        "The set-up stopped, for the reason above. Give the same command again; what was downloaded is kept."
    )
    assert state.read_bytes() == b""


def test_what_a_set_up_started_keeps_others_waiting_when_it_is_gone(tmp_path, monkeypatch):
    bootstrap = script("bootstrap")
    monkeypatch.setattr(bootstrap, "LOCK", tmp_path / "lock")
    with bootstrap.alone():
        works = [sys.executable, "-I", "-c", "print('begun', flush=True); input()"]
        pip = subprocess.Popen(works, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False)
        assert pip.stdout.readline() == b"begun\n"
    with bootstrap.LOCK.open("a") as file, pytest.raises(BlockingIOError):
        bootstrap.lock(file)
    pip.communicate(b"\n")
    with bootstrap.LOCK.open("a") as file:
        bootstrap.lock(file)

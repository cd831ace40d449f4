"""What is installed is written down, for every system, with the digests of its files; and the Python that it
needs is no newer than what we say."""

import ast
import importlib.util
import io
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MINIMUM = PROJECT["project"]["requires-python"].removeprefix(">=")
FILES = {of: (ROOT / f"requirements{of}.txt").read_text(encoding="utf-8") for of in ("", "-torch", "-cuda")}
ONE = re.compile(r"^[a-z0-9].*(?:\n .*)*\n", re.MULTILINE)
PINS = {of: [Requirement(pin.partition(" \\\n")[0]) for pin in ONE.findall(text)] for of, text in FILES.items()}
HERE = [pin.name for of in ("", "-torch") for pin in PINS[of] if pin.marker is None or pin.marker.evaluate()]
INSTALLED = {canonicalize_name(each.name): each for each in metadata.distributions()}
SYSTEMS = {"linux": ("Linux", "posix"), "darwin": ("Darwin", "posix"), "win32": ("Windows", "nt")}


def script(name):
    """One of the scripts beside the Makefile, which are no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("of", FILES)
def test_each_line_is_one_version_with_its_digests(of):
    rest = ONE.sub("", FILES[of])
    assert all(line.startswith("# ") for line in rest.splitlines())
    assert "make pins" in rest
    for pin in ONE.findall(FILES[of]):
        first, *digests = pin.rstrip("\n").split(" \\\n")
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; .+)?", first)
        assert len(digests) == len(set(digests)) > 0
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", digest) for digest in digests)
    names = [pin.name for pin in PINS[of]]
    assert names == sorted(set(names))


def test_the_environment_of_these_tests_is_the_one_that_is_written_down():
    written = {pin.name: str(pin.specifier) for of in ("", "-torch") for pin in PINS[of] if pin.name in HERE}
    found = {name: f"=={INSTALLED[name].version.partition('+')[0]}" for name in HERE if name in INSTALLED}
    assert found == written


def test_the_oldest_python_that_we_name_is_enough_for_every_pin():
    asked = {name: INSTALLED[name].metadata["Requires-Python"] or "" for name in HERE if name in INSTALLED}
    assert {name: of for name, of in asked.items() if not SpecifierSet(of).contains(f"{MINIMUM}.0")} == {}


def test_everybody_names_the_same_oldest_python():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8"))
    (python,) = (step for step in workflow["jobs"]["build"]["steps"] if "setup-python" in step.get("uses", ""))
    stated = {
        "bootstrap.py": ".".join(map(str, script("bootstrap").MINIMUM)),
        "mypy": PROJECT["tool"]["mypy"]["python_version"],
        "ruff": PROJECT["tool"]["ruff"]["target-version"].replace("py3", "3."),
        "README": " ".join(re.findall(r"Python (3\.\d+) or newer", readme)),
        "workflow": python["with"]["python-version"],
    }
    assert stated == dict.fromkeys(stated, MINIMUM)


def test_bootstrap_can_be_read_by_pythons_that_are_too_old():
    ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_nothing_is_missing_on_any_system(system, python):
    """Nothing looks for dependencies when it is installed, so each one's own must be there: here they are followed."""
    name, os_name = SYSTEMS[system]
    there = {"sys_platform": system, "platform_system": name, "os_name": os_name}
    there |= {"python_version": python, "python_full_version": f"{python}.0", "implementation_name": "cpython"}
    pins = {
        pin.name: pin
        for of in ("", "-torch")
        for pin in PINS[of]
        if pin.marker is None or pin.marker.evaluate({**default_environment(), **there})
    }
    extras = [line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra]
    waiting = [*map(Requirement, [*PROJECT["project"]["dependencies"], *extras, *PROJECT["build-system"]["requires"]])]
    followed = set()
    while waiting:
        needed = waiting.pop()
        name = canonicalize_name(needed.name)
        assert name in pins, f"{needed} is not pinned"
        (version,) = (each.version for each in pins[name].specifier)
        assert needed.specifier.contains(version), f"{needed}, but {version} is pinned"
        if (name, *needed.extras) in followed or name not in INSTALLED:
            continue
        followed.add((name, *needed.extras))
        for each in map(Requirement, INSTALLED[name].requires or ()):
            markers = [{**there, "extra": extra} for extra in needed.extras or {""}]
            if each.marker is None or any(each.marker.evaluate(marker) for marker in markers):
                waiting.append(each)
    assert len(followed) > 60


def test_what_builds_the_package_is_one_version_and_installed():
    (builder,) = PROJECT["build-system"]["requires"]
    assert builder in [f"{pin.name}{pin.specifier}" for pin in PINS[""]]


def test_torch_has_its_builds_without_cuda_among_its_digests():
    builds = script("pins").CPU_BUILD.findall(FILES["-torch"])
    (pin,) = ONE.findall(FILES["-torch"])
    assert all(f"--hash=sha256:{digest}" in pin for _, _, digest in builds)
    assert {f"=={version}" for _, version, _ in builds} == {str(PINS["-torch"][0].specifier)}
    for python in ("cp311", "cp312", "cp313"):
        for system in ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "win_amd64"):
            assert any(name.endswith(f"-{python}-{python}-{system}.whl") for name, _, _ in builds)


@pytest.fixture
def pins(tmp_path, monkeypatch):
    """The script that writes the files, with files of its own and nobody to ask but them."""
    module = script("pins")
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    for name, of in (("EVERYTHING", ""), ("TORCH", "-torch"), ("CUDA", "-cuda")):
        monkeypatch.setattr(module, name, tmp_path / f"requirements{of}.txt")
        getattr(module, name).write_text(FILES[of], encoding="utf-8")
    ours = [digest for _, _, digest in module.CPU_BUILD.findall(FILES["-torch"])]
    lines = sorted((line for text in FILES.values() for line in ONE.findall(text)), key=lambda line: line.split("=")[0])
    for digest in ours:
        lines = [line.replace(f" \\\n    --hash=sha256:{digest}", "") for line in lines]
    monkeypatch.setattr(module, "chosen", lambda project, options: lines)
    module.lines = lines
    return module


def test_make_pins_writes_what_is_there_when_nothing_has_changed(pins, tmp_path):
    pins.main([])
    for of, text in FILES.items():
        assert (tmp_path / f"requirements{of}.txt").read_text(encoding="utf-8") == text


NEW = "b" * 64


def newer(pins):
    (place,) = (number for number, line in enumerate(pins.lines) if line.startswith("torch=="))
    pins.lines[place] = f"torch==2.13.1 \\\n    --hash=sha256:{'a' * 64}\n"


def test_another_torch_needs_the_digests_of_its_own_builds(pins):
    newer(pins)
    with pytest.raises(SystemExit, match=r"torch 2\.13\.1 without CUDA is known: .* make pins TORCH_INDEX="):
        pins.main([])
    assert pins.TORCH.read_text() == FILES["-torch"]


def test_the_builds_without_cuda_come_from_the_index_that_is_named(pins, monkeypatch):
    newer(pins)
    build = "torch-2.13.1%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl"
    others = "torch-2.13.0%2Bcpu-cp311-cp311-win_amd64.whl", "torch-2.13.1-cp311-cp311-macosx_14_0_arm64.whl"
    page = "".join(
        f'<a href="/whl/{file}#sha256={digest}" data-x="1">{file.replace("%2B", "+")}</a><br/>\n'
        for file, digest in ((build, NEW), *((other, "c" * 64) for other in others))
    )
    asked = []
    monkeypatch.setattr(pins.urllib.request, "urlopen", lambda url: asked.append(url) or io.BytesIO(page.encode()))
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/cpu/")
    pins.main([])
    assert asked == ["https://example.org/cpu/torch/"]
    written = pins.TORCH.read_text()
    assert f"#   {build.replace('%2B', '+')} {NEW}\ntorch==2.13.1 \\\n" in written
    assert written.endswith(f"    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{NEW}\n")
    assert "c" * 64 not in written

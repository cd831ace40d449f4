"""The notebooks that readers download run from top to bottom, in a fresh environment, and print what the pages do."""

import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from packaging.requirements import Requirement
from small_sites import ROOT
from test_site import NOTEBOOKS, PAGES

DOWNLOADS = sorted(uri.removesuffix("index.html") for uri in NOTEBOOKS if PAGES[uri] == "en")
WHAT_JUPYTER_IS = ["ipykernel"]
WHAT_TESTS_ARE = ["pytest"]  # without it, the page that shows how a test fails says how to get it


def distributions(wanted):
    """All that installing `wanted`, requirements by name, brings along."""
    found, waiting = {}, [Requirement(each) for each in wanted]
    while waiting:
        requirement = waiting.pop()
        if requirement.name in found and not requirement.extras:
            continue
        distribution = found[requirement.name] = metadata.distribution(requirement.name)
        for line in distribution.requires or ():
            needed = Requirement(line)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)
    return found


@pytest.fixture(scope="session")
def fresh_python(tmp_path_factory):
    """A Python with what `pip install ".[torch]"` installs, Jupyter's kernel and pytest: nothing else of ours.

    The packages are linked from here, since installing them would need the network; this project's is a copy.
    """
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name, distribution in distributions(["gradient-ledger[torch]", *WHAT_JUPYTER_IS, *WHAT_TESTS_ARE]).items():
        if name == "gradient-ledger":
            continue
        for top in {path.parts[0] for path in distribution.files or () if path.parts[0] not in ("..", "__pycache__")}:
            link = packages / top
            if not link.exists():
                link.symlink_to(distribution.locate_file(top))
    shutil.copytree(ROOT / "derivations", packages / "derivations", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "bin" / "python"


class FreshPython(KernelSpecManager):
    """A kernel in the fresh environment."""

    python: Path

    def get_kernel_spec(self, kernel_name):
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="fresh", language="python")


def printed(notebook):
    """What the cells print."""
    return [
        output.get("text") or output["data"].get("text/plain")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type in ("stream", "execute_result")
    ]


@pytest.mark.parametrize("folder", DOWNLOADS)
def test_a_notebook_repeats_its_page(built, folder, fresh_python, tmp_path, monkeypatch):
    (path,) = (built / folder).glob("*.ipynb")
    published = nbformat.read(path, 4)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    again = nbformat.from_dict(published)
    client = NotebookClient(
        again, kernel_name="fresh", timeout=120, coalesce_streams=True, resources={"metadata": {"path": tmp_path}}
    )
    manager = client.create_kernel_manager()
    manager.kernel_spec_manager = FreshPython()
    manager.kernel_spec_manager.python = fresh_python
    client.execute()
    assert printed(again)
    assert printed(again) == printed(published)


@pytest.mark.parametrize("folder", DOWNLOADS)
def test_both_languages_have_the_same_code_and_say_how_to_install(built, folder):
    here, there = (
        nbformat.read(next((built / each).glob("*.ipynb")), 4).cells for each in (folder, folder.removeprefix("en/"))
    )
    code = [[cell.source for cell in cells if cell.cell_type == "code"] for cells in (here, there)]
    assert code[0] == code[1]
    assert here[0].source != there[0].source
    assert all('pip install -e ".[torch]"' in cells[0].source for cells in (here, there))

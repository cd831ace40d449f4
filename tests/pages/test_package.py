"""What is distributed is whole: wheel and source distribution, and the plugin in somebody else's project."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from small_sites import RECORD, ROOT, Site, code, prose, share_npm_packages

import derivations

LEFT = shutil.ignore_patterns(".*", "site", "screenshots", "node_modules", "__pycache__", "*.egg-info", "build", "dist")
FOR_WHO_UPDATES_THE_LOCK = {"derivations/pages/.npmrc"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # since Python 3.11.4
SETUP = runpy.run_path(str(ROOT / "setup.py"), run_name="setup")


def made(kind, source, target):
    """Build a distribution of the project in `source`, without the network."""
    script = f"import sys; from setuptools import build_meta; print(build_meta.build_{kind}(sys.argv[1]))"
    target.mkdir()
    command = [sys.executable, "-W", "error", "-c", script, str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return target / done.stdout.split()[-1]


@dataclass(frozen=True)
class Distributions:
    """Files."""

    wheel: Path
    source: Path
    wheel_of_source: Path


@pytest.fixture(scope="session")
def distributions(tmp_path_factory, worker_id):
    """What is made of the working tree, once for all processes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "distributions"
    names = folder / "names.json"
    with FileLock(f"{folder}.lock"):
        if not names.exists():
            shutil.copytree(ROOT, folder / "tree", ignore=LEFT)
            wheel, source = (made(kind, folder / "tree", folder / kind) for kind in ("wheel", "sdist"))
            with tarfile.open(source) as archive:
                archive.extractall(folder / "unpacked", **SAFELY)
            (unpacked,) = (folder / "unpacked").iterdir()
            again = made("wheel", unpacked, folder / "again")
            names.write_text(json.dumps([str(each) for each in (wheel, source, again)]), encoding="utf-8")
    return Distributions(*map(Path, json.loads(names.read_text(encoding="utf-8"))))


def content(wheel):
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_and_nothing_else(distributions):
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "derivations").rglob("*") if path.is_file()}
    files = {name for name in files if "__pycache__" not in name} - FOR_WHO_UPDATES_THE_LOCK
    assert {"derivations/py.typed", "derivations/pages/package-lock.json", "derivations/pages/katex.mjs"} < files
    information = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
    prefix = f"gradient_ledger-{derivations.__version__}.dist-info/"
    assert content(distributions.wheel).keys() == files | {prefix + name for name in information}


def test_the_source_distribution_has_no_tests_and_gives_the_same_wheel(distributions):
    with tarfile.open(distributions.source) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert {"pyproject.toml", "setup.py", "README.md", "LICENSE", "CHANGELOG.md", "derivations/__init__.py"} < {*names}
    assert not [name for name in names if name.startswith(("tests", "docs"))]
    assert content(distributions.wheel_of_source) == content(distributions.wheel)


def test_what_an_index_is_told(distributions):
    (metadata,) = (text for name, text in content(distributions.wheel).items() if name.endswith("/METADATA"))
    told = message_from_bytes(metadata)
    assert told["Version"] == PROJECT["version"] == derivations.__version__
    assert told["Author"] == "The Gradient Ledger authors"
    assert told["License-Expression"] == "MIT"
    assert told["Keywords"].split(",") == PROJECT["keywords"]
    assert "Typing :: Typed" in told.get_all("Classifier")
    assert told["Description-Content-Type"] == "text/markdown"
    readme = told.get_payload(decode=True).decode()
    assert readme.startswith("# Gradient Ledger")
    assert "CONTRIBUTING.md shows the house" in " ".join(readme.split())
    assert links(readme) == []


def links(text):
    return re.findall(r"\]\(([^)]*)\)", text)


def test_where_the_repository_is_known_an_index_leads_there():
    readme, address = (ROOT / "README.md").read_text(encoding="utf-8"), "https://example.org/ledger"
    assert "docs/assets/screenshot.png" in links(readme)
    there = SETUP["on_an_index"](readme, address)
    assert f"{address}/raw/HEAD/docs/assets/screenshot.png" in links(there)
    found = [re.fullmatch(rf"{address}/(?:raw|blob)/HEAD/(.*)", link) for link in links(there)]
    assert len(found) == len(links(readme))
    assert all((ROOT / link[1]).is_file() for link in found)
    absolute = "[a](https://example.org/) [b](#c) [d](mailto:e)"
    assert SETUP["on_an_index"](absolute, address) == SETUP["on_an_index"](absolute, "") == absolute
    assert SETUP["addresses"](address)["Source"] == address
    assert SETUP["addresses"]("") == {}


EXAMPLE = """\
site_name: Example
theme: material
nav:
  - zh: [index.py]
  - en: [en/index.py]
plugins: [derivations, mkdocs-jupyter]
"""
CERTIFY = (
    "import torch",
    "model, criterion = torch.nn.Linear(2, 3), torch.nn.CrossEntropyLoss()",
    "dv.explain(model, criterion).certify(torch.randn(5, 2), torch.tensor([0, 1, 2, 0, 1]))",
)


def test_the_plugin_works_in_somebody_elses_project(distributions, tmp_path, npm_packages):
    installed, project = tmp_path / "installed", tmp_path / "project"
    with ZipFile(distributions.wheel) as archive:
        archive.extractall(installed)
    with (installed / "derivations" / "pages" / "search_worker.js").open("a") as worker:
        worker.write("// of the wheel\n")
    (project / "docs").mkdir(parents=True)
    (project / "mkdocs.yml").write_text(EXAMPLE, encoding="utf-8")
    share_npm_packages(project)
    site = Site(project)
    text = prose("# 例\n\n梯度 $x^2$，{{ dv.__version__ }}", "# Example\n\nA gradient $x^2$, {{ dv.__version__ }}")
    site.write(code(RECORD, "import derivations as dv"), text, code(*CERTIFY), code("print(dv.__file__)"))

    done = site.build("--strict", PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stderr
    (worker,) = (project / "site" / "search").glob("worker.*.js")
    assert "// of the wheel" in worker.read_text()
    pages = [BeautifulSoup(site.page(uri), "lxml") for uri in ("index.html", "en/index.html")]
    for page, title, verdict in zip(pages, ("例", "Example"), ("两本账一致", "The two accounts agree"), strict=True):
        assert page.h1.find(string=True) == title
        assert page.select_one("p .katex annotation").get_text() == "x^2"
        assert verdict in page.select_one(".gl-ledger tfoot").get_text()
        assert str(installed) in page.get_text()
        assert str(ROOT) not in str(page)
        assert derivations.__version__ in page.get_text()
        menu = {each["hreflang"]: each.get_text(strip=True) for each in page.select(".md-select__link")}
        assert menu == {"zh": "中文", "en": "English"}

    source = installed / "derivations" / "__init__.py"
    upgraded = source.read_text(encoding="utf-8").replace(derivations.__version__, "99.0.0")
    source.write_text(upgraded, encoding="utf-8")
    done = site.build("--strict", PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stderr
    assert site.runs() == 2
    assert all("99.0.0" in site.page(uri) for uri in ("index.html", "en/index.html"))

"""What building the site costs, for `make bench`: cold, warm, and the time until an edit shows under `mkdocs serve`;
and how long each lesson runs.

The plain way, for comparison: one notebook for each language, which mkdocs-jupyter executes by itself.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from derivations.pages import npm

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
MKDOCS = [sys.executable, "-m", "mkdocs"]

CODE = """\
import torch
from torch import nn
import derivations as dv

torch.manual_seed({number})
model, criterion = nn.Linear({number} + 1, 3), nn.CrossEntropyLoss()
inputs, targets = torch.randn(5, {number} + 1), torch.tensor([0, 1, 2, 0, 1])
explanation = dv.explain(model, criterion)
explanation.certify(inputs, targets)
"""
SHOW = "explanation.derivation('weight')"
FORMULA = "\n\n$$\\frac{\\partial L}{\\partial W} = G^{\\top} X$$"
PROSE = {
    "zh": "# 第 NUMBER 课\n\n先看 $L$ 对 $W$ 的梯度。\n\n## 推导" + FORMULA,
    "en": "# Lesson NUMBER\n\nFirst the gradient of $L$ in $W$.\n\n## Derivation" + FORMULA,
}
CONFIG = """\
site_name: Bench
theme: {{name: material, font: false, custom_dir: {overrides}}}
nav:
  - zh: [index.py, {zh}]
  - en: [en/index.py, {en}]
plugins:
  - derivations
  - mkdocs-jupyter: {{include: ["*.ipynb"], execute: false, ignore_h1_titles: true, cache: false}}
markdown_extensions: [pymdownx.highlight, pymdownx.superfences, {{pymdownx.arithmatex: {{generic: true}}}}]
"""
PLAIN = """\
site_name: Bench
theme: {name: material, font: false}
plugins:
  - mkdocs-jupyter: {execute: true, allow_errors: false, cache: false}
"""


def commented(text: str, number: int) -> str:
    return "".join(f"# {line}\n" for line in text.replace("NUMBER", str(number)).splitlines())


def lesson(number: int) -> str:
    """A lesson in both languages."""
    prose = [f'# %% [markdown] lang="{code}"\n{commented(text, number)}' for code, text in PROSE.items()]
    return "\n".join([*prose, f"# %%\n{CODE.format(number=number)}", f"# %%\n{SHOW}\n"])


def synthetic(root: Path, lessons: int) -> None:
    """A site with this many lessons and a home page."""
    docs = root / "docs"
    docs.mkdir(parents=True)
    names = [f"lesson{number}.py" for number in range(1, lessons + 1)]
    for number, name in enumerate(["index.py", *names]):
        (docs / name).write_text(lesson(number), encoding="utf-8")
    config = CONFIG.format(
        overrides=ROOT / "docs" / "overrides", zh=", ".join(names), en=", ".join(f"en/{name}" for name in names)
    )
    (root / "mkdocs.yml").write_text(config, encoding="utf-8")
    share_npm_packages(root)


def share_npm_packages(root: Path) -> None:
    """Neither fetching them nor installing them is measured."""
    (root / ".cache").mkdir()
    (root / ".cache" / "npm").symlink_to(npm.packages(ROOT / ".cache" / "npm").parents[1])


def plain(root: Path, lessons: int) -> None:
    """The same pages as notebooks, one for each language."""
    docs = root / "docs"
    for code, text in PROSE.items():
        (docs / code).mkdir(parents=True)
        for number in range(lessons + 1):
            source = f"# %% [markdown]\n{commented(text, number)}\n# %%\n{CODE.format(number=number)}\n# %%\n{SHOW}\n"
            (docs / code / f"lesson{number}.py").write_text(source, encoding="utf-8")
    (root / "mkdocs.yml").write_text(PLAIN, encoding="utf-8")


def timed_build(root: Path) -> float:
    """Seconds that `mkdocs build` takes."""
    start = time.perf_counter()
    subprocess.run([*MKDOCS, "build", "-q"], cwd=root, env=ENVIRONMENT, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The address of `mkdocs serve`, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [*MKDOCS, "serve", "-q", "-a", address]
    with subprocess.Popen(command, cwd=root, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as server:
        try:
            while not _page(address):
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()


def _page(address: str) -> str:
    try:
        with urlopen(f"http://{address}/", timeout=60) as response:
            return str(response.read().decode())
    except HTTPError as error:
        with error:
            return str(error.read().decode())
    except OSError:
        return ""


def timed_edits(root: Path, source: Path, old: str, repeat: int = 5) -> float:
    """The median time in seconds until an edit of a sentence on the home page can be seen."""
    text, times = source.read_text(encoding="utf-8"), []
    with served(root) as address:
        for number in range(repeat):
            mark = f"{old}（{number}）"
            start = time.perf_counter()
            source.write_text(text.replace(old, mark, 1), encoding="utf-8")
            while mark not in _page(address):
                time.sleep(0.02)
            times.append(time.perf_counter() - start)
    source.write_text(text, encoding="utf-8")
    return sorted(times)[repeat // 2]


def this_site() -> None:
    """The real site, in a copy without its cache."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "site")
        left = shutil.ignore_patterns(".*", "site", "__pycache__", "node_modules")
        shutil.copytree(ROOT, root, ignore=left)
        share_npm_packages(root)
        cold, warm = timed_build(root), timed_build(root)
        edit = timed_edits(root, root / "docs" / "index.py", "先推成公式")
        print(f"this site: cold {cold:.1f} s, warm {warm:.1f} s, an edited sentence shows after {edit:.1f} s")


def lessons() -> None:
    """Each lesson alone, in a process of its own, with torch's import in it."""
    for source in sorted((ROOT / "docs" / "lessons").glob("*.py")):
        start = time.perf_counter()
        subprocess.run([sys.executable, str(source)], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
        print(f"{source.stem:20} {time.perf_counter() - start:5.1f} s", flush=True)


def growth(sizes: tuple[int, ...] = (10, 30, 100), plain_size: int = 10) -> None:
    """How times grow with the number of lessons, beside the plain way."""
    print("lessons          cold       warm   an edit shows")
    for lessons in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            synthetic(root, lessons)
            cold, warm = timed_build(root), timed_build(root)
            edit = timed_edits(root, root / "docs" / "index.py", "先看")
            print(f"{lessons:7} {cold:11.1f} s {warm:8.1f} s {edit:13.1f} s", flush=True)
            if lessons != plain_size:
                continue
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            plain(root, lessons)
            theirs = timed_build(root)
            ratios = f"{theirs / cold:.1f} × cold, {theirs / warm:.0f} × warm"
            print(f"  the plain way {theirs:6.1f} s at every build: {ratios}")


if __name__ == "__main__":
    lessons()
    this_site()
    growth()

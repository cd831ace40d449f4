"""Small sites that tests write themselves, and build as a user would."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}

CONFIG = """\
site_name: Test
theme: {name: material, font: false}
nav:
  - zh: [index.py]
  - en: [en/index.py]
plugins:
  - derivations
  - mkdocs-jupyter: {include: ["*.ipynb"], execute: false, ignore_h1_titles: true, cache: false}
markdown_extensions:
  - pymdownx.arithmatex: {generic: true}
  - pymdownx.highlight
  - pymdownx.superfences
validation: {links: {not_found: warn, anchors: warn}}
"""


def prose(zh: str, en: str = "") -> str:
    """A pair of markdown cells."""
    return "".join(
        f'# %% [markdown] lang="{code}"\n' + "".join(f"# {line}\n" for line in text.splitlines()) + "\n"
        for code, text in (("zh", zh), ("en", en or zh))
    )


def code(*lines: str, tags: str = "") -> str:
    """A code cell."""
    return "\n".join([f"# %%{tags and f' tags={tags}'}", *lines, "", ""])


@dataclass(frozen=True)
class Site:
    """A project of a test's own, with one page."""

    root: Path

    def write(self, *cells: str) -> None:
        """Make `cells` the home page's source."""
        (self.root / "docs" / "index.py").write_text("".join(cells), encoding="utf-8")

    def build(self, *options: str) -> subprocess.CompletedProcess[str]:
        return build(self.root, self.root / "site", *options)

    def page(self, uri: str = "index.html") -> str:
        return (self.root / "site" / uri).read_text(encoding="utf-8")

    def runs(self) -> int:
        """How often a cell holding `RECORD` was executed."""
        record = self.root / "runs.txt"
        return len(record.read_text()) if record.exists() else 0


RECORD = 'open("runs.txt", "a").write("x");'


def build(root: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "-d", str(target), *options]
    return subprocess.run(command, cwd=root, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=300)

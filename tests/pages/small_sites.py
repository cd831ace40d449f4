"""Small sites that tests write themselves, and build as a user would."""

import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[2]
NPM = ROOT / ".cache" / "npm"
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
#: The real site is built for a folder of its host, not for the root: an address that starts there leads nowhere.
MOUNT = "/gradient-ledger/"

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


class Said(logging.Handler):
    """Collects warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@dataclass(frozen=True)
class Site:
    """A project of a test's own, with one page."""

    root: Path

    def write(self, *cells: str) -> None:
        """Make `cells` the home page's source."""
        (self.root / "docs" / "index.py").write_text("".join(cells), encoding="utf-8")

    def build(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return build(self.root, self.root / "site", *options, **variables)

    def build_here(self) -> list[str]:
        """Build within this process, which is quicker; returns the warnings."""
        config = load_config(config_file=str(self.root / "mkdocs.yml"), site_dir=str(self.root / "site"))
        said = Said()
        logging.getLogger("mkdocs").addHandler(said)
        try:
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
        finally:
            config.plugins.on_shutdown()
            logging.getLogger("mkdocs").removeHandler(said)
        return said.messages

    def page(self, uri: str = "index.html") -> str:
        return (self.root / "site" / uri).read_text(encoding="utf-8")

    def runs(self) -> int:
        """How often a cell holding `RECORD` was executed."""
        record = self.root / "runs.txt"
        return len(record.read_text()) if record.exists() else 0


def new_site(root: Path) -> Site:
    """A project without pages."""
    (root / "docs").mkdir()
    (root / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    share_npm_packages(root)
    return Site(root)


def share_npm_packages(root: Path) -> None:
    """Have a project's cache hold what npm installed for the real project. The fixture `npm_packages` sees to that."""
    (root / ".cache").mkdir()
    (root / ".cache" / "npm").symlink_to(NPM)


RECORD = 'open("runs.txt", "a").write("x");'


def build(root: Path, target: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Build a site as a user would, with environment variables of its own."""
    command = [sys.executable, "-m", "mkdocs", "build", "-d", str(target), *options]
    environment = {**ENVIRONMENT, **variables}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, encoding="utf-8", timeout=300)

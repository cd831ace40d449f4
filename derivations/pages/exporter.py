"""What mkdocs-jupyter does to a page of ours: put it together as our template says, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkdocs_jupyter import nbconvert2
from mkdocs_jupyter.config import settings
from traitlets import Bool, List

from .kept import CompiledTemplates
from .vendor import CompilingExporter

TEMPLATES = Path(__file__).with_name("templates")


class Exporter(CompilingExporter):
    """nbconvert's, without the preprocessors that would change nothing on our pages. The notebook is checked once."""

    default_preprocessors: List[object] = List([])
    optimistic_validation = Bool(True)
    compiled = CompiledTemplates()


def exported(notebook: Path) -> str:
    """The HTML of a notebook that is dressed for our template.

    Neither runs mkdocs-jupyter it nor keeps it, whatever mkdocs.yml tells it to do with other notebooks.
    """
    with _by_our_template():
        return str(nbconvert2.nb2html(str(notebook)))


@contextmanager
def _by_our_template() -> Iterator[None]:
    theirs = settings.templates_dir, nbconvert2.HTMLExporter, nbconvert2.logger.level
    settings.templates_dir, nbconvert2.HTMLExporter = str(TEMPLATES), Exporter
    nbconvert2.logger.setLevel(logging.WARNING)  # two lines for each page
    try:
        yield
    finally:
        settings.templates_dir, nbconvert2.HTMLExporter = theirs[:2]
        nbconvert2.logger.setLevel(theirs[2])

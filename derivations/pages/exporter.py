"""What mkdocs-jupyter does to a page: put it together as our template says, and nothing else."""

from __future__ import annotations

import logging
from pathlib import Path

import jinja2
import mkdocs_jupyter.config
import mkdocs_jupyter.nbconvert2
import mkdocs_jupyter.plugin
from nbconvert.exporters import HTMLExporter
from traitlets import Bool, List

from .kept import CompiledTemplates

TEMPLATES = Path(__file__).with_name("templates")


class Exporter(HTMLExporter):
    """nbconvert's, without the preprocessors that would change nothing on our pages. The notebook is checked once."""

    default_preprocessors: List[object] = List([])
    optimistic_validation = Bool(True)
    compiled = CompiledTemplates()

    def _create_environment(self) -> jinja2.Environment:
        environment: jinja2.Environment = super()._create_environment()
        environment.bytecode_cache = self.compiled
        return environment


def use_our_exporter() -> None:
    """Have mkdocs-jupyter render notebooks by our template and exporter."""
    mkdocs_jupyter.config.settings.templates_dir = str(TEMPLATES)
    mkdocs_jupyter.nbconvert2.HTMLExporter = Exporter
    # The contents are those that MkDocs makes. For its own, mkdocs-jupyter would convert every notebook once more.
    mkdocs_jupyter.plugin._get_nb_toc_tokens = lambda path, depth: ([], None)
    logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)  # two lines for each page

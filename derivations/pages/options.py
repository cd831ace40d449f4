"""What the plugin is told in mkdocs.yml, and where the project and its sources are."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config import config_options as options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File


class Options(Config):
    """What mkdocs.yml says under `derivations:`.

    Names per language, since MkDocs has room for one language only; where the ledger is published, if it is; and
    whether assets are packed, which a theme must be made for.
    """

    site_name = options.Type(dict, default={})
    site_description = options.Type(dict, default={})
    ledger = options.Optional(options.Type(str))
    packed = options.Type(bool, default=False)


def source_of(file: File, config: MkDocsConfig) -> str:
    """The path of a page's source from the project's root, as error messages print it."""
    path, project = Path(config.docs_dir, file.src_uri), project_of(config)
    return (path.relative_to(project) if path.is_relative_to(project) else path).as_posix()


def project_of(config: MkDocsConfig) -> Path:
    """The project's root: the folder of mkdocs.yml."""
    return Path(config.config_file_path).parent

"""The MkDocs plugin: bilingual lessons become pages and notebooks. Nothing else imports it."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Any

OF_THE_SITE = re.compile(r"""([^;]*); extra == ["']site["']""")


def __getattr__(name: str) -> Any:
    """The plugin, as MkDocs asks for it. Who installed the package alone is told what else it needs."""
    if name != "DerivationsPlugin":
        raise AttributeError(f"module 'derivations.pages' has no attribute {name!r}")
    try:
        from .plugin import DerivationsPlugin
    except ModuleNotFoundError as missing:
        from mkdocs.exceptions import PluginError

        asked = map(OF_THE_SITE.match, metadata.requires("gradient-ledger") or ())
        needed = " ".join(f'"{each[1].strip()}"' for each in asked if each)
        raise PluginError(
            f"The plugin derivations needs {missing.name}, which is not installed. Install all that it needs with: "
            f"pip install {needed}"
        ) from missing
    return DerivationsPlugin

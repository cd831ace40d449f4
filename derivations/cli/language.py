"""The reader's language: what --lang says, else what the environment says. Loads nothing, so it is known at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

#: The first of these that is set decides, as for any command.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """ "zh" or "en": the last --lang that names one, wherever it stands; else Chinese where the environment is."""
    for place in reversed(range(len(arguments))):
        flag, equals, value = arguments[place].partition("=")
        said = value if equals else "".join(arguments[place + 1 : place + 2])
        if flag == "--lang" and said in ("zh", "en"):
            return said
    local = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    return "zh" if local.lower().startswith("zh") else "en"


def either(lang: str, zh: str, en: str) -> str:
    """One of two texts. Words would do the same, but loads SymPy."""
    return zh if lang == "zh" else en
